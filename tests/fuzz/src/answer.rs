//! Whole answers of every dialect, on their way to every caller.

use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use wire::{Caller, Dialect, reply, upstream_error};

use crate::stream::within;

/// Those that an answer can be written in.
const CALLERS: [Dialect; 4] = [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::OpenAiCompletions];

/// An answer that can be read is one in each caller's words, which says the same; with another text it says that one.
pub fn answer(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    for from in Dialect::ALL {
        let facts = reply::read(from, data);
        let said = reply::said(from, data);
        with_text(from, &body, facts.as_ref().is_ok_and(|facts| facts.error.is_none()));
        for to in CALLERS {
            let Ok(written) = reply::translate(from, to, &body, &caller()) else { continue };
            if from == to {
                assert_eq!(written, body);
                continue;
            }
            let shown = || format!("{from:?} to {to:?}: {} became {}", String::from_utf8_lossy(data), String::from_utf8_lossy(&written));
            let before = facts.as_ref().unwrap_or_else(|error| panic!("translated, but not read ({error}): {}", shown()));
            assert!(serde_json::from_slice::<Value>(&written).is_ok_and(|value| value.is_object()), "{}", shown());
            let after = reply::read(to, &written).unwrap_or_else(|error| panic!("{error}: {}", shown()));
            assert!(after.error.is_none(), "{}", shown());
            // Completions have no calls.
            if to != Dialect::OpenAiCompletions {
                // Anthropic's refusals are text, between which there may be more.
                assert!(within(said.text(), reply::said(to, &written).text()), "{}", shown());
                // Of several choices, the first is translated.
                assert!(before.has_content || !after.has_content, "{}", shown());
            }
            if let (Some(before), Some(after)) = (before.usage, after.usage) {
                assert_eq!((after.input, after.output), (before.input, before.output), "{}", shown());
            }
        }
    }
    for status in [400, 429, 500] {
        upstream_error::read(status, &HeaderMap::new(), data, SystemTime::UNIX_EPOCH);
    }
}

fn with_text(dialect: Dialect, body: &Bytes, is_answer: bool) {
    let other = reply::with_text(dialect, body, "forty \"two\"").into_bytes();
    if other == body || !is_answer {
        return;
    }
    let shown = String::from_utf8_lossy(&other);
    reply::read(dialect, &other).unwrap_or_else(|error| panic!("an answer with another text is an answer ({dialect:?}: {error}): {shown}"));
    assert_eq!(reply::said(dialect, &other).text(), "forty \"two\"", "{dialect:?}: {shown}");
}

fn caller() -> Caller {
    let body = Bytes::from_static(br#"{"model":"asked","messages":[]}"#);
    Caller { body, include_usage: true, input_tokens: 3, created: 1_700_000_000, id: "x1".to_owned() }
}
