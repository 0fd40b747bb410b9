//! What one scripted call comes to.

use std::sync::Arc;

use routing::{
    failure::Detail,
    outcome::Outcome,
    reason::Reason,
    response::ToolCall,
    target::ModelTarget,
    world::{AttemptFailure, Attempted, Figures},
};

use super::Reply;

/// What one call comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub(super) after_us: u64,
    pub(super) outcome: Outcome,
    pub(super) detail: Detail,
    pub(super) retry_after_ms: Option<u64>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) cost_nanos: Option<u64>,
    /// When its first content comes, where it is streamed; with the rest where it is not.
    pub(super) first_us: Option<u64>,
    pub(super) text: Arc<str>,
    pub(super) finish_reason: &'static str,
    pub(super) tool_calls: Vec<ToolCall>,
    pub(super) logprob_mean: Option<f64>,
}

impl Act {
    /// It ends so, at once.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            after_us: 0,
            outcome,
            detail: Detail::None,
            retry_after_ms: None,
            input_tokens: None,
            output_tokens: None,
            cost_nanos: None,
            first_us: None,
            text: "an answer".into(),
            finish_reason: "stop",
            tool_calls: Vec::new(),
            logprob_mean: None,
        }
    }

    /// An answer of this text.
    pub fn says(text: &str) -> Self {
        Self { text: text.into(), ..Self::answer() }
    }

    /// It ends for this reason.
    #[must_use]
    pub fn finishing(self, finish_reason: &'static str) -> Self {
        Self { finish_reason, ..self }
    }

    /// It calls this tool.
    #[must_use]
    pub fn calling(mut self, name: &str, arguments: &str) -> Self {
        self.tool_calls.push(ToolCall { name: name.to_owned(), arguments: arguments.to_owned() });
        self
    }

    /// Where it is streamed, its first content comes after so long.
    #[must_use]
    pub fn first_after_ms(self, ms: u64) -> Self {
        Self { first_us: Some(ms.saturating_mul(1_000)), ..self }
    }

    /// An answer.
    pub fn answer() -> Self {
        Self::of(Outcome::Ok)
    }

    /// An error status.
    pub fn http(status: u16) -> Self {
        Self::of(Outcome::Http(status))
    }

    /// No connection.
    pub fn refused() -> Self {
        Self::of(Outcome::Connection)
    }

    /// Nothing, until the caller's patience ends.
    pub fn silence() -> Self {
        Self { after_us: u64::MAX, ..Self::of(Outcome::Timeout) }
    }

    /// It takes so long.
    #[must_use]
    pub fn after_ms(self, ms: u64) -> Self {
        Self { after_us: ms.saturating_mul(1_000), ..self }
    }

    /// With what the error's body says.
    #[must_use]
    pub fn saying(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    /// With a `Retry-After`.
    #[must_use]
    pub fn retry_after_ms(self, ms: u64) -> Self {
        Self { retry_after_ms: Some(ms), ..self }
    }

    /// With what it used and cost.
    #[must_use]
    pub fn using(self, input_tokens: u64, output_tokens: u64, cost_nanos: u64) -> Self {
        Self { input_tokens: Some(input_tokens), output_tokens: Some(output_tokens), cost_nanos: Some(cost_nanos), ..self }
    }
}

impl Act {
    pub(super) fn attempted(self, target: &ModelTarget, index: usize, took_us: u64) -> Attempted<Reply, String> {
        let status = match self.outcome {
            Outcome::Ok => Some(200),
            Outcome::Http(status) => Some(status),
            _ => None,
        };
        let figures = Figures {
            status,
            ttft_us: (self.outcome == Outcome::Ok).then_some(took_us),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_nanos: self.cost_nanos,
        };
        let result = match self.outcome {
            Outcome::Ok => Ok(Reply { target: target.clone(), index, text: Arc::clone(&self.text), act: self, took_us }),
            outcome => Err(AttemptFailure {
                outcome,
                detail: self.detail,
                reason: Reason::text(format!("scripted {outcome}")),
                retry_after_ms: self.retry_after_ms,
                error: status.map(|status| format!("{target} said {status}")),
            }),
        };
        Attempted { result, figures }
    }
}
