//! What a decision costs by itself: the world answers at once.
//! Goals: single ≤ 300 ns, fallback of 4 (the first answers) ≤ 1 µs, cost and latency over 10 candidates ≤ 2 µs,
//! a 100-rule program ≤ 2 µs, diff of two 5,000-line documents ≤ 20 ms.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench")]

use std::{
    borrow::Cow,
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
    latency::{Look, Seen},
    memory::Key,
    names::{ConfigInfo, ModelKnown, Names},
    outcome::Outcome,
    plan::Plan,
    reason::Reason,
    response::Response,
    target::ModelTarget,
    tracer::Tracer,
    world::{AttemptFailure, Attempted, Budget, Call, Figures, LocalTime, Observed, World},
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
    fn observe(&self, target: &ModelTarget, _: Option<&str>) -> Observed {
        Observed { cost_nanos: Some(1_000 * target.model().len() as u64), ..Observed::default() }
    }
    fn latency(&self, target: &ModelTarget, _: Look) -> Seen {
        Seen { samples: 50, tried: 50, value_us: Some(1_000 * target.model().len() as u64) }
    }
    fn recall(&self, _: Key) -> Option<Arc<str>> {
        None
    }
    fn remember(&self, _: Key, _: &Arc<str>) {}
    fn budget(&self, _: Option<&str>) -> Budget {
        Budget::NONE
    }
    fn local_time(&self) -> LocalTime {
        LocalTime { hour: 12, minute: 0, weekday: 3 }
    }
    fn response<'r>(&'r self, (): &'r ()) -> Option<Response<'r>> {
        Some(Response { text: Cow::Borrowed("an answer of some length"), ..Response::default() })
    }
    fn with_text(&self, (): (), _: &str) {}
    fn conversation(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
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
    let facts = Facts { request_id: "req_0123456789", end_user: Some("u_1"), input_tokens: 812, ..Facts::default() };
    let mut future = pin!(engine::route(plan, &facts, &Ready, &tracer));
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(black_box(polled), Poll::Ready(Ok(()))));
    black_box(tracer.take());
}

/// Ten candidates, the last of them the shortest name and by that the cheapest and fastest.
fn ten() -> Vec<String> {
    (0..10).map(|n| format!("provider/model-{}", "x".repeat(20 - n))).collect()
}

/// A hundred rules, none of which but the last one matches.
fn hundred() -> String {
    let conditions = ["tenant == \"t{}\"", "request.input_tokens > 9{}00", "tags.feature in [\"f{}\", \"g\"]", "budget.used_pct >= 1.{}"];
    let rules: Vec<String> = (0..99).map(|n| format!("if {} then use a/m{n}", conditions[n % 4].replace("{}", &n.to_string()))).collect();
    format!("{}\nelse use a/one", rules.join("\nelse "))
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
        ("cost over 10", json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ten()})),
        ("latency over 10", json!({"strategy": "latency_optimized", "allowed_models": ten()})),
        ("a program of 100 rules", json!({"strategy": "custom_rules", "rules": hundred()})),
        (
            "ab_test of 2",
            json!({"strategy": "ab_test", "sticky_by": "end_user", "variants": [{"weight": 80, "config": "a/one"}, {"weight": 20, "config": "b/two"}]}),
        ),
        ("ensemble of 3", json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": ["a/one", "b/two", "c/three"]})),
        (
            "cascade of 3, second accepted",
            json!({"strategy": "cascade", "attempts": [
                {"model": "a/one", "accept": "response.length > 99"}, {"model": "b/two", "accept": "response.length > 9"}, "c/three"]}),
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
