use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::hub::{Caller, Finish};
use crate::sse::Splitter;
use crate::{Dialect, Relay, Relayed, Usage};

fn pieces(stream: &[u8]) -> Result<Vec<Piece>, String> {
    let (mut splitter, mut decoder, mut out) = (Splitter::new(), decoder(), Vec::new());
    splitter.push(Bytes::copy_from_slice(stream));
    while let Some(event) = splitter.next_event().unwrap() {
        decoder.read(&event, &mut out)?;
    }
    if let Some(event) = splitter.finish() {
        decoder.read(&event, &mut out)?;
    }
    Ok(out)
}

fn event(chunk: &Value) -> String {
    format!("data: {chunk}\n\n")
}

/// The pieces of such deltas, without their beginning.
fn deltas(deltas: &[Value]) -> Vec<Piece> {
    let chunk = |delta: &Value| event(&json!({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": delta}]}));
    let mut all = pieces(deltas.iter().map(chunk).collect::<String>().as_bytes()).unwrap();
    let start = all.remove(0);
    assert_eq!(start, Piece::Start { id: Some("chatcmpl-1".to_owned()), model: Some("m".to_owned()) });
    all
}

fn text(at: u32, text: &str) -> Piece {
    Piece::Text { at, text: text.to_owned() }
}

fn thought(at: u32, text: &str) -> Piece {
    Piece::Thinking { at, text: text.to_owned() }
}

fn call(at: u32, id: &str, name: &str) -> Piece {
    Piece::ToolCall { at, id: id.to_owned(), name: name.to_owned(), custom: false }
}

fn arguments(at: u32, json: &str) -> Piece {
    Piece::Arguments { at, json: json.to_owned() }
}

fn finished(finish: Value) -> Piece {
    let mut choice = json!({"index": 0, "delta": {}});
    choice.as_object_mut().unwrap().extend(finish.as_object().cloned().unwrap());
    pieces(event(&json!({"choices": [choice]})).as_bytes()).unwrap().pop().unwrap()
}

#[test]
fn a_stream_is_read_piece_by_piece() {
    let stream = concat!(
        ": hello\n\n",
        "data: {\"id\":\"\",\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n",
        "data: {\"id\":\"c1\",\"model\":\"gpt\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}},{\"index\":1,\"delta\":{\"content\":\"no\"}}]}\n\n",
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"\"}]}\n\n",
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":1}}}\n\n",
        "data: [DONE]",
    );
    let expected = [
        Piece::Start { id: Some("c1".to_owned()), model: Some("gpt".to_owned()) },
        text(0, "Hel"),
        text(0, "lo"),
        Piece::Finish(Finish::Stop),
        Piece::Usage(Usage { input: 3, cached_input: 1, output: 2, ..Usage::default() }),
        Piece::End,
    ];
    assert_eq!(pieces(stream.as_bytes()).unwrap(), expected);
}

#[test]
fn every_part_has_a_number_of_its_own() {
    let function = |index: u32, id: &str, name: &str, arguments: &str| json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}]});
    let more = |index: u32, arguments: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]});
    let all = deltas(&[
        json!({"reasoning_content": "h", "content": null}),
        json!({"reasoning": "m"}),
        json!({"content": "a"}),
        function(0, "x", "f", ""),
        function(1, "y", "g", "{"),
        more(0, "{}"),
        more(1, "}"),
        json!({"content": "b"}),
    ]);
    let calls = [call(2, "x", "f"), call(3, "y", "g"), arguments(3, "{"), arguments(2, "{}"), arguments(3, "}")];
    let mut expected = vec![thought(0, "h"), thought(0, "m"), text(1, "a")];
    expected.extend(calls);
    expected.push(text(4, "b"));
    assert_eq!(all, expected);
}

#[test]
fn thoughts_are_read_in_every_form() {
    let mistral = json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}]});
    assert_eq!(deltas(&[mistral]), [thought(0, "hm"), text(1, "a")]);
    let both = json!({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]});
    let signed = Piece::Signature { at: 0, signature: "s".to_owned() };
    assert_eq!(deltas(&[both]), [thought(0, "hm"), signed]);
    let hidden = json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]});
    assert_eq!(deltas(&[hidden]), [Piece::HiddenThinking { at: 0, data: "d".to_owned() }]);
    assert_eq!(deltas(&[json!({"refusal": "No."})]), [Piece::Refusal { at: 0, text: "No.".to_owned() }]);
}

