//! How an attempt ends, and which endings make the next attempt take over.

use std::fmt;

use serde::{Serialize, Serializer};

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It answered.
    Ok,
    /// It did not commit in time.
    Timeout,
    /// No connection, a reset, or an answer that is no answer.
    Connection,
    /// The upstream answered with this status, outside 2xx.
    Http(u16),
    /// A validity condition turned the answer down.
    Rejected,
    /// It committed, then broke.
    Broken,
    /// We, or the caller, gave it up.
    Cancelled,
    /// It was not called: breaker open, cool-down, no time left.
    Skipped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Timeout => f.write_str("timeout"),
            Self::Connection => f.write_str("connection"),
            Self::Http(status) => write!(f, "http_{status}"),
            Self::Rejected => f.write_str("rejected"),
            Self::Broken => f.write_str("broken"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Skipped => f.write_str("skipped"),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
