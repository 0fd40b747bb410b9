//! `cost_optimized`: the cheapest target that is good enough and can take the request; the next cheapest on a failure.

use smallvec::SmallVec;

use super::{
    candidate,
    chain::{Chain, Ranked, Terms},
    is_well, none_fits,
    stay::Stay,
};
use crate::{
    engine::{Answered, Scope},
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
        let (nanos, fits) = scope.weigh(target, Needs { tier: Some(plan.tier), price: true });
        let mut weighed = Candidate { est_cost_usd: nanos.map(super::usd), ..candidate(target, Reason::Dearer) };
        match fits {
            Ok(()) => able.push(Priced { target, nanos: nanos.unwrap_or(u64::MAX), candidate: candidates.len() }),
            Err(why) => weighed.reason = why,
        }
        candidates.push(weighed);
    }
    if able.is_empty() {
        return Err(none_fits(&scope, step, candidates));
    }
    able.sort_by_key(|priced| priced.nanos);
    let stays = stay.as_ref().and_then(|stay| able.iter().position(|priced| stay.is_at(priced.target) && is_well(scope, priced.target)));
    let chosen = match stays {
        None => Reason::Cheapest,
        Some(at) => {
            able[..=at].rotate_right(1);
            able.iter().for_each(|priced| candidates[priced.candidate].reason = Reason::Slower);
            Reason::Stays
        }
    };
    candidates[able[0].candidate].reason = chosen.clone();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let order: SmallVec<[Ranked<'_>; 16]> =
        able.iter().map(|priced| Ranked { target: priced.target, candidate: Some(priced.candidate) }).collect();
    let terms = Terms { chosen: Some(chosen), ..Terms::new(&plan.retry_on) };
    let calls = scope.calls();
    let (answer, target) = Chain::new(terms, scope, &calls, step).run(&order).await?;
    if let Some(stay) = &stay {
        stay.settle(target, &scope);
    }
    Ok(answer)
}
