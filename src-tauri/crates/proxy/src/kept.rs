//! A stream that is held back until it has ended: somebody looks at the answer before the caller does.

use bytes::Bytes;
use http::HeaderMap;
use wire::{
    Usage,
    chat::{Said, StreamReader, stream_with_text},
};

use crate::{
    call::OpenCall,
    room::Taken,
    upstream::{CallFailure, EventSource, Read, connection, stream_of},
};

/// What an event takes besides its bytes: an upstream that sends very many tiny ones fills memory, too.
const EVENT_BYTES: usize = size_of::<Bytes>();

/// A stream that has ended well, to be played back byte for byte.
pub struct Kept {
    /// Headers of the upstream.
    pub headers: HeaderMap,
    /// Its events, in order.
    pub events: Vec<Bytes>,
    /// The last event is `[DONE]`.
    pub is_done: bool,
    /// What it says.
    pub said: Box<Said>,
    /// The model that the upstream says answered.
    pub model: Option<String>,
    /// Usage, where the upstream reported it.
    pub usage: Option<Usage>,
    /// Characters that the model wrote.
    pub output_chars: u64,
    /// What it takes of the request's room, until it is dropped.
    _room: Taken,
}

impl Kept {
    /// The same answer with another text.
    pub fn with_text(mut self: Box<Self>, text: &str) -> Box<Self> {
        self.events = stream_with_text(&self.events, text);
        self.is_done = true;
        *self.said = Said::of_text(text);
        self
    }
}

/// Reads a stream to its end.
///
/// # Errors
/// Whatever comes instead of a proper end; a stream that the request has no room for.
pub async fn until_end(headers: HeaderMap, source: EventSource, mut room: Taken, call: &mut OpenCall) -> Result<Kept, CallFailure> {
    let mut source = stream_of(&headers, source.gathering()).await?;
    let mut events = Vec::new();
    loop {
        match source.next() {
            Ok(Read::Forward { bytes, content, done }) => {
                if let Err(failure) = room.take(bytes.len() + EVENT_BYTES) {
                    call.seen(&source.reader);
                    return Err(failure);
                }
                events.push(bytes);
                if content {
                    call.first_content();
                }
                if done {
                    return Ok(ended(headers, events, true, (source.reader, room)));
                }
            }
            Ok(Read::Hidden) => {}
            Ok(Read::Starved) => {
                call.seen(&source.reader);
                if !source.more().await? {
                    let rest = source.finish();
                    call.seen(&source.reader);
                    if let Some(rest) = rest.map_err(connection)? {
                        room.take(rest.len() + EVENT_BYTES)?;
                        events.push(rest);
                    }
                    return Ok(ended(headers, events, false, (source.reader, room)));
                }
            }
            Err(why) => {
                call.seen(&source.reader);
                return Err(connection(why));
            }
        }
    }
}

fn ended(headers: HeaderMap, events: Vec<Bytes>, is_done: bool, (mut reader, room): (StreamReader, Taken)) -> Kept {
    Kept {
        headers,
        events,
        is_done,
        said: reader.take_said().unwrap_or_default(),
        model: reader.model().map(str::to_owned),
        usage: reader.usage(),
        output_chars: reader.output_chars(),
        _room: room,
    }
}
