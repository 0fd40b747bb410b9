//! What recorded calls teach about the next one: how much a model writes for a config, and how
//! much of the input its provider reads from a cache.

/// Beyond so many calls the older ones fade.
const MEMORY: f64 = 500.0;

/// Running means of one config and model.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Learned {
    calls: f64,
    output: f64,
    input: f64,
    cached: f64,
}

impl Learned {
    /// Means that were reckoned elsewhere, such as from the log.
    pub fn from_means(calls: u64, output_tokens: f64, input_tokens: f64, cached_tokens: f64) -> Self {
        Self { calls: (calls as f64).min(MEMORY), output: output_tokens, input: input_tokens, cached: cached_tokens }
    }

    /// A call has answered.
    pub fn record(&mut self, input_tokens: u64, cached_tokens: u64, output_tokens: u64) {
        self.calls = (self.calls + 1.0).min(MEMORY);
        let step = |mean: &mut f64, value: u64| *mean += (value as f64 - *mean) / self.calls;
        step(&mut self.output, output_tokens);
        step(&mut self.input, input_tokens);
        step(&mut self.cached, cached_tokens);
    }

    /// Mean of the output tokens; `None` while nothing was learned.
    pub fn output_tokens(&self) -> Option<u64> {
        (self.calls > 0.0).then(|| self.output.round() as u64)
    }

    /// Share of the input read from the provider's cache, 0 to 1; 0 while nothing was learned.
    pub fn cached_share(&self) -> f64 {
        if self.input > 0.0 { (self.cached / self.input).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Output tokens assumed of a request: the learned mean, else the caller's limit, else this many.
pub const EXPECTED_OUTPUT: u64 = 256;

/// The output to expect. A caller's limit bounds what was learned.
pub fn expected_output(learned: Option<&Learned>, max_tokens: Option<u64>) -> u64 {
    match (learned.and_then(Learned::output_tokens), max_tokens) {
        (Some(mean), Some(limit)) => mean.min(limit),
        (Some(mean), None) => mean,
        (None, limit) => limit.unwrap_or(EXPECTED_OUTPUT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learned_mean_comes_before_the_callers_limit_and_that_before_256() {
        let mut learned = Learned::default();
        assert_eq!(expected_output(Some(&learned), None), 256);
        assert_eq!(expected_output(Some(&learned), Some(900)), 900);
        learned.record(100, 0, 40);
        learned.record(100, 0, 60);
        assert_eq!(expected_output(Some(&learned), Some(900)), 50);
        assert_eq!(expected_output(Some(&learned), Some(20)), 20, "it cannot write more than it may");
    }

    #[test]
    fn the_cached_share_is_of_all_tokens_read() {
        let mut learned = Learned::default();
        assert_eq!(learned.cached_share(), 0.0);
        learned.record(1_000, 900, 1);
        learned.record(1_000, 100, 1);
        assert_eq!(learned.cached_share(), 0.5);
    }

    #[test]
    fn old_calls_fade() {
        let mut learned = Learned::default();
        for _ in 0..500 {
            learned.record(10, 0, 10);
        }
        for _ in 0..3_000 {
            learned.record(10, 0, 1_000);
        }
        assert!(learned.output_tokens().unwrap() > 950);
    }
}
