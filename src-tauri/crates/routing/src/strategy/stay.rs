//! Affinity: a conversation stays where it is, as moving it throws away the provider's prompt cache.

use crate::{
    engine::Scope,
    memory::Key,
    plan::{Affinity, PlanTarget},
    world::World,
};

/// Where this request's conversation stays.
pub(super) struct Stay {
    key: Key,
    id: Option<std::sync::Arc<str>>,
}

impl Stay {
    /// `None` where the strategy has no affinity, or the request lacks the value.
    pub fn of<W: World>(affinity: Option<&Affinity>, scope: &Scope<'_, W>) -> Option<Self> {
        let affinity = affinity?;
        let key = Key::of(&affinity.place, super::value_of(scope.facts, &affinity.by)?);
        Some(Self { key, id: scope.world.recall(key) })
    }

    /// Is it there?
    pub fn is_at(&self, target: &PlanTarget) -> bool {
        self.id.as_ref() == Some(&target.id)
    }

    /// It is there from now on. Said each time: what is not heard of in a long time is forgotten.
    pub fn settle<W: World>(&self, target: &PlanTarget, scope: &Scope<'_, W>) {
        scope.world.remember(self.key, &target.id);
    }
}