#[test]
fn calls_are_told_apart_in_every_form() {
    let list = |calls: Value| json!({"tool_calls": calls});
    // No index.
    let ollama = list(
        json!([{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}, {"id": "b", "function": {"name": "f", "arguments": "{}"}}]),
    );
    let two = [call(0, "a", "f"), arguments(0, r#"{"x":1}"#), call(1, "b", "f"), arguments(1, "{}")];
    assert_eq!(deltas(&[ollama]), two);
    // One index for all.
    let gemini = |id: &str| list(json!([{"index": 0, "id": id, "function": {"name": "f", "arguments": "{}"}}]));
    assert_eq!(deltas(&[gemini("a"), gemini("b")]), [call(0, "a", "f"), arguments(0, "{}"), call(1, "b", "f"), arguments(1, "{}")]);
    // Id and name in every piece.
    let again = |arguments: &str| list(json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}]));
    assert_eq!(deltas(&[again("{"), again("}")]), [call(0, "a", "f"), arguments(0, "{"), arguments(0, "}")]);
    // The name comes later; there is no id.
    let late = [
        list(json!([{"index": 0, "function": {"arguments": "{"}}])),
        list(json!([{"index": 0, "function": {"name": "f", "arguments": "}"}}])),
    ];
    assert_eq!(deltas(&late), [call(0, "call_chatcmpl-1_0", "f"), arguments(0, "{}")]);
    // The old form, and the custom one.
    let old = [json!({"function_call": {"name": "f", "arguments": ""}}), json!({"function_call": {"arguments": "{}"}})];
    assert_eq!(deltas(&old), [call(0, "call_chatcmpl-1_0", "f"), arguments(0, "{}")]);
    let custom = deltas(&[list(json!([{"index": 0, "id": "a", "type": "custom", "custom": {"name": "sh", "input": "ls"}}]))]);
    let begun = Piece::ToolCall { at: 0, id: "a".to_owned(), name: "sh".to_owned(), custom: true };
    assert_eq!(custom, [begun, arguments(0, "ls")]);
}

#[test]
fn every_word_for_the_end_is_known() {
    let word = |word: &str| finished(json!({"finish_reason": word}));
    assert_eq!(word("stop"), Piece::Finish(Finish::Stop));
    assert_eq!(word("MAX_TOKENS"), Piece::Finish(Finish::Length));
    assert_eq!(word("function_call"), Piece::Finish(Finish::ToolCalls));
    assert_eq!(word("content_filter"), Piece::Finish(Finish::ContentFilter));
    assert_eq!(word("bored"), Piece::Finish(Finish::Other("bored".to_owned())));
    let vllm = finished(json!({"finish_reason": "stop", "stop_reason": "END"}));
    assert_eq!(vllm, Piece::Finish(Finish::StopSequence(Some("END".to_owned()))));
}

#[test]
fn stop_after_calls_means_that_they_are_to_be_made() {
    let chunk =
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"id": "a", "function": {"name": "f"}}]}, "finish_reason": "stop"}]});
    assert_eq!(pieces(event(&chunk).as_bytes()).unwrap().last(), Some(&Piece::Finish(Finish::ToolCalls)));
}

