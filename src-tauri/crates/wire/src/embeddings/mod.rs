//! The dialect of OpenAI's `POST /embeddings`. Never translated.

mod facts;

use crate::reply::{Malformed, ReplyFacts};

pub(crate) use facts::GRAMMAR;

/// Reads an answer.
pub(crate) fn read_reply(_: &[u8]) -> Result<ReplyFacts, Malformed> {
    Err(Malformed::NoChoices)
}
