//! What traffic and the proxy show of the moment: for warnings about documents, and for completion.

use std::sync::Arc;

use arc_swap::ArcSwap;
use store::{Traffic, traffic::Seen};

use crate::time::Clock;

/// How long what was read of the log is good for.
const GOOD_MS: i64 = 2_000;
/// Values of a tag that are shown.
const VALUES: usize = 20;

/// What is wrong with a target (`provider/model`) now, if anything is.
pub(crate) type Unwell = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Looks at the log and at the health of targets. Blocks on the disk now and then.
pub(crate) struct Sights {
    traffic: Traffic,
    unwell: Unwell,
    clock: Clock,
    held: ArcSwap<Held>,
}

#[derive(Default)]
struct Held {
    until_ms: i64,
    seen: Arc<Seen>,
}

impl Sights {
    pub(crate) fn new(traffic: Traffic, unwell: Unwell, clock: Clock) -> Self {
        Self { traffic, unwell, clock, held: ArcSwap::default() }
    }

    /// Tags and apps that traffic carries; a few seconds old at most.
    pub(crate) fn seen(&self) -> Arc<Seen> {
        let held = self.held.load();
        let now_ms = (self.clock)();
        if (held.until_ms - GOOD_MS..held.until_ms).contains(&now_ms) {
            return Arc::clone(&held.seen);
        }
        match self.traffic.seen(VALUES) {
            Ok(seen) => {
                let seen = Arc::new(seen);
                self.held.store(Arc::new(Held { until_ms: now_ms + GOOD_MS, seen: Arc::clone(&seen) }));
                seen
            }
            // It only serves warnings and completion: what was seen before is better than none.
            Err(error) => {
                tracing::warn!("what traffic carries could not be read: {error}");
                Arc::clone(&held.seen)
            }
        }
    }

    /// What is wrong with a target now.
    pub(crate) fn unwell(&self, target: &str) -> Option<String> {
        (self.unwell)(target)
    }
}
