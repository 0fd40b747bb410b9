//! Rows of the list, from what is stored and from what is being recorded.

use serde_json::Value;
use store::{
    record::{Cost, RequestRecord, Tokens},
    traffic::RequestRow,
};

use crate::{
    api::traffic::{AttemptBar, LogRow},
    time,
};

/// The number behind `req_…`.
pub(super) fn id(text: &str) -> Option<u128> {
    text.strip_prefix("req_").unwrap_or(text).parse::<ulid::Ulid>().ok().map(|id| id.0)
}

/// A stored row.
pub(super) fn of_row(row: RequestRow, attempt_bars: Vec<AttemptBar>) -> LogRow {
    let counts = Counts::of(row.tokens, row.cost);
    LogRow {
        id: name(row.id),
        time: time::text(row.time_ms),
        app: row.app,
        endpoint: row.endpoint,
        dialect: row.dialect,
        stream: row.stream,
        config: row.config,
        version: row.version,
        strategy: row.strategy,
        resolved: row.resolved,
        requested_model: row.requested_model,
        provider: row.provider,
        model: row.model,
        answered_model: row.answered_model,
        status: row.status,
        error_class: row.error_class,
        error_message: row.error_message,
        latency_ms: millis(row.total_us),
        ttft_ms: row.ttft_us.map(millis),
        overhead_us: row.overhead_us,
        input_tokens: counts.input,
        cached_tokens: counts.cached,
        output_tokens: counts.output,
        reasoning_tokens: counts.reasoning,
        tokens_estimated: counts.estimated,
        cost_usd: counts.cost_usd,
        tags: row.tags.into_iter().collect(),
        end_user: row.end_user,
        conversation_id: row.conversation_id,
        trace_id: row.trace_id,
        attempts: row.attempts,
        attempt_bars,
    }
}

/// A record on its way to the store.
pub(crate) fn of_record(record: &RequestRecord) -> LogRow {
    let counts = Counts::of(record.tokens, record.cost);
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let shared = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
    LogRow {
        id: name(record.id),
        time: time::text(record.time_ms),
        app: shared(&record.app),
        endpoint: record.endpoint.to_string(),
        dialect: record.dialect.to_owned(),
        stream: record.stream,
        config: shared(&record.config),
        version: record.version,
        strategy: record.strategy.map(str::to_owned),
        resolved: record.resolved.map(str::to_owned),
        requested_model: record.requested_model.as_ref().to_owned(),
        provider: shared(&record.provider),
        model: shared(&record.model),
        answered_model: text(&record.answered_model),
        status: record.status,
        error_class: shared(&record.error_class),
        error_message: text(&record.error_message),
        latency_ms: millis(record.total_us),
        ttft_ms: record.ttft_us.map(millis),
        overhead_us: record.overhead_us,
        input_tokens: counts.input,
        cached_tokens: counts.cached,
        output_tokens: counts.output,
        reasoning_tokens: counts.reasoning,
        tokens_estimated: counts.estimated,
        cost_usd: counts.cost_usd,
        tags: record.tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        end_user: text(&record.end_user),
        conversation_id: text(&record.conversation_id),
        trace_id: text(&record.trace_id),
        attempts: record.attempts,
        attempt_bars: record
            .trace
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome != routing::outcome::Outcome::Skipped)
            .map(bar)
            .collect(),
    }
}

/// Bars of a trace as it is stored.
pub(super) fn bars(trace: &Value) -> Vec<AttemptBar> {
    let attempts = trace["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
    attempts
        .iter()
        .filter(|attempt| attempt["outcome"] != "skipped")
        .map(|attempt| AttemptBar {
            provider: attempt["provider"].as_str().unwrap_or_default().to_owned(),
            start_ms: attempt["start_ms"].as_f64().unwrap_or_default(),
            duration_ms: attempt["duration_ms"].as_f64().unwrap_or_default(),
            ok: attempt["outcome"] == "ok",
        })
        .collect()
}

/// The bar of a request that made one call at most: it took all of the request's time but our own.
pub(super) fn only_bar(row: &RequestRow) -> Vec<AttemptBar> {
    let Some(provider) = row.provider.clone().filter(|_| row.attempts > 0) else { return Vec::new() };
    let own = row.overhead_us.min(row.total_us);
    vec![AttemptBar {
        provider,
        start_ms: millis(own),
        duration_ms: millis(row.total_us - own),
        ok: row.status < 400 && row.error_class.is_none(),
    }]
}

fn bar(attempt: &routing::trace::Attempt) -> AttemptBar {
    AttemptBar {
        provider: attempt.target.provider().to_owned(),
        start_ms: millis(attempt.start_us),
        duration_ms: millis(attempt.duration_us),
        ok: attempt.outcome == routing::outcome::Outcome::Ok,
    }
}

struct Counts {
    input: Option<u64>,
    cached: Option<u64>,
    output: Option<u64>,
    reasoning: Option<u64>,
    estimated: bool,
    cost_usd: Option<f64>,
}

impl Counts {
    fn of(tokens: Option<Tokens>, cost: Option<Cost>) -> Self {
        Self {
            input: tokens.map(|tokens| tokens.input),
            cached: tokens.map(|tokens| tokens.cached),
            output: tokens.map(|tokens| tokens.output),
            reasoning: tokens.map(|tokens| tokens.reasoning),
            estimated: tokens.is_some_and(|tokens| tokens.estimated),
            cost_usd: cost.map(|cost| super::figures::usd(cost.total)),
        }
    }
}

fn name(id: u128) -> String {
    format!("req_{}", ulid::Ulid(id))
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
