//! What conditions, votes and judges may know of an answer.

use std::borrow::Cow;

/// An answer, as far as `response.*` and votes read it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Response<'a> {
    /// The text of its first choice.
    pub text: Cow<'a, str>,
    /// `stop`, `length`, `tool_calls` …; `None` where the upstream gave none.
    pub finish_reason: Option<Cow<'a, str>>,
    /// Tools that it calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens written, reported or estimated.
    pub output_tokens: Option<u64>,
    /// From the call's start until all of it was here.
    pub latency_ms: f64,
    /// What it cost; `None` where no price is known.
    pub cost_usd: Option<f64>,
    /// Mean of the log probabilities of its tokens, where the upstream gave them.
    pub logprob_mean: Option<f64>,
}

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// Name of the tool.
    pub name: String,
    /// Its arguments: JSON as the model wrote it.
    pub arguments: String,
}

impl Response<'_> {
    /// Does it say anything?
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.tool_calls.is_empty()
    }

    /// Did the model come to its end, rather than being cut off or filtered?
    pub fn is_finished(&self) -> bool {
        !matches!(self.finish_reason.as_deref(), Some("length" | "content_filter" | "max_tokens"))
    }
}
