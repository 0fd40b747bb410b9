use proptest::prelude::*;

use super::super::decode::tests::{STREAM, pieces};
use super::*;

fn caller() -> Caller {
    Caller { id: "fresh".to_owned(), body: r#"{"model":"@code"}"#.into(), input_tokens: 99, ..Caller::default() }
}

fn written(pieces: &[Piece]) -> String {
    let (mut encoder, mut out) = (encoder(&caller()), Vec::new());
    for piece in pieces {
        encoder.write(piece, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out).unwrap()
}

fn text(at: u32, text: &str) -> Piece {
    Piece::Text { at, text: text.to_owned() }
}

fn call(at: u32, custom: bool) -> Piece {
    Piece::ToolCall { at, id: format!("call_{at}"), name: "f".to_owned(), custom }
}

fn arguments(at: u32, json: &str) -> Piece {
    Piece::Arguments { at, json: json.to_owned() }
}

#[test]
fn an_answer_is_written_event_by_event() {
    let start = Piece::Start { id: Some("chatcmpl-1".to_owned()), model: Some("gpt".to_owned()) };
    let usage = Usage { input: 50, cached_input: 20, output: 9, ..Usage::default() };
    let all = [
        start,
        Piece::Ping,
        Piece::Thinking { at: 0, text: "Hm.".to_owned() },
        text(1, "Hi"),
        text(1, "."),
        call(2, false),
        arguments(2, "{\"a\""),
        arguments(2, ":1}"),
        call(3, false),
        Piece::Finish(Finish::ToolCalls),
        Piece::Usage(usage),
        Piece::End,
    ];
    insta::assert_snapshot!(written(&all));
}

#[test]
fn a_stream_that_says_nothing_of_itself_is_complete_all_the_same() {
    insta::assert_snapshot!(written(&[text(0, "12345")]), @r#"
    event: message_start
    data: {"type":"message_start","message":{"id":"msg_fresh","type":"message","role":"assistant","model":"@code","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":99,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}

    event: content_block_start
    data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

    event: content_block_delta
    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"12345"}}

    event: content_block_stop
    data: {"type":"content_block_stop","index":0}

    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":99,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}}

    event: message_stop
    data: {"type":"message_stop"}
    "#);
}

#[test]
fn what_was_read_comes_back_as_it_was_written() {
    let stream = bytes::Bytes::from_static(STREAM.as_bytes());
    let all = pieces(&stream).unwrap();
    let again = pieces(&bytes::Bytes::from(written(&all))).unwrap();
    // The search, which has no form here, was a block; and the first count is an estimate.
    let plain = |all: &[Piece]| -> Vec<String> {
        all.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, piece)| format!("{piece:?}").replace("at: 3", "at: 2")).collect()
    };
    assert_eq!(plain(&again), plain(&all));
}

#[test]
fn calls_side_by_side_come_one_behind_the_other() {
    let side_by_side = [
        call(0, false),
        call(1, false),
        arguments(0, "{\"x\":\"}"),
        arguments(1, "{\"y\":"),
        arguments(0, "\"}"),
        arguments(1, "2}"),
        Piece::Finish(Finish::ToolCalls),
    ];
    let in_a_row = [
        call(0, false),
        arguments(0, "{\"x\":\"}"),
        arguments(0, "\"}"),
        call(1, false),
        arguments(1, "{\"y\":"),
        arguments(1, "2}"),
        Piece::Finish(Finish::ToolCalls),
    ];
    assert_eq!(written(&side_by_side), written(&in_a_row));
}

#[test]
fn a_call_without_arguments_holds_nobody_up_for_good() {
    let events = written(&[call(0, false), call(1, false), call(2, false), arguments(2, "{}"), text(3, "x")]);
    assert_eq!(events.matches("content_block_start\",").count(), 4);
    assert_eq!(events.matches("content_block_stop\",").count(), 4);
    assert!(events.contains("\"stop_reason\":\"tool_use\""));
}

#[test]
fn a_call_that_never_becomes_whole_ends_in_an_error_and_does_not_fill_the_memory() {
    let long = "x".repeat(1 << 20);
    let mut all = vec![call(0, false), arguments(0, "{")];
    all.extend((0..20).map(|_| text(1, &long)));
    let events = written(&all);
    assert!(events.len() < 4_096 && !events.contains("message_stop"), "{events}");
    let last = events.trim_end().lines().last().unwrap();
    assert_eq!(serde_json::from_str::<Value>(last.strip_prefix("data: ").unwrap()).unwrap()["error"]["type"], "api_error");
}

#[test]
fn plain_text_arguments_are_one_string_of_an_object() {
    let events = written(&[call(0, true), arguments(0, "a \"b\""), arguments(0, "\n")]);
    let said = pieces(&bytes::Bytes::from(events)).unwrap();
    let json: String =
        said.iter().filter_map(|piece| if let Piece::Arguments { json, .. } = piece { Some(json.as_str()) } else { None }).collect();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!({"input": "a \"b\"\n"}));
}

fn any_piece() -> impl Strategy<Value = Piece> {
    let at = 0..4u32;
    prop_oneof![
        (at.clone(), "[a-z]{0,2}").prop_map(|(at, text)| Piece::Text { at, text }),
        (at.clone(), "[a-z]{0,2}").prop_map(|(at, text)| Piece::Thinking { at, text }),
        at.clone().prop_map(|at| Piece::Signature { at, signature: "s".to_owned() }),
        at.clone().prop_map(|at| Piece::HiddenThinking { at, data: "d".to_owned() }),
        (at.clone(), any::<bool>()).prop_map(|(at, custom)| call(at, custom)),
        (at, prop::sample::select(vec!["{", "\"a\":1", "}", "{}", "\""])).prop_map(|(at, json)| arguments(at, json)),
        Just(Piece::Ping),
        Just(Piece::Finish(Finish::Stop)),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_the_grammar_is_kept(all in prop::collection::vec(any_piece(), 0..24)) {
        let mut open = None;
        let mut next = 0;
        let mut kinds = Vec::new();
        for event in written(&all).split("\n\n").filter(|event| !event.is_empty()) {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            prop_assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
            let kind = data["type"].as_str().unwrap_or_default().to_owned();
            match kind.as_str() {
                "content_block_start" => {
                    prop_assert_eq!((open, data["index"].as_u64()), (None, Some(next)));
                    open = Some(next);
                    next += 1;
                }
                "content_block_delta" => prop_assert_eq!((open.is_some(), data["index"].as_u64()), (true, open)),
                "content_block_stop" => prop_assert_eq!(data["index"].as_u64(), open.take()),
                _ => {}
            }
            kinds.push(kind);
        }
        prop_assert!(open.is_none());
        prop_assert_eq!(kinds.first().map(String::as_str), Some("message_start"));
        prop_assert_eq!(kinds.iter().filter(|kind| *kind == "message_start").count(), 1);
        prop_assert_eq!(&kinds[kinds.len() - 2..], ["message_delta", "message_stop"]);
    }
}
