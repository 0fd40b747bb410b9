//! Counters for `/metrics` and for the window's status line.

use std::{
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use store::record::RequestRecord;

/// Counters since the start.
#[derive(Debug)]
pub struct Figures {
    started: Instant,
    answered: [AtomicU64; 6],
    overhead_us: AtomicU64,
    cost_nanos: AtomicU64,
    attempts: AtomicU64,
    recent: Mutex<[(u64, u32); 60]>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            answered: Default::default(),
            overhead_us: AtomicU64::new(0),
            cost_nanos: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            recent: Mutex::new([(0, 0); 60]),
        }
    }
}

impl Figures {
    /// Counts a request that ended.
    pub fn finished(&self, record: &RequestRecord) {
        let class = usize::from(record.status / 100).min(5);
        self.answered[class].fetch_add(1, Ordering::Relaxed);
        self.overhead_us.fetch_add(record.overhead_us, Ordering::Relaxed);
        self.attempts.fetch_add(u64::from(record.attempts), Ordering::Relaxed);
        self.cost_nanos.fetch_add(record.cost.map_or(0, |cost| cost.total), Ordering::Relaxed);
        let second = self.started.elapsed().as_secs();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = &mut recent[(second % 60) as usize];
        *slot = if slot.0 == second { (second, slot.1 + 1) } else { (second, 1) };
    }

    /// Requests that ended in the last minute.
    pub fn last_minute(&self) -> u32 {
        let now = self.started.elapsed().as_secs();
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().filter(|(second, _)| now - second < 60).map(|(_, count)| count).sum()
    }

    /// Prometheus text.
    pub fn prometheus(&self) -> String {
        let mut text =
            String::from("# HELP modelux_requests_total Requests that ended, by class of status.\n# TYPE modelux_requests_total counter\n");
        for (class, count) in self.answered.iter().enumerate().skip(2) {
            let _ = writeln!(text, "modelux_requests_total{{status=\"{class}xx\"}} {}", count.load(Ordering::Relaxed));
        }
        let counter = |text: &mut String, name: &str, help: &str, value: f64| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        };
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        counter(&mut text, "modelux_attempts_total", "Calls made upstream.", read(&self.attempts));
        counter(&mut text, "modelux_cost_usd_total", "Cost of priced calls in USD.", read(&self.cost_nanos) / 1e9);
        counter(&mut text, "modelux_overhead_seconds_total", "Time spent in the proxy itself.", read(&self.overhead_us) / 1e6);
        text
    }
}
