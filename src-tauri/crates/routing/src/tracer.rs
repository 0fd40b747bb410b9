//! The trace while it grows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    outcome::Outcome,
    reason::Reason,
    target::ModelTarget,
    trace::{Attempt, Decision, Step, Trace},
    world::{Attempted, World},
};

/// A trace that several attempts at once may write to. It lives outside the engine's
/// future, so that a request whose caller hung up still has its trace.
#[derive(Debug, Default)]
pub struct Tracer(Mutex<Trace>);

impl Tracer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The trace as it is now, leaving an empty one behind.
    pub fn take(&self) -> Trace {
        std::mem::take(&mut *self.lock())
    }

    /// A copy of the trace as it is now.
    pub fn snapshot(&self) -> Trace {
        self.lock().clone()
    }

    /// How many calls were made so far; skipped targets do not count.
    pub fn calls(&self) -> usize {
        self.lock().calls()
    }

    /// What all attempts so far cost, in nano-dollars; `None` where no price is known of any.
    pub fn cost_nanos(&self) -> Option<u64> {
        self.lock().attempts.iter().filter_map(|attempt| attempt.cost_nanos).reduce(u64::saturating_add)
    }

    /// The first variant that was taken, if any was.
    pub fn variant(&self) -> Option<Arc<str>> {
        self.lock().steps.iter().find_map(|step| step.variant.clone())
    }

    /// Changes an attempt after the engine is done with it, when its stream has ended.
    pub fn amend(&self, index: usize, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.lock().attempts.get_mut(index) {
            change(attempt);
        }
    }

    /// Says why the attempts from `first` on that were given up were given up.
    pub(crate) fn explain_cancelled(&self, first: usize, reason: &Reason) {
        for attempt in self.lock().attempts.iter_mut().skip(first).filter(|attempt| attempt.reason == Some(Reason::GivenUp)) {
            attempt.reason = Some(reason.clone());
        }
    }

    /// An answer was there and was turned down.
    pub(crate) fn reject(&self, index: usize, reason: &Reason) {
        self.amend(index, |attempt| (attempt.outcome, attempt.reason) = (Outcome::Rejected, Some(reason.clone())));
    }

    /// Enters a strategy; its reason may be set when it has decided.
    pub(crate) fn enter(&self, step: Step) -> usize {
        let mut trace = self.lock();
        trace.steps.push(step);
        trace.steps.len() - 1
    }

    pub(crate) fn step(&self, index: usize, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.lock().steps.get_mut(index) {
            change(step);
        }
    }

    pub(crate) fn decide(&self, decision: impl FnOnce(&Trace) -> Decision) {
        let mut trace = self.lock();
        trace.decision = Some(decision(&trace));
    }

    /// How many attempts there are so far.
    pub(crate) fn attempts(&self) -> usize {
        self.lock().attempts.len()
    }

    /// How many strategies were entered so far.
    pub(crate) fn steps(&self) -> usize {
        self.lock().steps.len()
    }

    /// A target that was not called.
    pub(crate) fn skipped(&self, target: &ModelTarget, now_us: u64, reason: Reason) {
        self.lock().attempts.push(Attempt { outcome: Outcome::Skipped, reason: Some(reason), ..started(target, now_us) });
    }

    pub(crate) fn begin<'a, W: World>(&'a self, world: &'a W, target: &ModelTarget) -> OpenAttempt<'a, W> {
        let now_us = world.now_us();
        let mut trace = self.lock();
        if trace.attempts.is_empty() {
            trace.attempts.reserve_exact(2);
        }
        trace.attempts.push(started(target, now_us));
        OpenAttempt { tracer: self, world, index: trace.attempts.len() - 1, start_us: now_us, ended: false }
    }

    /// A panic while the lock was held leaves a trace that is still worth having.
    fn lock(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt counts as cancelled until it says otherwise.
fn started(target: &ModelTarget, now_us: u64) -> Attempt {
    Attempt {
        target: target.clone(),
        start_us: now_us,
        duration_us: 0,
        ttft_us: None,
        outcome: Outcome::Cancelled,
        status: None,
        input_tokens: None,
        output_tokens: None,
        cost_nanos: None,
        reason: None,
    }
}

/// An attempt under way. Dropped before its end, it stays in the trace as cancelled.
pub(crate) struct OpenAttempt<'a, W: World> {
    tracer: &'a Tracer,
    world: &'a W,
    index: usize,
    start_us: u64,
    ended: bool,
}

impl<W: World> OpenAttempt<'_, W> {
    pub fn index(&self) -> usize {
        self.index
    }

    pub fn end(mut self, attempted: &Attempted<W::Reply, W::Error>) {
        self.ended = true;
        let duration_us = self.world.now_us().saturating_sub(self.start_us);
        self.tracer.amend(self.index, |attempt| {
            attempt.duration_us = duration_us;
            attempt.status = attempted.figures.status;
            attempt.ttft_us = attempted.figures.ttft_us;
            attempt.input_tokens = attempted.figures.input_tokens;
            attempt.output_tokens = attempted.figures.output_tokens;
            attempt.cost_nanos = attempted.figures.cost_nanos;
            match &attempted.result {
                Ok(_) => attempt.outcome = Outcome::Ok,
                Err(failure) => {
                    attempt.outcome = failure.outcome;
                    attempt.reason = Some(failure.reason.clone());
                }
            }
        });
    }
}

impl<W: World> Drop for OpenAttempt<'_, W> {
    fn drop(&mut self) {
        if !self.ended {
            let duration_us = self.world.now_us().saturating_sub(self.start_us);
            self.tracer.amend(self.index, |attempt| {
                attempt.duration_us = duration_us;
                attempt.reason = Some(Reason::GivenUp);
            });
        }
    }
}
