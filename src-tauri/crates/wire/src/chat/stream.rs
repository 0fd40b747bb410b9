//! Judges a stream, event by event and at its end.
//!
//! | seen so far | the stream ends | verdict |
//! |---|---|---|
//! | a finish reason for every choice | with or without `[DONE]` | complete |
//! | content, no finish reason | with `[DONE]` | complete |
//! | neither content nor finish reason | with `[DONE]` | incomplete |
//! | anything else | without `[DONE]` | incomplete |
//! | an error event, or data that is no JSON | any way | incomplete |

use super::reply::{self, Envelope};
use super::said::Said;
use crate::Usage;
use crate::json::{Kind, Scanner};
use crate::reply::ReplyFacts;
use crate::sse::Event;
use crate::upstream_error::{self, UpstreamFailure};

/// What one event is.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// A comment or an empty event: nothing but a sign of life.
    Comment,
    /// A chunk. `content` is true for text, a tool call or a refusal; a role-only first chunk and
    /// reasoning are none.
    Delta {
        /// Whether an attempt commits with it.
        content: bool,
    },
    /// The extra chunk with usage and no choices: hidden from a caller that did not ask for it.
    UsageOnly,
    /// `[DONE]`.
    Done,
    /// The upstream says that it failed.
    Error(UpstreamFailure),
    /// Data that is no chunk; the text says what is wrong with it.
    Garbage(String),
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEnd {
    /// With a terminal event.
    Complete,
    /// Without one; the sentence says what is missing.
    Incomplete(String),
}

/// Reads a stream's events and remembers what accounting needs.
#[derive(Debug, Clone, Default)]
pub struct StreamReader {
    model: Option<String>,
    usage: Option<Usage>,
    finish_reason: Option<String>,
    output_chars: u64,
    has_content: bool,
    done: bool,
    failure: Option<String>,
    /// Choices seen and finished, one bit for each index (the last bit for all above 62).
    seen: u64,
    finished: u64,
    /// Gathered only for those who look at the answer.
    said: Option<Box<Said>>,
}

impl StreamReader {
    /// The terminal event.
    pub const DONE: &[u8] = b"data: [DONE]\n\n";

    /// A reader for a new stream.
    pub fn new() -> StreamReader {
        StreamReader::default()
    }

    /// A reader that also gathers what the stream says.
    pub fn gathering() -> StreamReader {
        StreamReader { said: Some(Box::default()), ..StreamReader::default() }
    }

    /// Reads the next event.
    pub fn read(&mut self, event: &Event) -> StreamEvent {
        let Some(data) = event.data.as_deref().map(<[u8]>::trim_ascii) else {
            return StreamEvent::Comment;
        };
        if data == b"[DONE]" {
            self.done = true;
            return StreamEvent::Done;
        }
        if data.is_empty() {
            return StreamEvent::Comment;
        }
        let is_error = event.name.as_deref() == Some(b"error");
        match parse(data, is_error) {
            Ok(chunk) => {
                if let (Some(said), Ok(text)) = (&mut self.said, std::str::from_utf8(data)) {
                    said.add(text);
                }
                self.take(chunk)
            }
            Err(problem) => {
                self.fail(&problem);
                StreamEvent::Garbage(problem)
            }
        }
    }

    fn take(&mut self, chunk: Envelope) -> StreamEvent {
        let facts = chunk.facts;
        if let Some(failure) = facts.error {
            self.fail(&format!("the upstream reported an error: {}", failure.message));
            return StreamEvent::Error(failure);
        }
        let usage_only = chunk.choices == Some(0) && facts.usage.is_some();
        self.model = self.model.take().or(facts.model);
        self.usage = facts.usage.or(self.usage);
        self.finish_reason = self.finish_reason.take().or(facts.finish_reason);
        self.output_chars += facts.output_chars;
        self.has_content |= facts.has_content;
        self.seen |= chunk.seen;
        self.finished |= chunk.finished;
        if usage_only {
            return StreamEvent::UsageOnly;
        }
        StreamEvent::Delta { content: facts.has_content }
    }

    fn fail(&mut self, problem: &str) {
        self.failure.get_or_insert_with(|| problem.to_owned());
    }

    /// The verdict, once the upstream has closed the stream.
    pub fn end(&self) -> StreamEnd {
        let all_finished = self.seen != 0 && self.finished == self.seen;
        let missing = match &self.failure {
            Some(problem) => problem,
            None if all_finished || (self.done && self.has_content) => return StreamEnd::Complete,
            None if self.done => "the stream ended with [DONE] but without any content",
            None if self.has_content => "the stream broke off: no finish reason and no [DONE]",
            None => "the stream ended without any content",
        };
        StreamEnd::Incomplete(missing.to_owned())
    }

    /// What the stream said, where it was gathered.
    pub fn take_said(&mut self) -> Option<Box<Said>> {
        self.said.take()
    }

    /// The model that the upstream says answers.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The last usage reported, if any was.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// The first finish reason.
    pub fn finish_reason(&self) -> Option<&str> {
        self.finish_reason.as_deref()
    }

    /// Characters written so far, reasoning included.
    pub fn output_chars(&self) -> u64 {
        self.output_chars
    }

    /// Whether any content came.
    pub fn has_content(&self) -> bool {
        self.has_content
    }

    /// Whether `[DONE]` came.
    pub fn is_done(&self) -> bool {
        self.done
    }
}

fn parse(data: &[u8], is_error: bool) -> Result<Envelope, String> {
    let text = std::str::from_utf8(data).map_err(|_| "the upstream sent an event that is not valid UTF-8".to_owned())?;
    if is_error {
        let error = Some(upstream_error::in_body(text));
        let facts = ReplyFacts { error, ..Default::default() };
        return Ok(Envelope { facts, ..Envelope::default() });
    }
    let mut scan = Scanner::new(text);
    let read = scan.kind().and_then(|kind| match kind {
        Kind::Object => {
            let chunk = reply::envelope(&mut scan)?;
            scan.end().map(|()| Some(chunk))
        }
        _ => Ok(None),
    });
    match read {
        Ok(Some(chunk)) => Ok(chunk),
        Ok(None) => Err("the upstream sent an event that is no JSON object".to_owned()),
        Err(fault) => Err(format!("the upstream sent an event that is not valid JSON: {fault}")),
    }
}

#[cfg(test)]
mod tests;
