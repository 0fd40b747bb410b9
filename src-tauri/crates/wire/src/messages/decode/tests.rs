use bytes::Bytes;
use proptest::prelude::*;

use crate::hub::{Caller, Piece};
use crate::relay::{Relay, Relayed};
use crate::sse::Splitter;
use crate::{Dialect, Usage};

/// Every event there is, as Anthropic sends them; some end their lines as Windows does.
pub(in crate::messages) const STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":20,\"cache_read_input_tokens\":30,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    ": keep-alive\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm.\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"sig\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: content_block_start\r\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\r\n\r\n",
    "event: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Gr\\u00fcü\"}}\r\n\r\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"type\":\"char_location\"}}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"srvtoolu_1\",\"name\":\"web_search\",\"input\":{}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":2}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"look\",\"input\":{}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":3,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":3,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"at\\\": \"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":3,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":3}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":40}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

fn stream() -> Bytes {
    Bytes::from_static(STREAM.as_bytes())
}

pub(in crate::messages) fn pieces(stream: &Bytes) -> Result<Vec<Piece>, String> {
    let (mut splitter, mut decoder, mut out) = (Splitter::new(), super::decoder(), Vec::new());
    splitter.push(stream.clone());
    while let Some(event) = splitter.next_event().map_err(|error| error.to_string())? {
        decoder.read(&event, &mut out)?;
    }
    Ok(out)
}

/// What a caller gets of a stream that comes in these chunks.
fn relayed(chunks: &[Bytes], to: Dialect) -> (Vec<u8>, Relay, Result<(), String>) {
    let mut relay = Relay::new(Dialect::AnthropicMessages, to, &Caller::default(), true);
    let mut out = Vec::new();
    let mut run = || {
        for chunk in chunks {
            relay.push(chunk.clone());
            loop {
                match relay.next_event()? {
                    Relayed::Forward { bytes, .. } => out.extend_from_slice(&bytes),
                    Relayed::Hidden => {}
                    Relayed::Starved => break,
                }
            }
        }
        out.extend_from_slice(&relay.finish()?.unwrap_or_default());
        Ok(())
    };
    let end = run();
    (out, relay, end)
}

#[test]
fn every_event_says_what_it_says() {
    let usage = |output| Usage { input: 60, cached_input: 30, cache_write: 20, output, ..Usage::default() };
    let call = Piece::ToolCall { at: 3, id: "toolu_1".to_owned(), name: "look".to_owned(), custom: false };
    let arguments = |json: &str| Piece::Arguments { at: 3, json: json.to_owned() };
    let expected = [
        Piece::Start { id: Some("msg_1".to_owned()), model: Some("claude-x".to_owned()) },
        Piece::Usage(usage(1)),
        Piece::Ping,
        Piece::Thinking { at: 0, text: "Hm.".to_owned() },
        Piece::Signature { at: 0, signature: "sig".to_owned() },
        Piece::Text { at: 1, text: "Grüü".to_owned() },
        call,
        arguments("{\"at\": "),
        arguments("1}"),
        Piece::Finish(crate::hub::Finish::ToolCalls),
        Piece::Usage(usage(40)),
        Piece::End,
    ];
    assert_eq!(pieces(&stream()).unwrap(), expected);
}

#[test]
fn a_passed_on_stream_is_the_same_bytes_and_is_judged() {
    let (out, mut relay, end) = relayed(&[stream()], Dialect::AnthropicMessages);
    assert_eq!((Bytes::from(out), end), (stream(), Ok(())));
    assert_eq!((relay.model(), relay.usage().map(|usage| (usage.input, usage.output))), (Some("claude-x"), Some((60, 40))));
    let said = relay.take_said().unwrap();
    assert_eq!((said.text(), said.tool_calls[0].arguments.as_str()), ("Grüü", "{\"at\": 1}"));
}

#[test]
fn a_stream_that_breaks_off_or_reports_an_error_is_broken() {
    let until = |what: &str| Bytes::copy_from_slice(&stream()[..STREAM.find(what).unwrap()]);
    assert!(relayed(&[until("event: message_delta")], Dialect::AnthropicMessages).2.is_err());
    assert!(relayed(&[until("event: content_block_start")], Dialect::AnthropicMessages).2.is_err());
    // The reason is known: nothing is missing but the last word.
    assert_eq!(relayed(&[until("event: message_stop")], Dialect::AnthropicMessages).2, Ok(()));
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let (_, _, end) = relayed(&[until("event: content_block_start"), Bytes::from(error)], Dialect::AnthropicMessages);
    assert_eq!(end, Err("the upstream reported an error: Overloaded".to_owned()));
}

#[test]
fn data_that_is_no_json_breaks_the_stream_and_kinds_that_are_new_do_not() {
    for data in ["{", "[]", "x", "{} {}", "\"\""] {
        assert!(pieces(&Bytes::from(format!("data: {data}\n\n"))).is_err(), "{data}");
    }
    assert!(pieces(&Bytes::from_static(b"data: \"\xff\"\n\n")).is_err());
    for data in
        [r#"{"type":"new_event","x":[1]}"#, r#"{"type":"content_block_delta","index":0,"delta":{"type":"new_delta"}}"#, "{}", "[DONE]"]
    {
        assert_eq!(pieces(&Bytes::from(format!("data: {data}\n\n"))), Ok(vec![]), "{data}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn however_the_bytes_are_cut_the_caller_gets_the_same(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        translated in any::<bool>(),
    ) {
        let stream = stream();
        let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let chunks: Vec<_> = at.windows(2).map(|pair| stream.slice(pair[0]..pair[1])).collect();
        let to = if translated { Dialect::OpenAiChat } else { Dialect::AnthropicMessages };
        let (out, _, end) = relayed(&chunks, to);
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(out, relayed(&[stream], to).0);
    }
}
