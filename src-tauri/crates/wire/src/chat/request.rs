//! Reads what routing needs to know from a request's bytes, in one pass.

use std::ops::Range;

use bytes::Bytes;

use super::scan;
use crate::json::{Kind, Scanner, Text};
use crate::tags::{self, Tags};
use crate::usage::tokens_for_chars;
use crate::{RequestError, SyntaxError};

/// A chat request: the bytes as they came, and the facts read from them.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    pub(super) body: Bytes,
    /// What was read.
    pub facts: Facts,
    pub(super) members: Vec<Member>,
    pub(super) stream_options: Option<StreamOptions>,
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
pub(super) struct Member {
    /// The name between its quotes.
    name: Range<usize>,
    /// The name's meaning, where it is written with escapes.
    decoded: Option<Box<str>>,
    /// The value, without white space around it.
    pub(super) value: Range<usize>,
}

impl Member {
    pub(super) fn name<'a>(&'a self, body: &'a [u8]) -> &'a [u8] {
        match &self.decoded {
            Some(name) => name.as_bytes(),
            None => &body[self.name.clone()],
        }
    }

    /// Offset of the opening quote of the name.
    pub(super) fn start(&self) -> usize {
        self.name.start - 1
    }

    pub(super) fn is_mlx(&self, body: &[u8]) -> bool {
        self.name(body).starts_with(b"mlx:")
    }
}

/// How `stream_options` stands in the body.
#[derive(Debug, Clone)]
pub(super) enum StreamOptions {
    /// `null`.
    Null,
    /// An object: where its first member would go, whether it has any, and the value of
    /// `include_usage`.
    Object { inside: usize, is_empty: bool, include_usage: Option<Range<usize>> },
}

impl ChatRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// A body that is no JSON object, that lacks `model` or `messages`, in which a member that we
    /// read is of the wrong type or there twice, or whose tags break the rules. Members that we do
    /// not read are only checked to be JSON.
    pub fn read(body: Bytes) -> Result<ChatRequest, RequestError> {
        let text = as_text(&body)?;
        let mut reader = Reader::default();
        let mut scan = Scanner::new(text);
        reader.read(&mut scan).map_err(|error| error.placed(&body))?;
        let Reader { facts, members, stream_options, .. } = reader;
        Ok(ChatRequest { body, facts, members, stream_options })
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

/// A fault while reading: syntax faults get their line only once the body is at hand.
pub(super) enum Fault {
    Syntax(SyntaxError),
    Request(RequestError),
}

impl Fault {
    fn placed(self, body: &[u8]) -> RequestError {
        match self {
            Fault::Syntax(fault) => RequestError::not_json(fault, body),
            Fault::Request(error) => error,
        }
    }

    fn wrong_type(param: &str, expected: &'static str, found: impl Into<String>) -> Fault {
        let (param, found) = (param.to_owned(), found.into());
        Fault::Request(RequestError::WrongType { param, expected, found })
    }
}

impl From<SyntaxError> for Fault {
    fn from(fault: SyntaxError) -> Fault {
        Fault::Syntax(fault)
    }
}

impl From<RequestError> for Fault {
    fn from(error: RequestError) -> Fault {
        Fault::Request(error)
    }
}

#[derive(Default)]
struct Reader {
    facts: Facts,
    members: Vec<Member>,
    stream_options: Option<StreamOptions>,
    max_completion_tokens: Option<u64>,
    /// One bit for each of [`READ`] that was seen.
    seen: u32,
}

/// The members that we read, all of which may be there once only.
const READ: [&str; 15] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "user",
    "tools",
    "functions",
    "response_format",
    "metadata",
    "mlx:tags",
    "mlx:end_user",
    "mlx:trace",
];

