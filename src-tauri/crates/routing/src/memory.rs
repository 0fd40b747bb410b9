//! What strategies keep in mind from one request to the next: where a conversation stays, and
//! which target was the fastest.

use std::sync::Arc;

use ahash::AHashMap;
use sha2::{Digest, Sha256};

/// So many choices in each of the two generations.
const GENERATION: usize = 50_000;

/// What a choice is remembered under. The same in every process and release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// Of a place in a config and, for affinity, the value that stays where it is.
    pub fn of(place: &str, value: &str) -> Self {
        Self(digest(&[place, value]))
    }
}

/// The first 64 bits of the SHA-256 of the parts, a zero byte between them.
pub(crate) fn digest(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update([0]);
        }
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Choices by key; bounded, those not asked for in a long time are forgotten first.
#[derive(Debug, Default)]
pub struct Memory {
    young: AHashMap<Key, Arc<str>>,
    old: AHashMap<Key, Arc<str>>,
}

impl Memory {
    /// What was remembered: what a target is known by.
    pub fn recall(&self, key: Key) -> Option<Arc<str>> {
        self.young.get(&key).or_else(|| self.old.get(&key)).cloned()
    }

    /// Remembers what a target is known by.
    pub fn remember(&mut self, key: Key, id: &Arc<str>) {
        if self.young.len() >= GENERATION && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Arc::clone(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_choices_are_kept_however_many_come() {
        let mut memory = Memory::default();
        let label: Arc<str> = "a/x".into();
        for number in 0..200_000_u32 {
            memory.remember(Key::of("production", &number.to_string()), &label);
        }
        assert!(memory.young.len() + memory.old.len() <= 2 * GENERATION);
        assert!(memory.recall(Key::of("production", "199999")).is_some());
        assert!(memory.recall(Key::of("production", "0")).is_none());
    }

    #[test]
    fn keys_of_different_places_differ_also_where_their_texts_run_together() {
        assert_ne!(Key::of("ab", "c"), Key::of("a", "bc"));
    }
}
