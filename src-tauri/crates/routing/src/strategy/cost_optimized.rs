//! `cost_optimized`: the cheapest target that is good enough and can take the request; the next cheapest on a failure.

use smallvec::SmallVec;

use super::{
    candidate,
    chain::{Chain, Ranked, Terms},
    stay::Stay,
};
use crate::{
    engine::{Answered, Scope},
    failure::{Failure, FailureKind},
    health::Admission,
    lookahead::Needs,
    plan::{CostPlan, PlanTarget},
    reason::Reason,
    trace::Candidate,
    world::World,
};

/// A target that can take the request.
struct Priced<'a> {
    target: &'a PlanTarget,
    nanos: u64,
    /// Its place among the step's candidates.
    candidate: usize,
}

pub(crate) async fn run<W: World>(plan: &CostPlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "cost_optimized", Reason::text("given up before any target answered"));
    let stay = Stay::of(plan.affinity.as_ref(), &scope);
    let mut candidates = Vec::with_capacity(plan.allowed.len());
    let mut able: SmallVec<[Priced<'_>; 16]> = SmallVec::new();
    for target in &plan.allowed {
        let nanos = scope.cost_nanos(target);
        let mut weighed = Candidate { est_cost_usd: nanos.map(super::usd), ..candidate(target, Reason::Dearer) };
        match scope.fits(target, Needs { tier: Some(plan.tier), price: true }) {
            Ok(()) => able.push(Priced { target, nanos: nanos.unwrap_or(u64::MAX), candidate: candidates.len() }),
            Err(why) => weighed.reason = why,
        }
        candidates.push(weighed);
    }
    able.sort_by_key(|priced| priced.nanos);
    let Some(first) = able.first().map(|priced| priced.candidate) else {
        return Err(none_fits(&scope, step, candidates));
    };
    let stays = stay.as_ref().and_then(|stay| able.iter().position(|priced| stay.is_at(priced.target) && is_well(scope, priced.target)));
    let chosen = match stays {
        None => Reason::Cheapest,
        Some(at) => {
            able[..=at].rotate_right(1);
            able.iter().for_each(|priced| candidates[priced.candidate].reason = Reason::Slower);
            Reason::Stays
        }
    };
    candidates[able.first().map_or(first, |priced| priced.candidate)].reason = chosen.clone();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let order: SmallVec<[Ranked<'_>; 16]> =
        able.iter().map(|priced| Ranked { target: priced.target, candidate: Some(priced.candidate) }).collect();
    let terms = Terms { retry_on: &plan.retry_on, total_budget_ms: None, retries: 0, chosen: Some(chosen) };
    let calls = scope.calls();
    let (answer, target) = Chain::new(terms, scope, &calls, step).run(&order).await?;
    if let Some(stay) = &stay {
        stay.settle(target, &scope);
    }
    Ok(answer)
}

pub(super) fn is_well<W: World>(scope: Scope<'_, W>, target: &PlanTarget) -> bool {
    scope.readiness(target) == Admission::Ready
}

/// The refusal where nothing can take the request, naming each and why not.
pub(super) fn none_fits<W: World>(scope: &Scope<'_, W>, step: usize, candidates: Vec<Candidate>) -> Failure<W::Error> {
    let each: Vec<String> = candidates.iter().map(|candidate| format!("{}: {}", candidate.target, candidate.reason)).collect();
    scope.tracer.step(step, |step| {
        step.candidates = candidates;
        step.reason = Reason::text("none of the allowed models can take this request");
    });
    Failure { kind: FailureKind::NoCandidate { why: each.join("; ") }, retry_after_ms: None }
}
