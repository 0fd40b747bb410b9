//! What a decision costs by itself: the world answers at once.
//! Goals: single ≤ 300 ns, fallback of 4 (the first answers) ≤ 1 µs, diff of two 5,000-line documents ≤ 20 ms.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use criterion::{Criterion, criterion_group, criterion_main};
use routing::{
    diff,
    document::{Document, text},
    engine,
    facts::Facts,
    failure::Detail,
    health::Admission,
    names::{ConfigInfo, ModelKnown, Names},
    outcome::Outcome,
    plan::Plan,
    reason::Reason,
    target::ModelTarget,
    tracer::Tracer,
    world::{AttemptFailure, Attempted, Call, Figures, World},
};
use serde_json::{Value, json};

/// Everything is known.
struct Any;

impl Names for Any {
    fn config(&self, _: &str) -> Option<ConfigInfo> {
        None
    }
    fn slugs(&self) -> Vec<String> {
        Vec::new()
    }
    fn document(&self, _: &str, _: Option<u32>) -> Option<Value> {
        None
    }
    fn providers(&self) -> Vec<String> {
        Vec::new()
    }
    fn model(&self, _: &str, _: &str) -> Option<ModelKnown> {
        Some(ModelKnown::Listed)
    }
    fn models(&self) -> Vec<String> {
        Vec::new()
    }
    fn resolve_bare(&self, _: &str) -> Option<(String, String)> {
        None
    }
}

/// Answers at once, but for targets whose model is `down`.
struct Ready;

impl World for Ready {
    type Reply = ();
    type Error = ();

    fn now_us(&self) -> u64 {
        0
    }
    async fn sleep_until(&self, _: u64) {}
    fn draw(&self) -> f64 {
        0.5
    }
    fn config(&self, _: &str, _: Option<u32>) -> Option<Arc<Plan>> {
        None
    }
    fn peek(&self, _: &ModelTarget) -> Admission {
        Admission::Ready
    }
    async fn attempt<'a>(&'a self, call: Call<'a>) -> Attempted<(), ()> {
        let down = call.target.model() == "down";
        let failure = AttemptFailure {
            outcome: Outcome::Http(500),
            detail: Detail::None,
            reason: Reason::text("down"),
            retry_after_ms: None,
            error: None,
        };
        Attempted { result: if down { Err(failure) } else { Ok(()) }, figures: Figures::default() }
    }
}

fn plan(document: &Value) -> Plan {
    Plan::compile(&Document::load(document).unwrap(), Some((Arc::from("production"), 13)), &Any)
}

fn decide(plan: &Plan) {
    let tracer = Tracer::new();
    let facts = Facts::default();
    let mut future = pin!(engine::route(plan, &facts, &Ready, &tracer));
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(black_box(polled), Poll::Ready(Ok(()))));
    black_box(tracer.take());
}

fn decisions(c: &mut Criterion) {
    let mut group = c.benchmark_group("decision");
    for (name, document) in [
        ("single", json!({"strategy": "single", "model": "a/one"})),
        (
            "fallback of 4, first answers",
            json!({"strategy": "fallback", "attempts": ["a/one", "b/two", "c/three", "d/four"], "total_budget_ms": 8_000}),
        ),
        (
            "fallback of 4, last answers",
            json!({"strategy": "fallback", "attempts": ["a/down", "b/down", "c/down", "d/four"], "total_budget_ms": 8_000}),
        ),
        (
            "single in fallback in single",
            json!({"strategy": "single", "model": {"strategy": "fallback", "attempts": [{"strategy": "single", "model": "a/one"}, "b/two"]}}),
        ),
    ] {
        let plan = plan(&document);
        group.bench_function(name, |b| b.iter(|| decide(black_box(&plan))));
    }
    group.finish();
}

/// A document of about 5,000 lines; every `every`-th attempt's timeout is one second longer, and as many are left out.
fn long_document(every: usize) -> Value {
    let attempt = |chain: usize, n: usize| {
        let changed = every > 0 && (chain * 64 + n).is_multiple_of(every);
        json!({"model": format!("provider/model-{chain}-{n}"), "timeout_ms": if changed { 3_000 } else { 2_000 }, "params": {"temperature": 0, "seed": n}})
    };
    let kept = |chain: usize, n: usize| every == 0 || (chain * 64 + n) % every != every / 2;
    let chain = |chain: usize| json!({"strategy": "fallback", "attempts": (0..57).filter(|n| kept(chain, *n)).map(|n| attempt(chain, n)).collect::<Vec<_>>()});
    json!({"strategy": "fallback", "attempts": (0..11).map(chain).collect::<Vec<_>>()})
}

fn diffs(c: &mut Criterion) {
    let mut group = c.benchmark_group("diff of 5,000 lines");
    group.sample_size(20);
    let old = long_document(0);
    let lines = text(&old).lines().count();
    assert!((4_900..5_200).contains(&lines), "{lines} lines");
    let other: Value = serde_json::from_str(&old.to_string().replace("model-", "other-")).unwrap();
    for (name, new) in
        [("one line in ten differs", long_document(8)), ("one attempt in 50 differs", long_document(50)), ("every target differs", other)]
    {
        group.bench_function(name, |b| b.iter(|| black_box(diff::documents(black_box(&old), black_box(&new)))));
    }
    group.finish();
}

criterion_group!(benches, decisions, diffs);
criterion_main!(benches);
