//! Failures of attempts, and the classes that `retry_on` names them by.

use std::{fmt, sync::Arc};

use crate::{outcome::Outcome, reason::Reason};

/// A class of failures that `retry_on` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// `"429"`.
    RateLimited,
    /// `"5xx"`: 500 to 599.
    ServerError,
    /// `"timeout"`: no commit in time.
    Timeout,
    /// `"connection"`: no connection, a reset, an answer that is none.
    Connection,
    /// `"auth"`: 401, 403.
    Auth,
    /// `"not_found"`: 404.
    NotFound,
    /// `"context_length"`: a 400 or 413 that says that the input is too long.
    ContextLength,
    /// `"content_filter"`.
    ContentFilter,
    /// Any single status, such as `"408"`.
    Status(u16),
}

impl FailureClass {
    /// The names that documents use, besides single statuses.
    pub const NAMES: [&'static str; 8] = ["429", "5xx", "timeout", "connection", "auth", "not_found", "context_length", "content_filter"];

    /// What `retry_on` is where a document does not say.
    pub const DEFAULT: [Self; 4] = [Self::RateLimited, Self::ServerError, Self::Timeout, Self::Connection];

    /// Reads a name or a status from 100 to 599.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "429" => Self::RateLimited,
            "5xx" => Self::ServerError,
            "timeout" => Self::Timeout,
            "connection" => Self::Connection,
            "auth" => Self::Auth,
            "not_found" => Self::NotFound,
            "context_length" => Self::ContextLength,
            "content_filter" => Self::ContentFilter,
            _ => Self::Status(name.parse().ok().filter(|status| (100..600).contains(status) && name.len() == 3)?),
        })
    }

    fn holds(self, outcome: Outcome, detail: Detail) -> bool {
        match (self, outcome) {
            (Self::Timeout, Outcome::Timeout) | (Self::Connection, Outcome::Connection) => true,
            (Self::RateLimited, Outcome::Http(429)) | (Self::NotFound, Outcome::Http(404)) => true,
            (Self::Auth, Outcome::Http(status)) => matches!(status, 401 | 403),
            (Self::ServerError, Outcome::Http(status)) => (500..600).contains(&status),
            (Self::Status(wanted), Outcome::Http(status)) => wanted == status,
            (Self::ContextLength, _) => detail == Detail::ContextLength,
            (Self::ContentFilter, _) => detail == Detail::ContentFilter,
            _ => false,
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateLimited => f.write_str("429"),
            Self::ServerError => f.write_str("5xx"),
            Self::Timeout => f.write_str("timeout"),
            Self::Connection => f.write_str("connection"),
            Self::Auth => f.write_str("auth"),
            Self::NotFound => f.write_str("not_found"),
            Self::ContextLength => f.write_str("context_length"),
            Self::ContentFilter => f.write_str("content_filter"),
            Self::Status(status) => write!(f, "{status}"),
        }
    }
}

/// What an upstream's error body says beyond its status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    #[default]
    None,
    /// The input is too long for the model.
    ContextLength,
    /// A content filter refused.
    ContentFilter,
}

