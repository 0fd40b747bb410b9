use serde_json::json;

use super::*;
use crate::hub::{Effort, Role, Source, Thinking, Tool, ToolChoice, ToolKind, Turn};

const OLD: &str = "claude-sonnet-4-20250514";
const NEW: &str = "claude-opus-4-8";

fn says(role: Role, parts: Vec<Part>) -> Turn {
    Turn { role, parts }
}

fn hi() -> Prompt {
    Prompt { turns: vec![says(Role::User, vec![Part::text("hi")])], ..Prompt::default() }
}

fn written(prompt: &Prompt, edit: &UpstreamEdit<'_>) -> (Value, Vec<String>) {
    let mut notes = Notes::default();
    let body = from_hub(prompt, edit, &mut notes).unwrap();
    (body.into(), notes.into_warnings())
}

fn to(model: &str) -> UpstreamEdit<'_> {
    UpstreamEdit { model, ..UpstreamEdit::default() }
}

fn refusal(prompt: &Prompt) -> Untranslatable {
    from_hub(prompt, &to(OLD), &mut Notes::default()).unwrap_err()
}

fn call(id: &str) -> Part {
    Part::ToolCall { id: id.to_owned(), name: "f".to_owned(), arguments: "{\"a\":1}".to_owned(), custom: false, cache: false }
}

fn result(id: &str, text: &str) -> Part {
    Part::ToolResult { id: id.to_owned(), parts: vec![Part::text(text)], is_error: false, cache: false }
}

#[test]
fn the_limit_is_the_callers_else_the_models_else_ours() {
    assert_eq!(written(&hi(), &to(OLD)).0, json!({"model": OLD, "max_tokens": 4096, "messages": [{"role": "user", "content": "hi"}]}));
    let edit = UpstreamEdit { max_output: Some(64_000), ..to(OLD) };
    assert_eq!(written(&hi(), &edit).0["max_tokens"], 64_000);
    assert_eq!(written(&Prompt { max_tokens: Some(7), ..hi() }, &edit).0["max_tokens"], 7);
}

#[test]
fn user_and_model_take_turns_and_results_come_first() {
    let turns = vec![
        says(Role::User, vec![Part::text("a")]),
        says(Role::User, vec![Part::text(" \n"), Part::text("b")]),
        says(Role::Assistant, vec![Part::text("")]),
        says(Role::Assistant, vec![call("call:1"), call("call.1")]),
        says(Role::User, vec![Part::text("so?")]),
        says(Role::User, vec![result("call:1", "one")]),
        says(Role::User, vec![result("call.1", "")]),
    ];
    let (body, warnings) = written(&Prompt { turns, ..Prompt::default() }, &to(OLD));
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<_> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!((roles, warnings.len()), (vec!["user", "assistant", "user"], 0));
    assert_eq!(messages[0]["content"], json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]));
    let ids = |at: usize, name: &str| -> Vec<String> {
        messages[at]["content"].as_array().unwrap().iter().filter_map(|block| block[name].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(ids(1, "id"), ids(2, "tool_use_id"));
    assert_ne!(ids(1, "id")[0], ids(1, "id")[1]);
    assert!(ids(1, "id").iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))), "{:?}", ids(1, "id"));
    assert_eq!(messages[2]["content"][2], json!({"type": "text", "text": "so?"}));
    assert_eq!(messages[2]["content"][1].get("content"), None, "an empty result has no content");
}

#[test]
fn the_user_begins_and_something_is_said() {
    let begun = Prompt { turns: vec![says(Role::Assistant, vec![Part::text("{ ")])], ..Prompt::default() };
    let (body, warnings) = written(&begun, &to(OLD));
    assert_eq!(body["messages"], json!([{"role": "user", "content": "(continue)"}, {"role": "assistant", "content": "{"}]));
    assert_eq!(warnings.len(), 1);
    let system = Prompt { system: vec![Part::text("Say hi.")], ..Prompt::default() };
    let (body, warnings) = written(&system, &to(OLD));
    assert_eq!((&body["messages"], body.get("system")), (&json!([{"role": "user", "content": "Say hi."}]), None));
    assert_eq!(warnings.len(), 1);
    assert_eq!(refusal(&Prompt::default()).param, "messages");
}

#[test]
fn thinking_by_degree_is_a_budget_below_the_limit() {
    let thinking = |thinking, max_tokens| Prompt { thinking: Some(thinking), max_tokens, ..hi() };
    let cases = [
        (Thinking::Effort(Effort::Medium), None, Some(8_192), 12_288, 0),
        (Thinking::Effort(Effort::Medium), Some(4_000), Some(3_000), 4_000, 1),
        (Thinking::Effort(Effort::Low), Some(1_000), None, 1_000, 1),
        (Thinking::Budget(500), Some(8_000), Some(1_024), 8_000, 0),
        (Thinking::Adaptive, Some(32_000), Some(8_192), 32_000, 0),
        (Thinking::Off, Some(10), None, 10, 0),
    ];
    for (wanted, limit, budget, max_tokens, warnings) in cases {
        let (body, told) = written(&thinking(wanted, limit), &to(OLD));
        let expected = budget.map(|budget: u64| json!({"type": "enabled", "budget_tokens": budget}));
        assert_eq!((body.get("thinking"), &body["max_tokens"]), (expected.as_ref(), &json!(max_tokens)), "{wanted:?} {limit:?}");
        assert_eq!(told.len(), warnings, "{told:?}");
    }
}

