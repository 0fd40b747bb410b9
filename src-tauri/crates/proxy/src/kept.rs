//! A stream that is held back until it has ended: somebody looks at the answer before the caller does.

use bytes::Bytes;
use http::HeaderMap;
use wire::{Relay, Relayed, Usage, chat::Said, stream_with_text};

use crate::{
    call::OpenCall,
    room::Taken,
    upstream::{CallFailure, EventSource, Way, connection, stream_of},
};

/// What an event takes besides its bytes: an upstream that sends very many tiny ones fills memory, too.
const EVENT_BYTES: usize = size_of::<Bytes>();

/// A stream that has ended well, to be played back byte for byte.
pub struct Kept {
    /// Headers of the upstream.
    pub headers: HeaderMap,
    /// The way that it came.
    pub way: Way,
    /// Its events in the caller's dialect, in order.
    pub events: Vec<Bytes>,
    /// The last event is the terminal one.
    pub is_done: bool,
    /// What it says.
    pub said: Box<Said>,
    /// The model that the upstream says answered.
    pub model: Option<String>,
    /// The upstream's id of the answer.
    pub id: Option<String>,
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
        self.events = stream_with_text(self.way.to, &self.events, text, &self.way.caller);
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
    let mut source = stream_of(&headers, source).await?;
    let mut events = Vec::new();
    loop {
        match source.relay.next_event() {
            Ok(Relayed::Forward { bytes, content, done }) => {
                if let Err(failure) = room.take(bytes.len() + EVENT_BYTES) {
                    call.seen(&source.relay);
                    return Err(failure);
                }
                events.push(bytes);
                if content {
                    call.first_content();
                }
                if done {
                    return Ok(ended(headers, events, true, ((source.relay, source.way), room)));
                }
            }
            Ok(Relayed::Hidden) => {}
            Ok(Relayed::Starved) => {
                call.seen(&source.relay);
                if !source.more().await? {
                    let rest = source.relay.finish();
                    call.seen(&source.relay);
                    if let Some(rest) = rest.map_err(connection)? {
                        room.take(rest.len() + EVENT_BYTES)?;
                        events.push(rest);
                    }
                    return Ok(ended(headers, events, false, ((source.relay, source.way), room)));
                }
            }
            Err(why) => {
                call.seen(&source.relay);
                return Err(connection(why));
            }
        }
    }
}

fn ended(headers: HeaderMap, events: Vec<Bytes>, is_done: bool, ((mut relay, way), room): ((Relay, Way), Taken)) -> Kept {
    Kept {
        headers,
        way,
        events,
        is_done,
        said: relay.take_said().unwrap_or_default(),
        model: relay.model().map(str::to_owned),
        id: relay.id().map(str::to_owned),
        usage: relay.usage(),
        output_chars: relay.output_chars(),
        _room: room,
    }
}
