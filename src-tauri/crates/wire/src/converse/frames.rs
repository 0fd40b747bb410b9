//! Amazon's binary event stream, cut out of a stream of bytes.

use bytes::Bytes;

use crate::sse::Event;

/// Cuts a stream of bytes into events: `name` is the event's type, `data` its payload.
#[derive(Debug, Default)]
pub struct Frames {}

impl Frames {
    /// Takes the next bytes.
    pub fn push(&mut self, _: Bytes) {}

    /// The next whole event; `None` until more bytes come.
    ///
    /// # Errors
    /// A sentence, where a checksum or a length is wrong.
    pub fn next_event(&mut self) -> Result<Option<Event>, String> {
        Ok(None)
    }

    /// The end of the stream.
    ///
    /// # Errors
    /// A frame that broke off.
    pub fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}
