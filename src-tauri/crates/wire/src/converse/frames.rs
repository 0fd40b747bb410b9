//! Amazon's binary event stream, cut out of a stream of bytes.
//!
//! ```text
//! [length 4][length of headers 4][CRC 4][headers][payload][CRC 4]
//! ```

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::{Buf, Bytes, BytesMut};

use crate::sse::{Event, MAX_EVENT_BYTES};

/// Lengths and their checksum.
const PRELUDE: usize = 12;
/// What a frame without headers and payload takes.
const LEAST: usize = 16;

/// Cuts a stream of bytes into events: `name` is the event's type, `data` its payload.
#[derive(Debug, Default)]
pub struct Frames {
    held: BytesMut,
}

impl Frames {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: Bytes) {
        self.held.extend_from_slice(&bytes);
    }

    /// The next whole event; `None` until more bytes come.
    ///
    /// # Errors
    /// A sentence, where a checksum or a length is wrong.
    pub fn next_event(&mut self) -> Result<Option<Event>, String> {
        let Some(length) = self.length()? else { return Ok(None) };
        if self.held.len() < length {
            return Ok(None);
        }
        let frame = self.held.split_to(length).freeze();
        let message = read_message_from(frame).map_err(|error| format!("a frame of the stream is damaged: {error}"))?;
        Ok(Some(event(&message)))
    }

    /// The end of the stream.
    ///
    /// # Errors
    /// A frame that broke off.
    pub fn finish(&mut self) -> Result<(), String> {
        if self.held.is_empty() { Ok(()) } else { Err("the stream broke off within a frame".to_owned()) }
    }

    /// Length of the next frame, once it is known.
    fn length(&self) -> Result<Option<usize>, String> {
        if self.held.len() < PRELUDE {
            return Ok(None);
        }
        let mut prelude = &self.held[..PRELUDE];
        let (length, headers) = (prelude.get_u32() as usize, prelude.get_u32() as usize);
        if length > MAX_EVENT_BYTES {
            return Err(format!("one event of the stream is larger than {MAX_EVENT_BYTES} bytes"));
        }
        if length < LEAST || headers > length - LEAST {
            return Err("a frame of the stream has a length that cannot be".to_owned());
        }
        Ok(Some(length))
    }
}

/// What failed is named by its exception; the payload says the rest.
fn event(message: &Message) -> Event {
    let header = |name: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
        header.value().as_string().ok().map(|value| Bytes::copy_from_slice(value.as_str().as_bytes()))
    };
    let name = header(":exception-type").or_else(|| header(":error-code")).or_else(|| header(":event-type"));
    let data = match header(":error-message") {
        Some(text) => Bytes::from(serde_json::json!({"message": String::from_utf8_lossy(&text)}).to_string()),
        None => message.payload().clone(),
    };
    Event { raw: Bytes::new(), data: Some(data), name, terminated: true }
}

#[cfg(test)]
pub(super) mod tests;
