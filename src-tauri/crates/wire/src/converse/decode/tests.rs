use bytes::Bytes;

use super::super::frames::tests::{event_frame, frame};
use crate::hub::Caller;
use crate::relay::{Relay, Relayed};
use crate::{Dialect, Usage};

fn stream() -> Vec<u8> {
    [
        event_frame("messageStart", r#"{"role":"assistant","p":"abc"}"#),
        event_frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm."}}}"#),
        event_frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}}}"#),
        event_frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        event_frame("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"Grü"}}"#),
        event_frame("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        event_frame("contentBlockStart", r#"{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"look"}}}"#),
        event_frame("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"at\":"}}}"#),
        event_frame("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}"#),
        event_frame("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        event_frame("newEvent", "no JSON"),
        event_frame("messageStop", r#"{"stopReason":"tool_use"}"#),
        event_frame("metadata", r#"{"usage":{"inputTokens":10,"outputTokens":7,"totalTokens":22,"cacheReadInputTokens":3,"cacheWriteInputTokens":2},"metrics":{"latencyMs":9}}"#),
    ]
    .concat()
}

fn relayed(bytes: &[u8]) -> (String, Relay, Result<(), String>) {
    let caller = Caller { id: "fresh".to_owned(), input_tokens: 99, ..Caller::default() };
    let mut relay = Relay::new(Dialect::BedrockConverse, Dialect::AnthropicMessages, &caller, true);
    let mut out = Vec::new();
    let mut run = || {
        for byte in bytes.chunks(7) {
            relay.push(Bytes::copy_from_slice(byte));
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
    (String::from_utf8(out).unwrap(), relay, end)
}

#[test]
fn a_stream_of_frames_becomes_one_of_events() {
    let (out, mut relay, end) = relayed(&stream());
    assert_eq!(end, Ok(()));
    let usage = Usage { input: 15, cached_input: 3, cache_write: 2, output: 7, ..Usage::default() };
    assert_eq!(relay.usage(), Some(usage));
    assert_eq!(relay.take_said().unwrap().tool_calls[0].arguments, "{\"at\":1}");
    insta::assert_snapshot!(out);
}

#[test]
fn an_exception_breaks_the_stream_and_so_does_a_missing_end() {
    let exception =
        frame(&[(":message-type", "exception"), (":exception-type", "throttlingException")], r#"{"message":"Too many tokens"}"#);
    let start = event_frame("messageStart", r#"{"role":"assistant"}"#);
    assert_eq!(relayed(&[start.clone(), exception].concat()).2, Err("the upstream reported an error: Too many tokens".to_owned()));
    let text = event_frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"x"}}"#);
    assert!(relayed(&[start.clone(), text.clone()].concat()).2.is_err());
    // The reason is known, the counts are not.
    let stop = event_frame("messageStop", r#"{"stopReason":"end_turn"}"#);
    let (out, relay, end) = relayed(&[start.clone(), text, stop].concat());
    assert_eq!((end, relay.usage()), (Ok(()), None));
    assert!(out.ends_with("data: {\"type\":\"message_stop\"}\n\n"));
    assert!(relayed(&[start, event_frame("contentBlockDelta", "{")].concat()).2.unwrap_err().contains("not valid JSON"));
}
