//! Failures of the engine in the words that callers' SDKs understand.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use routing::{
    engine::MAX_CALLS,
    failure::{Failure, FailureKind},
    outcome::Outcome,
    trace::Trace,
};
use serde_json::{Value, json};
use wire::{ApiError, Dialect, ErrorKind};

use crate::{body::ProxyBody, upstream::UpstreamError};

/// What a caller is told.
#[derive(Debug)]
pub struct Refusal {
    /// The error.
    pub error: Box<ApiError>,
    /// When to try again.
    pub retry_after_ms: Option<u64>,
    /// The upstream's own body, passed on as it is.
    pub body: Option<Bytes>,
    /// Stable class for the log.
    pub class: String,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { class: error.kind.as_str().to_owned(), error: Box::new(error), retry_after_ms: None, body: None }
    }
}

impl Refusal {
    /// Puts a failure into words; `trace` lists the attempts.
    pub fn of(failure: Failure<Box<UpstreamError>>, trace: &Trace) -> Self {
        let retry_after_ms = failure.retry_after_ms;
        // Which target it was is half of what a caller wants to know.
        let named = |reason: String| trace.last_called().map_or_else(|| reason.clone(), |attempt| format!("{}: {reason}", attempt.target));
        let (error, body, class) = match failure.kind {
            FailureKind::Attempt { outcome, error: Some(error), .. } => (passed_on(&error), error.body, outcome.to_string()),
            FailureKind::Attempt { outcome: Outcome::Timeout, reason, .. } => {
                (ApiError::new(504, ErrorKind::Timeout, named(reason.to_string())), None, "timeout".to_owned())
            }
            FailureKind::Attempt { outcome, reason, .. } => {
                (ApiError::new(502, ErrorKind::Upstream, named(reason.to_string())).with_code("upstream_failed"), None, outcome.to_string())
            }
            FailureKind::AllFailed { status } => (all_failed(status, trace), None, "all_attempts_failed".to_owned()),
            FailureKind::CoolingDown { target } => {
                let message = format!("{target} answered 429 before and asked for a rest; try again after it");
                (ApiError::new(429, ErrorKind::RateLimit, message).with_code("cooling_down"), None, "http_429".to_owned())
            }
            FailureKind::MissingConfig { name } => {
                let message = format!("this config refers to {name}, which is not there any more; restore it or change the config");
                (ApiError::new(404, ErrorKind::NotFound, message).with_code("config_not_found"), None, "not_found_error".to_owned())
            }
            FailureKind::Blocked { line, rule, message } => (blocked(line, &rule, &message), None, "blocked_by_rule".to_owned()),
            FailureKind::NoCandidate { why } => {
                let message = format!("no candidate of this config can take the request: {why}");
                (ApiError::new(400, ErrorKind::InvalidRequest, message).with_code("no_candidate"), None, "no_candidate".to_owned())
            }
            FailureKind::Elsewhere { target, keeper } => {
                let message = format!(
                    "{keeper} keeps the answer that this request goes on from, and it leads to {target}; \
                     ask {keeper}, or send the conversation without previous_response_id"
                );
                let error = ApiError::new(400, ErrorKind::InvalidRequest, message).with_code("previous_response_elsewhere");
                (error.with_param("previous_response_id"), None, "invalid_request_error".to_owned())
            }
            FailureKind::TooManyCalls => {
                let message =
                    format!("this request has made {MAX_CALLS} calls, as many as one may; look for strategies that multiply by nesting");
                (ApiError::new(502, ErrorKind::Upstream, message).with_code("too_many_calls"), None, "too_many_calls".to_owned())
            }
            FailureKind::TooDeep => {
                let message = "configs nest too deep: at most 16 strategies within each other";
                (ApiError::new(400, ErrorKind::InvalidRequest, message).with_code("too_deep"), None, "invalid_request_error".to_owned())
            }
        };
        Self { error: Box::new(error), retry_after_ms, body, class }
    }

    /// The answer.
    pub fn response(self, dialect: Dialect, request_id: &str) -> Response<ProxyBody> {
        let body = self.body.unwrap_or_else(|| self.error.body(dialect, request_id).into());
        let mut response = Response::new(ProxyBody::from(body));
        *response.status_mut() = StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::BAD_GATEWAY);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait_ms) = self.retry_after_ms {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000)));
            response.headers_mut().insert("retry-after-ms", HeaderValue::from(wait_ms));
        }
        response
    }
}

/// An upstream's own error keeps its status and message.
fn passed_on(error: &UpstreamError) -> ApiError {
    let kind = match error.status {
        400 | 413 | 415 | 422 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimit,
        _ => ErrorKind::Upstream,
    };
    let mut api = ApiError::new(error.status, kind, error.message.clone());
    api.param.clone_from(&error.param);
    match &error.code {
        Some(code) => api.with_code(code.clone()),
        None => api,
    }
}

/// The rule is named, so that whoever wrote it finds it.
fn blocked(line: u32, rule: &str, message: &str) -> ApiError {
    ApiError::new(403, ErrorKind::BlockedByRule, message)
        .with_code("blocked_by_rule")
        .with_extra("rule", json!({ "line": line, "text": rule }))
}

/// Where some answered and it was still not enough, the strategy says what was missing.
fn why_all_failed(trace: &Trace) -> String {
    let answered = trace.attempts.iter().any(|attempt| attempt.outcome == Outcome::Ok);
    let reason = trace.decision.as_ref().map(|decision| decision.reason.to_string()).filter(|_| answered);
    reason.unwrap_or_else(|| "no attempt answered".to_owned())
}

fn all_failed(status: u16, trace: &Trace) -> ApiError {
    let attempts: Vec<Value> = trace
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "target": attempt.target.name(),
                "outcome": attempt.outcome,
                "ms": attempt.duration_us as f64 / 1_000.0,
                "reason": attempt.reason,
            })
        })
        .collect();
    let list: Vec<String> = trace.attempts.iter().map(|attempt| format!("{} {}", attempt.target, attempt.outcome)).collect();
    let message = format!("{}: {}", why_all_failed(trace), list.join(", "));
    ApiError::new(status, ErrorKind::AllAttemptsFailed, message).with_code("all_attempts_failed").with_extra("attempts", attempts.into())
}
