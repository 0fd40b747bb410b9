//! Reads an upstream's refusal: what it says, of which class it is, and when to come back.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of an error body that are read.
const MAX_BODY: usize = 64 * 1024;
/// Characters of a message that are kept.
const MAX_MESSAGE: usize = 2000;

/// What a failure is about, so far as an answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// 401 or 403: the credential.
    Auth,
    /// 404: the model or the route.
    NotFound,
    /// A 400 or 413 that says that the input is too long.
    ContextLength,
    /// The provider refuses the content.
    ContentFilter,
    /// 429.
    RateLimited,
    /// 500 to 599.
    Server,
    /// Anything else, such as a plain 400.
    Other,
}

/// An upstream's error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFailure {
    /// HTTP status; for an error inside a 200, the status that its `code` names, else 502.
    pub status: u16,
    /// The upstream's own message, or a sentence in its place.
    pub message: String,
    /// The upstream's own code, such as `context_length_exceeded`.
    pub code: Option<String>,
    /// The upstream's own `type`.
    pub kind: Option<String>,
    /// What it is about.
    pub class: FailureClass,
    /// How long the upstream asks us to stay away.
    pub retry_after_ms: Option<u64>,
}

/// Reads an answer that is not 2xx. `now` is what a `Retry-After` date is measured against.
pub fn read(status: u16, headers: &HeaderMap, body: &[u8], now: SystemTime) -> UpstreamFailure {
    let mut failure = UpstreamFailure {
        status,
        message: String::new(),
        code: None,
        kind: None,
        class: FailureClass::Other,
        retry_after_ms: retry_after_ms(status, headers, now),
    };
    match serde_json::from_slice::<Value>(&body[..body.len().min(MAX_BODY)]) {
        Ok(value) => failure.take(&value),
        Err(_) => failure.message = plain_text(body),
    }
    if failure.kind.is_none() {
        failure.kind = amazon_kind(headers);
    }
    if failure.message.is_empty() {
        failure.message = format!("The upstream answered {status} without a message.");
    }
    failure.class = classify(&failure);
    failure
}

/// Amazon names its errors in a header: `ThrottlingException:http://…`.
fn amazon_kind(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get("x-amzn-errortype")?.to_str().ok()?;
    kind.split(':').next().filter(|kind| !kind.is_empty()).map(str::to_owned)
}

/// An error that is named by its event, as Amazon's are.
pub(crate) fn named(kind: &str, json: &str) -> UpstreamFailure {
    let mut failure = in_body(json);
    failure.status = status_of(kind).unwrap_or(failure.status);
    failure.kind = Some(kind.to_owned());
    failure.class = classify(&failure);
    failure
}

/// The status that an error of this name comes with where there is a status: Anthropic's and Amazon's names.
fn status_of(kind: &str) -> Option<u16> {
    Some(match kind {
        "invalid_request_error" | "validationException" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" | "accessDeniedException" => 403,
        "not_found_error" | "resourceNotFoundException" => 404,
        "request_too_large" => 413,
        "rate_limit_error" | "throttlingException" => 429,
        "api_error" | "internalServerException" => 500,
        "modelStreamErrorException" => 502,
        "serviceUnavailableException" => 503,
        "timeout_error" | "modelTimeoutException" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}

/// Reads the value of an `error` member in a body or an event that came with a 200.
pub(crate) fn in_body(json: &str) -> UpstreamFailure {
    let mut failure =
        UpstreamFailure { status: 502, message: String::new(), code: None, kind: None, class: FailureClass::Other, retry_after_ms: None };
    match serde_json::from_str::<Value>(json) {
        Ok(value) => {
            failure.take(&value);
            // Anthropic's form, whose names stand for a status.
            let status = failure.kind.as_deref().filter(|_| value["type"] == "error").and_then(status_of);
            failure.status = status.unwrap_or(failure.status);
        }
        Err(_) => failure.message = plain_text(json.as_bytes()),
    }
    if failure.message.is_empty() {
        failure.message = "The upstream reported an error without a message.".to_owned();
    }
    // OpenRouter and others put the status into `code`.
    if let Some(status @ 400..=599) = failure.code.as_deref().and_then(|code| code.parse().ok()) {
        failure.status = status;
    }
    failure.class = classify(&failure);
    failure
}

impl UpstreamFailure {
    /// Takes what it finds in the shapes that OpenAI-like servers use: `{"error":{…}}`,
    /// `{"error":"…"}`, `[{"error":…}]` (Google), `{"message":…}` (Amazon), `{"detail":…}` (FastAPI), `{"message":{"detail":[…]}}` (Mistral).
    fn take(&mut self, value: &Value) {
        let value = value.get(0).unwrap_or(value);
        let error = match value.get("error") {
            Some(error) if !error.is_null() => error,
            _ => value,
        };
        let message = error
            .as_str()
            .or_else(|| text(error, "message"))
            .or_else(|| text(error, "detail"))
            .or_else(|| text(error.get("detail")?.get(0)?, "msg"))
            .or_else(|| text(error.get("message")?.get("detail")?.get(0)?, "msg"))
            .or_else(|| text(value, "message"))
            // Amazon's gate writes it so.
            .or_else(|| text(value, "Message"));
        self.message = shorten(message.unwrap_or_default());
        self.code = error.get("code").and_then(scalar);
        self.kind = text(error, "type").map(str::to_owned);
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn plain_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BODY)]);
    let text = text.trim();
    if text.starts_with('<') {
        return "The upstream answered with a web page instead of JSON.".to_owned();
    }
    shorten(text)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn classify(failure: &UpstreamFailure) -> FailureClass {
    let words = Words::of(failure);
    match failure.status {
        400 | 413 if words.any(&TOO_LONG) => FailureClass::ContextLength,
        400 | 403 if words.any(&FILTERED) => FailureClass::ContentFilter,
        401 | 403 => FailureClass::Auth,
        404 => FailureClass::NotFound,
        429 => FailureClass::RateLimited,
        500..=599 => FailureClass::Server,
        _ => FailureClass::Other,
    }
}

/// What OpenAI, Anthropic, Bedrock, Mistral, Groq, DeepSeek, xAI, Google, Together, vLLM, llama.cpp and Ollama say when
/// the input does not fit.
const TOO_LONG: [&str; 15] = [
    "exceed context limit",
    "context_length_exceeded",
    "string_above_max_length",
    "exceed_context_size",
    "maximum context length",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "reduce the length",
    "too large for model",
    "exceeds the maximum number of tokens",
    "maximum prompt length",
];

const FILTERED: [&str; 7] = [
    "content_filter",
    "content_policy_violation",
    "content management policy",
    "responsibleaipolicyviolation",
    "input was flagged",
    "flagged by moderation",
    "usage policies",
];

struct Words(String);

impl Words {
    fn of(failure: &UpstreamFailure) -> Words {
        let code = failure.code.as_deref().unwrap_or_default();
        let kind = failure.kind.as_deref().unwrap_or_default();
        Words(format!("{code} {kind} {}", failure.message).to_lowercase())
    }

    fn any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.0.contains(phrase))
    }
}

