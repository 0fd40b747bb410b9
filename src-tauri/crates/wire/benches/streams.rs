//! What a stream costs by itself, 200 events each, as they come: one push an event. Goal: ≤ 4 µs an event with everything
//! around it, so that it must be well below 1 µs here (200 µs a stream).
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a bench")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wire::{Caller, Dialect, Relay, Relayed};

/// What the headless program runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS: usize = 200;

fn chat() -> Vec<Bytes> {
    let event = |delta: &str, finish: &str| {
        let head = r#"{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","#;
        let rest =
            format!(r#""service_tier":"default","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]"#);
        Bytes::from(format!("data: {head}{rest},\"usage\":null}}\n\n"))
    };
    let mut events = vec![event(r#"{"role":"assistant","content":"","refusal":null}"#, "null")];
    events.extend((0..EVENTS - 3).map(|n| event(&format!(r#"{{"content":" word{n}"}}"#), "null")));
    events.extend([event("{}", "\"stop\""), Bytes::from_static(b"data: [DONE]\n\n")]);
    events
}

fn caller() -> Caller {
    let body = Bytes::from_static(br#"{"model":"m","input":"x","messages":[]}"#);
    Caller { body, include_usage: false, input_tokens: 10, created: 1_700_000_000, id: "bench".to_owned() }
}

/// Every event on its way from one dialect to another.
fn relayed(from: Dialect, to: Dialect, events: &[Bytes]) -> Vec<Bytes> {
    let mut relay = Relay::new(from, to, &caller(), false);
    let mut out = Vec::new();
    for event in events {
        relay.push(event.clone());
        loop {
            match relay.next_event().unwrap() {
                Relayed::Forward { bytes, .. } => out.push(bytes),
                Relayed::Hidden => {}
                Relayed::Starved => break,
            }
        }
    }
    out.extend(relay.finish().unwrap());
    out
}

fn streams(criterion: &mut Criterion) {
    use Dialect::{AnthropicMessages as Messages, OpenAiChat as Chat, OpenAiResponses as Responses};
    let mut group = criterion.benchmark_group("stream of 200 events");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (from, to) in [
        (Chat, Chat),
        (Messages, Messages),
        (Responses, Responses),
        (Chat, Messages),
        (Messages, Chat),
        (Chat, Responses),
        (Responses, Chat),
    ] {
        let events = if from == Chat { chat() } else { relayed(Chat, from, &chat()) };
        let name = format!("{} to {}", from.as_str(), to.as_str());
        group.bench_function(name, |bencher| bencher.iter(|| relayed(from, to, black_box(&events)).len()));
    }
    group.finish();
}

criterion_group!(benches, streams);
criterion_main!(benches);
