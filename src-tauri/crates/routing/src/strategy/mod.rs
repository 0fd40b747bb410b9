//! The strategies, one file each, over [`crate::world::World`]; none knows of HTTP.

pub(crate) mod fallback;
pub(crate) mod single;

use std::sync::Arc;

use crate::{engine::Scope, reason::Reason, trace::Step, world::World};

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