#[test]
fn a_model_that_cannot_think_is_not_told_to() {
    let asked = Prompt { thinking: Some(Thinking::Effort(Effort::Low)), max_tokens: Some(8_000), ..hi() };
    for (model, thinks) in [("claude-3-5-haiku-20241022", false), ("claude-3-7-sonnet-latest", true), ("kimi-k2", true)] {
        let (body, warnings) = written(&asked, &to(model));
        assert_eq!((body.get("thinking").is_some(), warnings.is_empty()), (thinks, thinks), "{model}");
    }
}

#[test]
fn newer_models_think_by_effort() {
    let (body, _) = written(&Prompt { thinking: Some(Thinking::Effort(Effort::Max)), ..hi() }, &to("claude-opus-4-6"));
    assert_eq!((&body["thinking"], &body["output_config"]), (&json!({"type": "adaptive"}), &json!({"effort": "max"})));
    let (body, _) = written(&Prompt { thinking: Some(Thinking::Budget(1_500)), ..hi() }, &to(NEW));
    assert_eq!(
        (&body["thinking"], &body["output_config"]),
        (&json!({"type": "adaptive", "display": "summarized"}), &json!({"effort": "low"}))
    );
    let (body, _) = written(&Prompt { thinking: Some(Thinking::Off), ..hi() }, &to(NEW));
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
}

#[test]
fn thinking_gives_way_where_anthropic_would_refuse_it() {
    let asked = Prompt { thinking: Some(Thinking::Effort(Effort::Low)), max_tokens: Some(8_000), ..hi() };
    let (body, warnings) = written(&Prompt { tool_choice: Some(ToolChoice::Required), ..asked.clone() }, &to(OLD));
    assert_eq!((body.get("thinking"), warnings.len()), (None, 1));
    let turns =
        vec![says(Role::User, vec![Part::text("a")]), says(Role::Assistant, vec![call("1")]), says(Role::User, vec![result("1", "x")])];
    let (body, warnings) = written(&Prompt { turns: turns.clone(), ..asked.clone() }, &to(OLD));
    assert_eq!((body.get("thinking"), warnings.len()), (None, 1));
    let (body, _) = written(&Prompt { turns, ..asked }, &to(NEW));
    assert_eq!(body["thinking"]["type"], "adaptive");
}

#[test]
fn sampling_is_written_as_far_as_the_model_takes_it() {
    let number = |text: &str| serde_json::from_str(text).ok();
    let hot = Prompt { temperature: number("1.5"), top_p: number("0.5"), top_k: Some(5), ..hi() };
    let (body, warnings) = written(&hot, &to(OLD));
    assert_eq!((&body["temperature"], &body["top_p"], &body["top_k"]), (&json!(1), &json!(0.5), &json!(5)));
    assert_eq!(warnings.len(), 1);
    let (body, warnings) = written(&hot, &to("claude-sonnet-4-5"));
    assert_eq!((body.get("top_p"), warnings.len()), (None, 2));
    for (prompt, model) in [(hot.clone(), NEW), (Prompt { thinking: Some(Thinking::Adaptive), ..hot.clone() }, OLD)] {
        let (body, warnings) = written(&prompt, &to(model));
        assert!(["temperature", "top_p", "top_k"].iter().all(|name| body.get(name).is_none()), "{body}");
        assert_eq!(warnings.len(), 3, "{warnings:?}");
    }
}

#[test]
fn json_is_asked_for_by_schema_or_in_words() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let format = Format::Schema { name: Some("x".to_owned()), description: None, schema, strict: Some(true) };
    let prompt = Prompt { format, system: vec![Part::text("Be brief.")], ..hi() };
    let (body, warnings) = written(&prompt, &to("claude-haiku-4-5"));
    let closed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    assert_eq!(body["output_config"], json!({"format": {"type": "json_schema", "schema": closed}}));
    assert!(warnings.is_empty());
    for prompt in [prompt.clone(), Prompt { format: Format::Json, ..prompt }] {
        let (body, warnings) = written(&prompt, &to(OLD));
        assert_eq!((body.get("output_config"), body["system"].as_array().unwrap().len(), warnings.len()), (None, 2, 1));
    }
}

#[test]
fn a_schema_of_a_map_is_told_in_words_and_a_tool_of_one_is_not_strict() {
    let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let format = Format::Schema { name: None, description: None, schema: map.clone(), strict: Some(true) };
    let kind = ToolKind::Function { schema: map.clone() };
    let tools = vec![Tool { name: "count".to_owned(), description: None, kind, strict: Some(true), cache: false }];
    let (body, warnings) = written(&Prompt { format, tools, ..hi() }, &to("claude-haiku-4-5"));
    assert_eq!((body.get("output_config"), warnings.len()), (None, 2));
    assert!(body["system"].to_string().contains("additionalProperties"), "{body}");
    assert_eq!(body["tools"][0], json!({"name": "count", "input_schema": map}));
}

