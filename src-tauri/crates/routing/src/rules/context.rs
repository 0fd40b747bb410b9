//! What conditions read: the facts of one request and of the world around it.

use crate::{facts::Facts, response::Response};

/// Where names get their values. Each is asked for at most once while a program is evaluated, and only if a condition gets that far.
pub trait Context {
    /// Facts of the request.
    fn request(&self) -> &Facts<'_>;
    /// The budget of that name, or the tightest one that the request falls under.
    fn budget(&self, name: Option<&str>) -> Budget;
    /// Estimated USD of this request at a target; `None` where it has no known price.
    fn cost_usd(&self, target: usize) -> Option<f64>;
    /// A percentile (1–99) of a target's milliseconds; `None` without samples.
    fn latency_ms(&self, target: usize, percentile: u8) -> Option<f64>;
    /// Can the target be called now, as far as is known?
    fn healthy(&self, target: usize) -> bool;
    /// The local time.
    fn time(&self) -> LocalTime;
    /// The answer, where there is one.
    fn response(&self) -> Option<&Response<'_>>;
}

/// How a budget stands. The default is what holds where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Share used: 0.9 is 90 %.
    pub used_pct: f64,
    /// USD used.
    pub used_usd: f64,
    /// USD left; infinite where there is no budget.
    pub remaining_usd: f64,
    /// The cap in USD.
    pub cap_usd: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { used_pct: 0.0, used_usd: 0.0, remaining_usd: f64::INFINITY, cap_usd: 0.0 }
    }
}

/// The time of day and the day of the week, where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 1 (Monday) to 7 (Sunday).
    pub weekday: u8,
}

impl Default for LocalTime {
    fn default() -> Self {
        Self { hour: 0, minute: 0, weekday: 1 }
    }
}
