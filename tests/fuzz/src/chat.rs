//! Bodies of chat requests and of answers to them.

use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use wire::{Dialect, Request, UpstreamEdit, chat::Said, reply, upstream_error};

/// What goes upstream is what the caller sent but for what must differ; what comes back is read without harm.
pub fn chat(data: &[u8]) {
    request(data);
    answer(data);
}

fn request(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    let Ok(chat) = Request::read(Dialect::OpenAiChat, body.clone()) else { return };
    assert_eq!(chat.body(), &body, "the bytes stay as they came");
    assert!(!chat.facts.model.is_empty());
    chat.prompt();
    chat.conversation();
    // Lone surrogates, deep nesting and huge numbers are passed on, but cannot be compared as values.
    let Ok(Value::Object(before)) = serde_json::from_slice(data) else { return };
    let params = json!({"temperature": 0.5, "mlx:tags": {}, "model": "no", "n": 1});
    for params in [None, params.as_object()] {
        for include_usage in [false, true] {
            let edit = UpstreamEdit { model: "m \"1\"", params, include_usage, ..UpstreamEdit::default() };
            let sent = chat.upstream(Dialect::OpenAiChat, &edit).expect("its own dialect").body.into_bytes();
            let after: Value = serde_json::from_slice(&sent).expect("what goes upstream is JSON");
            assert_eq!(after, Value::Object(expected(&before, &edit, chat.facts.stream)), "{}", String::from_utf8_lossy(&sent));
            let again = Request::read(Dialect::OpenAiChat, sent).expect("what goes upstream can be read again");
            assert_eq!((&*again.facts.model, again.facts.stream), ("m \"1\"", chat.facts.stream));
        }
    }
}

fn expected(before: &Map<String, Value>, edit: &UpstreamEdit<'_>, stream: bool) -> Map<String, Value> {
    let mut expected: Map<String, Value> =
        before.iter().filter(|(name, _)| !name.starts_with("mlx:")).map(|(name, value)| (name.clone(), value.clone())).collect();
    expected.insert("model".to_owned(), json!(edit.model));
    for (name, value) in edit.params.into_iter().flatten() {
        if name != "model" && !name.starts_with("mlx:") {
            expected.insert(name.clone(), value.clone());
        }
    }
    if edit.include_usage && stream {
        match expected.get_mut("stream_options") {
            Some(Value::Object(options)) => {
                options.insert("include_usage".to_owned(), json!(true));
            }
            _ => {
                expected.insert("stream_options".to_owned(), json!({"include_usage": true}));
            }
        }
    }
    expected
}

fn answer(data: &[u8]) {
    let facts = reply::read(Dialect::OpenAiChat, data);
    Said::of(data).logprob_mean();
    upstream_error::read(500, &HeaderMap::new(), data, SystemTime::UNIX_EPOCH);
    let body = Bytes::copy_from_slice(data);
    let other = reply::with_text(Dialect::OpenAiChat, &body, "forty \"two\"").into_bytes();
    if other == body {
        return;
    }
    assert!(
        facts.is_err() || reply::read(Dialect::OpenAiChat, &other).is_ok(),
        "an answer with another text is an answer: {}",
        String::from_utf8_lossy(&other)
    );
    if let Ok(value) = serde_json::from_slice::<Value>(&other) {
        assert_eq!(first_message(&value)["content"], "forty \"two\"", "{}", String::from_utf8_lossy(&other));
    }
}

/// That of the choice whose number is 0; where none is said, its position counts.
fn first_message(answer: &Value) -> &Value {
    let choices = answer["choices"].as_array().into_iter().flatten().enumerate();
    let mut first = choices.filter(|(position, choice)| choice["index"].as_u64().unwrap_or(*position as u64) == 0);
    first.find_map(|(_, choice)| choice.get("message").filter(|message| message.is_object())).unwrap_or(&Value::Null)
}
