//! A stream on its way from an upstream to a caller: cut into events, judged, and, where the two speak
//! different dialects, translated event by event. Nothing is held back but an unfinished event.

mod judge;

use bytes::Bytes;

use crate::chat::{Said, StreamEnd, StreamEvent, StreamReader};
use crate::converse::Frames;
use crate::hub::{Caller, Decoder, Encoder, Piece};
use crate::sse::{Event, Splitter};
use crate::{ApiError, Dialect, Usage, chat, completions, converse, messages, responses};

use self::judge::Judge;

/// What came of the next event.
#[derive(Debug, Clone, PartialEq)]
pub enum Relayed {
    /// Send this on.
    Forward {
        /// Whole events in the caller's dialect.
        bytes: Bytes,
        /// Does an attempt commit with it?
        content: bool,
        /// Is it the terminal event?
        done: bool,
    },
    /// Nothing to send on.
    Hidden,
    /// More bytes are needed.
    Starved,
}

/// Reads one upstream's stream and writes one caller's.
pub struct Relay {
    framing: Framing,
    eyes: Eyes,
    /// Where the dialects differ.
    encoder: Option<Box<dyn Encoder>>,
    /// The caller did not ask for usage: OpenAI's extra chunk is not sent on.
    hide_usage: bool,
    ended: bool,
}

enum Framing {
    Sse(Box<Splitter>),
    /// Amazon's binary event stream.
    Amazon(Box<Frames>),
}

/// Who understands the events.
enum Eyes {
    /// OpenAI's chunks, read without a tree.
    Chunks(Box<StreamReader>),
    /// Everybody else's.
    Pieces { decoder: Box<dyn Decoder>, judge: Box<Judge>, pieces: Vec<Piece> },
}

impl Relay {
    /// A relay for a new stream. `gather` keeps what it says, for [`Relay::take_said`].
    pub fn new(from: Dialect, to: Dialect, caller: &Caller, gather: bool) -> Relay {
        let framing = match from {
            Dialect::BedrockConverse => Framing::Amazon(Box::default()),
            _ => Framing::Sse(Box::default()),
        };
        let chunks = || if gather { StreamReader::gathering() } else { StreamReader::new() };
        let eyes = match from {
            Dialect::OpenAiChat | Dialect::OpenAiCompletions if to == from => Eyes::Chunks(Box::new(chunks())),
            _ => Eyes::Pieces { decoder: decoder(from), judge: Box::new(Judge::new(gather)), pieces: Vec::new() },
        };
        let encoder = (from != to).then(|| encoder(to, caller));
        Relay { framing, eyes, encoder, hide_usage: !caller.include_usage, ended: false }
    }

    /// Takes the next bytes. Call [`Relay::next_event`] until it is starved before the next ones.
    pub fn push(&mut self, bytes: Bytes) {
        match &mut self.framing {
            Framing::Sse(splitter) => splitter.push(bytes),
            Framing::Amazon(frames) => frames.push(bytes),
        }
    }

    /// The next event of what has come.
    ///
    /// # Errors
    /// A sentence, where the stream is broken.
    pub fn next_event(&mut self) -> Result<Relayed, String> {
        let event = match &mut self.framing {
            Framing::Sse(splitter) => splitter.next_event().map_err(|error| error.to_string())?,
            Framing::Amazon(frames) => frames.next_event()?,
        };
        match event {
            Some(event) => self.take(&event),
            None => Ok(Relayed::Starved),
        }
    }

    fn take(&mut self, event: &Event) -> Result<Relayed, String> {
        match &mut self.eyes {
            Eyes::Chunks(reader) => {
                let (content, done) = match reader.read(event) {
                    StreamEvent::Comment => (false, false),
                    StreamEvent::Delta { content } => (content, false),
                    StreamEvent::UsageOnly if self.hide_usage => return Ok(Relayed::Hidden),
                    StreamEvent::UsageOnly => (false, false),
                    StreamEvent::Done => match reader.end() {
                        StreamEnd::Complete => (false, true),
                        StreamEnd::Incomplete(why) => return Err(why),
                    },
                    StreamEvent::Error(failure) => return Err(reported(&failure.message)),
                    StreamEvent::Garbage(what) => return Err(what),
                };
                Ok(Relayed::Forward { bytes: event.forward_bytes(), content, done })
            }
            Eyes::Pieces { decoder, judge, pieces } => {
                pieces.clear();
                decoder.read(event, pieces).inspect_err(|why| judge.fail(why))?;
                let (mut content, mut done) = (false, false);
                for piece in &*pieces {
                    if let Piece::Error(failure) = piece {
                        judge.fail(&reported(&failure.message));
                        return Err(reported(&failure.message));
                    }
                    judge.take(piece);
                    content |= piece.is_content();
                    done |= *piece == Piece::End;
                }
                if done {
                    judge.end()?;
                }
                let Some(encoder) = &mut self.encoder else {
                    return Ok(Relayed::Forward { bytes: event.forward_bytes(), content, done });
                };
                let mut out = Vec::new();
                for piece in &*pieces {
                    encoder.write(piece, &mut out);
                }
                if done && !self.ended {
                    self.ended = true;
                    encoder.end(&mut out);
                }
                if event.is_comment() && matches!(self.framing, Framing::Sse(_)) {
                    out.extend_from_slice(&event.forward_bytes());
                }
                if out.is_empty() { Ok(Relayed::Hidden) } else { Ok(Relayed::Forward { bytes: out.into(), content, done }) }
            }
        }
    }

