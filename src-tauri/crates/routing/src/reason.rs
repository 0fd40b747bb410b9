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
    /// A call was dropped before it answered.
    GivenUp,
    /// The answer of the attempt of this number was accepted.
    AttemptAccepted(u32),
    /// An earlier attempt comes first.
    NotNeeded,
    /// The cheapest of the candidates.
    Cheapest,
    /// A cheaper candidate comes first.
    Dearer,
    /// The fastest of the candidates lately.
    Fastest,
    /// Another candidate comes first.
    Slower,
    /// It was the fastest, and nobody beats it clearly.
    Incumbent,
    /// It was called so often in the window, too seldom to have a figure.
    Unmeasured(u32),
    /// Sent elsewhere to keep figures fresh.
    Explored,
    /// Its conversation is there already.
    Stays,
    /// The variant was drawn by the request's id.
    Drawn,
    /// The variant goes by the sticky value.
    Sticky,
    /// Another variant was drawn.
    OtherVariant,
    /// The rule at this line matched.
    RuleMatched(u32),
    /// No rule matched, so the `else` holds.
    NoRuleMatched,
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
            Self::GivenUp => f.write_str("given up before it answered"),
            Self::AttemptAccepted(n) => write!(f, "the answer of attempt {n} was accepted"),
            Self::NotNeeded => f.write_str("not reached: an earlier attempt comes first"),
            Self::Cheapest => f.write_str("the cheapest that can take the request"),
            Self::Dearer => f.write_str("not reached: a cheaper one comes first"),
            Self::Fastest => f.write_str("the lowest median latency lately"),
            Self::Slower => f.write_str("not reached: another one comes first"),
            Self::Incumbent => f.write_str("it was the fastest, and no other one beats it by the hysteresis"),
            Self::Unmeasured(1) => f.write_str("called only once lately, so it is tried first to be measured"),
            Self::Unmeasured(0) => f.write_str("not called lately, so it is tried first to be measured"),
            Self::Unmeasured(n) => write!(f, "called only {n} times lately, so it is tried first to be measured"),
            Self::Explored => f.write_str("tried now and then, to keep its figure fresh"),
            Self::Stays => f.write_str("the conversation is there already, and moving it would lose the prompt cache"),
            Self::Drawn => f.write_str("drawn by the request's id"),
            Self::Sticky => f.write_str("drawn by the sticky value, so it is the same each time"),
            Self::OtherVariant => f.write_str("another variant was drawn"),
            Self::RuleMatched(line) => write!(f, "the rule at line {line} matched"),
            Self::NoRuleMatched => f.write_str("no rule matched, so the else holds"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
