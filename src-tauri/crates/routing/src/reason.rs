//! The sentences of a trace, kept as data until somebody reads them.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};

/// A plain sentence that a developer understands without the docs.
/// Cheap to make on the request path: it is only spelled out when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A sentence as it is.
    Text(Cow<'static, str>),
    /// A single target was called.
    OnlyTarget,
    /// The caller named the model itself.
    NamedByCaller,
    /// The attempt of this number answered.
    AttemptAnswered(u32),
    /// None of this many calls was answered.
    AllFailed(u32),
}

impl Reason {
    /// A sentence that is not one of the common ones.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::OnlyTarget => f.write_str("the only target"),
            Self::NamedByCaller => f.write_str("the request named this model itself"),
            Self::AttemptAnswered(n) => write!(f, "attempt {n} answered"),
            Self::AllFailed(0) => f.write_str("no target could be called"),
            Self::AllFailed(1) => f.write_str("the one attempt made failed"),
            Self::AllFailed(n) => write!(f, "all {n} attempts failed"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