impl Reader {
    fn read(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
        let kind = scan.kind()?;
        if kind != Kind::Object {
            // Broken text is reported as such before its kind is.
            scan.skip()?;
            scan.end()?;
            return Err(RequestError::NotAnObject { found: kind.name() }.into());
        }
        self.members.reserve(12);
        scan.object(|scan, key| self.member(scan, key))?;
        scan.end()?;
        for (bit, param) in ["model", "messages"].into_iter().enumerate() {
            if self.seen & (1 << bit) == 0 {
                return Err(RequestError::Missing { param: param.to_owned() }.into());
            }
        }
        self.facts.max_tokens = self.max_completion_tokens.or(self.facts.max_tokens);
        Ok(())
    }

    fn member<'a>(&mut self, scan: &mut Scanner<'a>, key: Text<'a>) -> Result<(), Fault> {
        let name = key.decode();
        let start = scan.pos();
        self.once(&name)?;
        self.value(scan, &name)?;
        let raw = key.start + 1;
        self.members.push(Member {
            name: raw..raw + key.raw.len(),
            decoded: (*name != *key.raw).then(|| name.into()),
            value: start..scan.pos(),
        });
        Ok(())
    }

    fn once(&mut self, name: &str) -> Result<(), RequestError> {
        let Some(bit) = READ.iter().position(|known| *known == name) else {
            return Ok(());
        };
        if self.seen & (1 << bit) != 0 {
            return Err(RequestError::Duplicate { param: name.to_owned() });
        }
        self.seen |= 1 << bit;
        Ok(())
    }

    fn value(&mut self, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
        let facts = &mut self.facts;
        match name {
            "model" => facts.model = model(scan)?,
            "messages" => self.messages(scan)?,
            "stream" => facts.stream = optional_bool(scan, name)?.unwrap_or(false),
            "stream_options" => self.stream_options(scan)?,
            "max_tokens" => facts.max_tokens = optional_count(scan, name)?,
            "max_completion_tokens" => self.max_completion_tokens = optional_count(scan, name)?,
            "n" => facts.n = optional_count(scan, name)?,
            "user" => facts.user = optional_string(scan, name)?,
            "tools" | "functions" => self.tools(scan, name)?,
            "response_format" => (facts.wants_json, facts.wants_schema) = wants_json(scan)?,
            "metadata" => self.metadata(scan)?,
            "mlx:tags" => facts.mlx.tags = read_tags(scan)?,
            "mlx:end_user" => facts.mlx.end_user = optional_string(scan, name)?,
            "mlx:trace" => facts.mlx.trace = optional_bool(scan, name)?.unwrap_or(false),
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn messages(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
        expect(scan, "messages", Kind::Array)?;
        let facts = &mut self.facts;
        scan.array(|scan| {
            let kind = scan.kind()?;
            if kind != Kind::Object {
                let param = format!("messages[{}]", facts.messages);
                return Err(Fault::wrong_type(&param, Kind::Object.name(), kind.name()));
            }
            let message = scan::message(scan)?;
            facts.messages += 1;
            facts.input_chars += message.chars;
            facts.has_images |= message.has_images;
            Ok(())
        })
    }

    fn tools(&mut self, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
        if scan.null()? {
            return Ok(());
        }
        expect(scan, name, Kind::Array)?;
        let facts = &mut self.facts;
        scan.array(|scan| {
            facts.has_tools = true;
            facts.input_chars += scan.raw()?.chars().count() as u64;
            Ok(())
        })
    }

    fn metadata(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
        if scan.null()? {
            return Ok(());
        }
        expect(scan, "metadata", Kind::Object)?;
        let facts = &mut self.facts;
        scan.object(|scan, key| {
            match &*key.decode() {
                "trace_id" => facts.trace_id = optional_string(scan, "metadata.trace_id")?,
                "conversation_id" => {
                    facts.conversation_id = optional_string(scan, "metadata.conversation_id")?;
                }
                _ => scan.skip()?,
            }
            Ok(())
        })
    }

    fn stream_options(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
        if scan.null()? {
            self.stream_options = Some(StreamOptions::Null);
            return Ok(());
        }
        expect(scan, "stream_options", Kind::Object)?;
        let inside = scan.pos() + 1;
        let (mut is_empty, mut include_usage) = (true, None);
        let facts = &mut self.facts;
        scan.object(|scan, key| {
            is_empty = false;
            if &*key.decode() != "include_usage" {
                return scan.skip().map_err(Fault::from);
            }
            let param = "stream_options.include_usage";
            let start = scan.pos();
            facts.include_usage = optional_bool(scan, param)?;
            match include_usage.replace(start..scan.pos()) {
                None => Ok(()),
                Some(_) => Err(RequestError::Duplicate { param: param.to_owned() }.into()),
            }
        })?;
        self.stream_options = Some(StreamOptions::Object { inside, is_empty, include_usage });
        Ok(())
    }
}

fn expect(scan: &mut Scanner<'_>, param: &str, expected: Kind) -> Result<(), Fault> {
    let found = scan.kind()?;
    if found == expected {
        return Ok(());
    }
    Err(Fault::wrong_type(param, expected.name(), found.name()))
}

fn model(scan: &mut Scanner<'_>) -> Result<String, Fault> {
    expect(scan, "model", Kind::String)?;
    let model = scan.string()?.decode();
    if model.trim().is_empty() {
        return Err(RequestError::Empty { param: "model".to_owned() }.into());
    }
    Ok(model.into_owned())
}

fn optional_string(scan: &mut Scanner<'_>, param: &str) -> Result<Option<String>, Fault> {
    if scan.null()? {
        return Ok(None);
    }
    expect(scan, param, Kind::String)?;
    Ok(Some(scan.string()?.decode().into_owned()))
}

fn optional_bool(scan: &mut Scanner<'_>, param: &str) -> Result<Option<bool>, Fault> {
    if scan.null()? {
        return Ok(None);
    }
    expect(scan, param, Kind::Bool)?;
    Ok(Some(scan.bool()?))
}

fn optional_count(scan: &mut Scanner<'_>, param: &str) -> Result<Option<u64>, Fault> {
    const EXPECTED: &str = "a whole number of zero or more";
    if scan.null()? {
        return Ok(None);
    }
    let kind = scan.kind()?;
    if kind != Kind::Number {
        return Err(Fault::wrong_type(param, EXPECTED, kind.name()));
    }
    let number = scan.number()?;
    let count = number.parse().map_err(|_| Fault::wrong_type(param, EXPECTED, number.chars().take(40).collect::<String>()))?;
    Ok(Some(count))
}

/// Whether `response_format` asks for JSON, and whether by a schema.
fn wants_json(scan: &mut Scanner<'_>) -> Result<(bool, bool), Fault> {
    let mut wanted = (false, false);
    if scan.null()? {
        return Ok(wanted);
    }
    expect(scan, "response_format", Kind::Object)?;
    scan.object(|scan, key| {
        if &*key.decode() == "type" {
            expect(scan, "response_format.type", Kind::String)?;
            let kind = scan.string()?.decode();
            wanted = (matches!(&*kind, "json_object" | "json_schema"), &*kind == "json_schema");
            return Ok(());
        }
        scan.skip().map_err(Fault::from)
    })?;
    Ok(wanted)
}

fn read_tags(scan: &mut Scanner<'_>) -> Result<Tags, Fault> {
    let mut read = Tags::new();
    if scan.null()? {
        return Ok(read);
    }
    expect(scan, "mlx:tags", Kind::Object)?;
    scan.object(|scan, key| {
        let key = key.decode();
        if scan.kind()? != Kind::String {
            let key = key.chars().take(tags::MAX_KEY_CHARS).collect();
            return Err(RequestError::Tag { key, problem: "the value must be a string" }.into());
        }
        let value = scan.string()?.decode();
        Ok::<_, Fault>(tags::insert(&mut read, &key, &value)?)
    })?;
    Ok(read)
}

#[cfg(test)]
mod tests;
