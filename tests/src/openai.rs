//! Bodies and events in OpenAI's shape, as bytes.

use serde_json::json;

/// The event that ends a chat stream.
pub const DONE: &str = "data: [DONE]\n\n";

/// A chat completion that says `content`: 9 tokens in, 3 out.
pub fn completion(model: &str, content: &str) -> String {
    json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": 1_700_000_000, "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    })
    .to_string()
}

/// An error as OpenAI words them.
pub fn error(status: u16) -> String {
    let (kind, code) = match status {
        400 => ("invalid_request_error", "invalid_value"),
        401 => ("invalid_request_error", "invalid_api_key"),
        403 => ("permission_error", "forbidden"),
        404 => ("invalid_request_error", "model_not_found"),
        429 => ("requests", "rate_limit_exceeded"),
        _ => ("server_error", "server_error"),
    };
    json!({"error": {"message": format!("scripted {status}"), "type": kind, "param": null, "code": code}}).to_string()
}

/// Wraps JSON text into one event.
pub fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

/// The first chunk of a stream: a role, no content.
pub fn role_event() -> String {
    chunk(r#"{"role":"assistant","content":""}"#, "null")
}

/// A chunk that carries content.
pub fn content_event(content: &str) -> String {
    chunk(&json!({"content": content}).to_string(), "null")
}

/// The chunk that carries the finish reason.
pub fn finish_event() -> String {
    chunk("{}", "\"stop\"")
}

/// The extra chunk with usage and no choices: 9 tokens in, 3 out.
pub fn usage_event() -> String {
    event(
        r#"{"id":"chatcmpl-scripted","object":"chat.completion.chunk","created":1700000000,"model":"scripted","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#,
    )
}

fn chunk(delta: &str, finish: &str) -> String {
    event(&format!(
        r#"{{"id":"chatcmpl-scripted","object":"chat.completion.chunk","created":1700000000,"model":"scripted","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
    ))
}