/// How long to stay away: `retry-after-ms`, else `Retry-After` (seconds or a date), else, on a 429,
/// the later of the rate limit resets that are used up.
fn retry_after_ms(status: u16, headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    header("retry-after-ms")
        .and_then(|text| to_ms(text, 1.0))
        .or_else(|| header("retry-after").and_then(|text| seconds_or_date(text, now)))
        .or_else(|| if status == 429 { rate_limit_reset(&header).max(anthropic_reset(&header, now)) } else { None })
}

fn seconds_or_date(text: &str, now: SystemTime) -> Option<u64> {
    to_ms(text, 1000.0).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        let wait = date.duration_since(now).unwrap_or(Duration::ZERO);
        u64::try_from(wait.as_millis()).ok()
    })
}

fn rate_limit_reset<'a>(header: &impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
    let reset = |what: &str| {
        let left = header(&format!("x-ratelimit-remaining-{what}"));
        // A limit with something left is not the one that was hit.
        if left.is_some_and(|left| left != "0") {
            return None;
        }
        duration_ms(header(&format!("x-ratelimit-reset-{what}"))?)
    };
    reset("requests").max(reset("tokens"))
}

/// Anthropic says when, not how long.
fn anthropic_reset<'a>(header: &impl Fn(&str) -> Option<&'a str>, now: SystemTime) -> Option<u64> {
    let reset = |what: &str| {
        let left = header(&format!("anthropic-ratelimit-{what}-remaining"));
        if left.is_some_and(|left| left != "0") {
            return None;
        }
        let at: jiff::Timestamp = header(&format!("anthropic-ratelimit-{what}-reset"))?.parse().ok()?;
        let wait = SystemTime::from(at).duration_since(now).unwrap_or(Duration::ZERO);
        u64::try_from(wait.as_millis()).ok()
    };
    ["requests", "tokens", "input-tokens", "output-tokens"].into_iter().filter_map(reset).max()
}

/// Milliseconds in `6m0s`, `1.5s`, `250ms`, `1h2m3s`, or a bare number of seconds.
fn duration_ms(text: &str) -> Option<u64> {
    if let Some(ms) = to_ms(text, 1000.0) {
        return Some(ms);
    }
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(unit_end);
        total = total.saturating_add(to_ms(number, unit_ms(unit)?)?);
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

fn unit_ms(unit: &str) -> Option<f64> {
    match unit {
        "d" => Some(86_400_000.0),
        "h" => Some(3_600_000.0),
        "m" => Some(60_000.0),
        "s" => Some(1000.0),
        "ms" => Some(1.0),
        "us" | "µs" => Some(0.001),
        "ns" => Some(0.000_001),
        _ => None,
    }
}

/// A number times its unit, rounded up; `None` for what is no finite number of zero or more.
fn to_ms(number: &str, unit_ms: f64) -> Option<u64> {
    let value: f64 = number.parse().ok()?;
    (value.is_finite() && value >= 0.0).then(|| (value * unit_ms).ceil() as u64)
}

#[cfg(test)]
mod tests;
