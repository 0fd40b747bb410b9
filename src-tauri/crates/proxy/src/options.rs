//! What a proxy is given besides its settings: randomness, and how it keeps a waiting caller company.

use std::{sync::Arc, time::Duration};

/// A number on [0, 1), another one at each call.
pub type Draw = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Options of a proxy.
#[derive(Clone)]
pub struct ProxyOptions {
    /// Where strategies get their randomness.
    pub draw: Draw,
    /// While answers to a streamed request are held back, its head goes out after so long; at least 1 ms.
    pub head_after: Duration,
    /// Of answers that have to be held as a whole, one request may hold so many bytes at once.
    pub max_held: usize,
    /// After the head, a comment goes out this often until there is a decision; at least 1 ms.
    pub beat: Duration,
    /// What is passed through must begin its answer so long after all of it was sent. Some of it is slow to think, such
    /// as a long audio file's transcript: what official SDKs wait, too.
    pub passed_head: Duration,
    /// An answer that is passed through may stand still so long: streams of providers send something every minute.
    pub passed_idle: Duration,
}

/// Nothing is looked at more often than this.
const SHORTEST: Duration = Duration::from_millis(1);

impl ProxyOptions {
    /// Within what can be done.
    pub(crate) fn clamped(self) -> Self {
        Self { head_after: self.head_after.max(SHORTEST), beat: self.beat.max(SHORTEST), ..self }
    }
}

impl Default for ProxyOptions {
    fn default() -> Self {
        Self {
            draw: Arc::new(rand::random::<f64>),
            head_after: Duration::from_secs(1),
            max_held: 64 * 1024 * 1024,
            beat: Duration::from_secs(5),
            passed_head: Duration::from_secs(600),
            passed_idle: Duration::from_secs(300),
        }
    }
}