    /// What is left at the end of the body, judged.
    ///
    /// # Errors
    /// A sentence on why it is no proper end.
    pub fn finish(&mut self) -> Result<Option<Bytes>, String> {
        let last = match &mut self.framing {
            Framing::Sse(splitter) => splitter.finish(),
            Framing::Amazon(frames) => {
                frames.finish()?;
                None
            }
        };
        let mut rest = Vec::new();
        if let Some(event) = last
            && let Relayed::Forward { bytes, .. } = self.take(&event)?
        {
            rest.extend_from_slice(&bytes);
        }
        match &self.eyes {
            Eyes::Chunks(reader) => match reader.end() {
                StreamEnd::Complete => {}
                StreamEnd::Incomplete(why) => return Err(why),
            },
            Eyes::Pieces { judge, .. } => judge.end()?,
        }
        if let Some(encoder) = self.encoder.as_mut().filter(|_| !self.ended) {
            self.ended = true;
            encoder.end(&mut rest);
        }
        Ok((!rest.is_empty()).then(|| rest.into()))
    }

    /// The event in `to`'s words that ends a stream which broke off; the caller's SDK counts on its number.
    pub fn error_event(&self, to: Dialect, error: &ApiError) -> Bytes {
        let number = match (&self.encoder, &self.eyes) {
            (Some(encoder), _) => encoder.next_number(),
            (None, Eyes::Pieces { decoder, .. }) => decoder.next_number(),
            (None, Eyes::Chunks(_)) => 0,
        };
        error.sse_event_at(to, number)
    }

    /// The model that the upstream says answers.
    pub fn model(&self) -> Option<&str> {
        match &self.eyes {
            Eyes::Chunks(reader) => reader.model(),
            Eyes::Pieces { judge, .. } => judge.model(),
        }
    }

    /// The upstream's id of the answer, where the upstream is one whose answers can be referred to.
    pub fn id(&self) -> Option<&str> {
        match &self.eyes {
            Eyes::Chunks(_) => None,
            Eyes::Pieces { judge, .. } => judge.id(),
        }
    }

    /// The last usage reported, if any was.
    pub fn usage(&self) -> Option<Usage> {
        match &self.eyes {
            Eyes::Chunks(reader) => reader.usage(),
            Eyes::Pieces { judge, .. } => judge.usage(),
        }
    }

    /// Characters written so far, reasoning included.
    pub fn output_chars(&self) -> u64 {
        match &self.eyes {
            Eyes::Chunks(reader) => reader.output_chars(),
            Eyes::Pieces { judge, .. } => judge.output_chars(),
        }
    }

    /// What the stream said, where it was gathered.
    pub fn take_said(&mut self) -> Option<Box<Said>> {
        match &mut self.eyes {
            Eyes::Chunks(reader) => reader.take_said(),
            Eyes::Pieces { judge, .. } => judge.take_said(),
        }
    }
}

fn reported(message: &str) -> String {
    format!("the upstream reported an error: {message}")
}

fn decoder(from: Dialect) -> Box<dyn Decoder> {
    match from {
        Dialect::OpenAiResponses => responses::decoder(),
        Dialect::AnthropicMessages => messages::decoder(),
        Dialect::BedrockConverse => converse::decoder(),
        Dialect::OpenAiCompletions => completions::decoder(),
        Dialect::OpenAiChat | Dialect::OpenAiEmbeddings => chat::decoder(),
    }
}

fn encoder(to: Dialect, caller: &Caller) -> Box<dyn Encoder> {
    match to {
        Dialect::OpenAiResponses => responses::encoder(caller),
        Dialect::AnthropicMessages => messages::encoder(caller),
        Dialect::OpenAiCompletions => completions::encoder(caller),
        Dialect::OpenAiChat | Dialect::OpenAiEmbeddings | Dialect::BedrockConverse => chat::encoder(caller),
    }
}

/// A stream that says `text`, under the id and the model of the one that `events` are, in the same dialect.
pub fn stream_with_text<'a>(dialect: Dialect, events: impl IntoIterator<Item = &'a Bytes>, text: &str, caller: &Caller) -> Vec<Bytes> {
    if dialect == Dialect::OpenAiChat {
        return chat::stream_with_text(events, text);
    }
    let (mut decoder, mut pieces, mut splitter) = (decoder(dialect), Vec::new(), Splitter::new());
    for event in events {
        splitter.push(event.clone());
        while let Ok(Some(event)) = splitter.next_event() {
            // What cannot be read says nothing of id, model and usage.
            let _ = decoder.read(&event, &mut pieces);
        }
    }
    let start = pieces.iter().find(|piece| matches!(piece, Piece::Start { .. })).cloned();
    let usage = pieces.iter().rev().find(|piece| matches!(piece, Piece::Usage(_))).cloned();
    let said = [Piece::Text { at: 0, text: text.to_owned() }, Piece::Finish(crate::hub::Finish::Stop)];
    let mut encoder = encoder(dialect, caller);
    let write = |piece: Piece| {
        let mut out = Vec::new();
        encoder.write(&piece, &mut out);
        out
    };
    let mut all: Vec<Vec<u8>> = start.into_iter().chain(said).chain(usage).map(write).collect();
    let mut end = Vec::new();
    encoder.end(&mut end);
    all.push(end);
    all.into_iter().filter(|event| !event.is_empty()).map(Bytes::from).collect()
}
