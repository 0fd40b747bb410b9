//! Health and latency of every target called, on one clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use ahash::AHashMap;
use routing::{
    health::{Admission, Breaker, BreakerSettings, BreakerView, Verdict},
    latency::{End, Look, Seen, Window},
    outcome::Outcome,
    target::ModelTarget,
};

use crate::call::micros;

/// Breakers and latency windows by target.
pub struct HealthBook {
    started: Instant,
    targets: RwLock<AHashMap<ModelTarget, Page>>,
}

/// What is known of one target. A call under way keeps it, and need not look it up again.
#[derive(Clone)]
pub struct Page(Arc<Mutex<Entry>>);

struct Entry {
    breaker: Breaker,
    window: Window,
}

/// How a call ended, and how long it took.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// From its start to its end.
    pub total: Duration,
    /// From its start to its first content, where it was streamed.
    pub first: Option<Duration>,
    /// What the upstream asked for, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// How one target is doing.
#[derive(Debug, Clone)]
pub struct TargetHealth {
    /// `provider/model`.
    pub target: String,
    /// Name of the credential, where it is not the default one.
    pub credential: Option<String>,
    /// Its breaker; deadlines are milliseconds from now.
    pub breaker: BreakerView,
    /// Median of its total times in the usual window, where there are any.
    pub p50_ms: Option<f64>,
}

impl HealthBook {
    /// An empty book.
    pub fn new() -> Self {
        Self { started: Instant::now(), targets: RwLock::default() }
    }

    /// Milliseconds on this book's clock.
    pub fn now_ms(&self) -> u64 {
        millis(self.started.elapsed())
    }

    /// May it be called now? Changes nothing. Deadlines are milliseconds since `since`.
    pub fn peek(&self, target: &ModelTarget, now: Instant, since: Instant) -> Admission {
        let now_ms = millis(now.saturating_duration_since(self.started));
        let their_now_ms = millis(now.saturating_duration_since(since));
        let admission = self.look_up(target, |entry| entry.breaker.peek(now_ms)).unwrap_or(Admission::Ready);
        on_clock(admission, |until_ms| until_ms.saturating_sub(now_ms).saturating_add(their_now_ms))
    }

    /// Could it be called, so many milliseconds from now? Deadlines are milliseconds from now, too.
    pub fn peek_ahead(&self, target: &ModelTarget, ahead_ms: u64) -> Admission {
        let now_ms = self.now_ms();
        let admission = self.look_up(target, |entry| entry.breaker.peek(now_ms.saturating_add(ahead_ms)));
        on_clock(admission.unwrap_or(Admission::Ready), |until_ms| until_ms.saturating_sub(now_ms))
    }

    /// Notes that it is called; the one probe of a half-open breaker is then taken.
    pub fn begin(&self, target: &ModelTarget) -> Page {
        let now_ms = self.now_ms();
        let page = self.page(target);
        let mut entry = page.entry();
        entry.breaker.admit(now_ms);
        entry.window.began();
        drop(entry);
        page
    }

    /// Counts a call that ended.
    pub fn end(&self, page: &Page, ended: Ended) {
        let now_ms = self.now_ms();
        let verdict = Verdict::of(ended.outcome);
        let mut entry = page.entry();
        entry.breaker.record(verdict, now_ms);
        if let (Outcome::Http(429), Some(wait_ms)) = (ended.outcome, ended.retry_after_ms) {
            entry.breaker.cool_down(now_ms.saturating_add(wait_ms));
        }
        let end = End::of(ended.outcome, micros(ended.total), ended.first.map(micros));
        entry.window.ended(end, now_ms);
    }

    /// All targets called since the start, those that are not well first.
    pub fn view(&self) -> Vec<TargetHealth> {
        let now_ms = self.now_ms();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = targets
            .iter()
            .map(|(target, page)| {
                let mut entry = page.entry();
                let mut breaker = entry.breaker.view(now_ms);
                breaker.until_ms = breaker.until_ms.map(|until| until.saturating_sub(now_ms));
                let credential = target.credential().map(str::to_owned);
                TargetHealth { target: target.name().to_owned(), credential, breaker, p50_ms: entry.p50_ms(now_ms) }
            })
            .collect();
        all.sort_by(|a, b| (a.breaker.state == "closed", &a.target).cmp(&(b.breaker.state == "closed", &b.target)));
        all
    }

