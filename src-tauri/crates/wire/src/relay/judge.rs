//! Judges a stream by its pieces.
//!
//! | seen so far | the stream ends | verdict |
//! |---|---|---|
//! | why it ends | any way | complete |
//! | content | with its terminal event | complete |
//! | no content | with its terminal event | incomplete |
//! | anything else | without its terminal event | incomplete |
//! | an error event, or data of no known form | any way | incomplete |

use crate::Usage;
use crate::chat::Said;
use crate::hub::{Completion, Finish, Part, Piece};

/// What accounting needs of a stream.
#[derive(Debug, Default)]
pub struct Judge {
    model: Option<String>,
    id: Option<String>,
    usage: Option<Usage>,
    finish: Option<Finish>,
    output_chars: u64,
    has_content: bool,
    is_ended: bool,
    failure: Option<String>,
    /// Gathered only for those who look at the answer.
    said: Option<Box<Completion>>,
    /// Which part the gathered last one is.
    at: Option<u32>,
}

impl Judge {
    /// A judge of a new stream.
    pub fn new(gather: bool) -> Judge {
        Judge { said: gather.then(Box::default), ..Judge::default() }
    }

    /// Takes in the next piece.
    pub fn take(&mut self, piece: &Piece) {
        self.has_content |= piece.is_content();
        match piece {
            Piece::Start { id, model } => {
                self.model = self.model.take().or_else(|| model.clone());
                self.id = self.id.take().or_else(|| id.clone());
            }
            Piece::Text { text, .. } | Piece::Thinking { text, .. } | Piece::Refusal { text, .. } | Piece::Arguments { json: text, .. } => {
                self.output_chars += text.chars().count() as u64;
            }
            Piece::ToolCall { name, .. } => self.output_chars += name.chars().count() as u64,
            Piece::Finish(finish) => {
                self.finish.get_or_insert_with(|| finish.clone());
            }
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::End => self.is_ended = true,
            Piece::Signature { .. } | Piece::HiddenThinking { .. } | Piece::Ping | Piece::Error(_) => {}
        }
        self.gather(piece);
    }

    fn gather(&mut self, piece: &Piece) {
        let Some(said) = &mut self.said else { return };
        let (at, part) = match piece {
            Piece::Text { at, text } => (*at, Part::text(text)),
            Piece::Refusal { at, text } => (*at, Part::Refusal(text.clone())),
            Piece::ToolCall { at, id, name, custom } => {
                let (id, name) = (id.clone(), name.clone());
                (*at, Part::ToolCall { id, name, arguments: String::new(), custom: *custom, cache: false })
            }
            Piece::Arguments { json, .. } => {
                if let Some(Part::ToolCall { arguments, .. }) = said.parts.last_mut() {
                    arguments.push_str(json);
                }
                return;
            }
            _ => return,
        };
        match (said.parts.last_mut(), part) {
            (Some(Part::Text { text, .. }), Part::Text { text: more, .. }) if self.at == Some(at) => text.push_str(&more),
            (Some(Part::Refusal(text)), Part::Refusal(more)) if self.at == Some(at) => text.push_str(&more),
            (_, part) => said.parts.push(part),
        }
        self.at = Some(at);
    }

    /// The stream is broken, for this reason.
    pub fn fail(&mut self, problem: &str) {
        self.failure.get_or_insert_with(|| problem.to_owned());
    }

    /// The verdict, at the stream's end.
    ///
    /// # Errors
    /// A sentence on what is missing.
    pub fn end(&self) -> Result<(), String> {
        let missing = match &self.failure {
            Some(problem) => problem,
            None if self.finish.is_some() || (self.is_ended && self.has_content) => return Ok(()),
            None if self.is_ended => "the stream ended without any content",
            None if self.has_content => "the stream broke off: no reason for its end and no terminal event",
            None => "the stream ended without any content",
        };
        Err(missing.to_owned())
    }

    /// What the stream said, where it was gathered.
    pub fn take_said(&mut self) -> Option<Box<Said>> {
        let said = self.said.take()?;
        Some(Box::new(Said::of_completion(&Completion { finish: self.finish.clone(), ..*said })))
    }

    /// The model that the upstream says answers.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The upstream's id of the answer.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The last usage reported.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Characters written so far.
    pub fn output_chars(&self) -> u64 {
        self.output_chars
    }
}
