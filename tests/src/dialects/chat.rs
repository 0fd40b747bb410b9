//! OpenAI chat completions.

use serde_json::{Value, json};

use super::{Said, unnamed};
use crate::openai::DONE;

pub(super) fn answer(model: &str, said: &Said) -> Value {
    let mut message = json!({"role": "assistant", "content": said.text, "refusal": null});
    if !said.thinking.is_empty() {
        message["reasoning_content"] = json!(said.thinking);
    }
    if !said.calls.is_empty() {
        let calls = said
            .calls
            .iter()
            .map(|call| json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}));
        message["tool_calls"] = calls.collect();
    }
    json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": 1_700_000_000, "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(said)}],
        "usage": usage(),
    })
}

fn finish(said: &Said) -> &'static str {
    match said {
        Said { cut: true, .. } => "length",
        Said { calls, .. } if !calls.is_empty() => "tool_calls",
        _ => "stop",
    }
}

fn usage() -> Value {
    json!({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}})
}

pub(super) fn events(model: &str, said: &Said, with_usage: bool) -> Vec<String> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    if !said.thinking.is_empty() {
        deltas.push(json!({"reasoning_content": said.thinking}));
    }
    deltas.extend(said.parts().into_iter().map(|part| json!({ "content": part })));
    for (index, call) in said.calls.iter().enumerate() {
        let (first, second) = call.halves();
        let more = |text: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": text}}]});
        let function = json!({"name": call.name, "arguments": ""});
        deltas.push(json!({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]}));
        deltas.extend([more(first), more(second)]);
    }
    let chunk = |choices: Value| json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model, "choices": choices});
    let with = |delta: &Value, finish: Value| unnamed(&chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}])));
    let mut events: Vec<_> = deltas.iter().map(|delta| with(delta, Value::Null)).collect();
    events.push(with(&json!({}), json!(finish(said))));
    if with_usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage();
        events.push(unnamed(&last));
    }
    events.push(DONE.to_owned());
    events
}
