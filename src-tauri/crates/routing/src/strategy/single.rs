//! `single`: one target, and a caller that names the model itself.

use crate::{
    engine::{Answered, Scope},
    plan::PlanTarget,
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(target: &PlanTarget, scope: Scope<'_, W>) -> Answered<W> {
    super::enter(&scope, "single", Reason::OnlyTarget);
    super::only(target, scope).await
}

pub(crate) async fn run_direct<W: World>(target: &PlanTarget, scope: Scope<'_, W>) -> Answered<W> {
    super::enter(&scope, "direct", Reason::NamedByCaller);
    super::only(target, scope).await
}
