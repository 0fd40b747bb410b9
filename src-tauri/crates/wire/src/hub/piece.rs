//! A stream, piece by piece.

use bytes::Bytes;

use super::answer::Finish;
use crate::hub::Completion;
use crate::json::{Kind, Scanner};
use crate::sse::Event;
use crate::upstream_error::UpstreamFailure;
use crate::{SyntaxError, Usage};

/// A piece of a streamed answer. `at` numbers the parts of the answer from 0; the pieces of one part come
/// one after another, unless an upstream makes calls side by side.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// The first: whose answer it is.
    Start {
        /// The upstream's id of it.
        id: Option<String>,
        /// The model that the upstream says answers.
        model: Option<String>,
    },
    /// Text.
    Text {
        /// Which part.
        at: u32,
        /// More of it.
        text: String,
    },
    /// A thought.
    Thinking {
        /// Which part.
        at: u32,
        /// More of it.
        text: String,
    },
    /// Proof of a thought's maker.
    Signature {
        /// Which part.
        at: u32,
        /// All of it.
        signature: String,
    },
    /// A thought that only its maker can read.
    HiddenThinking {
        /// Which part.
        at: u32,
        /// All of it.
        data: String,
    },
    /// A call begins.
    ToolCall {
        /// Which part.
        at: u32,
        /// Its id.
        id: String,
        /// Name of the tool.
        name: String,
        /// A custom tool's: what follows is plain text.
        custom: bool,
    },
    /// Arguments of a call.
    Arguments {
        /// Which part.
        at: u32,
        /// More of them.
        json: String,
    },
    /// A refusal.
    Refusal {
        /// Which part.
        at: u32,
        /// More of it.
        text: String,
    },
    /// Why it ends. Nothing but usage comes after it.
    Finish(Finish),
    /// Tokens so far: a later one counts.
    Usage(Usage),
    /// A sign of life.
    Ping,
    /// The upstream says that it failed.
    Error(UpstreamFailure),
    /// The terminal event (`[DONE]`, `message_stop`, `response.completed` …).
    End,
}

impl Piece {
    /// Does an attempt commit with it? Thoughts and signs of life are no content.
    pub fn is_content(&self) -> bool {
        match self {
            Piece::Text { text, .. } | Piece::Refusal { text, .. } => !text.is_empty(),
            Piece::ToolCall { .. } => true,
            _ => false,
        }
    }
}

impl Piece {
    /// What it adds to the answer, as text.
    pub(crate) fn said(&self) -> &str {
        match self {
            Piece::Text { text, .. } | Piece::Thinking { text, .. } | Piece::Refusal { text, .. } | Piece::Arguments { json: text, .. } => {
                text
            }
            Piece::Signature { signature: text, .. } | Piece::HiddenThinking { data: text, .. } | Piece::ToolCall { name: text, .. } => {
                text
            }
            Piece::Start { .. } | Piece::Finish(_) | Piece::Usage(_) | Piece::Ping | Piece::Error(_) | Piece::End => "",
        }
    }
}

/// Reads one upstream's stream.
pub trait Decoder: Send {
    /// The pieces of one event, added to `out`.
    ///
    /// # Errors
    /// A sentence, for data that is none of the dialect's.
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), String>;

    /// The number behind the last event's, where the dialect numbers its events.
    fn next_number(&self) -> u64 {
        0
    }
}

/// Writes one caller's stream. What it writes are whole events.
pub trait Encoder: Send {
    /// The events for one piece, appended to `out`; none for what the dialect has no word for.
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>);

    /// The stream's end, once: whatever is open is closed, the finish, the usage where it is wanted, and the
    /// terminal event.
    fn end(&mut self, out: &mut Vec<u8>);

    /// The number that the next event would have, where the dialect numbers its events.
    fn next_number(&self) -> u64 {
        0
    }
}

/// What the caller asked in, for those who write the answer.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Its body, as it came.
    pub body: Bytes,
    /// It asked for usage in the stream (OpenAI chat); other dialects always have it.
    pub include_usage: bool,
    /// Input tokens, estimated: what a dialect that tells its usage first says of them.
    pub input_tokens: u64,
    /// When the answer begins, in seconds since 1970: what `created` says.
    pub created: u64,
    /// What the answer is called where its upstream gave it no id, without a prefix.
    pub id: String,
}

impl Caller {
    /// The model as the caller named it: what an answer says whose upstream names none. Reads the body.
    pub fn model(&self) -> String {
        let mut model = String::new();
        let text = std::str::from_utf8(&self.body).unwrap_or_default();
        // What is no request names none.
        let _ = Scanner::new(text).object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("model", Kind::String) => model = scan.string()?.decode().into_owned(),
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        });
        model
    }
}

/// A whole answer as the pieces of a stream.
pub fn pieces(answer: &Completion) -> Vec<Piece> {
    use super::prompt::Part;
    let mut all = vec![Piece::Start { id: answer.id.clone(), model: answer.model.clone() }];
    for (at, part) in (0..).zip(&answer.parts) {
        match part {
            Part::Text { text, .. } => all.push(Piece::Text { at, text: text.clone() }),
            Part::Thinking { text, signature, hidden } => {
                if let Some(data) = hidden {
                    all.push(Piece::HiddenThinking { at, data: data.clone() });
                }
                if !text.is_empty() {
                    all.push(Piece::Thinking { at, text: text.clone() });
                }
                all.extend(signature.clone().map(|signature| Piece::Signature { at, signature }));
            }
            Part::ToolCall { id, name, arguments, custom, .. } => {
                all.push(Piece::ToolCall { at, id: id.clone(), name: name.clone(), custom: *custom });
                all.push(Piece::Arguments { at, json: arguments.clone() });
            }
            Part::Refusal(text) => all.push(Piece::Refusal { at, text: text.clone() }),
            Part::Image { .. } | Part::Document { .. } | Part::Audio { .. } | Part::ToolResult { .. } => {}
        }
    }
    all.extend(answer.finish.clone().map(Piece::Finish));
    all.extend(answer.usage.map(Piece::Usage));
    all.push(Piece::End);
    all
}
