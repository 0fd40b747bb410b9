use serde_json::json;

use super::*;
use crate::hub::Finish;
use crate::{Relay, Relayed};

/// What OpenAI sends: a thought of two parts, a search that it runs by itself, text, a call, a custom call.
const NATIVE: &str = include_str!("native.sse");

#[test]
fn a_native_stream_is_read_piece_by_piece() {
    insta::assert_debug_snapshot!(pieces_of(NATIVE, NATIVE.len()).unwrap());
}

#[test]
fn wherever_its_bytes_are_cut() {
    let whole = pieces_of(NATIVE, NATIVE.len()).unwrap();
    for step in [1, 2, 3, 7, 64, 1000] {
        assert_eq!(pieces_of(NATIVE, step).unwrap(), whole, "{step}");
    }
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or("error"))
}

#[test]
fn a_failure_and_an_error_are_errors() {
    let failed = json!({"type": "response.failed", "response": {"id": "r", "status": "failed",
        "error": {"code": "rate_limit_exceeded", "message": "slow down"}}});
    let flat = json!({"type": "error", "code": "server_error", "message": "boom", "param": null, "sequence_number": 3});
    let nested = json!({"type": "error", "error": {"type": "server_error", "message": "boom"}});
    let bare = json!({"error": {"message": "boom"}});
    for (data, message) in [(failed, "slow down"), (flat, "boom"), (nested, "boom"), (bare, "boom")] {
        match pieces_of(&event(&data), 4096).unwrap().as_slice() {
            [Piece::Error(failure)] => assert_eq!(failure.message, message),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn data_that_is_no_event_is_named() {
    for data in ["{", "[]", "\"x\"", "{\"delta\":\"x\"}", "{} {}"] {
        assert!(pieces_of(&format!("data: {data}\n\n"), 4096).is_err(), "{data}");
    }
}

#[test]
fn events_that_say_nothing_new_and_comments_have_no_pieces() {
    let events =
        ": hi\n\ndata: {\"type\":\"response.web_search_call.searching\"}\n\ndata: {\"type\":\"response.new_kind\"}\n\ndata: [DONE]\n\n";
    assert_eq!(pieces_of(events, 4096).unwrap(), []);
}

#[test]
fn what_came_in_no_delta_is_read_from_its_end() {
    let item = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let events = [
        json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "all"}),
        json!({"type": "response.output_item.done", "output_index": 1, "item": item}),
        json!({"type": "response.completed", "response": {"status": "completed"}}),
    ];
    let pieces = pieces_of(&events.iter().map(event).collect::<String>(), 4096).unwrap();
    let expected = [
        Piece::Text { at: 0, text: "all".to_owned() },
        Piece::ToolCall { at: 1, id: "c".to_owned(), name: "f".to_owned(), custom: false },
        Piece::Arguments { at: 1, json: "{}".to_owned() },
        Piece::Finish(Finish::ToolCalls),
        Piece::End,
    ];
    assert_eq!(pieces, expected);
}

#[test]
fn a_lone_surrogate_and_a_number_beyond_f64_do_not_break_the_stream() {
    let data = r#"data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"\ud800","x":1e999}"#;
    assert_eq!(pieces_of(&format!("{data}\n\n"), 4096).unwrap(), [Piece::Text { at: 0, text: "\u{fffd}".to_owned() }]);
}

#[test]
fn a_native_stream_is_passed_on_byte_for_byte_and_judged() {
    let mut relay = Relay::new(Dialect::OpenAiResponses, Dialect::OpenAiResponses, &Caller::default(), false);
    relay.push(Bytes::from_static(NATIVE.as_bytes()));
    let (mut passed, mut first_content, mut is_done) = (Vec::new(), None, false);
    while let Relayed::Forward { bytes, content, done } = relay.next_event().unwrap() {
        if content && first_content.is_none() {
            first_content = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        is_done |= done;
        passed.extend_from_slice(&bytes);
    }
    assert_eq!(String::from_utf8(passed).unwrap(), NATIVE);
    assert!(first_content.unwrap().contains("\"delta\":\"Grüß \""));
    assert!(is_done && relay.finish().is_ok());
    assert_eq!((relay.id(), relay.usage().map(|usage| usage.reasoning)), (Some("resp_abc"), Some(5)));
}

#[test]
fn a_native_stream_that_fails_or_breaks_off_is_no_answer() {
    let failed = event(&json!({"type": "response.failed", "response": {"error": {"message": "boom"}}}));
    let mut relay = Relay::new(Dialect::OpenAiResponses, Dialect::OpenAiResponses, &Caller::default(), false);
    relay.push(Bytes::from(failed));
    assert_eq!(relay.next_event().unwrap_err(), "the upstream reported an error: boom");
    let half = NATIVE.find("event: response.completed").unwrap();
    let mut relay = Relay::new(Dialect::OpenAiResponses, Dialect::OpenAiResponses, &Caller::default(), false);
    relay.push(Bytes::from_static(&NATIVE.as_bytes()[..half]));
    while relay.next_event().unwrap() != Relayed::Starved {}
    assert!(relay.finish().is_err());
}

#[test]
fn the_error_that_ends_a_broken_stream_is_numbered_behind_what_went_before() {
    use crate::{ApiError, ErrorKind};
    let number = |from: Dialect, stream: &str| {
        let mut relay = Relay::new(from, Dialect::OpenAiResponses, &Caller::default(), false);
        relay.push(Bytes::copy_from_slice(stream.as_bytes()));
        while relay.next_event().unwrap() != Relayed::Starved {}
        let event = relay.error_event(Dialect::OpenAiResponses, &ApiError::new(502, ErrorKind::Upstream, "broken"));
        datas(std::str::from_utf8(&event).unwrap())[0]["sequence_number"].as_u64().unwrap()
    };
    let half = &NATIVE[..NATIVE.find("event: response.output_item.done").unwrap()];
    let before = datas(half).len() as u64;
    assert_eq!(number(Dialect::OpenAiResponses, half), before);
    // Created, in progress, the item, its part, its delta.
    assert_eq!(number(Dialect::OpenAiChat, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"), 5);
}