    /// What its window shows.
    pub fn latency(&self, target: &ModelTarget, look: Look) -> Seen {
        let now_ms = self.now_ms();
        self.look_up(target, |entry| entry.window.look(look, now_ms)).unwrap_or_default()
    }

    /// Closes a target's breaker (`provider/model`) and ends its cool-down; false where it was never called.
    pub fn reset(&self, target: &str) -> bool {
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = false;
        for (_, page) in targets.iter().filter(|(known, _)| known.name() == target) {
            page.entry().breaker = Breaker::new(BreakerSettings::default());
            found = true;
        }
        found
    }

    fn look_up<T>(&self, target: &ModelTarget, look: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        targets.get(target).map(|page| look(&mut page.entry()))
    }

    fn page(&self, target: &ModelTarget) -> Page {
        if let Some(page) = self.targets.read().unwrap_or_else(PoisonError::into_inner).get(target) {
            return page.clone();
        }
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Page(Arc::new(Mutex::new(Entry { breaker: Breaker::new(BreakerSettings::default()), window: Window::default() })));
        targets.entry(target.clone()).or_insert_with(new).clone()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The same on another clock.
fn on_clock(admission: Admission, there: impl Fn(u64) -> u64) -> Admission {
    match admission {
        Admission::Ready => Admission::Ready,
        Admission::Open { until_ms } => Admission::Open { until_ms: there(until_ms) },
        Admission::CoolingDown { until_ms } => Admission::CoolingDown { until_ms: there(until_ms) },
    }
}

impl Default for HealthBook {
    fn default() -> Self {
        Self::new()
    }
}

impl Page {
    fn entry(&self) -> MutexGuard<'_, Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn p50_ms(&mut self, now_ms: u64) -> Option<f64> {
        let seen = self.window.look(Look::median(false, Look::WINDOW_MS), now_ms);
        seen.value_us.map(|us| us as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIAN: Look = Look { measure: routing::latency::Measure::Total, window_ms: Look::WINDOW_MS, percentile: 50 };

    fn ended(outcome: Outcome, ms: u64, first_ms: Option<u64>) -> Ended {
        Ended { outcome, total: Duration::from_millis(ms), first: first_ms.map(Duration::from_millis), retry_after_ms: None }
    }

    #[test]
    fn answers_are_measured_failures_count_as_tried_and_cancelled_calls_are_no_evidence() {
        let (book, target) = (HealthBook::new(), ModelTarget::new("a", "x", None));
        for end in [
            ended(Outcome::Ok, 40, Some(10)),
            ended(Outcome::Ok, 20, None),
            ended(Outcome::Timeout, 900, None),
            ended(Outcome::Http(400), 1, None),
            ended(Outcome::Cancelled, 1, Some(1)),
        ] {
            let page = book.begin(&target);
            book.end(&page, end);
        }
        assert_eq!(book.latency(&target, MEDIAN), Seen { samples: 2, tried: 4, value_us: Some(20_000) });
        assert_eq!(book.latency(&target, Look::median(true, Look::WINDOW_MS)).value_us, Some(10_000));
        assert_eq!(book.view()[0].p50_ms, Some(20.0));
    }

    #[test]
    fn a_call_under_way_counts_as_tried() {
        let (book, target) = (HealthBook::new(), ModelTarget::new("a", "x", None));
        let page = book.begin(&target);
        assert_eq!(book.latency(&target, MEDIAN).tried, 1);
        book.end(&page, ended(Outcome::Cancelled, 1, None));
        assert_eq!(book.latency(&target, MEDIAN).tried, 0);
    }

    #[test]
    fn a_reset_closes_the_breaker_and_keeps_what_was_measured() {
        let (book, target) = (HealthBook::new(), ModelTarget::new("a", "x", None));
        for outcome in [Outcome::Ok].into_iter().chain([Outcome::Http(500); 5]) {
            let page = book.begin(&target);
            book.end(&page, ended(outcome, 30, None));
        }
        assert!(matches!(book.peek(&target, Instant::now(), Instant::now()), Admission::Open { .. }));
        assert!(book.reset("a/x") && !book.reset("a/y"));
        assert_eq!((book.peek(&target, Instant::now(), Instant::now()), book.latency(&target, MEDIAN).samples), (Admission::Ready, 1));
    }
}
