//! Refusals: what is wrong with a request, and how each dialect says it.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Dialect, SyntaxError};

/// What is wrong with a caller's body or headers. Always answered with 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No bytes at all.
    #[error("The body is empty; a JSON object is needed.")]
    EmptyBody,
    /// The first three bytes are a UTF-8 byte order mark.
    #[error("The body starts with a byte order mark; send plain UTF-8 without one.")]
    ByteOrderMark,
    /// Bytes that are no UTF-8.
    #[error("The body is not valid UTF-8 (at byte {offset}).")]
    NotUtf8 {
        /// Bytes from the start of the body.
        offset: usize,
    },
    /// Text that is no JSON.
    #[error("The body is not valid JSON: {what}, at line {line}, column {column}.")]
    NotJson {
        /// What is wrong, in plain words.
        what: &'static str,
        /// One-based line.
        line: usize,
        /// One-based column, in characters.
        column: usize,
    },
    /// JSON, but no object.
    #[error("The body is {found}; a JSON object is needed.")]
    NotAnObject {
        /// What it is instead.
        found: &'static str,
    },
    /// A member that has to be there is not.
    #[error("`{param}` is missing.")]
    Missing {
        /// The member's path.
        param: String,
    },
    /// A string that has to say something is empty.
    #[error("`{param}` must not be empty.")]
    Empty {
        /// The member's path.
        param: String,
    },
    /// A member of the wrong type.
    #[error("`{param}` must be {expected}, not {found}.")]
    WrongType {
        /// The member's path.
        param: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A member that we read is there twice, and upstreams disagree on which one counts.
    #[error("`{param}` appears more than once; send it once.")]
    Duplicate {
        /// The member's path.
        param: String,
    },
    /// A tag breaks the rules for tags.
    #[error("Tag `{key}`: {problem}.")]
    Tag {
        /// The tag's key, shortened where it is too long.
        key: String,
        /// Which rule it breaks.
        problem: &'static str,
    },
}

impl RequestError {
    /// The member that is wrong, where it is one.
    pub fn param(&self) -> Option<String> {
        match self {
            RequestError::Missing { param }
            | RequestError::Empty { param }
            | RequestError::WrongType { param, .. }
            | RequestError::Duplicate { param } => Some(param.clone()),
            RequestError::Tag { key, .. } => Some(format!("mlx:tags.{key}")),
            _ => None,
        }
    }

    /// A stable code for the window and for tests.
    pub fn code(&self) -> &'static str {
        match self {
            RequestError::EmptyBody | RequestError::ByteOrderMark | RequestError::NotUtf8 { .. } | RequestError::NotJson { .. } => {
                "invalid_json"
            }
            RequestError::NotAnObject { .. } => "not_an_object",
            RequestError::Missing { .. } => "missing_required_parameter",
            RequestError::Empty { .. } => "empty_value",
            RequestError::WrongType { .. } => "invalid_type",
            RequestError::Duplicate { .. } => "duplicate_key",
            RequestError::Tag { .. } => "invalid_tag",
        }
    }

    /// A syntax error placed in the body that it was found in.
    pub(crate) fn not_json(fault: SyntaxError, body: &[u8]) -> RequestError {
        let (line, column) = fault.line_and_column(body);
        RequestError::NotJson { what: fault.what, line, column }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> ApiError {
        let mut api = ApiError::new(400, ErrorKind::InvalidRequest, error.to_string());
        api.param = error.param();
        api.code = Some(error.code().into());
        api
    }
}

/// The `type` of an error: what kind of trouble it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorKind {
    /// The caller's request is wrong (400, 413, 415).
    #[serde(rename = "invalid_request_error")]
    InvalidRequest,
    /// No key, or a wrong one (401).
    #[serde(rename = "authentication_error")]
    Authentication,
    /// The key may not do that, or a foreign origin (403).
    #[serde(rename = "permission_error")]
    Permission,
    /// Unknown config, model or route (404).
    #[serde(rename = "not_found_error")]
    NotFound,
    /// Too many requests (429).
    #[serde(rename = "rate_limit_error")]
    RateLimit,
    /// A budget with action `block` is used up (402).
    #[serde(rename = "budget_exceeded")]
    BudgetExceeded,
    /// A rule's `block` (403).
    #[serde(rename = "blocked_by_rule")]
    BlockedByRule,
    /// Every attempt of a strategy failed (429, 502, 504).
    #[serde(rename = "all_attempts_failed")]
    AllAttemptsFailed,
    /// The upstream's own error, or an answer that cannot be read.
    #[serde(rename = "upstream_error")]
    Upstream,
    /// The upstream did not answer in time (504).
    #[serde(rename = "timeout")]
    Timeout,
    /// Our own fault (5xx).
    #[serde(rename = "server_error")]
    Server,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [ErrorKind; 11] = [
        ErrorKind::InvalidRequest,
        ErrorKind::Authentication,
        ErrorKind::Permission,
        ErrorKind::NotFound,
        ErrorKind::RateLimit,
        ErrorKind::BudgetExceeded,
        ErrorKind::BlockedByRule,
        ErrorKind::AllAttemptsFailed,
        ErrorKind::Upstream,
        ErrorKind::Timeout,
        ErrorKind::Server,
    ];

    /// The `type` string in an OpenAI-shaped error.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid_request_error",
            ErrorKind::Authentication => "authentication_error",
            ErrorKind::Permission => "permission_error",
            ErrorKind::NotFound => "not_found_error",
            ErrorKind::RateLimit => "rate_limit_error",
            ErrorKind::BudgetExceeded => "budget_exceeded",
            ErrorKind::BlockedByRule => "blocked_by_rule",
            ErrorKind::AllAttemptsFailed => "all_attempts_failed",
            ErrorKind::Upstream => "upstream_error",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Server => "server_error",
        }
    }

    /// Anthropic's own names where it has them (<https://docs.anthropic.com/en/api/errors>).
    fn anthropic(self, status: u16) -> &'static str {
        match self {
            ErrorKind::InvalidRequest if status == 413 => "request_too_large",
            // An upstream's error keeps its status, and the name goes with it.
            ErrorKind::Upstream => match status {
                400 | 422 => "invalid_request_error",
                401 => "authentication_error",
                402 => "billing_error",
                403 => "permission_error",
                404 => "not_found_error",
                413 => "request_too_large",
                429 => "rate_limit_error",
                504 => "timeout_error",
                529 => "overloaded_error",
                _ => "api_error",
            },
            ErrorKind::Server => "api_error",
            ErrorKind::Timeout => "timeout_error",
            other => other.as_str(),
        }
    }
}

