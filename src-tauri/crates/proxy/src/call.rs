//! One call while it is under way: whatever becomes of it, its target's health and its cost are settled once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{Cost, Price, TokenCounts};
use routing::{health::Verdict, outcome::Outcome, target::ModelTarget, tracer::Tracer, world::Figures};
use wire::Usage;

use crate::health::HealthBook;

/// A call under way. Dropped before it was settled, it was cancelled: its input is
/// counted as spent, and its target's health does not suffer.
pub struct OpenCall {
    health: Arc<HealthBook>,
    tracer: Arc<Tracer>,
    target: ModelTarget,
    index: usize,
    started: Instant,
    price: Option<Price>,
    input_tokens: u64,
    /// Did the request go out? Only then can it have cost anything.
    sent: bool,
    /// When content first came, since the request arrived.
    ttft: Option<Duration>,
    settled: bool,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Tokens.
    pub usage: Usage,
    /// Cost; `None` where the model has no price.
    pub cost: Option<Cost>,
    /// The price that it was reckoned with.
    pub price: Option<Price>,
}

impl OpenCall {
    /// A call that begins now.
    pub fn begin(
        health: &Arc<HealthBook>,
        tracer: &Arc<Tracer>,
        target: &ModelTarget,
        index: usize,
        price: Option<Price>,
        input_tokens: u64,
    ) -> Self {
        health.begin(target);
        Self {
            health: Arc::clone(health),
            tracer: Arc::clone(tracer),
            target: target.clone(),
            index,
            started: Instant::now(),
            price,
            input_tokens,
            sent: false,
            ttft: None,
            settled: false,
        }
    }

    /// The target.
    pub fn target(&self) -> &ModelTarget {
        &self.target
    }

    /// The request is on its way.
    pub fn sent(&mut self) {
        self.sent = true;
    }

    /// Content came, for the first time.
    pub fn first_content(&mut self) {
        self.ttft.get_or_insert_with(|| self.started.elapsed());
    }

    /// Time from the call's start to its first content.
    pub fn ttft(&self) -> Option<Duration> {
        self.ttft
    }

    /// It answered, with a body that is whole.
    pub fn answered(mut self, reported: Option<Usage>, output_chars: u64) -> Spent {
        let spent = self.spent(reported, output_chars);
        self.settle(Verdict::Success, None);
        spent
    }

    /// It failed before its commit. Only what an upstream may have worked on costs.
    pub fn failed(mut self, outcome: Outcome, retry_after_ms: Option<u64>) -> Figures {
        let status = match outcome {
            Outcome::Http(status) => Some(status),
            _ => None,
        };
        self.settle(Verdict::of(outcome), retry_after_ms);
        let worked = self.sent && matches!(outcome, Outcome::Timeout | Outcome::Connection);
        let spent = worked.then(|| self.spent(None, 0));
        Figures { status, ttft_us: None, ..spent.map(figures).unwrap_or_default() }
    }

    /// Its stream ended, well or not. The attempt in the trace gets its last figures.
    pub fn ended(mut self, outcome: Outcome, reason: Option<String>, reported: Option<Usage>, output_chars: u64) -> Spent {
        let spent = self.spent(reported, output_chars);
        let duration = self.started.elapsed();
        self.settle(Verdict::of(outcome), None);
        self.tracer.amend(self.index, |attempt| {
            attempt.outcome = outcome;
            attempt.duration_us = micros(duration);
            attempt.reason = reason.map(Into::into).map(routing::reason::Reason::Text);
            let Figures { input_tokens, output_tokens, cost_nanos, .. } = figures(spent);
            (attempt.input_tokens, attempt.output_tokens, attempt.cost_nanos) = (input_tokens, output_tokens, cost_nanos);
        });
        spent
    }

    fn spent(&self, reported: Option<Usage>, output_chars: u64) -> Spent {
        let usage = reported.unwrap_or_else(|| Usage::estimate(self.input_tokens, output_chars));
        let counts = TokenCounts { input: usage.input, cached_input: usage.cached_input, output: usage.output };
        Spent { usage, cost: self.price.map(|price| price.cost(counts)), price: self.price }
    }

    fn settle(&mut self, verdict: Verdict, retry_after_ms: Option<u64>) {
        self.settled = true;
        let duration_ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        self.health.record(&self.target, verdict, duration_ms, retry_after_ms);
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        self.settle(Verdict::Cancelled, None);
        if self.sent {
            let Figures { input_tokens, output_tokens, cost_nanos, .. } = figures(self.spent(None, 0));
            self.tracer.amend(self.index, |attempt| {
                (attempt.input_tokens, attempt.output_tokens, attempt.cost_nanos) = (input_tokens, output_tokens, cost_nanos);
            });
        }
    }
}

/// Tokens and cost, as the trace has them.
pub fn figures(spent: Spent) -> Figures {
    Figures {
        status: None,
        ttft_us: None,
        input_tokens: Some(spent.usage.input),
        output_tokens: Some(spent.usage.output),
        cost_nanos: spent.cost.map(|cost| u64::try_from(cost.total.0).unwrap_or(0)),
    }
}

/// A duration in microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
