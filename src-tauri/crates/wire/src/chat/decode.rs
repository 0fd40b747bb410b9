//! Reads a stream of this dialect.

use crate::hub::{Decoder, Piece};
use crate::sse::Event;

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