#[test]
fn an_emoji_in_two_halves_is_whole_again() {
    let delta = |text: &str| format!("data: {{\"id\":\"c\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
    let all = pieces([delta(r"a\ud83d"), delta(r"\ude00b")].concat().as_bytes()).unwrap();
    assert_eq!(all[1..], [text(0, "a"), text(0, "\u{1f600}b")]);
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let lost = pieces([delta(r"a\ud83d").as_str(), end].concat().as_bytes()).unwrap();
    assert_eq!(lost[1..3], [text(0, "a"), text(0, "\u{fffd}")]);
    assert_eq!(pieces(delta(r"a\\ud83d").as_bytes()).unwrap()[1], text(0, r"a\ud83d"));
}

#[test]
fn errors_inside_a_stream_are_the_upstreams_own() {
    let streams = [
        "data: {\"error\":{\"message\":\"Overloaded\",\"code\":503}}\n\n",
        "data: {\"error\":\"Overloaded\"}\n\n",
        "data: {\"object\":\"error\",\"message\":\"Overloaded\"}\n\n",
        "event: error\ndata: {\"message\":\"Overloaded\"}\n\n",
        "data: {\"choices\":[{\"index\":0,\"error\":{\"message\":\"Overloaded\"}}]}\n\n",
    ];
    for stream in streams {
        let last = pieces(stream.as_bytes()).unwrap().pop().unwrap();
        assert!(matches!(&last, Piece::Error(failure) if failure.message == "Overloaded"), "{stream} {last:?}");
    }
}

#[test]
fn data_that_is_no_json_object_is_an_error() {
    for stream in ["data: nope\n\n", "data: {\"choices\":[\n\n", "data: 7\n\n", "data: {} x\n\n"] {
        assert!(pieces(stream.as_bytes()).unwrap_err().contains("JSON"), "{stream}");
    }
    assert!(pieces(b"data: {\"a\":\"\xff\"}\n\n").unwrap_err().contains("UTF-8"));
}

#[test]
fn an_event_of_ten_megabytes_is_read() {
    let long = "x".repeat(10 << 20);
    assert_eq!(deltas(&[json!({"content": long})]), [text(0, &long)]);
}

/// What a caller of the old completions gets.
fn relayed<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Result<(), String>) {
    let caller = Caller { created: 1, id: "req".to_owned(), ..Caller::default() };
    let mut relay = Relay::new(Dialect::OpenAiChat, Dialect::OpenAiCompletions, &caller, false);
    let mut out = Vec::new();
    for chunk in chunks {
        relay.push(Bytes::copy_from_slice(chunk));
        loop {
            match relay.next_event() {
                Ok(Relayed::Forward { bytes, .. }) => out.extend_from_slice(&bytes),
                Ok(Relayed::Hidden) => {}
                Ok(Relayed::Starved) => break,
                Err(why) => return (out, Err(why)),
            }
        }
    }
    let end = relay.finish().map(|rest| out.extend_from_slice(&rest.unwrap_or_default()));
    (out, end)
}

#[test]
fn however_its_bytes_are_split_a_stream_comes_out_the_same() {
    let stream = concat!(
        "\u{feff}: hi\r\n\r\ndata: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"\u{fc}\\ud83d\"}}]}\r\n\r\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ude00\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n",
    )
    .as_bytes();
    let (whole, end) = relayed([stream]);
    assert_eq!(end, Ok(()));
    assert!(String::from_utf8_lossy(&whole).contains("\u{1f600}"));
    for at in 1..stream.len() {
        assert_eq!(relayed([&stream[..at], &stream[at..]]).0, whole, "split at {at}");
    }
    assert_eq!(relayed(stream.chunks(1)).0, whole);
}

#[test]
fn a_done_without_content_is_no_end() {
    assert!(relayed([b"data: [DONE]\n\n".as_slice()]).1.unwrap_err().contains("without any content"));
}

#[test]
fn a_signature_beside_a_streamed_call_goes_into_its_id() {
    let begun = json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "Ci+/="}}}]});
    let more = json!({"tool_calls": [{"index": 0, "id": "b", "function": {"name": "f", "arguments": "{}"}}]});
    let id = crate::hub::sign("a", "Ci+/=");
    assert_eq!(deltas(&[begun, more]), [call(0, &id, "f"), arguments(0, "{}"), call(1, "b", "f"), arguments(1, "{}")]);
}

#[test]
fn the_id_of_a_call_that_has_none_is_not_too_long_for_openai() {
    let long = format!(
        "data: {{\"id\":\"{}\",\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"function\":{{\"name\":\"f\"}}}}]}}}}]}}\n\n",
        "x".repeat(99)
    );
    let all = pieces(long.as_bytes()).unwrap();
    let Piece::ToolCall { id, .. } = &all[1] else { panic!("a call: {all:?}") };
    assert_eq!(id.len(), 40);
}
