//! The dialect of OpenAI's `POST /completions`, from before there was a chat. Spoken natively, or translated
//! into a chat of one message.
//!
//! Its answers are a chat's but for `text` in the message's place, so that the chat's readers read both.

mod encode;
mod facts;
mod to_hub;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::chat::{self, Said, answer_id, finish_reason, usage_json};
use crate::hub::{Caller, Completion, Decoder, Part};
use crate::reply::{Malformed, ReplyFacts};
use crate::{Segments, Usage};

pub(crate) use encode::encoder;
pub(crate) use facts::{GRAMMAR, input};
pub(crate) use to_hub::to_hub;

/// Before the ids of answers.
const ID_PREFIX: &str = "cmpl-";

/// Reads an answer.
pub(crate) fn read_reply(body: &[u8]) -> Result<ReplyFacts, Malformed> {
    chat::read_reply(body)
}

/// What an answer says.
pub(crate) fn said(body: &[u8]) -> Said {
    Said::of(body)
}

/// The same answer with another text.
pub(crate) fn with_text(body: &Bytes, text: &str) -> Segments {
    chat::with_text(body, text)
}

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    chat::decoder()
}

/// Writes an answer: its text, and what it says in refusal. Thoughts have no place here.
pub(crate) fn write_answer(answer: &Completion, caller: &Caller) -> Value {
    let mut text = String::new();
    for part in &answer.parts {
        if let Part::Text { text: more, .. } | Part::Refusal(more) = part {
            text.push_str(more);
        }
    }
    let usage = answer.usage.unwrap_or_else(|| Usage::estimate(caller.input_tokens, text.chars().count() as u64));
    json!({
        "id": answer_id(ID_PREFIX, answer.id.as_deref(), caller),
        "object": "text_completion",
        "created": caller.created,
        "model": answer.model.clone().unwrap_or_else(|| caller.model()),
        "choices": [{
            "text": text,
            "index": 0,
            "logprobs": null,
            "finish_reason": finish_reason(answer.finish.as_ref(), false),
        }],
        "usage": usage_json(&usage),
    })
}

#[cfg(test)]
mod tests;
