//! Server-sent events, cut out of a stream of bytes.
//!
//! ```text
//! push(chunk) ──> [held bytes of an unfinished event][chunk] ──> next() ──> Event, Event, …
//! ```
//!
//! However the bytes are split into chunks, the events are the same, and the events' `raw` bytes
//! put together are the stream. An event that lies within one chunk is a slice of it.

use bytes::{Bytes, BytesMut};

/// An event larger than this is refused, so that an upstream cannot fill our memory.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event is larger than the limit.
    #[error("one event of the stream is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

/// One event: the lines up to and including a blank line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The bytes exactly as they came, the blank line included.
    pub raw: Bytes,
    /// The value of the `data` lines, joined by line feeds; `None` where there is none.
    pub data: Option<Bytes>,
    /// The value of the last `event` line.
    pub name: Option<Bytes>,
    /// False for a last event whose blank line never came.
    pub terminated: bool,
}

impl Event {
    /// True for what carries nothing: comments (keep-alives) and blank lines.
    pub fn is_comment(&self) -> bool {
        self.data.is_none() && self.name.is_none()
    }

    /// What to send on: `raw`, with the blank line added where the upstream left it out.
    pub fn forward_bytes(&self) -> Bytes {
        if self.terminated {
            return self.raw.clone();
        }
        let mut whole = self.raw.to_vec();
        // Behind a carriage return the first line feed is but a part of that line's end.
        let ends_line = whole.last() == Some(&b'\n');
        whole.extend_from_slice(if ends_line { b"\n" } else { b"\n\n" });
        Bytes::from(whole)
    }

    fn parse(raw: Bytes, terminated: bool, first: bool) -> Event {
        let mut event = Event { raw: raw.clone(), data: None, name: None, terminated };
        let mut at = if first && raw.starts_with(BOM) { BOM.len() } else { 0 };
        while at < raw.len() {
            let length = memchr::memchr2(b'\n', b'\r', &raw[at..]).unwrap_or(raw.len() - at);
            event.take_line(at, length);
            // `\r\n` gives an empty line more, which says nothing.
            at += length + 1;
        }
        event
    }

    fn take_line(&mut self, at: usize, length: usize) {
        let line = &self.raw[at..at + length];
        let colon = memchr::memchr(b':', line).unwrap_or(length);
        let mut value = (colon + 1).min(length);
        if line.get(value) == Some(&b' ') {
            value += 1;
        }
        let field = &line[..colon];
        let is_data = field == b"data";
        if !is_data && field != b"event" {
            return;
        }
        let value = self.raw.slice(at + value..at + length);
        if is_data {
            self.add_data(value);
        } else {
            self.name = Some(value);
        }
    }

    fn add_data(&mut self, value: Bytes) {
        self.data = Some(match self.data.take() {
            None => value,
            Some(before) => [&before[..], b"\n", &value[..]].concat().into(),
        });
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Where the scan stands within an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a line.
    LineStart,
    /// Within a line that has at least one byte.
    InLine,
    /// Behind a carriage return that ended a line; a line feed may still belong to it.
    AfterReturn {
        /// Whether the line that ended was empty: then the event ends here.
        blank: bool,
    },
}

/// Cuts a stream of bytes into events.
#[derive(Debug)]
pub struct Splitter {
    /// Bytes of the unfinished event from earlier chunks.
    held: BytesMut,
    /// What is left of the newest chunk, not looked at yet.
    chunk: Bytes,
    state: State,
    first: bool,
    limit: usize,
}

impl Default for Splitter {
    fn default() -> Self {
        Splitter::with_limit(MAX_EVENT_BYTES)
    }
}

impl Splitter {
    /// A splitter that refuses events above [`MAX_EVENT_BYTES`].
    pub fn new() -> Splitter {
        Splitter::default()
    }

    /// A splitter that refuses events above `limit` bytes.
    pub fn with_limit(limit: usize) -> Splitter {
        Splitter { held: BytesMut::new(), chunk: Bytes::new(), state: State::LineStart, first: true, limit }
    }

    /// Takes the next chunk. Call [`Splitter::next_event`] until it gives `None` before the next one;
    /// a chunk pushed earlier than that is still in order, but copied.
    pub fn push(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            self.chunk = [&self.chunk[..], &chunk[..]].concat().into();
        }
    }

    /// The next whole event; `None` until more bytes come.
    ///
    /// # Errors
    /// [`SseError::TooLarge`]; the stream cannot be read on after it.
    pub fn next_event(&mut self) -> Result<Option<Event>, SseError> {
        let Some(end) = self.find_end() else {
            self.within_limit(self.chunk.len())?;
            self.held.extend_from_slice(&self.chunk);
            self.chunk = Bytes::new();
            return Ok(None);
        };
        self.within_limit(end)?;
        let tail = self.chunk.split_to(end);
        Ok(Some(self.emit(tail, true)))
    }

    /// What is left at the end of the stream: an event whose blank line never came, if any.
    pub fn finish(&mut self) -> Option<Event> {
        let tail = std::mem::take(&mut self.chunk);
        if self.held.is_empty() && tail.is_empty() {
            return None;
        }
        let terminated = self.state == State::AfterReturn { blank: true };
        Some(self.emit(tail, terminated))
    }

    fn emit(&mut self, tail: Bytes, terminated: bool) -> Event {
        let raw = if self.held.is_empty() {
            tail
        } else {
            self.held.extend_from_slice(&tail);
            self.held.split().freeze()
        };
        self.state = State::LineStart;
        let first = std::mem::replace(&mut self.first, false);
        Event::parse(raw, terminated, first)
    }

    fn within_limit(&self, more: usize) -> Result<(), SseError> {
        if self.held.len() + more > self.limit {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Offset in the chunk just behind the event's blank line. Leaves the state where the chunk ends.
    fn find_end(&mut self) -> Option<usize> {
        let mut at = 0;
        while at < self.chunk.len() {
            let byte = self.chunk[at];
            match self.state {
                // Only the byte behind a return says whether the line feed belongs to it.
                State::AfterReturn { blank } => {
                    at += usize::from(byte == b'\n');
                    self.state = State::LineStart;
                    if blank {
                        return Some(at);
                    }
                }
                State::LineStart | State::InLine => {
                    let blank = self.state == State::LineStart && matches!(byte, b'\n' | b'\r');
                    let Some(found) = memchr::memchr2(b'\n', b'\r', &self.chunk[at..]) else {
                        self.state = State::InLine;
                        return None;
                    };
                    at += found + 1;
                    if self.chunk[at - 1] == b'\r' {
                        self.state = State::AfterReturn { blank };
                    } else if blank {
                        return Some(at);
                    } else {
                        self.state = State::LineStart;
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
