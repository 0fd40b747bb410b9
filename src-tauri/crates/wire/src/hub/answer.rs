//! What an answer says.

use super::prompt::Part;
use crate::Usage;

/// A whole answer; of several choices, the first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The upstream's id of it.
    pub id: Option<String>,
    /// The model that the upstream says answers.
    pub model: Option<String>,
    /// Text, thoughts, calls and refusals, in order.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub finish: Option<Finish>,
    /// Tokens, where the upstream reported them.
    pub usage: Option<Usage>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// One of the caller's stop strings, where the upstream says which.
    StopSequence(Option<String>),
    /// It reached the limit on its tokens.
    Length,
    /// It wants its tools called.
    ToolCalls,
    /// The provider's filter cut it off.
    ContentFilter,
    /// The model refused.
    Refusal,
    /// The provider wants to be asked to go on (Anthropic's `pause_turn`).
    Pause,
    /// A word that only its dialect has.
    Other(String),
}

impl Finish {
    /// OpenAI's word for it, which traces and rules use.
    pub fn openai(&self) -> &str {
        match self {
            Finish::Stop | Finish::StopSequence(_) | Finish::Pause => "stop",
            Finish::Length => "length",
            Finish::ToolCalls => "tool_calls",
            Finish::ContentFilter | Finish::Refusal => "content_filter",
            Finish::Other(word) => word,
        }
    }
}
