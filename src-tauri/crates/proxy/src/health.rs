//! Health of every target called, on one clock.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Instant,
};

use ahash::AHashMap;
use routing::{
    health::{Admission, Breaker, BreakerSettings, BreakerView, Verdict},
    target::ModelTarget,
};

/// How many durations are kept of each target.
const SAMPLES: usize = 64;

/// Breakers and recent durations by target.
pub struct HealthBook {
    started: Instant,
    targets: RwLock<AHashMap<ModelTarget, Arc<Mutex<Entry>>>>,
}

struct Entry {
    breaker: Breaker,
    durations_ms: Vec<f64>,
    next: usize,
}

/// How one target is doing.
#[derive(Debug, Clone)]
pub struct TargetHealth {
    /// `provider/model`.
    pub target: String,
    /// Its breaker; deadlines are milliseconds from now.
    pub breaker: BreakerView,
    /// Median of its recent durations, where there are any.
    pub p50_ms: Option<f64>,
}

impl HealthBook {
    /// An empty book.
    pub fn new() -> Self {
        Self { started: Instant::now(), targets: RwLock::default() }
    }

    /// Milliseconds on this book's clock.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// May it be called? Changes nothing. Deadlines come on the asker's own clock, which says `their_now_ms`.
    pub fn peek_from(&self, target: &ModelTarget, their_now_ms: u64) -> Admission {
        let now_ms = self.now_ms();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let admission = targets.get(target).map_or(Admission::Ready, |entry| lock(entry).breaker.peek(now_ms));
        let to_theirs = |until_ms: u64| until_ms.saturating_sub(now_ms).saturating_add(their_now_ms);
        match admission {
            Admission::Ready => Admission::Ready,
            Admission::Open { until_ms } => Admission::Open { until_ms: to_theirs(until_ms) },
            Admission::CoolingDown { until_ms } => Admission::CoolingDown { until_ms: to_theirs(until_ms) },
        }
    }

    /// Notes that it is called; the one probe of a half-open breaker is then taken.
    pub fn begin(&self, target: &ModelTarget) {
        let now_ms = self.now_ms();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = targets.get(target) {
            lock(entry).breaker.admit(now_ms);
        }
    }

    /// Counts a call that ended.
    pub fn record(&self, target: &ModelTarget, verdict: Verdict, duration_ms: f64, retry_after_ms: Option<u64>) {
        let now_ms = self.now_ms();
        let entry = self.entry(target);
        let mut entry = lock(&entry);
        entry.breaker.record(verdict, now_ms);
        if let Some(wait_ms) = retry_after_ms {
            entry.breaker.cool_down(now_ms.saturating_add(wait_ms));
        }
        if verdict == Verdict::Success {
            entry.sample(duration_ms);
        }
    }

    /// All targets called since the start, those that are not well first.
    pub fn view(&self) -> Vec<TargetHealth> {
        let now_ms = self.now_ms();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = targets
            .iter()
            .map(|(target, entry)| {
                let entry = lock(entry);
                let mut breaker = entry.breaker.view(now_ms);
                breaker.until_ms = breaker.until_ms.map(|until| until.saturating_sub(now_ms));
                TargetHealth { target: target.name().to_owned(), breaker, p50_ms: entry.median() }
            })
            .collect();
        all.sort_by(|a, b| (a.breaker.state == "closed", &a.target).cmp(&(b.breaker.state == "closed", &b.target)));
        all
    }

    /// Median of a target's recent durations.
    pub fn p50_ms(&self, target: &ModelTarget) -> Option<f64> {
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        targets.get(target).and_then(|entry| lock(entry).median())
    }

    /// Forgets what is known of a target (`provider/model`); false where nothing is.
    pub fn reset(&self, target: &str) -> bool {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        let before = targets.len();
        targets.retain(|known, _| known.name() != target);
        targets.len() < before
    }

    fn entry(&self, target: &ModelTarget) -> Arc<Mutex<Entry>> {
        if let Some(entry) = self.targets.read().unwrap_or_else(PoisonError::into_inner).get(target) {
            return Arc::clone(entry);
        }
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(targets.entry(target.clone()).or_insert_with(|| {
            Arc::new(Mutex::new(Entry { breaker: Breaker::new(BreakerSettings::default()), durations_ms: Vec::new(), next: 0 }))
        }))
    }
}

impl Default for HealthBook {
    fn default() -> Self {
        Self::new()
    }
}

impl Entry {
    fn sample(&mut self, duration_ms: f64) {
        if self.durations_ms.len() < SAMPLES {
            self.durations_ms.push(duration_ms);
        } else {
            self.durations_ms[self.next] = duration_ms;
            self.next = (self.next + 1) % SAMPLES;
        }
    }

    fn median(&self) -> Option<f64> {
        let mut sorted = self.durations_ms.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

fn lock(entry: &Arc<Mutex<Entry>>) -> MutexGuard<'_, Entry> {
    entry.lock().unwrap_or_else(PoisonError::into_inner)
}
