//! Dry run: the same engine in a world that calls nobody.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use routing::{
    engine,
    facts::Facts,
    health::Admission,
    outcome::Outcome,
    plan::Plan,
    reason::Reason,
    target::ModelTarget,
    trace::{Envelope, Trace},
    tracer::Tracer,
    world::{Attempted, Call, Figures, World},
};
use serde::Serialize;
use serde_json::Value;

use crate::{Shared, snapshot::Snapshot};

/// Output assumed where the request names no limit, in tokens.
const EXPECTED_OUTPUT: u64 = 256;

/// What would happen.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// The decision trace.
    pub trace: Value,
    /// Estimated cost; absent where no price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub est_cost_usd: Option<f64>,
    /// Estimated latency; absent where nothing was measured since the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub est_latency_ms: Option<f64>,
}

/// Decides a request without calling anybody: every target that may be called would answer.
pub async fn decide(shared: &Arc<Shared>, snapshot: &Snapshot, plan: &Arc<Plan>, facts: &Facts<'_>, how: &'static str) -> Decided {
    let world = DryWorld { shared, snapshot, facts, plan, now_us: AtomicU64::new(0) };
    let tracer = Tracer::new();
    let routed = engine::route(plan, facts, &world, &tracer).await;
    let trace = as_unsent(tracer.take());
    let envelope = Envelope { request_id: facts.request_id, resolved: how, total_us: world.now_us(), overhead_us: 0 };
    let answering = routed.ok();
    Decided {
        trace: serde_json::to_value(trace.with(envelope)).unwrap_or_default(),
        est_cost_usd: answering.as_ref().and_then(|target| world.cost_nanos(target)).map(|nanos| nanos as f64 / 1e9),
        est_latency_ms: answering.and_then(|target| shared.health.p50_ms(&target)),
    }
}

/// Nobody was called, and the trace must not read as if somebody had answered.
fn as_unsent(mut trace: Trace) -> Trace {
    for attempt in trace.attempts.iter_mut().filter(|attempt| attempt.outcome == Outcome::Ok) {
        attempt.reason = Some(Reason::text("would be called; a dry run calls nobody"));
    }
    if let Some(decision) = trace.decision.as_mut()
        && let Some(target) = &decision.target
    {
        decision.reason = Reason::text(format!("{target} would be called, and answer unless it fails"));
    }
    trace
}

struct DryWorld<'a> {
    shared: &'a Shared,
    snapshot: &'a Snapshot,
    facts: &'a Facts<'a>,
    plan: &'a Arc<Plan>,
    now_us: AtomicU64,
}

impl DryWorld<'_> {
    fn cost_nanos(&self, target: &ModelTarget) -> Option<u64> {
        let model = self.snapshot.catalogue.lookup(target.provider(), target.model())?;
        let output = self.facts.max_tokens.unwrap_or(EXPECTED_OUTPUT);
        model.estimate_cost(self.facts.input_tokens, 0.0, output).and_then(|cost| u64::try_from(cost.total.0).ok())
    }
}

impl World for DryWorld<'_> {
    type Reply = ModelTarget;
    type Error = ();

    fn now_us(&self) -> u64 {
        self.now_us.load(Ordering::Relaxed)
    }

    async fn sleep_until(&self, at_us: u64) {
        self.now_us.fetch_max(at_us, Ordering::Relaxed);
    }

    fn draw(&self) -> f64 {
        0.5
    }

    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        let draft = self.plan.config.as_ref().filter(|(name, number)| **name == *slug && version.is_none_or(|version| version == *number));
        draft.map(|_| Arc::clone(self.plan)).or_else(|| self.snapshot.plan(slug, version))
    }

    fn peek(&self, target: &ModelTarget) -> Admission {
        self.shared.health.peek_from(target, self.now_us() / 1_000)
    }

    async fn attempt(&self, call: Call<'_>) -> Attempted<ModelTarget, ()> {
        let p50_us = self.shared.health.p50_ms(call.target).map_or(0, |ms| (ms * 1_000.0) as u64);
        self.now_us.fetch_add(p50_us, Ordering::Relaxed);
        let figures = Figures {
            input_tokens: Some(self.facts.input_tokens),
            output_tokens: Some(self.facts.max_tokens.unwrap_or(EXPECTED_OUTPUT)),
            cost_nanos: self.cost_nanos(call.target),
            ..Figures::default()
        };
        Attempted { result: Ok(call.target.clone()), figures }
    }
}
