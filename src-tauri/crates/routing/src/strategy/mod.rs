//! The strategies, one file each, over [`crate::world::World`]; none knows of HTTP.

pub(crate) mod ab_test;
pub(crate) mod cascade;
mod chain;
pub(crate) mod conditions;
pub(crate) mod cost_optimized;
pub(crate) mod custom_rules;
pub(crate) mod ensemble;
pub(crate) mod fallback;
mod judge;
pub(crate) mod latency_optimized;
pub(crate) mod single;
mod stay;
mod tally;
mod together;
mod vote;

pub(crate) use vote::in_steps;

use std::sync::Arc;

use crate::{
    document::ByValue,
    engine::{Answered, Scope},
    facts::Facts,
    failure::{Failure, FailureKind},
    health::Admission,
    plan::{Destination, PlanTarget, SINGLE_TIMEOUT_MS},
    reason::Reason,
    trace::{Candidate, Step},
    world::World,
};

/// Enters a strategy in the trace.
fn enter<W: World>(scope: &Scope<'_, W>, strategy: &'static str, reason: Reason) -> usize {
    scope.tracer.enter(Step {
        config: scope.config.map(|(slug, _)| Arc::clone(slug)),
        version: scope.config.map(|(_, version)| *version),
        strategy,
        reason,
        rule: None,
        variant: None,
        candidates: Vec::new(),
    })
}

/// Runs a target to which nothing else is an alternative.
async fn only<W: World>(target: &PlanTarget, scope: Scope<'_, W>) -> Answered<W> {
    // A strategy in place of a model bounds its own attempts.
    let otherwise = if matches!(target.to, Destination::Model(_)) { SINGLE_TIMEOUT_MS } else { u64::MAX };
    let timeout_us = target.timeout_ms.unwrap_or(otherwise).saturating_mul(1_000);
    scope.until(scope.world.now_us().saturating_add(timeout_us)).target(target).await
}

/// A target that a strategy weighs.
fn candidate(target: &PlanTarget, reason: Reason) -> Candidate {
    Candidate { target: Arc::clone(&target.label), chosen: false, reason, est_cost_usd: None, p50_ms: None }
}

fn usd(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// Can it be called now, as far as is known?
fn is_well<W: World>(scope: Scope<'_, W>, target: &PlanTarget) -> bool {
    scope.readiness(target) == Admission::Ready
}

/// The refusal where nothing can take the request, naming each and why not.
fn none_fits<W: World>(scope: &Scope<'_, W>, step: usize, candidates: Vec<Candidate>) -> Failure<W::Error> {
    let each: Vec<String> = candidates.iter().map(|candidate| format!("{}: {}", candidate.target, candidate.reason)).collect();
    scope.tracer.step(step, |step| {
        step.candidates = candidates;
        step.reason = Reason::text("none of the allowed models can take this request");
    });
    Failure { kind: FailureKind::NoCandidate { why: each.join("; ") }, retry_after_ms: None }
}

/// The value of the request that a document goes by; `None` where it has none.
fn value_of<'a>(facts: &Facts<'a>, by: &ByValue) -> Option<&'a str> {
    let value = match by {
        ByValue::Conversation => facts.conversation,
        ByValue::EndUser => facts.end_user,
        ByValue::App => facts.app,
        ByValue::Tag(key) => facts.tags.iter().find(|(name, _)| **name == **key).map(|(_, value)| &**value),
    };
    value.filter(|value| !value.is_empty())
}
