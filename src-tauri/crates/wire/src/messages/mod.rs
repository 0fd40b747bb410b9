//! The dialect of Anthropic's `POST /messages`.

mod answer;
mod decode;
mod encode;
mod facts;
mod from_hub;
mod to_hub;

use bytes::Bytes;

use crate::Segments;

pub(crate) use answer::{read_answer, write_answer};
pub(crate) use decode::decoder;
pub(crate) use encode::encoder;
pub(crate) use facts::GRAMMAR;
pub(crate) use from_hub::from_hub;
pub(crate) use to_hub::to_hub;

/// The same answer with another text.
pub(crate) fn with_text(body: &Bytes, _: &str) -> Segments {
    body.clone().into()
}
