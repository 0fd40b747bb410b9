//! Answers that later requests may refer to (`previous_response_id`): only the provider that gave one still has it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use ahash::AHashMap;
use routing::{plan::Plan, target::ModelTarget, world::Keeper};
use wire::Request;

/// So many are remembered.
const MAX: usize = 10_000;

/// An app's name, and the id of an answer: what one app was told is nothing that another one can go on with here.
type Key = (Arc<str>, Arc<str>);

/// Which target gave which answer; the oldest are forgotten first. A request that refers to one that is not known
/// (any more) is routed like any other.
#[derive(Default)]
pub struct Continued {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    targets: AHashMap<Key, ModelTarget>,
    order: VecDeque<Key>,
}

impl Continued {
    /// An answer was given to an app under this id.
    pub fn note(&self, app: &str, id: &str, target: &ModelTarget) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key: Key = (app.into(), id.into());
        if known.targets.insert(key.clone(), target.clone()).is_none() {
            known.order.push_back(key);
        }
        if known.order.len() > MAX
            && let Some(oldest) = known.order.pop_front()
        {
            known.targets.remove(&oldest);
        }
    }

    /// Who gave it to that app.
    pub fn target(&self, app: &str, id: &str) -> Option<ModelTarget> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).targets.get(&(app.into(), id.into())).cloned()
    }

    /// Who keeps what an app's request goes on from. A model that the request names itself is called as it says: only
    /// a config's choice is narrowed.
    pub fn keeper(&self, app: &str, request: &Request, plan: &Plan) -> Option<Keeper> {
        let id = request.facts.previous_response.as_deref().filter(|_| plan.config.is_some())?;
        self.target(app, id).map(Keeper::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> ModelTarget {
        ModelTarget::new("openai", "gpt-5", None)
    }

    #[test]
    fn the_oldest_answers_are_forgotten() {
        let continued = Continued::default();
        for number in 0..=MAX {
            continued.note("app", &format!("resp_{number}"), &target());
        }
        assert!(continued.target("app", "resp_0").is_none());
        assert_eq!(continued.target("app", "resp_1"), Some(target()));
    }

    #[test]
    fn no_app_finds_the_answers_of_another() {
        let continued = Continued::default();
        continued.note("one", "resp_1", &target());
        assert_eq!((continued.target("one", "resp_1"), continued.target("two", "resp_1")), (Some(target()), None));
    }
}
