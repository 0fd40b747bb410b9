//! `ab_test`: a share of the traffic each, the same variant for the same sticky value.

use std::sync::Arc;

use super::candidate;
use crate::{
    engine::{Answered, Scope},
    facts::Facts,
    memory::digest,
    plan::{AbTestPlan, PlanTarget},
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &AbTestPlan, scope: Scope<'_, W>) -> Answered<W> {
    let (drawn, is_sticky) = draw(plan, scope.facts);
    let taken = admitted(plan, drawn, |variant| scope.admits(variant));
    let reason = match (&plan.sticky_by, is_sticky) {
        _ if taken != drawn => Reason::text(format!(
            "{} was drawn, which has not got the answer that this request goes on from; the next variant that has it was taken",
            plan.labels[drawn]
        )),
        (None, _) => Reason::Drawn,
        (Some(_), true) => Reason::Sticky,
        (Some(by), false) => Reason::text(format!("the request has no {by} to stick to, so its variant was drawn by its id")),
    };
    let step = super::enter(&scope, "ab_test", reason.clone());
    scope.tracer.step(step, |step| {
        step.variant = Some(Arc::clone(&plan.labels[taken]));
        step.candidates = plan.variants.iter().map(|variant| candidate(variant, Reason::OtherVariant)).collect();
        (step.candidates[taken].chosen, step.candidates[taken].reason) = (true, reason);
    });
    super::only(&plan.variants[taken], scope).await
}

/// Number of the variant that this request gets, and whether its sticky value said so.
pub(crate) fn draw(plan: &AbTestPlan, facts: &Facts<'_>) -> (usize, bool) {
    let sticky = plan.sticky_by.as_ref().and_then(|by| super::value_of(facts, by));
    let point = point(&plan.salt, sticky.unwrap_or(facts.request_id));
    (plan.ends.iter().position(|end| point < *end).unwrap_or(plan.variants.len() - 1), sticky.is_some())
}

/// The drawn variant, or the next one that can go on with the request where that one cannot. Where none can, the drawn
/// one says so.
pub(crate) fn admitted(plan: &AbTestPlan, drawn: usize, can: impl Fn(&PlanTarget) -> bool) -> usize {
    let all = plan.variants.len();
    (0..all).map(|step| (drawn + step) % all).find(|at| can(&plan.variants[*at])).unwrap_or(drawn)
}

/// A number on [0, 1): the first 53 bits of SHA-256 over the salt, a zero byte, and the value.
fn point(salt: &str, value: &str) -> f64 {
    (digest(&[salt, value]) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_never_change_between_releases() {
        assert_eq!(point("production", "u_1"), 0.7473014789289422);
    }

    #[test]
    fn points_spread_evenly() {
        let below = (0..10_000).filter(|number| point("production", &format!("u_{number}")) < 0.2).count();
        assert!((1_850..2_150).contains(&below), "{below}");
    }
}
