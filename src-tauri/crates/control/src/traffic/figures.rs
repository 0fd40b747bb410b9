//! Figures of the last 24 hours, read at most once a second.

use std::collections::HashMap;

use store::{Filter, Traffic, filter::Term, filter::Test};

use crate::{Control, Error, setup::blocking, time::DAY_MS};

/// How long figures are good for.
const GOOD_MS: i64 = 1_000;
/// Requests that medians and apps are computed from: the newest ones of the day.
const SAMPLE: usize = 20_000;
const CHUNK: u32 = 2_000;

/// Figures of the last 24 hours.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    at_ms: i64,
    pub configs: HashMap<String, ConfigFigures>,
    pub providers: HashMap<String, ProviderFigures>,
    /// Requests by app.
    pub apps: HashMap<String, AppFigures>,
    pub bytes: u64,
}

/// What came to one config.
#[derive(Debug, Default)]
pub(crate) struct ConfigFigures {
    pub requests: u64,
    pub errors: u64,
    pub cost_usd: Option<f64>,
}

/// What one provider answered.
#[derive(Debug, Default)]
pub(crate) struct ProviderFigures {
    pub requests: u64,
    pub errors: u64,
    pub p50_ms: Option<f64>,
}

/// What one app sent.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct AppFigures {
    pub requests: u64,
    pub last_ms: i64,
}

impl ConfigFigures {
    /// Share of failed ones; `None` where there were none.
    pub(crate) fn error_rate(&self) -> Option<f64> {
        share(self.errors, self.requests)
    }
}

impl ProviderFigures {
    /// Share that succeeded; `None` where there were none.
    pub(crate) fn success_rate(&self) -> Option<f64> {
        share(self.requests - self.errors.min(self.requests), self.requests)
    }
}

impl Control {
    /// The day's figures.
    pub(crate) async fn figures(&self) -> Result<std::sync::Arc<Figures>, Error> {
        let now_ms = self.setup.now_ms();
        let held = self.figures.load_full();
        if held.at_ms > 0 && (0..GOOD_MS).contains(&(now_ms - held.at_ms)) {
            return Ok(held);
        }
        let traffic = self.traffic.clone();
        let fresh = std::sync::Arc::new(blocking(move || read(&traffic, now_ms)).await?);
        self.figures.store(std::sync::Arc::clone(&fresh));
        Ok(fresh)
    }
}

fn read(traffic: &Traffic, now_ms: i64) -> Result<Figures, Error> {
    let since_ms = now_ms - DAY_MS;
    let mut figures = Figures { at_ms: now_ms, bytes: traffic.size_bytes()?, ..Figures::default() };
    for sum in traffic.summary_by_config(since_ms)? {
        let of = ConfigFigures { requests: sum.requests, errors: sum.errors, cost_usd: sum.cost_nanos.map(usd) };
        figures.configs.insert(sum.config, of);
    }
    for sum in traffic.provider_stats(since_ms)? {
        figures.providers.insert(sum.provider, ProviderFigures { requests: sum.requests, errors: sum.errors, p50_ms: None });
    }
    let mut times: HashMap<String, Vec<u64>> = HashMap::new();
    let filter = Filter { terms: vec![Term { negated: false, test: Test::After(since_ms) }] };
    let mut left = SAMPLE;
    for chunk in traffic.export(filter, CHUNK) {
        let chunk = chunk?;
        left = left.saturating_sub(chunk.len());
        for row in chunk {
            if let Some(app) = row.app {
                let of = figures.apps.entry(app).or_default();
                of.requests += 1;
                of.last_ms = of.last_ms.max(row.time_ms);
            }
            if let Some(provider) = row.provider.filter(|_| row.status < 400 && row.error_class.is_none()) {
                times.entry(provider).or_default().push(row.total_us);
            }
        }
        if left == 0 {
            break;
        }
    }
    for (provider, mut times) in times {
        if let Some(of) = figures.providers.get_mut(&provider) {
            of.p50_ms = median(&mut times).map(|micros| micros as f64 / 1e3);
        }
    }
    Ok(figures)
}

fn median(times: &mut [u64]) -> Option<u64> {
    let middle = times.len().checked_sub(1)? / 2;
    Some(*times.select_nth_unstable(middle).1)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Nano-dollars as the API shows them.
pub(super) fn usd(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_nothing_is_not_measured() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3, 1, 2]), Some(2));
        assert_eq!(median(&mut [4, 1]), Some(1));
    }

    #[test]
    fn a_rate_without_requests_is_not_measured() {
        assert_eq!(ConfigFigures::default().error_rate(), None);
        assert_eq!(ConfigFigures { requests: 4, errors: 1, cost_usd: None }.error_rate(), Some(0.25));
        assert_eq!(ProviderFigures { requests: 4, errors: 1, p50_ms: None }.success_rate(), Some(0.75));
    }
}
