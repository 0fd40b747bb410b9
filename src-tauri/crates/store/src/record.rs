//! What is recorded of every request.

use std::borrow::Cow;

use std::sync::Arc;

use bytes::Bytes;
use routing::trace::Trace;

/// Everything recorded of one request, whatever its outcome.
/// Text that repeats (names, slugs) is shared; the rest is owned.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// ULID as a number; written `req_` and 26 characters.
    pub id: u128,
    /// Arrival, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Name of the app whose key was used.
    pub app: Option<Arc<str>>,
    /// Path of the endpoint, such as `/openai/v1/chat/completions`.
    pub endpoint: Cow<'static, str>,
    /// Dialect spoken by the caller: `openai_chat`.
    pub dialect: &'static str,
    /// Did the caller ask for a stream?
    pub stream: bool,
    /// The model as the caller wrote it; empty where the request had none.
    pub requested_model: Arc<str>,
    /// `config`, `direct`, `auto` or `passthrough`; `None` where nothing was resolved.
    pub resolved: Option<&'static str>,
    /// Slug of the config that ran.
    pub config: Option<Arc<str>>,
    /// Its version.
    pub version: Option<u32>,
    /// Its outermost strategy.
    pub strategy: Option<&'static str>,
    /// Provider that answered, or was called last.
    pub provider: Option<Arc<str>>,
    /// Model that answered, or was called last.
    pub model: Option<Arc<str>>,
    /// Status sent to the caller; 499 where it hung up.
    pub status: u16,
    /// Stable class of the failure, such as `timeout`, `http_429`, `broken`, `cancelled`, `invalid_request_error`.
    pub error_class: Option<Arc<str>>,
    /// The failure in one sentence.
    pub error_message: Option<Box<str>>,
    /// Model that the upstream says answered.
    pub answered_model: Option<Box<str>>,
    /// Tokens of all attempts that were billed.
    pub tokens: Option<Tokens>,
    /// Cost in nano-dollars; `None` where no price is known.
    pub cost: Option<Cost>,
    /// The price it was computed with, as JSON, dated.
    pub price: Option<Arc<str>>,
    /// Arrival to first content, in microseconds.
    pub ttft_us: Option<u64>,
    /// Arrival to the answer's last byte, in microseconds.
    pub total_us: u64,
    /// Time spent in this program, in microseconds.
    pub overhead_us: u64,
    /// Tags, in the order of their keys.
    pub tags: Vec<(Box<str>, Box<str>)>,
    /// The caller's end user.
    pub end_user: Option<Box<str>>,
    /// Conversation id.
    pub conversation_id: Option<Box<str>>,
    /// Trace id of the caller.
    pub trace_id: Option<Box<str>>,
    /// Outcome of budgets, as JSON.
    pub budget: Option<Box<str>>,
    /// How many calls were made upstream.
    pub attempts: u32,
    /// The decision trace.
    pub trace: Trace,
    /// The request's body as received, where content is captured.
    pub request_body: Option<Bytes>,
    /// The answer's body as sent to the caller, where content is captured.
    pub response_body: Option<Bytes>,
}

/// Token counts of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read, cached ones included.
    pub input: u64,
    /// Of these, read from the provider's cache.
    pub cached: u64,
    /// Written, reasoning included.
    pub output: u64,
    /// Of these, reasoning.
    pub reasoning: u64,
    /// Counted here because the upstream told none.
    pub estimated: bool,
}

/// Cost in integer nano-dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// For the tokens read.
    pub input: u64,
    /// For the tokens written.
    pub output: u64,
    /// Over all attempts; at least the sum of the two.
    pub total: u64,
}
