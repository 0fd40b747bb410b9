//! The sandbox: a provider that needs no key and no network.
//!
//! ```text
//! Prompt (model, text, tools, schema, seed) ──answer()──> Answer (text in pieces, or a tool call)
//! Behaviour (pace, failures) ──────────────────────────> when each piece is due, which call fails
//! ```
//!
//! Everything is a pure function: the same prompt and seed give the same answer.

mod answer;
mod instance;
mod random;
mod words;

use serde::Serialize;

use crate::catalogue::ProviderModels;
use crate::model::{Capabilities, Model, Tier};
use crate::money::Price;
use crate::provider::ProviderKind;

pub use answer::{Answer, Finish, Prompt, Tool, ToolCall, ToolChoice, answer};
pub use instance::instance;

/// The provider's name.
pub const NAME: &str = "sandbox";

/// A model of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxModel {
    /// A short answer, at once.
    Fast,
    /// A longer answer, token by token.
    Smart,
    /// Three seconds of silence, then an answer.
    Slow,
    /// Refuses every third call with a 429.
    Flaky,
    /// Always valid JSON.
    Json,
}

/// How a sandbox model behaves in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Behaviour {
    /// Milliseconds until the first token.
    pub first_token_ms: u64,
    /// When the tokens after it come.
    pub pace: Pace,
    /// Which calls fail.
    pub failure: FailurePattern,
}

/// When the tokens after the first one come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// One token each so many milliseconds.
    PerTokenMs(u64),
    /// Evenly, so that the last one comes so many milliseconds after the start.
    WithinMs(u64),
}

/// Which calls fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePattern {
    /// None.
    Never,
    /// Each `every`th call is answered with 429.
    RateLimited {
        /// The third, the sixth and so on for 3.
        every: u64,
        /// What its `retry-after-ms` says.
        retry_after_ms: u64,
    },
}

impl SandboxModel {
    /// Every model, in the order in which people see them.
    pub const ALL: [SandboxModel; 5] =
        [SandboxModel::Fast, SandboxModel::Smart, SandboxModel::Slow, SandboxModel::Flaky, SandboxModel::Json];

    /// The name that callers write behind `sandbox/`.
    pub fn name(self) -> &'static str {
        match self {
            SandboxModel::Fast => "fast",
            SandboxModel::Smart => "smart",
            SandboxModel::Slow => "slow",
            SandboxModel::Flaky => "flaky",
            SandboxModel::Json => "json",
        }
    }

    /// The model of that name.
    pub fn from_name(name: &str) -> Option<SandboxModel> {
        SandboxModel::ALL.into_iter().find(|model| model.name() == name)
    }

    /// How it behaves in time.
    pub fn behaviour(self) -> Behaviour {
        let (first_token_ms, pace) = match self {
            SandboxModel::Fast | SandboxModel::Flaky => (20, Pace::WithinMs(40)),
            SandboxModel::Smart => (250, Pace::PerTokenMs(15)),
            SandboxModel::Slow => (3000, Pace::PerTokenMs(10)),
            SandboxModel::Json => (80, Pace::WithinMs(160)),
        };
        let failure = match self {
            SandboxModel::Flaky => FailurePattern::RateLimited { every: 3, retry_after_ms: 500 },
            _ => FailurePattern::Never,
        };
        Behaviour { first_token_ms, pace, failure }
    }

    fn facts(self) -> Model {
        let (input, output, tier) = match self {
            SandboxModel::Fast | SandboxModel::Flaky | SandboxModel::Json => (150_000, 600_000, Tier::Economy),
            SandboxModel::Smart => (2_500_000, 10_000_000, Tier::Premium),
            SandboxModel::Slow => (1_000_000, 3_000_000, Tier::Standard),
        };
        Model {
            context: Some(128_000),
            max_output: Some(16_384),
            tier: Some(tier),
            price: Some(Price { input, cached_input: None, cache_write: None, cache_write_1h: None, output, above: None }),
            capabilities: Capabilities::ALL,
            price_source: Some("made up, so that costs can be seen; nothing is billed".to_owned()),
            ..Model::named(self.name())
        }
    }
}

impl Behaviour {
    /// Microseconds after the start of a call at which token `at` (from 0) of `tokens` is due.
    pub fn token_due_us(&self, at: usize, tokens: usize) -> u64 {
        let first = self.first_token_ms * 1000;
        let (at, last) = (at as u64, tokens.saturating_sub(1).max(1) as u64);
        match self.pace {
            Pace::PerTokenMs(ms) => first + at * ms * 1000,
            Pace::WithinMs(ms) => first + (ms * 1000).saturating_sub(first) * at.min(last) / last,
        }
    }

    /// `retry-after-ms` of the 429 that this call is answered with; `None` where it succeeds. Calls
    /// are counted from 1.
    pub fn refuses(&self, call: u64) -> Option<u64> {
        match self.failure {
            FailurePattern::RateLimited { every, retry_after_ms } if every > 0 && call.is_multiple_of(every) => Some(retry_after_ms),
            _ => None,
        }
    }
}

/// The sandbox's models, as the catalogue knows them. Their prices are made up.
pub fn models() -> Vec<Model> {
    SandboxModel::ALL.into_iter().map(SandboxModel::facts).collect()
}

/// The sandbox, as the catalogue knows it.
pub fn provider() -> ProviderModels {
    ProviderModels { name: NAME.to_owned(), kind: ProviderKind::Sandbox, enabled: true, models: models() }
}

#[cfg(test)]
mod tests;
