//! The one pass over a request's bytes. What a member means is its dialect's business; that members are there,
//! once, and where they stand is the same for all.

use std::ops::Range;

use super::{Facts, Member, StreamOptions};
use crate::json::{Kind, Scanner, Text};
use crate::tags::{self, Tags};
use crate::{Dialect, RequestError, SyntaxError, chat, completions, embeddings, messages, responses};

/// A fault while reading: syntax faults get their line only once the body is at hand.
pub(crate) enum Fault {
    Syntax(SyntaxError),
    Request(RequestError),
}

impl Fault {
    pub(super) fn placed(self, body: &[u8]) -> RequestError {
        match self {
            Fault::Syntax(fault) => RequestError::not_json(fault, body),
            Fault::Request(error) => error,
        }
    }

    pub(crate) fn wrong_type(param: &str, expected: &'static str, found: impl Into<String>) -> Fault {
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

/// What has been read so far.
pub(crate) struct Reading {
    dialect: Dialect,
    pub(crate) facts: Facts,
    pub(super) members: Vec<Member>,
    pub(crate) stream_options: Option<StreamOptions>,
    /// Lists and objects within the body from which ours are taken out: where each member stands, and whether it is ours.
    pub(crate) own: Vec<Vec<(Range<usize>, bool)>>,
    /// One bit for each of the members that may be there once only.
    seen: u64,
}

/// The members of every dialect that we read.
const OWN: [&str; 3] = ["mlx:tags", "mlx:end_user", "mlx:trace"];

/// What a dialect reads of a request.
pub(crate) struct Grammar {
    /// Members that are read, all of which may be there once only.
    pub(crate) read: &'static [&'static str],
    /// Those that have to be there.
    pub(crate) required: &'static [&'static str],
    /// Reads the value of one of them.
    pub(crate) member: fn(&mut Reading, &mut Scanner<'_>, &str) -> Result<(), Fault>,
}

fn grammar(dialect: Dialect) -> &'static Grammar {
    match dialect {
        // Nobody calls us in Bedrock's words.
        Dialect::OpenAiChat | Dialect::BedrockConverse => &chat::GRAMMAR,
        Dialect::OpenAiResponses => &responses::GRAMMAR,
        Dialect::AnthropicMessages => &messages::GRAMMAR,
        Dialect::OpenAiCompletions => &completions::GRAMMAR,
        Dialect::OpenAiEmbeddings => &embeddings::GRAMMAR,
    }
}

impl Reading {
    pub(super) fn new(dialect: Dialect) -> Reading {
        Reading { dialect, facts: Facts::default(), members: Vec::with_capacity(12), stream_options: None, own: Vec::new(), seen: 0 }
    }

    pub(super) fn read(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
        let kind = scan.kind()?;
        if kind != Kind::Object {
            // Broken text is reported as such before its kind is.
            scan.skip()?;
            scan.end()?;
            return Err(RequestError::NotAnObject { found: kind.name() }.into());
        }
        let grammar = grammar(self.dialect);
        scan.object(|scan, key| self.member(grammar, scan, key))?;
        scan.end()?;
        for param in grammar.required {
            if !self.has_seen(grammar, param) {
                return Err(RequestError::Missing { param: (*param).to_owned() }.into());
            }
        }
        Ok(())
    }

    fn member<'a>(&mut self, grammar: &Grammar, scan: &mut Scanner<'a>, key: Text<'a>) -> Result<(), Fault> {
        let name = key.decode();
        let start = scan.pos();
        match bit(grammar, &name) {
            None => scan.skip()?,
            Some(bit) => {
                if self.seen & bit != 0 {
                    return Err(RequestError::Duplicate { param: name.into_owned() }.into());
                }
                self.seen |= bit;
                self.value(grammar, scan, &name)?;
            }
        }
        let raw = key.start + 1;
        self.members.push(Member {
            name: raw..raw + key.raw.len(),
            decoded: (*name != *key.raw).then(|| name.into()),
            value: start..scan.pos(),
        });
        Ok(())
    }

    fn has_seen(&self, grammar: &Grammar, name: &str) -> bool {
        bit(grammar, name).is_some_and(|bit| self.seen & bit != 0)
    }

    fn value(&mut self, grammar: &Grammar, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
        let facts = &mut self.facts;
        match name {
            "model" => facts.model = model(scan)?,
            "mlx:tags" => facts.mlx.tags = read_tags(scan)?,
            "mlx:end_user" => facts.mlx.end_user = optional_string(scan, name)?,
            "mlx:trace" => facts.mlx.trace = optional_bool(scan, name)?.unwrap_or(false),
            _ => (grammar.member)(self, scan, name)?,
        }
        Ok(())
    }

    /// OpenAI's `metadata`: the ids that a caller may put there.
    pub(crate) fn metadata(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
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

    /// A list of tools: that there are any, and their size.
    pub(crate) fn tools(&mut self, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
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

    /// OpenAI's `stream_options`.
    pub(crate) fn stream_options(&mut self, scan: &mut Scanner<'_>) -> Result<(), Fault> {
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

/// The bit of a member that may be there once only.
fn bit(grammar: &Grammar, name: &str) -> Option<u64> {
    let known = OWN.iter().chain(["model"].iter()).chain(grammar.read).position(|known| *known == name)?;
    Some(1 << known)
}

pub(crate) fn expect(scan: &mut Scanner<'_>, param: &str, expected: Kind) -> Result<(), Fault> {
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

pub(crate) fn optional_string(scan: &mut Scanner<'_>, param: &str) -> Result<Option<String>, Fault> {
    if scan.null()? {
        return Ok(None);
    }
    expect(scan, param, Kind::String)?;
    Ok(Some(scan.string()?.decode().into_owned()))
}

pub(crate) fn optional_bool(scan: &mut Scanner<'_>, param: &str) -> Result<Option<bool>, Fault> {
    if scan.null()? {
        return Ok(None);
    }
    expect(scan, param, Kind::Bool)?;
    Ok(Some(scan.bool()?))
}

pub(crate) fn optional_count(scan: &mut Scanner<'_>, param: &str) -> Result<Option<u64>, Fault> {
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
