//! Recorded requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::dto;

dto! {
    /// Which requests to list, newest first.
    #[derive(Default)]
    pub struct ListLogs {
        /// Filter language: `status:error config:production latency>2s`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub q: Option<String>,
        /// Rows wanted, at most 200.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub limit: Option<u32>,
        /// `next_cursor` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cursor: Option<String>,
    }

    /// One request in the list.
    pub struct LogRow {
        /// `req_…`.
        pub id: String,
        /// Arrival.
        pub time: String,
        /// Name of the app whose key was used.
        pub app: Option<String>,
        /// Path of the endpoint.
        pub endpoint: String,
        /// What the caller spoke: `openai_chat`, `openai_responses`, `anthropic_messages` …; `openai` or `anthropic` for
        /// what is passed through.
        pub dialect: String,
        /// Was a stream asked for?
        pub stream: bool,
        /// Slug of the config that ran.
        pub config: Option<String>,
        /// Its version.
        pub version: Option<u32>,
        /// Its outermost strategy.
        pub strategy: Option<String>,
        /// `config`, `direct`, `auto` or `passthrough`.
        pub resolved: Option<String>,
        /// As the caller wrote it.
        pub requested_model: String,
        /// Who answered, or was called last.
        pub provider: Option<String>,
        /// Model that answered, or was called last.
        pub model: Option<String>,
        /// Model that the upstream says answered.
        pub answered_model: Option<String>,
        /// Status sent to the caller; 499 where it hung up.
        pub status: u16,
        /// Stable class of the failure.
        pub error_class: Option<String>,
        /// The failure in one sentence.
        pub error_message: Option<String>,
        /// Arrival to the answer's last byte.
        pub latency_ms: f64,
        /// Arrival to first content.
        pub ttft_ms: Option<f64>,
        /// Time spent in Modelux itself.
        pub overhead_us: u64,
        /// Tokens read.
        pub input_tokens: Option<u64>,
        /// Of these, read from the provider's cache.
        pub cached_tokens: Option<u64>,
        /// Tokens written.
        pub output_tokens: Option<u64>,
        /// Of these, reasoning.
        pub reasoning_tokens: Option<u64>,
        /// The counts are ours: the upstream told none.
        pub tokens_estimated: bool,
        /// Over all attempts; null where no price is known.
        pub cost_usd: Option<f64>,
        /// The caller's tags.
        pub tags: BTreeMap<String, String>,
        /// The caller's end user.
        pub end_user: Option<String>,
        /// Conversation id.
        pub conversation_id: Option<String>,
        /// Trace id of the caller.
        pub trace_id: Option<String>,
        /// Calls made upstream.
        pub attempts: u32,
        /// What each call came to, in order, for the list's small bars.
        pub attempt_bars: Vec<AttemptBar>,
    }

    /// One attempt in the list's small bars.
    pub struct AttemptBar {
        /// Provider called.
        pub provider: String,
        /// Since the request's arrival.
        pub start_ms: f64,
        /// How long.
        pub duration_ms: f64,
        /// Did it answer?
        pub ok: bool,
    }

    /// All that is known of one request.
    pub struct LogDetail {
        /// What the list shows.
        #[serde(flatten)]
        pub row: LogRow,
        /// The decision trace.
        #[ts(type = "Trace")]
        pub trace: Value,
        /// The request's body as received, secrets redacted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub request_body: Option<Body>,
        /// The answer's body as sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub response_body: Option<Body>,
        /// The request again, as a curl command with a placeholder for the key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub curl: Option<String>,
    }

    /// A recorded body.
    pub struct Body {
        /// Its text.
        pub text: String,
        /// Bytes in all.
        pub size: u64,
        /// Only the beginning was kept.
        pub truncated: bool,
        /// For a streamed answer: its text, joined.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub joined: Option<String>,
    }

    /// Which requests to export.
    #[derive(Default)]
    pub struct ExportLogs {
        /// Filter language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub q: Option<String>,
        /// `jsonl` (default) or `csv`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub format: Option<String>,
    }

    /// The decision trace: why a request went where it went.
    pub struct Trace {
        /// `req_…`.
        pub request_id: String,
        /// `config`, `direct` or `auto`.
        pub resolved: String,
        /// Strategies entered, in order.
        pub steps: Vec<TraceStep>,
        /// Calls made or skipped.
        pub attempts: Vec<TraceAttempt>,
        /// Who answered, and why.
        pub decision: Option<TraceDecision>,
        /// Arrival to last byte.
        pub total_ms: f64,
        /// Time spent in Modelux itself.
        pub overhead_us: u64,
    }

    /// One strategy entered.
    pub struct TraceStep {
        /// Slug; null for a direct call.
        pub config: Option<String>,
        /// Its version.
        pub version: Option<u32>,
        /// Strategy.
        pub strategy: String,
        /// Why.
        pub reason: String,
        /// Rule that matched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub rule: Option<TraceRule>,
        /// Variant taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub variant: Option<String>,
        /// Targets weighed.
        pub candidates: Vec<TraceCandidate>,
    }

    /// A rule that matched.
    pub struct TraceRule {
        /// From 0.
        pub index: u32,
        /// From 1.
        pub line: u32,
        /// As written.
        pub text: String,
        /// Values of its names.
        #[ts(type = "Record<string, unknown>")]
        pub values: Value,
    }

    /// A target weighed.
    pub struct TraceCandidate {
        /// `provider/model` or `@slug`.
        pub target: String,
        /// Taken?
        pub chosen: bool,
        /// Why, or why not.
        pub reason: String,
        /// Estimated cost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub est_cost_usd: Option<f64>,
        /// Median latency looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub p50_ms: Option<f64>,
    }

    /// One call.
    pub struct TraceAttempt {
        /// From 1.
        pub n: u32,
        /// `provider/model`.
        pub target: String,
        /// Provider.
        pub provider: String,
        /// Model.
        pub model: String,
        /// Name of the credential it was called with, where that is not the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credential: Option<String>,
        /// Since arrival.
        pub start_ms: f64,
        /// How long.
        pub duration_ms: f64,
        /// Until first content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub ttft_ms: Option<f64>,
        /// `ok`, `timeout`, `connection`, `http_<status>`, `rejected`, `broken`, `cancelled` or `skipped`.
        pub outcome: String,
        /// The upstream's status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub status: Option<u16>,
        /// Tokens read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub input_tokens: Option<u64>,
        /// Tokens written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub output_tokens: Option<u64>,
        /// Cost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cost_usd: Option<f64>,
        /// More on how it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub reason: Option<String>,
    }

    /// Who answered.
    pub struct TraceDecision {
        /// `provider/model`; null where nobody did.
        pub target: Option<String>,
        /// Why.
        pub reason: String,
    }
}
