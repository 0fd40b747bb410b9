//! A caller that asked for a stream, while the answers are held back to be looked at.
//!
//! ```text
//! routing ── decided in time ──────────────▶ head with everything, then the stream (or a real error status)
//!    └────── still holding after a while ──▶ head, comments … ── decided ──▶ the stream
//!                                                             └─ failed ───▶ an error event, no [DONE]
//! ```

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep};
use wire::{ApiError, ErrorKind};

use crate::{
    answer::{Served, Wanted, answer},
    body::ProxyBody,
    live::{LiveWorld, Rode},
    recording::Recording,
    refusal::Refusal,
};

const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// Counts the answers of one request that are held back now.
#[derive(Debug, Default)]
pub struct Holding {
    now: AtomicU32,
    /// One began since somebody looked.
    begun: AtomicBool,
}

/// One of them; it counts until this is dropped.
pub struct Held<'a>(&'a Holding);

impl Holding {
    /// One more.
    pub fn begin(holding: &Arc<Self>) -> Held<'_> {
        holding.now.fetch_add(1, Ordering::Relaxed);
        holding.begun.store(true, Ordering::Relaxed);
        Held(holding)
    }

    /// Is one held back, or was one since this was asked before? Between two of them, or before one is made again,
    /// there is none for a moment.
    fn was_under_way(&self) -> bool {
        self.begun.swap(false, Ordering::Relaxed) || self.now.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request being routed, with all that it needs. Dropping it cancels every call made for it.
pub type Routing = Pin<Box<dyn Future<Output = Rode> + Send>>;

/// What there is when it is time to send a head.
pub enum Waited {
    /// The decision.
    Decided(Box<Rode>),
    /// Answers are held back still.
    Holding(Routing),
}

/// Routes a streamed request until it is decided, or answers have been held back for a while.
pub async fn wait(world: LiveWorld, head_after: Duration) -> Waited {
    let holding = Arc::<Holding>::default();
    let world = world.holding(&holding);
    let mut routing: Routing = Box::pin(async move { world.run().await });
    loop {
        match tokio::time::timeout(head_after, &mut routing).await {
            Ok(rode) => return Waited::Decided(Box::new(rode)),
            Err(_) if holding.was_under_way() => return Waited::Holding(routing),
            Err(_) => {}
        }
    }
}

/// Comments until the decision, then what was decided.
pub struct HeldStream {
    /// Stands before the recording, so that its calls are settled before the record goes out.
    routing: Option<Routing>,
    recording: Option<Recording>,
    wanted: Wanted,
    beat: Duration,
    next_beat: Pin<Box<Sleep>>,
    decided: Option<ProxyBody>,
}

impl HeldStream {
    /// A stream whose head goes out now; a comment follows at once.
    pub fn new(routing: Routing, recording: Recording, wanted: Wanted, beat: Duration) -> Self {
        let next_beat = Box::pin(tokio::time::sleep(Duration::ZERO));
        Self { routing: Some(routing), recording: Some(recording), wanted, beat, next_beat, decided: None }
    }

    /// The next piece.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(routing) = &mut self.routing
            && let Poll::Ready(rode) = routing.as_mut().poll(cx)
        {
            self.routing = None;
            self.decided = self.recording.take().map(|recording| decided(rode, recording, &self.wanted));
        }
        if let Some(decided) = &mut self.decided {
            return Pin::new(decided).poll_frame(cx);
        }
        std::task::ready!(self.next_beat.as_mut().poll(cx));
        self.next_beat.as_mut().reset(Instant::now() + self.beat);
        // Registers the new deadline; it cannot be over yet, and if it is, nothing but a beat is late.
        let _ = self.next_beat.as_mut().poll(cx);
        Poll::Ready(Some(Ok(Frame::data(KEEP_ALIVE))))
    }
}

fn decided(rode: Rode, mut recording: Recording, wanted: &Wanted) -> ProxyBody {
    let refusal = match answer(rode, wanted, &mut recording) {
        Ok(Served::Streamed(_, streamed)) => return streamed.body(recording, wanted),
        Ok(Served::Whole(_)) => Refusal::from(ApiError::new(502, ErrorKind::Upstream, "the answer is no stream, and one was asked for")),
        Err(refusal) => refusal,
    };
    let event = refusal.error.sse_event(wanted.dialect);
    recording.sent(&event);
    recording.finish(refusal.error.status, Some((&refusal.class, &refusal.error.message)));
    event.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_between_two_looks_counts_at_the_next_one() {
        let holding = Arc::<Holding>::default();
        assert!(!holding.was_under_way());
        drop(Holding::begin(&holding));
        assert!(holding.was_under_way(), "it was over before anybody looked");
        assert!(!holding.was_under_way());
        let held = Holding::begin(&holding);
        assert!(holding.was_under_way() && holding.was_under_way());
        drop(held);
        assert!(!holding.was_under_way());
    }
}
