//! `single`: one target, and a caller that names the model itself.

use crate::{
    engine::{Routed, Scope},
    plan::{PlanTarget, SINGLE_TIMEOUT_MS},
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
    let timeout_us = target.timeout_ms.unwrap_or(SINGLE_TIMEOUT_MS).saturating_mul(1_000);
    scope.until(scope.world.now_us().saturating_add(timeout_us)).target(target).await
}
