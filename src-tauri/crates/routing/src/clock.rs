//! A virtual clock and the executor that drives it.
//!
//! ```text
//! poll the future ── ready ──▶ done
//!      ▲   │ pending
//!      │   ▼
//!      └── jump to the earliest timer that somebody waits for
//! ```

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// Time in microseconds that passes only where nothing else can happen.
#[derive(Debug, Default)]
pub struct Clock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    now_us: u64,
    /// What is waited for since the last jump; every wait registers anew at each poll.
    timers: Vec<u64>,
}

impl Clock {
    /// One that shows zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// What it shows.
    pub fn now_us(&self) -> u64 {
        self.state().now_us
    }

    /// Sets it forward to `at_us`; it never runs back.
    pub fn advance_to(&self, at_us: u64) {
        let mut state = self.state();
        state.now_us = state.now_us.max(at_us);
    }

    /// Waits until it shows `at_us`.
    pub fn sleep_until(&self, at_us: u64) -> Sleep<'_> {
        Sleep { clock: self, at_us }
    }

    /// Runs a future to its end, or until nothing may happen before `limit_us`; it is dropped then,
    /// as a request's is whose caller hangs up. `None` also where it waits for something that is no timer.
    pub fn run<F: Future>(&self, future: F, limit_us: u64) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.state().timers.clear();
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            let next_us = self.state().timers.iter().min().copied();
            if next_us.is_none_or(|next_us| next_us > limit_us) {
                self.advance_to(limit_us);
                return None;
            }
            self.advance_to(next_us.unwrap_or_default());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Clock::sleep_until`].
#[derive(Debug)]
pub struct Sleep<'a> {
    clock: &'a Clock,
    at_us: u64,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.now_us >= self.at_us {
            return Poll::Ready(());
        }
        state.timers.push(self.at_us);
        Poll::Pending
    }
}
