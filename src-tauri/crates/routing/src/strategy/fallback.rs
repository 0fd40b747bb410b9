//! `fallback`: targets in order, the next one on a failure in `retry_on`.

use smallvec::SmallVec;

use super::chain::{Chain, Ranked, Terms};
use crate::{
    engine::{Answered, Scope},
    plan::FallbackPlan,
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &FallbackPlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "fallback", Reason::text("given up before any target answered"));
    let terms = Terms { total_budget_ms: plan.total_budget_ms, retries: plan.retries, ..Terms::new(&plan.retry_on) };
    let order: SmallVec<[Ranked<'_>; 8]> = plan.attempts.iter().map(|target| Ranked { target, candidate: None }).collect();
    let calls = scope.calls();
    Chain::new(terms, scope, &calls, step).run(&order).await.map(|(answer, _)| answer)
}