/// The `code` of an error: a word, or (as for budgets) a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// A word, such as `model_not_found`.
    Word(Cow<'static, str>),
    /// A number, such as 402.
    Number(i64),
}

impl From<&'static str> for ErrorCode {
    fn from(word: &'static str) -> ErrorCode {
        ErrorCode::Word(Cow::Borrowed(word))
    }
}

impl From<String> for ErrorCode {
    fn from(word: String) -> ErrorCode {
        ErrorCode::Word(Cow::Owned(word))
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> ErrorCode {
        ErrorCode::Number(number)
    }
}

/// An error answer, before it takes the caller's dialect.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// HTTP status. Official SDKs choose their exception by it.
    pub status: u16,
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// A plain sentence that says what to do about it. Never holds a secret.
    pub message: String,
    /// The request's member that is wrong.
    pub param: Option<String>,
    /// A stable code.
    pub code: Option<ErrorCode>,
    /// Further members of the error object, such as `budget` or `attempts`.
    pub extra: Option<Box<Map<String, Value>>>,
}

impl ApiError {
    /// An error with neither param, code nor further members.
    pub fn new(status: u16, kind: ErrorKind, message: impl Into<String>) -> ApiError {
        ApiError { status, kind, message: message.into(), param: None, code: None, extra: None }
    }

    /// The same error with a `code`.
    pub fn with_code(mut self, code: impl Into<ErrorCode>) -> ApiError {
        self.code = Some(code.into());
        self
    }

    /// The same error with a `param`.
    pub fn with_param(mut self, param: impl Into<String>) -> ApiError {
        self.param = Some(param.into());
        self
    }

    /// The same error with one more member in its error object.
    pub fn with_extra(mut self, key: impl Into<String>, value: Value) -> ApiError {
        self.extra.get_or_insert_default().insert(key.into(), value);
        self
    }

    /// The JSON body in the caller's dialect.
    pub fn body(&self, dialect: Dialect, request_id: &str) -> Vec<u8> {
        self.value(dialect, Some(request_id)).to_string().into_bytes()
    }

    /// The event that ends a broken stream. No `[DONE]` may follow it.
    pub fn sse_event(&self, dialect: Dialect) -> Bytes {
        self.sse_event_at(dialect, 0)
    }

    /// The same behind so many events, where the dialect numbers them.
    pub(crate) fn sse_event_at(&self, dialect: Dialect, number: u64) -> Bytes {
        Bytes::from(match dialect {
            Dialect::AnthropicMessages => format!("event: error\ndata: {}\n\n", self.value(dialect, None)),
            Dialect::OpenAiResponses => format!("event: error\ndata: {}\n\n", self.responses_event(number)),
            _ => format!("data: {}\n\n", self.value(dialect, None)),
        })
    }

    /// Responses' `error` event as documented is flat, but OpenAI's SDKs raise only on a member `error`: it has
    /// both.
    fn responses_event(&self, number: u64) -> Value {
        let code = self.code.as_ref().map(|code| match code {
            ErrorCode::Word(word) => word.to_string(),
            ErrorCode::Number(number) => number.to_string(),
        });
        json!({
            "type": "error",
            "sequence_number": number,
            "code": code,
            "message": self.message,
            "param": self.param,
            "error": self.openai(),
        })
    }

    fn value(&self, dialect: Dialect, request_id: Option<&str>) -> Value {
        match dialect {
            Dialect::AnthropicMessages => {
                let mut whole = json!({"type": "error", "error": self.anthropic()});
                if let Some(id) = request_id {
                    whole["request_id"] = id.into();
                }
                whole
            }
            _ => json!({"error": self.openai()}),
        }
    }

    fn openai(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind.as_str(),
            "param": self.param,
            "code": self.code,
        });
        self.add_extra(&mut error);
        error
    }

    fn anthropic(&self) -> Value {
        let mut error = json!({"type": self.kind.anthropic(self.status), "message": self.message});
        self.add_extra(&mut error);
        error
    }

    fn add_extra(&self, error: &mut Value) {
        for (key, value) in self.extra.iter().flat_map(|extra| extra.iter()) {
            error[key.as_str()] = value.clone();
        }
    }
}

#[cfg(test)]
mod tests;
