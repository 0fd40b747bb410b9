use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::hub::{Notes, Part, Source, Tool, ToolChoice, ToolKind};
use crate::{Dialect, Request, UpstreamEdit};

fn read(body: Value) -> Result<Prompt, Untranslatable> {
    to_hub(body.as_object().cloned().unwrap())
}

fn message(content: Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
}

/// Everything that has a form between dialects.
fn rich() -> Value {
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 30_000,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "What is in these?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}, "title": "Report"},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain"}},
                {"type": "document", "source": {"type": "file", "file_id": "file_011"}, "cache_control": {"type": "ephemeral"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Two tools.", "signature": "sig=="},
                {"type": "redacted_thinking", "data": "EmwKAh"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": 1}},
                {"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a cat"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "is_error": true, "content": [
                    {"type": "text", "text": "broken"},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/b.png"}},
                ]},
                {"type": "text", "text": "Well?"},
            ]},
        ],
        "tools": [
            {"name": "look", "input_schema": {"type": "object", "properties": {"at": {"type": "integer"}}}, "description": "Looks.", "cache_control": {"type": "ephemeral"}},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2},
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}, "additionalProperties": false}}},
        "thinking": {"type": "enabled", "budget_tokens": 10_000},
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u_1"},
        "container": "container_1",
        "service_tier": "standard_only",
        "stream": true,
    })
}

#[test]
fn what_has_a_form_between_dialects_comes_back_as_it_was() {
    let prompt = read(rich()).unwrap();
    let mut notes = Notes::default();
    let edit = UpstreamEdit { model: "claude-sonnet-4-5", ..UpstreamEdit::default() };
    let written = super::super::from_hub(&prompt, &edit, &mut notes).unwrap();
    assert_eq!(notes.into_warnings(), Vec::<String>::new());
    assert_eq!(Value::Object(written), rich());
}

#[test]
fn each_block_takes_its_form() {
    let prompt = read(rich()).unwrap();
    assert_eq!(prompt.system, [Part::Text { text: "Be brief.".to_owned(), cache: true }]);
    assert_eq!(
        prompt.turns[1].parts[0],
        Part::Thinking { text: "Two tools.".to_owned(), signature: Some("sig==".to_owned()), hidden: None }
    );
    assert!(matches!(&prompt.turns[1].parts[3], Part::ToolCall { arguments, .. } if arguments == r#"{"at":1}"#));
    assert!(matches!(&prompt.turns[2].parts[1], Part::ToolResult { is_error: true, parts, .. } if parts.len() == 2));
    assert!(matches!(&prompt.tools[1], Tool { kind: ToolKind::Hosted { .. }, .. }));
    assert_eq!((prompt.tool_choice, prompt.parallel_tool_calls), (Some(ToolChoice::Auto), Some(false)));
    assert_eq!((prompt.thinking, prompt.user.as_deref()), (Some(Thinking::Budget(10_000)), Some("u_1")));
}

#[test]
fn a_search_result_and_a_document_of_blocks_are_documents_of_text() {
    let prompt = read(message(json!([
        {"type": "search_result", "title": "T", "source": "https://x", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"type": "document", "source": {"type": "content", "content": "c"}},
    ])));
    let parts = prompt.unwrap().turns.remove(0).parts;
    let document = |text: &str, name: Option<&str>| Part::Document {
        source: Source::Text(text.to_owned()),
        name: name.map(str::to_owned),
        cache: false,
    };
    assert_eq!(parts, [document("a\nb", Some("T – https://x")), document("c", None)]);
}

#[test]
fn what_no_other_dialect_has_is_named_by_its_path() {
    let cases = [
        (message(json!([{"type": "text", "text": "x"}, {"type": "server_tool_use", "id": "s"}])), "messages[0].content[1]"),
        (
            message(json!([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "tool_reference"}]}])),
            "messages[0].content[0].content[0]",
        ),
        (message(json!([{"type": "image", "source": {"type": "new"}}])), "messages[0].content[0].source.type"),
        (message(json!([{"type": "text"}])), "messages[0].content[0].text"),
        (message(json!([1])), "messages[0].content[0]"),
        (message(json!({})), "messages[0].content"),
        (json!({"model": "m", "messages": [{"role": "tool", "content": ""}]}), "messages[0].role"),
        (json!({"model": "m", "messages": [], "system": [{"type": "image", "source": {"type": "url", "url": "x"}}]}), "system[0]"),
        (json!({"model": "m", "messages": [], "tools": [{}]}), "tools[0].name"),
        (json!({"model": "m", "messages": [], "tool_choice": {"type": "tool"}}), "tool_choice.type"),
        (json!({"model": "m", "messages": [], "stop_sequences": [1]}), "stop_sequences[0]"),
        (json!({"model": "m", "messages": [], "temperature": "hot"}), "temperature"),
    ];
    for (body, param) in cases {
        assert_eq!(read(body.clone()).unwrap_err().param, param, "{body}");
    }
}

#[test]
fn what_has_no_form_is_left_for_the_writer_to_speak_of() {
    let mut body =
        message(json!([{"type": "document", "source": {"type": "text", "data": "x"}, "citations": {"enabled": true}, "context": "c"}]));
    for (name, value) in [
        ("thinking", json!({"type": "adaptive", "display": "omitted"})),
        ("output_config", json!({"effort": "high", "task_budget": 1})),
        ("mcp_servers", json!([{"url": "x"}])),
        ("metadata", json!({"user_id": "u", "trace_id": "t"})),
    ] {
        body[name] = value;
    }
    let prompt = read(body).unwrap();
    assert_eq!(prompt.thinking, Some(Thinking::Effort(Effort::High)));
    let mut names: Vec<_> = prompt.rest.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "mcp_servers",
            "messages[0].content[0].citations",
            "messages[0].content[0].context",
            "output_config.task_budget",
            "thinking.display"
        ]
    );
}

#[test]
fn our_own_members_are_none_of_the_prompts() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"mlx:tags":{"a":"b"},"max_tokens":1}"#;
    let request = Request::read(Dialect::AnthropicMessages, Bytes::from(body)).unwrap();
    assert!(request.hub().unwrap().rest.is_empty());
}

#[test]
fn instructions_amid_the_conversation_are_moved_and_that_is_said() {
    let says = |role: &str| json!({"role": role, "content": "x"});
    let prompt = read(json!({"model": "m", "messages": [says("user"), says("system")]})).unwrap();
    assert_eq!((prompt.system.len(), prompt.turns.len(), prompt.warnings.len()), (1, 1, 1));
    assert!(prompt.warnings[0].starts_with("`messages[1]`, a system message"), "{}", prompt.warnings[0]);
}
