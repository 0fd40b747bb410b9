//! Whole answers, whatever their dialect.

use bytes::Bytes;

use crate::chat::{self, Said};
use crate::hub::{Caller, Completion, Part};
use crate::upstream_error::UpstreamFailure;
use crate::{Dialect, Segments, SyntaxError, Usage, completions, converse, embeddings, messages, responses};

/// An answer that is none of its dialect's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A 200 without a body.
    #[error("the upstream answered 200 with an empty body")]
    Empty,
    /// Bytes that are no JSON.
    #[error("the upstream's answer is not valid JSON: {0}")]
    NotJson(SyntaxError),
    /// Bytes that are no UTF-8.
    #[error("the upstream's answer is not valid UTF-8")]
    NotUtf8,
    /// JSON of some other shape.
    #[error("the upstream's answer is JSON but no chat completion: `choices` is missing")]
    NoChoices,
    /// A completion with an empty list of choices.
    #[error("the upstream's answer has no choices")]
    EmptyChoices,
    /// JSON, but no answer of its dialect.
    #[error("the upstream's answer is JSON but no answer of {}: {why}", dialect.name())]
    Shape {
        /// The dialect.
        dialect: Dialect,
        /// What is missing.
        why: String,
    },
}

impl From<SyntaxError> for Malformed {
    fn from(error: SyntaxError) -> Malformed {
        Malformed::NotJson(error)
    }
}

/// What accounting and validity conditions need to know of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplyFacts {
    /// The model that the upstream says answered.
    pub model: Option<String>,
    /// The upstream's id of the answer, where others can refer to it (OpenAI Responses).
    pub id: Option<String>,
    /// Usage, where the upstream reported it.
    pub usage: Option<Usage>,
    /// The first choice's finish reason, in OpenAI's words.
    pub finish_reason: Option<String>,
    /// Some choice holds text, a tool call or a refusal that is not empty.
    pub has_content: bool,
    /// Characters that the model wrote, reasoning included: for an estimate.
    pub output_chars: u64,
    /// The error object of an answer that fails in spite of its 200.
    pub error: Option<UpstreamFailure>,
}

/// Reads the body of a 200.
///
/// # Errors
/// A body that is empty, no JSON, or neither an answer of the dialect nor an error.
pub fn read(dialect: Dialect, body: &[u8]) -> Result<ReplyFacts, Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Empty);
    }
    match dialect {
        Dialect::OpenAiChat => chat::read_reply(body),
        Dialect::OpenAiCompletions => completions::read_reply(body),
        Dialect::OpenAiEmbeddings => embeddings::read_reply(body),
        Dialect::OpenAiResponses | Dialect::AnthropicMessages | Dialect::BedrockConverse => match completion(dialect, body)? {
            Ok(answer) => Ok(facts(dialect, &answer)),
            Err(failure) => Ok(ReplyFacts { error: Some(failure), ..ReplyFacts::default() }),
        },
    }
}

/// Reads an answer into the form between dialects; the inner error is the upstream's own, inside its 200.
fn completion(dialect: Dialect, body: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    match dialect {
        Dialect::OpenAiChat => chat::read_answer(body),
        Dialect::OpenAiResponses => responses::read_answer(body),
        Dialect::AnthropicMessages => messages::read_answer(body),
        Dialect::BedrockConverse => converse::read_answer(body),
        Dialect::OpenAiCompletions | Dialect::OpenAiEmbeddings => {
            Err(Malformed::Shape { dialect, why: "it cannot be translated".to_owned() })
        }
    }
}

fn facts(from: Dialect, answer: &Completion) -> ReplyFacts {
    let mut facts = ReplyFacts {
        model: answer.model.clone(),
        // Chat's answers cannot be referred to.
        id: answer.id.clone().filter(|_| from != Dialect::OpenAiChat),
        usage: answer.usage,
        finish_reason: answer.finish.as_ref().map(|finish| finish.openai().to_owned()),
        ..ReplyFacts::default()
    };
    for part in &answer.parts {
        let (chars, content) = match part {
            Part::Text { text, .. } | Part::Refusal(text) => (text.chars().count(), !text.is_empty()),
            Part::Thinking { text, .. } => (text.chars().count(), false),
            Part::ToolCall { name, arguments, .. } => (name.chars().count() + arguments.chars().count(), true),
            _ => (0, true),
        };
        facts.output_chars += chars as u64;
        facts.has_content |= content;
    }
    facts
}