#[test]
fn tools_of_every_kind_are_written() {
    let tool = |name: &str, kind| Tool { name: name.to_owned(), description: None, kind, strict: Some(true), cache: false };
    let tools = vec![
        tool("f", ToolKind::Function { schema: Value::Null }),
        tool("g", ToolKind::Function { schema: json!({"properties": {"n": {"minimum": 1}}}) }),
        tool("patch", ToolKind::Custom { format: json!({"type": "grammar", "syntax": "lark", "definition": "start: x"}) }),
        tool("web", ToolKind::Hosted { tool: json!({"type": "web_search", "filters": {"allowed_domains": ["a.com"]}}) }),
    ];
    let (body, warnings) = written(&Prompt { tools, parallel_tool_calls: Some(false), ..hi() }, &to(OLD));
    insta::assert_json_snapshot!(body["tools"], @r###"
    [
      {
        "name": "f",
        "input_schema": {
          "type": "object",
          "properties": {}
        }
      },
      {
        "name": "g",
        "input_schema": {
          "properties": {
            "n": {
              "minimum": 1
            }
          },
          "type": "object"
        }
      },
      {
        "name": "patch",
        "input_schema": {
          "type": "object",
          "properties": {
            "input": {
              "type": "string"
            }
          },
          "required": [
            "input"
          ],
          "additionalProperties": false
        },
        "description": "`input` must keep to this grammar:\nstart: x"
      },
      {
        "type": "web_search_20250305",
        "name": "web_search",
        "allowed_domains": [
          "a.com"
        ]
      }
    ]
    "###);
    assert_eq!((body["tool_choice"].clone(), warnings.len()), (json!({"type": "auto", "disable_parallel_tool_use": true}), 2));
    let hosted = ToolKind::Hosted { tool: json!({"type": "code_interpreter"}) };
    assert_eq!(refusal(&Prompt { tools: vec![tool("x", hosted)], ..hi() }).param, "tools[0]");
}

#[test]
fn what_would_change_the_answer_is_refused_and_the_rest_warned_of() {
    let rest = |rest: Value| Prompt { rest: rest.as_object().cloned().unwrap(), ..hi() };
    for name in ["n", "logprobs", "previous_response_id", "audio"] {
        assert_eq!(refusal(&rest(json!({ name: 2 }))).param, name);
    }
    assert_eq!(
        refusal(&Prompt {
            turns: vec![says(Role::User, vec![Part::Audio { data: String::new(), format: "wav".to_owned() }])],
            ..Prompt::default()
        })
        .param,
        "messages[0].content[0]"
    );
    assert_eq!(
        refusal(&Prompt {
            turns: vec![says(Role::User, vec![Part::Document { source: Source::File("file-1".to_owned()), name: None, cache: false }])],
            ..Prompt::default()
        })
        .param,
        "messages[0].content[0]"
    );
    let harmless =
        json!({"n": 1, "logprobs": false, "modalities": ["text"], "metadata": {"trace_id": "t"}, "service_tier": "auto", "store": false});
    assert_eq!(written(&rest(harmless), &to(OLD)).1, Vec::<String>::new());
    let prompt = Prompt {
        seed: Some(1),
        presence_penalty: serde_json::from_str("0.5").ok(),
        ..rest(json!({"logit_bias": {"1": 2}, "store": true}))
    };
    assert_eq!(written(&prompt, &to(OLD)).1.len(), 4);
}

#[test]
fn only_thoughts_that_anthropic_made_go_back() {
    let thought = |text: &str, signature: Option<&str>, hidden: Option<&str>| Part::Thinking {
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
        hidden: hidden.map(str::to_owned),
    };
    let turns = vec![
        says(Role::User, vec![Part::text("a")]),
        says(
            Role::Assistant,
            vec![
                thought("mine", Some("s"), None),
                thought("other's", None, None),
                thought("", None, Some("gAAAAABo")),
                thought("", None, Some("Emw")),
                Part::text("b"),
            ],
        ),
        says(Role::User, vec![Part::text("c")]),
    ];
    let (body, warnings) = written(&Prompt { turns, ..Prompt::default() }, &to(OLD));
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "thinking", "thinking": "mine", "signature": "s"}, {"type": "redacted_thinking", "data": "Emw"}, {"type": "text", "text": "b"}]),
    );
    assert_eq!(warnings.len(), 2);
}

#[test]
fn text_files_are_sent_as_text() {
    let file =
        Part::Document { source: Source::Base64 { media_type: "text/csv".to_owned(), data: "YSxi".to_owned() }, name: None, cache: false };
    let (body, _) = written(&Prompt { turns: vec![says(Role::User, vec![file])], ..Prompt::default() }, &to(OLD));
    assert_eq!(body["messages"][0]["content"][0]["source"], json!({"type": "text", "media_type": "text/plain", "data": "a,b"}));
}
