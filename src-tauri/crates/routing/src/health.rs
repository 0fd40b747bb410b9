//! Circuit breaker of one target: a pure state machine, time passed in.
//!
//! | state     | failure                         | success | time             |
//! |-----------|---------------------------------|---------|------------------|
//! | closed    | 5 in a row, or ≥ 50 % of ≥ 20 in 60 s: open | counts  |      |
//! | open      | stays (a call forced through)   | closed  | over: half-open  |
//! | half-open | open, twice as long (≤ 5 min)   | closed  | one probe at once |
//!
//! A cool-down after a 429 with a time stands beside it; of two deadlines the later holds.

use crate::outcome::Outcome;

/// Figures of a breaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerSettings {
    /// So many failures in a row open it.
    pub consecutive_failures: u32,
    /// Share of failures that opens it, 0 to 1.
    pub failure_share: f64,
    /// At least so many calls in the window.
    pub min_calls: u32,
    /// Length of the window, in milliseconds.
    pub window_ms: u64,
    /// How long it stays open at first.
    pub open_ms: u64,
    /// How long at most.
    pub max_open_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { consecutive_failures: 5, failure_share: 0.5, min_calls: 20, window_ms: 60_000, open_ms: 30_000, max_open_ms: 300_000 }
    }
}

/// How a call that counts ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It answered; a caller's own 4xx counts as an answer.
    Success,
    /// The upstream failed: 429, 5xx, timeout, connection, auth.
    Failure,
    /// We or the caller cancelled it: no evidence either way.
    Cancelled,
}

impl Verdict {
    /// What an outcome says of the upstream's health; the one place that the live and the replayed world ask.
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Timeout | Outcome::Connection | Outcome::Broken | Outcome::Http(401 | 403 | 429 | 500..=599) => Self::Failure,
            Outcome::Ok | Outcome::Rejected | Outcome::Http(_) => Self::Success,
            Outcome::Cancelled | Outcome::Skipped => Self::Cancelled,
        }
    }
}

/// May a target be called?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Ready,
    /// Its breaker is open until then (milliseconds on the caller's clock); tried when nothing else is left.
    Open {
        /// When a probe may go through.
        until_ms: u64,
    },
    /// It asked for a rest until then; not called before.
    CoolingDown {
        /// When it may be called again.
        until_ms: u64,
    },
}

const BUCKETS: usize = 12;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bucket {
    epoch: u64,
    calls: u32,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Closed,
    Open { until_ms: u64, length_ms: u64 },
    HalfOpen { length_ms: u64, probing_since_ms: Option<u64> },
}

/// A breaker with its cool-down.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
    in_a_row: u32,
    buckets: [Bucket; BUCKETS],
    cool_until_ms: u64,
}

/// What a person is shown of a breaker.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakerView {
    /// `closed`, `open`, `half_open` or `cooling_down`.
    pub state: &'static str,
    /// A sentence on it.
    pub reason: String,
    /// When it may be called again, on the caller's clock.
    pub until_ms: Option<u64>,
    /// Calls in the window.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
}

