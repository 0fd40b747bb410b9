//! `single`: one target, and a caller that names the model itself.

use crate::{
    engine::{Routed, Scope},
    plan::{Destination, PlanTarget, SINGLE_TIMEOUT_MS},
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(target: &PlanTarget, scope: Scope<'_, W>) -> Routed<W> {
    call(target, scope, "single", Reason::OnlyTarget).await
}

pub(crate) async fn run_direct<W: World>(target: &PlanTarget, scope: Scope<'_, W>) -> Routed<W> {
    call(target, scope, "direct", Reason::NamedByCaller).await
}

async fn call<W: World>(target: &PlanTarget, scope: Scope<'_, W>, strategy: &'static str, reason: Reason) -> Routed<W> {
    super::enter(&scope, strategy, reason);
    // A strategy in place of a model bounds its own attempts.
    let otherwise = if matches!(target.to, Destination::Model(_)) { SINGLE_TIMEOUT_MS } else { u64::MAX };
    let timeout_us = target.timeout_ms.unwrap_or(otherwise).saturating_mul(1_000);
    scope.until(scope.world.now_us().saturating_add(timeout_us)).target(target).await
}
