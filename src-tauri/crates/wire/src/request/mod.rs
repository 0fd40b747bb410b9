//! Reads what routing needs to know from a request's bytes, in one pass.

use std::ops::Range;

use bytes::Bytes;

mod edit;
mod outgoing;
mod params;
mod place;
pub(crate) mod reading;
mod texts;

use self::reading::Reading;
use crate::json::Scanner;
use crate::tags::Tags;
use crate::usage::tokens_for_chars;
use crate::{Dialect, RequestError};

pub use outgoing::{Outgoing, Quirks, Thoughts, UpstreamEdit};

/// A request: the bytes as they came, and the facts read from them.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it is written in.
    pub dialect: Dialect,
    pub(crate) body: Bytes,
    /// What was read.
    pub facts: Facts,
    pub(crate) members: Vec<Member>,
    pub(crate) stream_options: Option<StreamOptions>,
    /// Lists and objects within the body from which ours are taken out: where each member stands, and whether it is ours.
    pub(crate) own: Vec<Vec<(Range<usize>, bool)>>,
}

/// What routing, budgets and the log need to know of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The model name as the caller wrote it; never empty.
    pub model: String,
    /// Whether the caller asked for a stream.
    pub stream: bool,
    /// The caller's own `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    /// `max_completion_tokens`, else `max_tokens`.
    pub max_tokens: Option<u64>,
    /// Whether at least one tool (or legacy function) is offered.
    pub has_tools: bool,
    /// Whether a message holds an image.
    pub has_images: bool,
    /// Whether `response_format` asks for a JSON object or a JSON schema.
    pub wants_json: bool,
    /// Whether it asks for a JSON schema.
    pub wants_schema: bool,
    /// Messages in the request.
    pub messages: u32,
    /// Answers asked for (`n`).
    pub n: Option<u64>,
    /// Characters of text in messages, tool calls and tool definitions; no images, no audio.
    pub input_chars: u64,
    /// OpenAI's `user`.
    pub user: Option<String>,
    /// `metadata.trace_id`.
    pub trace_id: Option<String>,
    /// `metadata.conversation_id`.
    pub conversation_id: Option<String>,
    /// The answer that OpenAI keeps and this request goes on from (`previous_response_id`): only its provider has it.
    pub previous_response: Option<String>,
    /// Our own members, which never go upstream.
    pub mlx: MlxFields,
}

impl Facts {
    /// Input tokens, estimated: characters of text divided by four, rounded up. Images and audio
    /// are not counted.
    pub fn input_tokens_estimate(&self) -> u64 {
        tokens_for_chars(self.input_chars)
    }
}

/// The top-level members whose names start with `mlx:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MlxFields {
    /// `mlx:tags`.
    pub tags: Tags,
    /// `mlx:end_user`.
    pub end_user: Option<String>,
    /// `mlx:trace`: the caller wants the trace in the answer.
    pub trace: bool,
}

/// Where a top-level member stands in the body.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The name between its quotes.
    name: Range<usize>,
    /// The name's meaning, where it is written with escapes.
    decoded: Option<Box<str>>,
    /// The value, without white space around it.
    pub(crate) value: Range<usize>,
}

impl Member {
    pub(crate) fn name<'a>(&'a self, body: &'a [u8]) -> &'a [u8] {
        match &self.decoded {
            Some(name) => name.as_bytes(),
            None => &body[self.name.clone()],
        }
    }

    /// Offset of the opening quote of the name.
    pub(crate) fn start(&self) -> usize {
        self.name.start - 1
    }

    pub(crate) fn is_mlx(&self, body: &[u8]) -> bool {
        self.name(body).starts_with(b"mlx:")
    }
}

/// How `stream_options` stands in the body.
#[derive(Debug, Clone)]
pub(crate) enum StreamOptions {
    /// `null`.
    Null,
    /// An object: where its first member would go, whether it has any, and the value of
    /// `include_usage`.
    Object { inside: usize, is_empty: bool, include_usage: Option<Range<usize>> },
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// A body that is no JSON object, that lacks what its dialect needs (`model`, `messages` …), in which a
    /// member that we read is of the wrong type or there twice, or whose tags break the rules. Members that
    /// we do not read are only checked to be JSON.
    pub fn read(dialect: Dialect, body: Bytes) -> Result<Request, RequestError> {
        let text = as_text(&body)?;
        let mut reading = Reading::new(dialect);
        let mut scan = Scanner::new(text);
        reading.read(&mut scan).map_err(|error| error.placed(&body))?;
        let Reading { facts, members, stream_options, own, .. } = reading;
        Ok(Request { dialect, body, facts, members, stream_options, own })
    }

    /// The request's bytes as they came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

fn as_text(body: &[u8]) -> Result<&str, RequestError> {
    if body.trim_ascii().is_empty() {
        return Err(RequestError::EmptyBody);
    }
    if body.starts_with(b"\xEF\xBB\xBF") {
        return Err(RequestError::ByteOrderMark);
    }
    simdutf8::compat::from_utf8(body).map_err(|error| RequestError::NotUtf8 { offset: error.valid_up_to() })
}

#[cfg(test)]
mod tests;