/// Why there is no answer. `E` is what the world keeps of it, such as the upstream's own error body.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure<E> {
    /// What happened.
    pub kind: FailureKind<E>,
    /// When trying again makes sense, in milliseconds from now, as far as somebody said.
    pub retry_after_ms: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureKind<E> {
    /// One attempt failed; its own error is passed on as it is.
    Attempt {
        /// How.
        outcome: Outcome,
        /// What its body says beyond the status.
        detail: Detail,
        /// A sentence on it.
        reason: Reason,
        /// What the world kept of it.
        error: Option<E>,
    },
    /// Several attempts were made or skipped, and none answered.
    AllFailed {
        /// 429, 504 or 502.
        status: u16,
    },
    /// The target is cooling down after a 429 and nothing else is left.
    CoolingDown {
        /// `provider/model`.
        target: Arc<str>,
    },
    /// The config that a document refers to is not there any more.
    MissingConfig {
        /// `@slug` or `@slug:N`.
        name: Arc<str>,
    },
    /// Configs nest deeper than allowed.
    TooDeep,
    /// The request has made as many calls as one may.
    TooManyCalls,
    /// Another one keeps the answer that the request goes on from.
    Elsewhere {
        /// `provider/model`, as traces name it.
        target: Arc<str>,
        /// Who keeps it: a provider's name, with the credential where it is not the default one.
        keeper: Arc<str>,
    },
    /// A rule turned the request away.
    Blocked {
        /// Line of the rule, from 1.
        line: u32,
        /// The rule as written.
        rule: Arc<str>,
        /// What it says to the caller.
        message: Arc<str>,
    },
    /// None of the targets to choose from can take this request.
    NoCandidate {
        /// Each of them, and why not: `openai/gpt-4o-mini: it cannot call tools; …`.
        why: String,
    },
}

impl<E> Failure<E> {
    /// Does `retry_on` name it? What is no upstream's doing always moves on.
    pub fn is_in(&self, retry_on: &[FailureClass]) -> bool {
        let (outcome, detail) = match &self.kind {
            // An answer that a condition turned down is nothing that the caller could mend.
            FailureKind::Attempt { outcome: Outcome::Rejected, .. } => return true,
            FailureKind::Attempt { outcome, detail, .. } => (*outcome, *detail),
            FailureKind::AllFailed { status: 504 } => (Outcome::Timeout, Detail::None),
            FailureKind::AllFailed { status } => (Outcome::Http(*status), Detail::None),
            FailureKind::CoolingDown { .. }
            | FailureKind::MissingConfig { .. }
            | FailureKind::TooDeep
            | FailureKind::Elsewhere { .. }
            | FailureKind::NoCandidate { .. } => return true,
            // A rule is a decision, and another target is no way around it; no call may follow the last one.
            FailureKind::Blocked { .. } | FailureKind::TooManyCalls => return false,
        };
        retry_on.iter().any(|class| class.holds(outcome, detail))
    }

    /// Was it a 429, an upstream's or our own?
    pub fn is_rate_limit(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Attempt { outcome: Outcome::Http(429), .. }
                | FailureKind::AllFailed { status: 429 }
                | FailureKind::CoolingDown { .. }
        )
    }

    /// Did time run out?
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, FailureKind::Attempt { outcome: Outcome::Timeout, .. } | FailureKind::AllFailed { status: 504 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(outcome: Outcome, detail: Detail) -> Failure<()> {
        Failure { kind: FailureKind::Attempt { outcome, detail, reason: Reason::text(""), error: None }, retry_after_ms: None }
    }

    #[test]
    fn every_class_name_reads_back_as_itself() {
        for name in FailureClass::NAMES.into_iter().chain(["408", "599"]) {
            assert_eq!(FailureClass::parse(name).map(|class| class.to_string()).as_deref(), Some(name));
        }
        for wrong in ["", "4xx", "99", "600", "0408", "+40", "Timeout"] {
            assert_eq!(FailureClass::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_default_moves_on_for_what_another_target_can_mend() {
        let moves_on = |outcome| failed(outcome, Detail::None).is_in(&FailureClass::DEFAULT);
        for outcome in [Outcome::Http(429), Outcome::Http(500), Outcome::Http(529), Outcome::Timeout, Outcome::Connection] {
            assert!(moves_on(outcome), "{outcome}");
        }
        for outcome in [Outcome::Http(400), Outcome::Http(401), Outcome::Http(404), Outcome::Http(408)] {
            assert!(!moves_on(outcome), "{outcome}");
        }
    }

    #[test]
    fn a_too_long_input_is_told_apart_from_other_400s() {
        let classes = [FailureClass::ContextLength];
        assert!(failed(Outcome::Http(400), Detail::ContextLength).is_in(&classes));
        assert!(!failed(Outcome::Http(400), Detail::None).is_in(&classes));
    }
}
