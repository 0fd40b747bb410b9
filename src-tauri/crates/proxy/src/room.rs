//! How much of answers one request may hold in memory at once, however many are asked for it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::upstream::{CallFailure, connection};

/// The room of one request, shared by its calls.
#[derive(Debug, Clone)]
pub struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    /// In bytes.
    size: usize,
}

/// What one answer takes of it, until this is dropped.
#[derive(Debug)]
pub struct Taken {
    room: Room,
    bytes: usize,
}

impl Room {
    /// For so many bytes.
    pub fn new(size: usize) -> Self {
        Self(Arc::new(Shared { taken: AtomicUsize::new(0), size }))
    }

    /// For an answer that begins now.
    pub fn begin(&self) -> Taken {
        Taken { room: self.clone(), bytes: 0 }
    }
}

impl Taken {
    /// Takes room for more bytes.
    ///
    /// # Errors
    /// There is not as much left; nothing is taken then.
    pub fn take(&mut self, bytes: usize) -> Result<(), CallFailure> {
        let Shared { taken, size } = &*self.room.0;
        let more = |taken: usize| taken.checked_add(bytes).filter(|taken| taken <= size);
        if taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok() {
            self.bytes += bytes;
            return Ok(());
        }
        let limit = if size % (1024 * 1024) == 0 { format!("{} MiB", size / 1024 / 1024) } else { format!("{size} bytes") };
        Err(connection(if self.bytes.saturating_add(bytes) > *size {
            format!("the upstream's answer is larger than {limit}")
        } else {
            format!("the answers held for this request are larger than {limit} together; ask fewer members, or for shorter answers")
        }))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.0.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(failure: Result<(), CallFailure>) -> String {
        failure.err().map(|failure| failure.reason.to_string()).unwrap_or_default()
    }

    #[test]
    fn answers_share_the_room_and_give_it_back() {
        let room = Room::new(100);
        let (mut one, mut other) = (room.begin(), room.begin());
        assert!(one.take(60).is_ok() && other.take(40).is_ok());
        assert!(why(other.take(1)).starts_with("the answers held for this request are larger than 100 bytes together"));
        drop(one);
        assert!(other.take(60).is_ok());
        assert_eq!(why(other.take(1)), "the upstream's answer is larger than 100 bytes");
        assert_eq!(why(other.take(usize::MAX)), "the upstream's answer is larger than 100 bytes");
        drop(other);
        assert!(room.begin().take(100).is_ok());
        assert_eq!(why(Room::new(2 << 20).begin().take(usize::MAX)), "the upstream's answer is larger than 2 MiB");
    }
}
