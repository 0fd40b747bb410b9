//! Translation of a 1 KB request and of its answer between each pair of dialects. Goal: ≤ 15 µs each.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use wire::{Caller, Dialect, Request, UpstreamEdit, reply};

/// What the headless program runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLERS: [Dialect; 3] = [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages];
const UPSTREAMS: [Dialect; 4] = [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages, Dialect::BedrockConverse];

fn prose(words: usize) -> String {
    "Not all those who wander are lost. ".repeat(words / 7)
}

/// About 1 KB: a system prompt, three turns, a tool.
fn request(dialect: Dialect) -> Bytes {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let turns = |texts: [String; 3]| {
        let [ask, answer, again] = texts;
        json!([{"role": "user", "content": ask}, {"role": "assistant", "content": answer}, {"role": "user", "content": again}])
    };
    let turns = turns([prose(28), prose(35), prose(28)]);
    let body = match dialect {
        Dialect::OpenAiChat => {
            let mut messages = vec![json!({"role": "system", "content": prose(21)})];
            messages.extend(turns.as_array().unwrap().iter().cloned());
            let tool =
                json!({"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": parameters}});
            json!({"model": "m", "messages": messages, "tools": [tool], "temperature": 0.2, "max_tokens": 300})
        }
        Dialect::OpenAiResponses => {
            let tool = json!({"type": "function", "name": "weather", "description": "The weather.", "parameters": parameters});
            json!({"model": "m", "instructions": prose(21), "input": turns, "tools": [tool], "store": false, "max_output_tokens": 300})
        }
        _ => {
            let tool = json!({"name": "weather", "description": "The weather.", "input_schema": parameters});
            json!({"model": "m", "system": prose(21), "messages": turns, "tools": [tool], "temperature": 0.2, "max_tokens": 300})
        }
    };
    Bytes::from(body.to_string())
}

/// About 1 KB.
fn answer(dialect: Dialect) -> Bytes {
    let text = prose(130);
    let body: Value = match dialect {
        Dialect::OpenAiChat => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": null, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 200, "completion_tokens": 120, "total_tokens": 320}
        }),
        Dialect::OpenAiResponses => json!({
            "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": "completed", "model": "m",
            "output": [{"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]}],
            "usage": {"input_tokens": 200, "output_tokens": 120, "total_tokens": 320}
        }),
        Dialect::AnthropicMessages => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 200, "output_tokens": 120}
        }),
        _ => json!({
            "output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
            "usage": {"inputTokens": 200, "outputTokens": 120, "totalTokens": 320}, "metrics": {"latencyMs": 1}
        }),
    };
    Bytes::from(body.to_string())
}

fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    CALLERS.into_iter().flat_map(|caller| UPSTREAMS.into_iter().map(move |upstream| (caller, upstream))).filter(|(one, other)| one != other)
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request of 1 KB");
    let edit = UpstreamEdit { model: "claude-sonnet-4-5", ..UpstreamEdit::default() };
    for (caller, upstream) in pairs() {
        let request = Request::read(caller, request(caller)).unwrap();
        let name = format!("{} to {}", caller.as_str(), upstream.as_str());
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&request).upstream(upstream, &edit).unwrap().body.len()));
    }
    group.finish();
}

fn answers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer of 1 KB");
    for (caller, upstream) in pairs() {
        let body = answer(upstream);
        let asked =
            Caller { body: request(caller), include_usage: false, input_tokens: 10, created: 1_700_000_000, id: "bench".to_owned() };
        let name = format!("{} to {}", upstream.as_str(), caller.as_str());
        group.bench_function(name, |bencher| {
            bencher.iter(|| reply::translate(upstream, caller, black_box(&body), &asked).unwrap().len());
        });
    }
    group.finish();
}

criterion_group!(benches, requests, answers);
criterion_main!(benches);
