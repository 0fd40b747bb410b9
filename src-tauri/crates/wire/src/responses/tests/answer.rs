use serde_json::json;

use super::*;
use crate::hub::{Completion, Finish, Part};
use crate::reply::{self, Malformed};
use crate::responses::{read_answer, with_text};

fn native() -> Value {
    json!({
        "id": "resp_abc", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-5.4-2026-03-05",
        "error": null, "incomplete_details": null,
        "output": [
            {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "gAAAAB"},
            {"id": "ws_1", "type": "web_search_call", "status": "completed"},
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "Hello", "annotations": []}, {"type": "refusal", "refusal": "No."}]},
            {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{\"a\":1}"},
            {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_2", "name": "apply_patch", "input": "***"}
        ],
        "usage": {"input_tokens": 20, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 11,
                  "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 31}
    })
}

fn read(answer: &Value) -> Completion {
    read_answer(answer.to_string().as_bytes()).unwrap().unwrap()
}

fn write_answer(answer: &Completion, caller: &Caller) -> Value {
    serde_json::from_slice(&crate::responses::write_answer(answer, caller)).unwrap()
}

#[test]
fn a_native_answer_is_read() {
    insta::assert_debug_snapshot!(read(&native()));
}

#[test]
fn and_written_with_all_that_the_request_said() {
    let small = json!({"model": "@code", "instructions": "Be brief.", "temperature": 0.25,
        "tools": [{"type": "custom", "name": "apply_patch"}], "tool_choice": "required"});
    insta::assert_json_snapshot!(write_answer(&read(&native()), &caller(&small)));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let once = read(&native());
    assert_eq!(read(&write_answer(&once, &caller(&codex()))), once);
}

#[test]
fn a_stream_and_a_whole_answer_say_the_same() {
    let caller = caller(&codex());
    let whole = write_answer(&read(&native()), &caller);
    let streamed = datas(&events(&caller, &crate::hub::pieces(&read(&native()))));
    assert_eq!(streamed.last().unwrap()["response"], whole);
}

#[test]
fn a_tool_that_the_caller_declared_in_its_own_way_is_called_so() {
    let call = |name: &str, arguments: &str| Part::ToolCall {
        id: "toolu_1".to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        custom: false,
        cache: false,
    };
    let parts = vec![call("apply_patch", r#"{"input":"*** Begin\n"}"#), call("mcp__git__log", "{}"), call("apply_patch", "*** bare")];
    let written = write_answer(&Completion { parts, ..Completion::default() }, &caller(&codex()));
    let output = &written["output"];
    assert_eq!((&output[0]["type"], &output[0]["input"]), (&json!("custom_tool_call"), &json!("*** Begin\n")));
    assert_eq!((&output[1]["namespace"], &output[1]["name"]), (&json!("mcp__git__"), &json!("log")));
    assert_eq!(output[2]["input"], "*** bare");
}

#[test]
fn how_an_answer_ended() {
    let mut answer = native();
    answer["status"] = "incomplete".into();
    answer["incomplete_details"] = json!({"reason": "max_output_tokens"});
    assert_eq!(read(&answer).finish, Some(Finish::Length));
    answer["incomplete_details"] = json!({"reason": "content_filter"});
    assert_eq!(read(&answer).finish, Some(Finish::ContentFilter));
    answer["status"] = "failed".into();
    answer["error"] = json!({"code": "server_error", "message": "boom"});
    let failure = read_answer(answer.to_string().as_bytes()).unwrap().unwrap_err();
    assert_eq!((failure.message.as_str(), failure.code.as_deref()), ("boom", Some("server_error")));
}

#[test]
fn bodies_of_another_shape_are_named() {
    assert!(matches!(read_answer(b"[]"), Err(Malformed::Shape { .. })));
    assert!(matches!(read_answer(b"{\"choices\":[]}"), Err(Malformed::Shape { .. })));
    assert!(matches!(read_answer(b"{\"output\":"), Err(Malformed::NotJson(_))));
    assert!(matches!(read_answer(b"\"\xff\""), Err(Malformed::NotUtf8)));
    assert!(read_answer(b"{\"error\":\"boom\"}").unwrap().is_err());
}

#[test]
fn a_lone_surrogate_does_not_break_an_answer() {
    let answer = br#"{"output":[{"type":"message","content":[{"type":"output_text","text":"\ud800"}]}],"x":1e999}"#;
    let facts = reply::read(Dialect::OpenAiResponses, answer).unwrap();
    assert!(facts.has_content);
}

#[test]
fn another_text_takes_the_place_of_all_that_was_said() {
    let body = Bytes::from(native().to_string());
    let changed: Value = serde_json::from_slice(&with_text(&body, "new \"text\"").into_bytes()).unwrap();
    assert_eq!(changed["output"].as_array().unwrap().len(), 1);
    assert_eq!((&changed["output"][0]["id"], &changed["output"][0]["content"][0]["text"]), (&json!("msg_1"), &json!("new \"text\"")));
    assert_eq!(changed["usage"], native()["usage"]);
    let other = Bytes::from_static(b"{\"choices\":[]}");
    assert_eq!(with_text(&other, "x").into_bytes(), other);
}
