use super::*;
use crate::hub::Finish;
use crate::{ReplyFacts, reply};

const ANSWER: &str = r#"{
    "id":"msg_1","type":"message","role":"assistant","model":"claude-x",
    "content":[
        {"type":"thinking","thinking":"Hm.","signature":"sig"},
        {"type":"text","text":"Hi.","citations":[{"type":"web_search_result_location"}]},
        {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}},
        {"type":"tool_use","id":"toolu_1","name":"look","input":{"at":1.50}}
    ],
    "stop_reason":"tool_use","stop_sequence":null,
    "usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":7}
}"#;

fn facts(body: &str) -> Result<ReplyFacts, Malformed> {
    reply::read(Dialect::AnthropicMessages, body.as_bytes())
}

fn caller() -> Caller {
    Caller { id: "fresh".to_owned(), body: r#"{"model":"@code"}"#.into(), input_tokens: 99, ..Caller::default() }
}

#[test]
fn an_answer_is_read_with_all_of_its_tokens() {
    let facts = facts(ANSWER).unwrap();
    assert_eq!((facts.model.as_deref(), facts.finish_reason.as_deref()), (Some("claude-x"), Some("tool_calls")));
    let usage = Usage { input: 60, cached_input: 30, cache_write: 20, output: 7, ..Usage::default() };
    assert_eq!((facts.usage, facts.has_content), (Some(usage), true));
}

#[test]
fn what_is_kept_for_an_hour_is_told_apart() {
    let split = r#""cache_creation":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":5},"cache_creation_input_tokens":20"#;
    let usage = facts(&ANSWER.replace(r#""cache_creation_input_tokens":20"#, split)).unwrap().usage.unwrap();
    assert_eq!((usage.input, usage.cache_write, usage.cache_write_1h), (60, 20, 5));
}

#[test]
fn it_is_written_as_it_was_read() {
    let answer = read_answer(ANSWER.as_bytes()).unwrap().unwrap();
    let mut expected: Value = serde_json::from_str(ANSWER).unwrap();
    expected["content"].as_array_mut().unwrap().remove(2);
    expected["content"][1].as_object_mut().unwrap().remove("citations");
    assert_eq!(write_answer(&answer, &caller()), expected);
}

#[test]
fn what_an_answer_lacks_is_filled_in() {
    let call = Part::ToolCall { id: "c".to_owned(), name: "f".to_owned(), arguments: String::new(), custom: false, cache: false };
    let answer = Completion { parts: vec![Part::text(""), call], finish: Some(Finish::Stop), ..Completion::default() };
    let written = write_answer(&answer, &caller());
    assert_eq!(
        (&written["id"], &written["model"], &written["stop_reason"], &written["usage"]["input_tokens"]),
        (&json!("msg_fresh"), &json!("@code"), &json!("tool_use"), &json!(99))
    );
    assert_eq!(written["content"], json!([{"type": "tool_use", "id": "c", "name": "f", "input": {}}]));
}

#[test]
fn arguments_that_are_no_json_are_still_shown() {
    for (arguments, custom) in [("*** patch", true), ("{broken", false)] {
        let call = Part::ToolCall { id: "c".to_owned(), name: "f".to_owned(), arguments: arguments.to_owned(), custom, cache: false };
        let written = write_answer(&Completion { parts: vec![call], ..Completion::default() }, &caller());
        assert_eq!(written["content"][0]["input"], json!({ "input": arguments }));
    }
}

#[test]
fn an_error_inside_a_200_is_one() {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    assert_eq!(facts(body).unwrap().error.map(|error| error.message).as_deref(), Some("Overloaded"));
}

#[test]
fn what_is_no_answer_is_said_to_be_none() {
    assert_eq!(facts(" "), Err(Malformed::Empty));
    assert!(matches!(facts("{"), Err(Malformed::NotJson(_))));
    assert!(matches!(facts("{} {}"), Err(Malformed::NotJson(_))));
    for body in ["{}", "[]", "1", r#"{"content":"text"}"#] {
        assert!(matches!(facts(body), Err(Malformed::Shape { .. })), "{body}");
    }
    assert_eq!(reply::read(Dialect::AnthropicMessages, b"\xff"), Err(Malformed::NotUtf8));
}

#[test]
fn lone_surrogates_and_huge_numbers_do_not_hide_an_answer() {
    let body = r#"{"content":[{"type":"text","text":"\ud83d"}],"x":1e999,"stop_reason":"end_turn"}"#;
    assert!(facts(body).unwrap().has_content);
}

#[test]
fn each_reason_has_its_word_both_ways() {
    let cases = [
        ("end_turn", "stop", "end_turn"),
        ("max_tokens", "length", "max_tokens"),
        ("model_context_window_exceeded", "length", "max_tokens"),
        ("stop_sequence", "stop", "stop_sequence"),
        ("tool_use", "tool_calls", "tool_use"),
        ("pause_turn", "stop", "pause_turn"),
        ("refusal", "content_filter", "refusal"),
        ("new_word", "new_word", "end_turn"),
    ];
    for (reason, openai, back) in cases {
        let finish = stop::finish(reason, Some("END".to_owned()));
        assert_eq!((finish.openai(), stop::stop_reason(Some(&finish), false).0), (openai, back));
    }
}
