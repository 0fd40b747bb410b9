//! One call while it is under way: whatever becomes of it, its target's health and its cost are settled once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{Cost, Price, ProviderKind, TokenCounts};
use routing::{outcome::Outcome, reason::Reason, target::ModelTarget, tracer::Tracer, world::Figures};
use wire::{Relay, Usage};

use crate::{
    health::{Ended, HealthBook, Page},
    input::Input,
    learned::Lesson,
};

/// A call under way. Dropped before it was settled, it was cancelled: its input, and the output
/// seen so far, are counted as spent, and its target's health does not suffer.
pub struct OpenCall {
    health: Arc<HealthBook>,
    page: Page,
    tracer: Arc<Tracer>,
    target: ModelTarget,
    index: usize,
    started: Instant,
    price: Option<Price>,
    input: Arc<Input>,
    kind: ProviderKind,
    lesson: Option<Lesson>,
    /// Did the request go out? Only then can it have cost anything.
    sent: bool,
    /// When content first came, since the call began.
    ttft: Option<Duration>,
    /// What an answer that is held back has come to so far.
    seen: (Option<Usage>, u64),
    settled: bool,
}

/// What a call begins with.
pub struct Opening<'a> {
    /// Where its target's health is kept.
    pub health: &'a Arc<HealthBook>,
    /// Where its attempt is kept.
    pub tracer: &'a Arc<Tracer>,
    /// Whom it calls.
    pub target: &'a ModelTarget,
    /// Number of the attempt, from 0.
    pub index: usize,
    /// What its tokens cost.
    pub price: Option<Price>,
    /// What it is asked.
    pub input: Arc<Input>,
    /// Whose API the target is of, where it is known.
    pub kind: Option<ProviderKind>,
    /// Where its figures are learned from, if they are.
    pub lesson: Option<Lesson>,
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
    /// From the call's start to its end.
    pub took: Duration,
}

impl OpenCall {
    /// A call that begins now.
    pub fn begin(opening: Opening<'_>) -> Self {
        Self {
            page: opening.health.begin(opening.target),
            health: Arc::clone(opening.health),
            tracer: Arc::clone(opening.tracer),
            target: opening.target.clone(),
            index: opening.index,
            started: Instant::now(),
            price: opening.price,
            input: opening.input,
            kind: opening.kind.unwrap_or(ProviderKind::OpenAiCompatible),
            lesson: opening.lesson,
            sent: false,
            ttft: None,
            seen: (None, 0),
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

    /// A stream that is held back has come so far.
    pub fn seen(&mut self, relay: &Relay) {
        self.seen = (relay.usage(), relay.output_chars());
    }

    /// Time from the call's start to its first content.
    pub fn ttft(&self) -> Option<Duration> {
        self.ttft
    }

    /// It answered, and all of the answer is here.
    pub fn answered(mut self, reported: Option<Usage>, output_chars: u64) -> Spent {
        let spent = self.spent(reported, output_chars);
        self.settle(Outcome::Ok, None);
        self.learn(spent);
        spent
    }

    /// It failed before its commit. Only what an upstream may have worked on costs.
    pub fn failed(mut self, outcome: Outcome, retry_after_ms: Option<u64>) -> Figures {
        let status = match outcome {
            Outcome::Http(status) => Some(status),
            _ => None,
        };
        self.settle(outcome, retry_after_ms);
        let worked = self.sent && matches!(outcome, Outcome::Timeout | Outcome::Connection);
        let spent = worked.then(|| self.spent_so_far());
        Figures { status, ttft_us: None, ..spent.map(figures).unwrap_or_default() }
    }

    /// Its stream ended, well or not. The attempt in the trace gets its last figures.
    pub fn ended(mut self, outcome: Outcome, reason: Option<String>, reported: Option<Usage>, output_chars: u64) -> Spent {
        let spent = self.spent(reported, output_chars);
        self.settle(outcome, None);
        if outcome == Outcome::Ok {
            self.learn(spent);
        }
        self.tracer.amend(self.index, |attempt| {
            attempt.outcome = outcome;
            attempt.duration_us = micros(spent.took);
            // What is known of a call from its beginning stays where it ends well.
            if let Some(reason) = reason {
                attempt.reason = Some(Reason::Text(reason.into()));
            }
            let Figures { input_tokens, output_tokens, cost_nanos, .. } = figures(spent);
            (attempt.input_tokens, attempt.output_tokens, attempt.cost_nanos) = (input_tokens, output_tokens, cost_nanos);
        });
        spent
    }

    fn spent(&self, reported: Option<Usage>, output_chars: u64) -> Spent {
        let usage = reported.unwrap_or_else(|| Usage::estimate(self.input.tokens(self.kind, self.target.model()), output_chars));
        let counts = TokenCounts {
            input: usage.input,
            cached_input: usage.cached_input,
            cache_write: usage.cache_write,
            cache_write_1h: usage.cache_write_1h,
            output: usage.output,
        };
        Spent { usage, cost: self.price.map(|price| price.cost(counts)), price: self.price, took: self.started.elapsed() }
    }

    fn spent_so_far(&self) -> Spent {
        self.spent(self.seen.0, self.seen.1)
    }

    fn learn(&self, spent: Spent) {
        if let Some(lesson) = &self.lesson {
            lesson.record(spent.usage.input, spent.usage.cached_input, spent.usage.output);
        }
    }

    fn settle(&mut self, outcome: Outcome, retry_after_ms: Option<u64>) {
        self.settled = true;
        self.health.end(&self.page, Ended { outcome, total: self.started.elapsed(), first: self.ttft, retry_after_ms });
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        self.settle(Outcome::Cancelled, None);
        if self.sent {
            let Figures { input_tokens, output_tokens, cost_nanos, .. } = figures(self.spent_so_far());
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
