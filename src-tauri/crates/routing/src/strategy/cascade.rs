//! `cascade`: cheap first, dear last; the first answer that its `accept` holds for is the reply.

use smallvec::SmallVec;

use super::{
    candidate,
    chain::{Chain, Ranked, Terms},
};
use crate::{
    engine::{Answered, Scope},
    plan::CascadePlan,
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &CascadePlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "cascade", Reason::text("given up before any answer was accepted"));
    let candidates = plan.attempts.iter().map(|target| candidate(target, Reason::NotNeeded)).collect();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let order: SmallVec<[Ranked<'_>; 8]> =
        plan.attempts.iter().enumerate().map(|(at, target)| Ranked { target, candidate: Some(at) }).collect();
    let terms = Terms { accepts: Some(&plan.accepts), ..Terms::new(&plan.retry_on) };
    let calls = scope.calls();
    Chain::new(terms, scope, &calls, step).run(&order).await.map(|(answer, _)| answer)
}
