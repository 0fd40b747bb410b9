//! Anthropic Messages, after the grammar of its documentation:
//! `message_start (content_block_start delta* content_block_stop)* message_delta message_stop`, pings anywhere.

use serde_json::{Value, json};

use super::{Call, Said, named};

pub(super) fn answer(model: &str, said: &Said) -> Value {
    let mut blocks = Vec::new();
    if !said.thinking.is_empty() {
        blocks.push(json!({"type": "thinking", "thinking": said.thinking, "signature": "c2lnbmVk"}));
    }
    if !said.text.is_empty() {
        blocks.push(json!({"type": "text", "text": said.text}));
    }
    blocks.extend(said.calls.iter().map(|call| tool_use(call, serde_json::from_str(&call.arguments).unwrap_or_default())));
    json!({
        "id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": blocks,
        "stop_reason": stop(said), "stop_sequence": null, "usage": usage(3),
    })
}

fn tool_use(call: &Call, input: Value) -> Value {
    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
}

fn stop(said: &Said) -> &'static str {
    match said {
        Said { cut: true, .. } => "max_tokens",
        Said { calls, .. } if !calls.is_empty() => "tool_use",
        _ => "end_turn",
    }
}

/// What is read from the cache is counted apart from the input here.
fn usage(output: u64) -> Value {
    json!({"input_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": output})
}

pub(super) fn events(model: &str, said: &Said) -> Vec<String> {
    let start = json!({"type": "message_start", "message": {
        "id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage(1)}});
    let mut events = vec![start, json!({"type": "ping"})];
    let mut blocks = 0;
    let mut block = |start: Value, deltas: Vec<Value>| {
        events.push(json!({"type": "content_block_start", "index": blocks, "content_block": start}));
        events.extend(deltas.into_iter().map(|delta| json!({"type": "content_block_delta", "index": blocks, "delta": delta})));
        events.push(json!({"type": "content_block_stop", "index": blocks}));
        blocks += 1;
    };
    if !said.thinking.is_empty() {
        let deltas =
            vec![json!({"type": "thinking_delta", "thinking": said.thinking}), json!({"type": "signature_delta", "signature": "c2lnbmVk"})];
        block(json!({"type": "thinking", "thinking": "", "signature": ""}), deltas);
    }
    if !said.text.is_empty() {
        let deltas = said.parts().into_iter().map(|part| json!({"type": "text_delta", "text": part})).collect();
        block(json!({"type": "text", "text": ""}), deltas);
    }
    for call in &said.calls {
        let (first, second) = call.halves();
        let delta = |text: &str| json!({"type": "input_json_delta", "partial_json": text});
        block(tool_use(call, json!({})), vec![delta(""), delta(first), delta(second)]);
    }
    events.push(json!({
        "type": "message_delta", "delta": {"stop_reason": stop(said), "stop_sequence": null}, "usage": {"output_tokens": 3}}));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(named).collect()
}

pub(super) fn error(status: u16) -> Value {
    let kind = match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": format!("scripted {status}")}, "request_id": "req_scripted"})
}
