//! Whole answers: from and to the form between dialects.

use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::pieces::PieceReader;
use crate::Usage;
use crate::hub::{Caller, Completion, Finish, Part, Piece, unwrapped};
use crate::reply::Malformed;
use crate::upstream_error::UpstreamFailure;

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(body: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Empty);
    }
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    if !text.trim_start().starts_with('{') {
        return Err(super::read_reply(body).err().unwrap_or(Malformed::NoChoices));
    }
    let mut pieces = Vec::new();
    let choices = PieceReader::default().read(text, &mut pieces)?;
    let mut answer = Gathered::default();
    for piece in pieces {
        if let Piece::Error(failure) = piece {
            return Ok(Err(failure));
        }
        answer.take(piece);
    }
    match choices {
        None => Err(Malformed::NoChoices),
        Some(false) => Err(Malformed::EmptyChoices),
        Some(true) => Ok(Ok(answer.whole())),
    }
}

/// An answer, put together from its pieces.
#[derive(Debug, Default)]
struct Gathered {
    answer: Completion,
    /// Which piece's number each part has.
    numbers: Vec<u32>,
}

impl Gathered {
    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Start { id, model } => (self.answer.id, self.answer.model) = (id, model),
            Piece::Text { at, text } => match self.part(at) {
                Some(Part::Text { text: before, .. }) => before.push_str(&text),
                _ => self.push(at, Part::text(text)),
            },
            Piece::Thinking { at, text } => match self.part(at) {
                Some(Part::Thinking { text: before, .. }) => before.push_str(&text),
                _ => self.push(at, Part::Thinking { text, signature: None, hidden: None }),
            },
            Piece::Signature { at, signature } => match self.part(at) {
                Some(Part::Thinking { signature: place, .. }) => *place = Some(signature),
                _ => self.push(at, Part::Thinking { text: String::new(), signature: Some(signature), hidden: None }),
            },
            Piece::HiddenThinking { at, data } => {
                self.push(at, Part::Thinking { text: String::new(), signature: None, hidden: Some(data) });
            }
            Piece::ToolCall { at, id, name, custom } => {
                self.push(at, Part::ToolCall { id, name, arguments: String::new(), custom, cache: false });
            }
            Piece::Arguments { at, json } => {
                if let Some(Part::ToolCall { arguments, .. }) = self.part(at) {
                    arguments.push_str(&json);
                }
            }
            Piece::Refusal { at, text } => match self.part(at) {
                Some(Part::Refusal(before)) => before.push_str(&text),
                _ => self.push(at, Part::Refusal(text)),
            },
            Piece::Finish(finish) => self.answer.finish = Some(finish),
            Piece::Usage(usage) => self.answer.usage = Some(usage),
            Piece::Ping | Piece::Error(_) | Piece::End => {}
        }
    }

    fn part(&mut self, at: u32) -> Option<&mut Part> {
        let place = self.numbers.iter().rposition(|number| *number == at)?;
        self.answer.parts.get_mut(place)
    }

    fn push(&mut self, at: u32, part: Part) {
        self.numbers.push(at);
        self.answer.parts.push(part);
    }

    fn whole(self) -> Completion {
        self.answer
    }
}

/// Writes one.
pub(crate) fn write_answer(answer: &Completion, caller: &Caller) -> Value {
    let usage = answer.usage.unwrap_or_else(|| Usage::estimate(caller.input_tokens, chars(answer)));
    let asked = Asked::of(caller);
    let has_calls = answer.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    json!({
        "id": answer_id("chatcmpl-", answer.id.as_deref(), caller),
        "object": "chat.completion",
        "created": caller.created,
        "model": answer.model.clone().unwrap_or_else(|| caller.model()),
        "choices": [{
            "index": 0,
            "message": message(answer, &asked),
            "logprobs": null,
            "finish_reason": asked.finish_reason(finish_reason(answer.finish.as_ref(), has_calls)),
        }],
        "usage": usage_json(&usage),
    })
}

