//! Answers that later requests may refer to (`previous_response_id`): only the provider that gave one still has it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use ahash::AHashMap;
use routing::target::ModelTarget;

/// So many are remembered.
const MAX: usize = 10_000;

/// Which target gave which answer; the oldest are forgotten first. A request that refers to one that is not known
/// (any more) is routed like any other.
#[derive(Default)]
pub struct Continued {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    targets: AHashMap<Arc<str>, ModelTarget>,
    order: VecDeque<Arc<str>>,
}

impl Continued {
    /// An answer was given under this id.
    pub fn note(&self, id: &str, target: &ModelTarget) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let id: Arc<str> = id.into();
        if known.targets.insert(Arc::clone(&id), target.clone()).is_none() {
            known.order.push_back(id);
        }
        if known.order.len() > MAX
            && let Some(oldest) = known.order.pop_front()
        {
            known.targets.remove(&oldest);
        }
    }

    /// Who gave it.
    pub fn target(&self, id: &str) -> Option<ModelTarget> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).targets.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_are_forgotten() {
        let continued = Continued::default();
        let target = ModelTarget::new("openai", "gpt-5", None);
        for number in 0..=MAX {
            continued.note(&format!("resp_{number}"), &target);
        }
        assert!(continued.target("resp_0").is_none());
        assert_eq!(continued.target("resp_1"), Some(target));
    }
}
