use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::Dialect;

fn prompt(body: &str) -> PromptParts {
    Request::read(Dialect::OpenAiChat, Bytes::copy_from_slice(body.as_bytes())).unwrap().prompt()
}

#[test]
fn reads_the_last_message_the_tools_and_the_schema() {
    let body = json!({
        "model": "m",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "array"}}},
    });
    let expected = PromptParts {
        text: "a\nb".to_owned(),
        from_user: true,
        tools: vec![("f".to_owned(), json!({"type": "object"}))],
        tool_choice: ChosenTool::Named("f".to_owned()),
        schema: Some(json!({"type": "array"})),
    };
    assert_eq!(prompt(&body.to_string()), expected);
}

#[test]
fn odd_requests_have_empty_prompts() {
    assert_eq!(prompt(r#"{"model":"m","messages":[]}"#), PromptParts::default());
    assert_eq!(prompt(r#"{"model":"m","messages":[{"content":"\ud83d"}]}"#), PromptParts::default());
    let tool = prompt(r#"{"model":"m","messages":[{"role":"tool","content":"42"}],"tool_choice":"required"}"#);
    assert!(!tool.from_user && tool.text == "42");
    assert_eq!(tool.tool_choice, ChosenTool::Required);
}

#[test]
fn a_conversation_reads_as_who_said_what() {
    let body = serde_json::json!({"model": "m", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:x"}}]},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": "{\"at\":1}"}}]},
        {"role": "tool", "content": "a cat"},
    ]});
    let request = Request::read(Dialect::OpenAiChat, body.to_string().into()).unwrap();
    let wanted = "system: Be brief.\nuser: What is this?\n[image]\nassistant: \nassistant calls look({\"at\":1})\ntool: a cat\n";
    assert_eq!(request.conversation(), wanted);
}
