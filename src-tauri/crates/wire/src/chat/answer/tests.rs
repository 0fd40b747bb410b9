use bytes::Bytes;

use super::*;

fn read(body: &Value) -> Completion {
    read_answer(body.to_string().as_bytes()).unwrap().unwrap()
}

fn caller() -> Caller {
    Caller { body: Bytes::from_static(br#"{"model":"@prod"}"#), created: 7, id: "req_1".to_owned(), input_tokens: 3, ..Caller::default() }
}

fn rich() -> Completion {
    Completion {
        id: Some("msg_1".to_owned()),
        model: Some("claude".to_owned()),
        parts: vec![
            Part::Thinking { text: "hm".to_owned(), signature: Some("sig".to_owned()), hidden: None },
            Part::Thinking { text: String::new(), signature: None, hidden: Some("data".to_owned()) },
            Part::text("Let me "),
            Part::text("look."),
            Part::ToolCall { id: "a".to_owned(), name: "f".to_owned(), arguments: String::new(), custom: false, cache: false },
            Part::ToolCall { id: "b".to_owned(), name: "sh".to_owned(), arguments: "ls".to_owned(), custom: true, cache: false },
        ],
        finish: Some(Finish::ToolCalls),
        usage: Some(Usage { input: 10, cached_input: 4, output: 5, reasoning: 2, ..Usage::default() }),
    }
}

#[test]
fn an_answer_is_written_as_openai_writes_it() {
    insta::assert_json_snapshot!(write_answer(&rich(), &caller()));
}

#[test]
fn an_answer_that_knows_little_is_whole_all_the_same() {
    let written = write_answer(&Completion { parts: vec![Part::text("12345678")], ..Completion::default() }, &caller());
    assert_eq!((&written["id"], &written["model"], &written["created"]), (&json!("chatcmpl-req_1"), &json!("@prod"), &json!(7)));
    assert_eq!(written["choices"][0]["finish_reason"], "stop");
    assert_eq!((&written["usage"]["prompt_tokens"], &written["usage"]["completion_tokens"]), (&json!(3), &json!(2)));
}

#[test]
fn what_is_written_is_read_again() {
    let (answer, written) = (rich(), write_answer(&rich(), &caller()));
    let again = read(&written);
    assert_eq!(again.id.as_deref(), Some("chatcmpl-msg_1"));
    assert_eq!((again.finish, again.usage), (answer.finish, answer.usage));
    assert_eq!(again.parts[0], answer.parts[0]);
    assert_eq!(again.parts[1], answer.parts[1]);
    assert_eq!(again.parts[2], Part::text("Let me look."));
    assert_eq!(again.parts[4], answer.parts[5]);
}

#[test]
fn servers_own_variants_are_read() {
    let body = json!({"id": "x", "model": "m", "choices": [{"finish_reason": "stop", "message": {
        "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}, "b"],
        "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}, {"index": 0, "id": "y", "function": {"name": "g", "arguments": "{}"}}],
    }}], "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 9}});
    let answer = read(&body);
    let call = |id: &str, name: &str, arguments: &str| Part::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        custom: false,
        cache: false,
    };
    let thought = Part::Thinking { text: "hm".to_owned(), signature: None, hidden: None };
    assert_eq!(answer.parts, [thought, Part::text("ab"), call("call_x_2", "f", r#"{"x":1}"#), call("y", "g", "{}")]);
    assert_eq!(answer.finish, Some(Finish::ToolCalls));
    assert_eq!(answer.usage.map(|usage| (usage.output, usage.reasoning)), Some((4, 3)));
}

#[test]
fn an_error_inside_a_200_is_the_upstreams_own() {
    let failure = read_answer(br#"{"error":{"message":"no","code":429}}"#).unwrap().unwrap_err();
    assert_eq!((failure.message.as_str(), failure.status), ("no", 429));
}

#[test]
fn what_is_no_answer_is_malformed() {
    assert_eq!(read_answer(b" \n"), Err(Malformed::Empty));
    assert_eq!(read_answer(b"\xff"), Err(Malformed::NotUtf8));
    assert_eq!(read_answer(b"[1]"), Err(Malformed::NoChoices));
    assert_eq!(read_answer(b"{}"), Err(Malformed::NoChoices));
    assert_eq!(read_answer(br#"{"choices":[ ]}"#), Err(Malformed::EmptyChoices));
    assert!(matches!(read_answer(b"<html>"), Err(Malformed::NotJson(_))));
    assert!(matches!(read_answer(br#"{"choices":[{}]} x"#), Err(Malformed::NotJson(_))));
}

#[test]
fn half_an_emoji_in_an_answer_is_replaced() {
    let answer = read_answer(br#"{"choices":[{"message":{"content":"a\ud83d"}}]}"#).unwrap().unwrap();
    assert_eq!(answer.parts, [Part::text("a\u{fffd}")]);
}

#[test]
fn calls_take_the_form_in_which_the_caller_offered_its_tools() {
    let call = |name: &str| Part::ToolCall {
        id: name.to_owned(),
        name: name.to_owned(),
        arguments: r#"{"input":"a b"}"#.to_owned(),
        custom: false,
        cache: false,
    };
    let answer = Completion { parts: vec![call("sh"), call("f")], finish: Some(Finish::ToolCalls), ..Completion::default() };
    let choice = |body: &'static str| {
        let caller = Caller { body: Bytes::from_static(body.as_bytes()), ..Caller::default() };
        write_answer(&answer, &caller)["choices"][0].clone()
    };
    let custom = choice(r#"{"tools":[{"type":"custom","custom":{"name":"sh"}}]}"#);
    let calls = &custom["message"]["tool_calls"];
    assert_eq!(calls[0], json!({"id": "sh", "type": "custom", "custom": {"name": "sh", "input": "a b"}}));
    assert_eq!(calls[1]["type"], "function");
    let old = choice(r#"{"functions":[{"name":"sh"},{"name":"f"}]}"#);
    assert_eq!(old["message"]["function_call"], json!({"name": "sh", "arguments": r#"{"input":"a b"}"#}));
    assert_eq!((old["message"].get("tool_calls"), &old["finish_reason"]), (None, &json!("function_call")));
}

#[test]
fn geminis_signature_of_a_call_goes_into_its_id() {
    let call =
        json!({"id": "a", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "Ci+/="}}});
    let answer = read(&json!({"choices": [{"message": {"tool_calls": [call]}}]}));
    let Part::ToolCall { id, .. } = &answer.parts[0] else { panic!("a call") };
    assert_eq!(crate::hub::split(id), ("a", Some("Ci+/=".to_owned())));
}

#[test]
fn tokens_written_to_a_cache_are_told_and_read() {
    let usage = Usage { input: 10, cached_input: 4, cache_write: 5, output: 1, ..Usage::default() };
    let answer = Completion { usage: Some(usage), parts: vec![Part::text("a")], ..Completion::default() };
    assert_eq!(read(&write_answer(&answer, &caller())).usage, Some(usage));
}
