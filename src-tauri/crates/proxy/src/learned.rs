//! What answered calls teach about the next one, by config and target.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ahash::AHashMap;
use routing::learned::Learned;

/// Running means by slug and `provider/model`. Bounded by what documents name: direct calls are not in it.
#[derive(Default)]
pub struct LearnedBook(RwLock<AHashMap<Box<str>, Targets>>);

type Targets = AHashMap<Box<str>, Lesson>;

/// The means of one config and target, to be added to when a call has answered.
#[derive(Clone, Default)]
pub struct Lesson(Arc<Mutex<Learned>>);

impl Lesson {
    /// A call has answered.
    pub fn record(&self, input_tokens: u64, cached_tokens: u64, output_tokens: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).record(input_tokens, cached_tokens, output_tokens);
    }

    /// A call that is still under way has entered its lesson, and taught nothing yet.
    fn begin_with(&self, learned: Learned) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == Learned::default() {
            *known = learned;
        }
    }

    fn get(&self) -> Learned {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LearnedBook {
    /// What is known, where anything is.
    pub fn get(&self, config: &str, target: &str) -> Option<Learned> {
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        book.get(config)?.get(target).map(Lesson::get)
    }

    /// Where a call's figures go when it has answered.
    pub fn lesson(&self, config: &str, target: &str) -> Lesson {
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(lesson) = book.get(config).and_then(|targets| targets.get(target)) {
            return lesson.clone();
        }
        drop(book);
        self.enter(config, target, Learned::default())
    }

    /// Begins with means that were reckoned elsewhere; what calls have taught since stands.
    pub fn seed(&self, means: impl IntoIterator<Item = (String, String, Learned)>) {
        for (config, target, learned) in means {
            self.enter(&config, &target, learned).begin_with(learned);
        }
    }

    fn enter(&self, config: &str, target: &str, learned: Learned) -> Lesson {
        let mut book = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let targets = book.entry(config.into()).or_default();
        targets.entry(target.into()).or_insert_with(|| Lesson(Arc::new(Mutex::new(learned)))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_config_learns_of_each_target_by_itself() {
        let book = LearnedBook::default();
        assert_eq!(book.get("production", "a/x"), None);
        book.lesson("production", "a/x").record(100, 50, 10);
        book.lesson("production", "a/x").record(100, 50, 30);
        let learned = book.get("production", "a/x").unwrap();
        assert_eq!((learned.output_tokens(), learned.cached_share()), (Some(20), 0.5));
        assert_eq!((book.get("other", "a/x"), book.get("production", "a/y")), (None, None));
    }

    #[test]
    fn a_seed_is_what_the_next_calls_are_added_to() {
        let book = LearnedBook::default();
        let seed = |output| [("production".to_owned(), "a/x".to_owned(), Learned::from_means(3, output, 10.0, 0.0))];
        let under_way = book.lesson("production", "a/x");
        book.seed(seed(40.0));
        assert_eq!(book.get("production", "a/x").unwrap().output_tokens(), Some(40), "a call under way is in nobody's way");
        drop(under_way);
        book.lesson("production", "a/x").record(10, 0, 80);
        assert_eq!(book.get("production", "a/x").unwrap().output_tokens(), Some(50));
        book.seed(seed(1.0));
        assert_eq!(book.get("production", "a/x").unwrap().output_tokens(), Some(50), "a second seed takes nothing back");
    }
}
