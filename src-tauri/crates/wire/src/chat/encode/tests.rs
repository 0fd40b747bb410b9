use bytes::Bytes;

use super::*;
use crate::Usage;
use crate::chat::decoder;
use crate::hub::Finish;
use crate::sse::Splitter;

fn caller(include_usage: bool) -> Caller {
    Caller { body: Bytes::from_static(br#"{"model":"@prod"}"#), include_usage, created: 7, id: "req_1".to_owned(), input_tokens: 3 }
}

fn written(pieces: &[Piece], caller: &Caller) -> String {
    let (mut encoder, mut out) = (encoder(caller), Vec::new());
    for piece in pieces {
        encoder.write(piece, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out).unwrap()
}

fn rich() -> Vec<Piece> {
    let text = |text: &str| text.to_owned();
    vec![
        Piece::Start { id: Some(text("msg_1")), model: Some(text("claude")) },
        Piece::Thinking { at: 0, text: text("h\"m") },
        Piece::Signature { at: 0, signature: text("sig") },
        Piece::HiddenThinking { at: 1, data: text("d") },
        Piece::Text { at: 2, text: text("Hi\n") },
        Piece::Ping,
        Piece::ToolCall { at: 3, id: text("a"), name: text("f"), custom: false },
        Piece::Arguments { at: 3, json: text("{\"x\":") },
        Piece::Arguments { at: 3, json: text("1}") },
        Piece::ToolCall { at: 4, id: text("b"), name: text("sh"), custom: true },
        Piece::Arguments { at: 4, json: text("ls") },
        Piece::ToolCall { at: 5, id: text("c"), name: text("g"), custom: false },
        Piece::Usage(Usage { input: 10, cached_input: 4, output: 5, reasoning: 2, ..Usage::default() }),
        Piece::Finish(Finish::ToolCalls),
        Piece::End,
    ]
}

#[test]
fn a_stream_is_written_as_openai_writes_it() {
    insta::assert_snapshot!(written(&rich(), &caller(true)));
}

#[test]
fn usage_comes_only_to_those_who_asked() {
    let text = written(&rich(), &caller(false));
    assert!(!text.contains("usage"), "{text}");
    assert!(text.ends_with("\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"), "{text}");
}

#[test]
fn a_stream_that_says_nothing_is_whole_all_the_same() {
    let text = written(&[], &caller(true));
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(events.len(), 4, "role, finish, usage, done: {text}");
    assert!(events[0].contains("\"id\":\"chatcmpl-req_1\"") && events[0].contains("\"model\":\"@prod\""), "{text}");
    assert!(events[2].contains("\"prompt_tokens\":3"), "{text}");
}

#[test]
fn what_is_written_reads_as_the_same_pieces() {
    let (mut splitter, mut decoder, mut read) = (Splitter::new(), decoder(), Vec::new());
    splitter.push(written(&rich(), &caller(true)).into());
    while let Some(event) = splitter.next_event().unwrap() {
        decoder.read(&event, &mut read).unwrap();
    }
    let mut expected: Vec<_> = rich().into_iter().filter(|piece| !matches!(piece, Piece::Ping)).collect();
    expected[0] = Piece::Start { id: Some("chatcmpl-msg_1".to_owned()), model: Some("claude".to_owned()) };
    // No arguments are an empty object, and usage comes last.
    let usage = expected.remove(11);
    expected.insert(11, Piece::Arguments { at: 5, json: "{}".to_owned() });
    expected.insert(13, usage);
    assert_eq!(read, expected);
}

fn deltas(text: &str) -> Vec<serde_json::Value> {
    let events = text.split_terminator("\n\n").filter_map(|event| serde_json::from_str(event.strip_prefix("data: ")?).ok());
    events.flat_map(|chunk: serde_json::Value| chunk["choices"].as_array().cloned()).flatten().collect()
}

fn two_calls() -> Vec<Piece> {
    let call = |at, name: &str| Piece::ToolCall { at, id: format!("call_{at}"), name: name.to_owned(), custom: false };
    let arguments = |at, json: &str| Piece::Arguments { at, json: json.to_owned() };
    vec![call(0, "sh"), arguments(0, "{\"input\":"), arguments(0, "\"a b\"}"), call(1, "f"), Piece::Finish(Finish::ToolCalls), Piece::End]
}

#[test]
fn a_tool_of_plain_text_that_was_called_as_a_function_is_one_again() {
    let body = br#"{"tools":[{"type":"custom","custom":{"name":"sh"}},{"type":"function","function":{"name":"f"}}]}"#;
    let text = written(&two_calls(), &Caller { body: Bytes::from_static(body), ..Caller::default() });
    let calls: Vec<_> = deltas(&text).iter().filter_map(|choice| choice["delta"].get("tool_calls").cloned()).collect();
    let expected = [
        json!([{"index": 0, "id": "call_0", "type": "custom", "custom": {"name": "sh", "input": ""}}]),
        json!([{"index": 1, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}]),
        json!([{"index": 0, "custom": {"input": "a b"}}]),
        json!([{"index": 1, "function": {"arguments": "{}"}}]),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_caller_with_functions_of_old_gets_one_function_call() {
    let body = br#"{"functions":[{"name":"sh"},{"name":"f"}]}"#;
    let text = written(&two_calls(), &Caller { body: Bytes::from_static(body), ..Caller::default() });
    let choices = deltas(&text);
    let calls: Vec<_> = choices.iter().filter_map(|choice| choice["delta"].get("function_call").cloned()).collect();
    let expected = [json!({"name": "sh", "arguments": ""}), json!({"arguments": "{\"input\":"}), json!({"arguments": "\"a b\"}"})];
    assert_eq!(calls, expected);
    assert!(!text.contains("tool_calls"), "{text}");
    assert_eq!(choices.last().unwrap()["finish_reason"], "function_call");
}