/// What an answer says; nothing, where it cannot be read.
pub fn said(dialect: Dialect, body: &[u8]) -> Said {
    match dialect {
        Dialect::OpenAiChat => Said::of(body),
        Dialect::OpenAiCompletions => completions::said(body),
        _ => completion(dialect, body).ok().and_then(Result::ok).map(|answer| Said::of_completion(&answer)).unwrap_or_default(),
    }
}

/// The same answer with another text. A body of another shape comes back unchanged.
pub fn with_text(dialect: Dialect, body: &Bytes, text: &str) -> Segments {
    match dialect {
        Dialect::OpenAiChat => chat::with_text(body, text),
        Dialect::OpenAiResponses => responses::with_text(body, text),
        Dialect::AnthropicMessages => messages::with_text(body, text),
        Dialect::OpenAiCompletions => completions::with_text(body, text),
        Dialect::OpenAiEmbeddings | Dialect::BedrockConverse => body.clone().into(),
    }
}

/// An answer in the caller's dialect.
///
/// # Errors
/// An answer that cannot be read.
pub fn translate(from: Dialect, to: Dialect, body: &Bytes, caller: &Caller) -> Result<Bytes, Malformed> {
    if from == to {
        return Ok(body.clone());
    }
    let answer = completion(from, body)?.map_err(|failure| Malformed::Shape { dialect: from, why: failure.message })?;
    write(from, to, &answer, caller)
}

/// Both at once: what is known of an answer, and the answer in the caller's dialect. One that is an error in spite of
/// its 200 comes back as it is.
///
/// # Errors
/// As [`read`] and [`translate`].
pub fn read_for(from: Dialect, to: Dialect, body: &Bytes, caller: &Caller) -> Result<(ReplyFacts, Bytes), Malformed> {
    if from == to {
        return Ok((read(from, body)?, body.clone()));
    }
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Empty);
    }
    match completion(from, body)? {
        Ok(answer) => Ok((facts(from, &answer), write(from, to, &answer, caller)?)),
        Err(failure) => Ok((ReplyFacts { error: Some(failure), ..ReplyFacts::default() }, body.clone())),
    }
}

fn write(from: Dialect, to: Dialect, answer: &Completion, caller: &Caller) -> Result<Bytes, Malformed> {
    let written = match to {
        Dialect::OpenAiChat => chat::write_answer(answer, caller),
        Dialect::OpenAiResponses => return Ok(responses::write_answer(answer, caller).into()),
        Dialect::AnthropicMessages => messages::write_answer(answer, caller),
        Dialect::OpenAiCompletions => completions::write_answer(answer, caller),
        Dialect::OpenAiEmbeddings | Dialect::BedrockConverse => {
            return Err(Malformed::Shape { dialect: from, why: "it cannot be translated".to_owned() });
        }
    };
    Ok(Bytes::from(written.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_translated_as_by_each_alone() {
        let answers = [
            (Dialect::OpenAiChat, r#"{"id":"chatcmpl-1","model":"m","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#),
            (Dialect::AnthropicMessages, r#"{"id":"msg_1","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#),
            (Dialect::AnthropicMessages, r#"{"type":"error","error":{"message":"no"}}"#),
            (Dialect::OpenAiChat, r#"{"choices":[]}"#),
            (Dialect::OpenAiChat, " "),
            (Dialect::BedrockConverse, " "),
        ];
        for (from, body) in answers {
            let body = Bytes::from(body);
            for to in [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::AnthropicMessages] {
                let both = read_for(from, to, &body, &Caller::default());
                let read = read(from, &body);
                assert_eq!(
                    both.as_ref().map(|(facts, _)| facts).map_err(Clone::clone),
                    read.as_ref().map_err(Clone::clone),
                    "{body:?} to {to:?}"
                );
                if let Ok((ReplyFacts { error: None, .. }, written)) = both {
                    assert_eq!(Ok(written), translate(from, to, &body, &Caller::default()));
                }
            }
        }
    }
}
