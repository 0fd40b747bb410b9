//! The dialect of OpenAI's `POST /completions`, from before there was a chat. Spoken natively, or translated
//! into a chat of one message.

mod facts;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::Segments;
use crate::chat::Said;
use crate::hub::{Caller, Completion, Decoder, Encoder, Piece, Prompt, Untranslatable};
use crate::reply::{Malformed, ReplyFacts};
use crate::sse::Event;

pub(crate) use facts::GRAMMAR;

/// Reads a request.
pub(crate) fn to_hub(_: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    Err(Untranslatable::new("model", "not yet"))
}

/// Reads an answer.
pub(crate) fn read_reply(_: &[u8]) -> Result<ReplyFacts, Malformed> {
    Err(Malformed::NoChoices)
}

/// What an answer says.
pub(crate) fn said(_: &[u8]) -> Said {
    Said::default()
}

/// The same answer with another text.
pub(crate) fn with_text(body: &Bytes, _: &str) -> Segments {
    body.clone().into()
}

/// Writes an answer.
pub(crate) fn write_answer(_: &Completion, _: &Caller) -> Value {
    Value::Null
}

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    Box::new(Unread)
}

struct Unread;

impl Decoder for Unread {
    fn read(&mut self, _: &Event, _: &mut Vec<Piece>) -> Result<(), String> {
        Err("not yet".to_owned())
    }
}

/// A writer of a new stream.
pub(crate) fn encoder(_: &Caller) -> Box<dyn Encoder> {
    Box::new(Unwritten)
}

struct Unwritten;

impl Encoder for Unwritten {
    fn write(&mut self, _: &Piece, _: &mut Vec<u8>) {}

    fn end(&mut self, _: &mut Vec<u8>) {}
}
