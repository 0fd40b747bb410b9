//! Short words for documents, worlds and what came of a run.

use std::sync::Arc;

use routing::{
    document::Document,
    failure::{Failure, FailureKind},
    names::{ConfigInfo, ModelKnown, Names},
    outcome::Outcome,
    plan::Plan,
    target::ModelTarget,
};
pub use routing::{facts::Facts, world::Observed};
use serde_json::Value;
pub use serde_json::json;
pub use simulate::scripted::{Act, Run, Scripted};

/// Every `provider/model` exists.
struct AnyModel;

impl Names for AnyModel {
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
    fn resolve_bare(&self, model: &str) -> Option<(String, String)> {
        Some(("openai".into(), model.into()))
    }
}

/// A draft's plan.
pub fn plan(document: Value) -> Plan {
    compiled(&document, None)
}

/// A version of a config.
pub fn version(slug: &str, number: u32, document: Value) -> Plan {
    compiled(&document, Some((Arc::from(slug), number)))
}

fn compiled(document: &Value, config: Option<(Arc<str>, u32)>) -> Plan {
    Plan::compile(&Document::load(document).expect("the document is right"), config, &AnyModel)
}

/// A fallback over these targets.
pub fn fallback(attempts: &[&str]) -> Plan {
    plan(json!({"strategy": "fallback", "attempts": attempts}))
}

/// A world in which each of these targets comes to one thing, for ever.
pub fn world(acts: &[(&str, Act)]) -> Scripted {
    acts.iter().fold(Scripted::new(1), |world, (target, act)| world.target(target, [act.clone()]))
}

pub fn target(name: &str) -> ModelTarget {
    let (provider, model) = name.split_once('/').expect("provider/model");
    ModelTarget::new(provider, model, None)
}

/// Who answered.
pub fn answered_by(run: &Run) -> &str {
    run.routed.as_ref().expect("nobody hung up").as_ref().map(|reply| reply.target.name()).expect("somebody answered")
}

pub fn failure(run: &Run) -> &Failure<String> {
    run.routed.as_ref().expect("nobody hung up").as_ref().expect_err("nobody answered")
}

/// The one status of a strategy whose attempts all failed.
pub fn all_failed(run: &Run) -> u16 {
    match failure(run).kind {
        FailureKind::AllFailed { status } => status,
        ref other => panic!("one attempt's own error was passed on: {other:?}"),
    }
}

/// How the one failure that went to the caller came about.
pub fn passed_on(run: &Run) -> Outcome {
    match failure(run).kind {
        FailureKind::Attempt { outcome, .. } => outcome,
        ref other => panic!("no attempt's own error was passed on: {other:?}"),
    }
}

/// `target outcome` of each attempt, skips too.
pub fn attempts(run: &Run) -> Vec<String> {
    run.trace.attempts.iter().map(|attempt| format!("{} {}", attempt.target, attempt.outcome)).collect()
}

/// Why an attempt ended as it did.
pub fn reason(run: &Run, attempt: usize) -> String {
    run.trace.attempts[attempt].reason.as_ref().expect("a reason").to_string()
}

/// Milliseconds that each call was given.
pub fn given_ms(run: &Run) -> Vec<u64> {
    run.calls.iter().map(|call| (call.deadline_us - call.start_us) / 1_000).collect()
}

/// When each call began, in milliseconds.
pub fn started_ms(run: &Run) -> Vec<u64> {
    run.calls.iter().map(|call| call.start_us / 1_000).collect()
}

/// Opens a target's breaker now.
pub fn open_breaker(world: &Scripted, name: &str) {
    world.health(&target(name), |breaker, now_ms| {
        for _ in 0..5 {
            breaker.record(routing::health::Verdict::Failure, now_ms);
        }
    });
}

/// Lets a target rest for so long.
pub fn cool_down(world: &Scripted, name: &str, ms: u64) {
    world.health(&target(name), |breaker, now_ms| breaker.cool_down(now_ms + ms));
}

/// A target whose requests are expected to cost so many nano-dollars.
pub fn priced(nanos: u64) -> Observed {
    Observed { cost_nanos: Some(nanos), ..Observed::default() }
}

/// `target: reason` of each candidate of a step, a star behind the one that was taken.
pub fn weighed(run: &Run, step: usize) -> Vec<String> {
    let star = |chosen| if chosen { "*" } else { "" };
    run.trace.steps[step].candidates.iter().map(|c| format!("{}{}: {}", c.target, star(c.chosen), c.reason)).collect()
}

/// Why a step decided as it did.
pub fn why(run: &Run, step: usize) -> String {
    run.trace.steps[step].reason.to_string()
}

/// What the reply says.
pub fn said(run: &Run) -> &str {
    run.routed.as_ref().expect("nobody hung up").as_ref().map(|reply| &*reply.text).expect("somebody answered")
}