impl Breaker {
    /// A closed one.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed, in_a_row: 0, buckets: [Bucket::default(); BUCKETS], cool_until_ms: 0 }
    }

    /// May it be called now? Changes nothing.
    pub fn peek(&self, now_ms: u64) -> Admission {
        if now_ms < self.cool_until_ms {
            return Admission::CoolingDown { until_ms: self.cool_until_ms };
        }
        match self.state {
            State::Closed => Admission::Ready,
            State::Open { until_ms, .. } if now_ms < until_ms => Admission::Open { until_ms },
            State::Open { .. } => Admission::Ready,
            State::HalfOpen { length_ms, probing_since_ms: Some(since) } if now_ms < since.saturating_add(length_ms) => {
                Admission::Open { until_ms: since + length_ms }
            }
            State::HalfOpen { .. } => Admission::Ready,
        }
    }

    /// May it be called now? Where it is half-open, this takes the one probe,
    /// so call it only right before the call itself.
    pub fn admit(&mut self, now_ms: u64) -> Admission {
        let admission = self.peek(now_ms);
        if admission == Admission::Ready
            && let State::Open { length_ms, .. } | State::HalfOpen { length_ms, .. } = self.state
        {
            self.state = State::HalfOpen { length_ms, probing_since_ms: Some(now_ms) };
        }
        admission
    }

    /// Counts a call that ended.
    pub fn record(&mut self, verdict: Verdict, now_ms: u64) {
        match verdict {
            Verdict::Success => {
                self.count(now_ms, false);
                self.in_a_row = 0;
                if self.state != State::Closed {
                    self.state = State::Closed;
                    self.buckets = [Bucket::default(); BUCKETS];
                }
            }
            Verdict::Failure => {
                self.count(now_ms, true);
                self.in_a_row = self.in_a_row.saturating_add(1);
                self.after_failure(now_ms);
            }
            Verdict::Cancelled => {
                if let State::HalfOpen { length_ms, .. } = self.state {
                    self.state = State::HalfOpen { length_ms, probing_since_ms: None };
                }
            }
        }
    }

    /// Rests it until then; an earlier deadline does not shorten a later one.
    pub fn cool_down(&mut self, until_ms: u64) {
        self.cool_until_ms = self.cool_until_ms.max(until_ms);
    }

    /// What a person is shown.
    pub fn view(&self, now_ms: u64) -> BreakerView {
        let (calls, failures) = self.window(now_ms);
        let (state, reason, until_ms) = match (self.peek(now_ms), self.state) {
            (Admission::CoolingDown { until_ms }, _) => {
                ("cooling_down", "it answered 429 and said when to come back".to_owned(), Some(until_ms))
            }
            (Admission::Open { until_ms }, State::HalfOpen { .. }) => {
                ("half_open", "one probe is under way to see whether it answers again".to_owned(), Some(until_ms))
            }
            (Admission::Open { until_ms }, _) => (
                "open",
                format!("{} failures in a row, {failures} of {calls} calls failed in the last minute", self.in_a_row),
                Some(until_ms),
            ),
            (Admission::Ready, State::Closed) if failures > 0 => {
                ("closed", format!("{failures} of {calls} calls failed in the last minute"), None)
            }
            (Admission::Ready, State::Closed) => ("closed", "healthy".to_owned(), None),
            (Admission::Ready, _) => ("half_open", "the next request probes whether it answers again".to_owned(), None),
        };
        BreakerView { state, reason, until_ms, calls, failures }
    }

    fn after_failure(&mut self, now_ms: u64) {
        match self.state {
            State::Closed if self.in_a_row >= self.settings.consecutive_failures || self.share_is_reached(now_ms) => {
                self.open(now_ms, self.settings.open_ms);
            }
            State::HalfOpen { length_ms, .. } => self.open(now_ms, length_ms.saturating_mul(2).min(self.settings.max_open_ms)),
            // A call forced through an open breaker, or one that began before it opened, tells nothing new.
            State::Closed | State::Open { .. } => {}
        }
    }

    fn open(&mut self, now_ms: u64, length_ms: u64) {
        self.state = State::Open { until_ms: now_ms.saturating_add(length_ms), length_ms };
    }

    fn share_is_reached(&self, now_ms: u64) -> bool {
        let (calls, failures) = self.window(now_ms);
        calls >= self.settings.min_calls && f64::from(failures) >= f64::from(calls) * self.settings.failure_share
    }

    fn epoch(&self, now_ms: u64) -> u64 {
        now_ms / (self.settings.window_ms / BUCKETS as u64).max(1)
    }

    fn count(&mut self, now_ms: u64, failed: bool) {
        let epoch = self.epoch(now_ms);
        let bucket = &mut self.buckets[(epoch % BUCKETS as u64) as usize];
        if bucket.epoch != epoch {
            *bucket = Bucket { epoch, calls: 0, failures: 0 };
        }
        bucket.calls = bucket.calls.saturating_add(1);
        bucket.failures = bucket.failures.saturating_add(u32::from(failed));
    }

    fn window(&self, now_ms: u64) -> (u32, u32) {
        let newest = self.epoch(now_ms);
        self.buckets
            .iter()
            // A clock that jumped back leaves buckets from the future behind: they do not count.
            .filter(|bucket| bucket.epoch <= newest && newest - bucket.epoch < BUCKETS as u64)
            .fold((0, 0), |(calls, failures), bucket| (calls + bucket.calls, failures + bucket.failures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(at: u64) -> Breaker {
        let mut breaker = Breaker::new(BreakerSettings::default());
        for _ in 0..5 {
            breaker.record(Verdict::Failure, at);
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_thirty_seconds() {
        let breaker = opened(1_000);
        assert_eq!(breaker.peek(30_999), Admission::Open { until_ms: 31_000 });
        assert_eq!(breaker.peek(31_000), Admission::Ready);
    }

    #[test]
    fn a_success_between_failures_keeps_it_closed() {
        let mut breaker = Breaker::new(BreakerSettings::default());
        for _ in 0..4 {
            for _ in 0..4 {
                breaker.record(Verdict::Failure, 0);
            }
            breaker.record(Verdict::Success, 0);
        }
        assert_eq!(Breaker::new(BreakerSettings { min_calls: 100, ..BreakerSettings::default() }).peek(0), Admission::Ready);
        assert_eq!(breaker.in_a_row, 0);
    }

    #[test]
    fn half_of_twenty_calls_within_a_minute_open_it() {
        let mut breaker = Breaker::new(BreakerSettings::default());
        for second in 0..10 {
            breaker.record(Verdict::Success, second * 1_000);
            breaker.record(Verdict::Failure, second * 1_000);
        }
        assert!(matches!(breaker.peek(9_000), Admission::Open { .. }));
    }

    #[test]
    fn half_open_lets_one_probe_through_and_a_failed_one_doubles_the_wait() {
        let mut breaker = opened(0);
        assert_eq!(breaker.admit(30_000), Admission::Ready);
        assert!(matches!(breaker.admit(30_001), Admission::Open { .. }), "the second caller waits for the probe");
        breaker.record(Verdict::Failure, 30_002);
        assert_eq!(breaker.peek(30_003), Admission::Open { until_ms: 90_002 });
        assert_eq!(breaker.admit(90_002), Admission::Ready);
        breaker.record(Verdict::Success, 90_003);
        assert_eq!(breaker.peek(90_004), Admission::Ready);
    }

    #[test]
    fn the_wait_never_exceeds_five_minutes() {
        let mut breaker = opened(0);
        let mut now = 30_000;
        for _ in 0..10 {
            assert_eq!(breaker.admit(now), Admission::Ready);
            breaker.record(Verdict::Failure, now);
            now += 300_000;
        }
    }

    #[test]
    fn a_cancelled_probe_gives_its_place_to_the_next() {
        let mut breaker = opened(0);
        assert_eq!(breaker.admit(30_000), Admission::Ready);
        breaker.record(Verdict::Cancelled, 30_010);
        assert_eq!(breaker.admit(30_011), Admission::Ready);
    }

    #[test]
    fn of_two_cool_downs_the_later_holds() {
        let mut breaker = Breaker::new(BreakerSettings::default());
        breaker.cool_down(5_000);
        breaker.cool_down(2_000);
        assert_eq!(breaker.peek(4_999), Admission::CoolingDown { until_ms: 5_000 });
        assert_eq!(breaker.peek(5_000), Admission::Ready);
    }

    #[test]
    fn a_clock_that_jumps_back_an_hour_neither_opens_nor_panics() {
        let mut breaker = Breaker::new(BreakerSettings::default());
        for _ in 0..30 {
            breaker.record(Verdict::Success, 3_600_000);
        }
        breaker.record(Verdict::Failure, 0);
        assert_eq!(breaker.peek(0), Admission::Ready);
    }
}
