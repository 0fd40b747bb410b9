use super::*;
use crate::{Usage, reply};

#[test]
fn an_answer_is_read() {
    let body = r#"{
        "metrics": {"latencyMs": 1},
        "output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}},
            {"reasoningContent": {"redactedContent": "AAA="}},
            {"text": "Hi."},
            {"citationsContent": {"content": [{"text": "It "}, {"text": "is."}], "citations": []}},
            {"toolUse": {"toolUseId": "t", "name": "look", "input": {"at": 1}}},
            {"newBlock": {}}
        ]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 10, "outputTokens": 7, "totalTokens": 17}
    }"#;
    let answer = read_answer(body.as_bytes()).unwrap().unwrap();
    let thought = |text: &str, signature: Option<&str>, hidden: Option<&str>| Part::Thinking {
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
        hidden: hidden.map(str::to_owned),
    };
    let call =
        Part::ToolCall { id: "t".to_owned(), name: "look".to_owned(), arguments: r#"{"at":1}"#.to_owned(), custom: false, cache: false };
    let expected = [thought("Hm.", Some("sig"), None), thought("", None, Some("AAA=")), Part::text("Hi."), Part::text("It is."), call];
    assert_eq!(answer.parts, expected);
    let facts = reply::read(Dialect::BedrockConverse, body.as_bytes()).unwrap();
    assert_eq!(
        (facts.finish_reason.as_deref(), facts.usage),
        (Some("tool_calls"), Some(Usage { input: 10, output: 7, ..Usage::default() }))
    );
}

#[test]
fn what_is_no_answer_is_said_to_be_none() {
    for body in ["{}", "[]", r#"{"output":{}}"#] {
        assert!(matches!(read_answer(body.as_bytes()), Err(Malformed::Shape { .. })), "{body}");
    }
    let failure = read_answer(br#"{"message":"no access"}"#).unwrap().unwrap_err();
    assert_eq!(failure.message, "no access");
}
