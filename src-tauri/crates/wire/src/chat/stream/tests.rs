use bytes::Bytes;

use super::*;
use crate::sse::Splitter;

fn run(text: &str) -> (StreamReader, Vec<StreamEvent>) {
    let mut splitter = Splitter::new();
    let mut reader = StreamReader::new();
    let mut events = Vec::new();
    splitter.push(Bytes::copy_from_slice(text.as_bytes()));
    while let Some(event) = splitter.next_event().unwrap() {
        events.push(reader.read(&event));
    }
    if let Some(event) = splitter.finish() {
        events.push(reader.read(&event));
    }
    (reader, events)
}

fn delta(delta: &str) -> String {
    format!("data: {{\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}],\"usage\":null}}\n\n")
}

const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn incomplete(reader: &StreamReader) -> String {
    match reader.end() {
        StreamEnd::Incomplete(reason) => reason,
        StreamEnd::Complete => panic!("the stream counts as complete"),
    }
}

#[test]
fn a_whole_stream_is_read_and_complete() {
    let text = [
        ": ping\n\n",
        &delta(r#"{"role":"assistant","content":""}"#),
        &delta(r#"{"reasoning_content":"hmm"}"#),
        &delta(r#"{"content":"Hi"}"#),
        FINISH,
        USAGE,
        DONE,
    ]
    .concat();
    let (reader, events) = run(&text);
    use StreamEvent::{Comment, Delta, Done, UsageOnly};
    let silent = Delta { content: false };
    assert_eq!(events, [Comment, silent.clone(), silent.clone(), Delta { content: true }, silent, UsageOnly, Done]);
    assert_eq!(reader.end(), StreamEnd::Complete);
    assert_eq!(reader.model(), Some("m"));
    assert_eq!(reader.finish_reason(), Some("stop"));
    assert_eq!(reader.usage().map(|usage| (usage.input, usage.output)), Some((3, 2)));
    assert_eq!(reader.output_chars(), 5);
}

#[test]
fn half_an_emoji_in_a_delta_is_content() {
    let (_, events) = run(&delta(r#"{"content":"\ud83d"}"#));
    assert_eq!(events, [StreamEvent::Delta { content: true }]);
}

#[test]
fn a_finish_reason_ends_a_stream_even_without_done() {
    let (reader, _) = run(&[&delta(r#"{"content":"x"}"#), FINISH].concat());
    assert_eq!(reader.end(), StreamEnd::Complete);
}

#[test]
fn done_ends_a_stream_with_content_even_without_a_finish_reason() {
    let (reader, _) = run(&[&delta(r#"{"content":"x"}"#), "data: [DONE]"].concat());
    assert_eq!(reader.end(), StreamEnd::Complete);
}

#[test]
fn every_choice_has_to_finish_where_done_is_missing() {
    let second = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"y\"}}]}\n\n";
    let (reader, _) = run(&[&delta(r#"{"content":"x"}"#), second, FINISH].concat());
    assert!(incomplete(&reader).contains("broke off"));
}

#[test]
fn an_end_without_a_terminal_event_is_incomplete() {
    assert!(incomplete(&run("").0).contains("without any content"));
    assert!(incomplete(&run(DONE).0).contains("[DONE]"));
    assert!(incomplete(&run(&delta(r#"{"content":"x"}"#)).0).contains("broke off"));
    let role_only = delta(r#"{"role":"assistant","content":""}"#);
    assert!(incomplete(&run(&[&role_only, DONE].concat()).0).contains("[DONE]"));
}

#[test]
fn an_error_event_fails_the_stream_whatever_follows() {
    let error = "data: {\"error\":{\"message\":\"Overloaded\",\"code\":\"server_error\"}}\n\n";
    let (reader, events) = run(&[&delta(r#"{"content":"x"}"#), error, FINISH, DONE].concat());
    assert!(matches!(&events[1], StreamEvent::Error(failure) if failure.message == "Overloaded"));
    assert!(incomplete(&reader).contains("Overloaded"));
    let (_, events) = run("event: error\ndata: {\"message\":\"gone\"}\n\n");
    assert!(matches!(&events[0], StreamEvent::Error(failure) if failure.message == "gone"));
}

#[test]
fn data_that_is_no_json_object_is_garbage() {
    for text in ["data: nope\n\n", "data: {\"choices\":[\n\n", "data: 7\n\n", "data: {} x\n\n"] {
        let (reader, events) = run(text);
        assert!(matches!(events[0], StreamEvent::Garbage(_)), "{text}");
        assert!(incomplete(&reader).contains("JSON"));
    }
}

#[test]
fn a_first_chunk_without_choices_is_no_usage_chunk() {
    let (_, events) = run("data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n");
    assert_eq!(events, [StreamEvent::Delta { content: false }]);
}

#[test]
fn what_a_stream_says_is_gathered_only_where_somebody_wants_it() {
    let mut splitter = Splitter::new();
    let mut reader = StreamReader::gathering();
    splitter.push([&delta(r#"{"content":"Hel"}"#), &delta(r#"{"content":"lo"}"#), FINISH, USAGE, DONE].concat().into());
    while let Some(event) = splitter.next_event().unwrap() {
        reader.read(&event);
    }
    let said = reader.take_said().unwrap();
    assert_eq!((said.text(), said.finish_reason.as_deref()), ("Hello", Some("stop")));
    assert_eq!(reader.end(), StreamEnd::Complete);
    assert_eq!(run(DONE).0.take_said(), None);
}