fn message(answer: &Completion, asked: &Asked) -> Value {
    let (mut content, mut refusal, mut thoughts) = (None::<String>, None::<String>, None::<String>);
    let (mut details, mut calls) = (Vec::new(), Vec::new());
    for part in &answer.parts {
        match part {
            Part::Text { text, .. } => content.get_or_insert_default().push_str(text),
            Part::Refusal(text) => refusal.get_or_insert_default().push_str(text),
            Part::Thinking { text, signature, hidden } => {
                if !text.is_empty() {
                    thoughts.get_or_insert_default().push_str(text);
                }
                if !text.is_empty() || signature.is_some() || hidden.is_some() {
                    let mut detail = detail(details.len(), text, signature.as_deref(), hidden.as_deref());
                    detail["id"] = OURS.into();
                    details.push(detail);
                }
            }
            Part::ToolCall { id, name, arguments, custom: false, .. } if asked.is_custom(name) => {
                calls.push(call(id, name, &unwrapped(arguments), true));
            }
            Part::ToolCall { id, name, arguments, custom, .. } => calls.push(call(id, name, arguments, *custom)),
            Part::Image { .. } | Part::Document { .. } | Part::Audio { .. } | Part::ToolResult { .. } => {}
        }
    }
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), content.into());
    message.insert("refusal".to_owned(), refusal.into());
    if let Some(thoughts) = thoughts {
        message.insert("reasoning_content".to_owned(), thoughts.into());
    }
    if !details.is_empty() {
        message.insert("reasoning_details".to_owned(), details.into());
    }
    if asked.function_call {
        // It knows one call only.
        let first = calls.into_iter().next().map(|mut call| call["function"].take());
        message.extend(first.map(|call| ("function_call".to_owned(), call)));
    } else if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), calls.into());
    }
    message.into()
}

/// Marks what we make of another provider's thoughts, as its `id`. Targets that take thoughts take only their own, and
/// some refuse the members as such: whoever is sent these back natively does not get them.
pub(super) const OURS: &str = "mlx:thought";

/// A thought in OpenRouter's form: a client that sends its messages back whole keeps it, and what proves it.
pub(super) fn detail(index: usize, text: &str, signature: Option<&str>, hidden: Option<&str>) -> Value {
    match (signature, hidden) {
        (_, Some(data)) => json!({"type": "reasoning.encrypted", "data": data, "index": index}),
        (Some(signature), None) => json!({"type": "reasoning.text", "text": text, "signature": signature, "index": index}),
        (None, None) => json!({"type": "reasoning.text", "text": text, "index": index}),
    }
}

/// A call as it stands in a message.
pub(super) fn call(id: &str, name: &str, arguments: &str, custom: bool) -> Value {
    if custom {
        return json!({"id": id, "type": "custom", "custom": {"name": name, "input": arguments}});
    }
    // No arguments are an empty object: every client parses them.
    let arguments = if arguments.is_empty() { "{}" } else { arguments };
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn chars(answer: &Completion) -> u64 {
    let chars = |part: &Part| match part {
        Part::Text { text, .. } | Part::Refusal(text) | Part::Thinking { text, .. } => text.chars().count(),
        Part::ToolCall { name, arguments, .. } => name.chars().count() + arguments.chars().count(),
        _ => 0,
    };
    answer.parts.iter().map(|part| chars(part) as u64).sum()
}

/// The upstream's id under the prefix that OpenAI's clients know; the request's where it has none.
pub(crate) fn answer_id(prefix: &str, id: Option<&str>, caller: &Caller) -> String {
    match id.filter(|id| !id.is_empty()) {
        Some(id) if id.starts_with(prefix) => id.to_owned(),
        Some(id) => format!("{prefix}{id}"),
        None => format!("{prefix}{}", caller.id),
    }
}

/// OpenAI's word for why it ended. Typed clients know no other words than OpenAI's.
pub(crate) fn finish_reason(finish: Option<&Finish>, has_calls: bool) -> &'static str {
    match finish {
        Some(Finish::Length) => "length",
        Some(Finish::ToolCalls) => "tool_calls",
        Some(Finish::ContentFilter | Finish::Refusal) => "content_filter",
        None if has_calls => "tool_calls",
        Some(Finish::Stop | Finish::StopSequence(_) | Finish::Pause | Finish::Other(_)) | None => "stop",
    }
}

/// Usage in OpenAI's form.
pub(crate) fn usage_json(usage: &Usage) -> Value {
    let mut input = json!({"cached_tokens": usage.cached_input});
    if usage.cache_write > 0 {
        // OpenRouter's name for it; OpenAI itself counts none.
        input["cache_write_tokens"] = usage.cache_write.into();
    }
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": input,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}

#[cfg(test)]
mod tests;
