//! A pull scanner over JSON text: validates every byte, builds nothing.
//!
//! Strings stay as they were written, so that lone surrogates, numbers beyond `f64` and key order
//! are no concern of ours. The caller asks for what it wants and skips the rest.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Containers may nest this deep; `serde_json` and most upstreams stop at the same depth.
const MAX_DEPTH: u32 = 128;

/// Text that is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct SyntaxError {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// What is wrong, in plain words.
    pub what: &'static str,
}

impl SyntaxError {
    /// One-based line and column (in characters) of the fault in `text`.
    pub fn line_and_column(&self, text: &[u8]) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        (line, column)
    }
}

/// The kind of the value that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// How an error message calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Bool => "a boolean",
            Kind::Null => "null",
        }
    }
}

/// A string as it stands in the text, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    /// The bytes between the quotes, escapes included.
    pub(crate) raw: &'a str,
    /// Offset of the opening quote.
    pub(crate) start: usize,
    /// Written characters that escapes cost beyond the one that each stands for.
    escape_overhead: usize,
}

impl<'a> Text<'a> {
    /// The string's meaning; a lone surrogate becomes U+FFFD.
    pub(crate) fn decode(&self) -> Cow<'a, str> {
        if self.escape_overhead > 0 { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }

    /// Characters in the decoded string (a surrogate pair written as two escapes counts as two).
    pub(crate) fn chars(&self) -> u64 {
        (self.raw.chars().count() - self.escape_overhead) as u64
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }
}

fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (decoded, length) = unescape_one(&rest[at..]);
        out.push(decoded);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// The character that the escape at the start of `text` stands for, and the bytes it takes.
fn unescape_one(text: &str) -> (char, usize) {
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unescape_unicode(text),
        Some(&other) => other as char,
        None => char::REPLACEMENT_CHARACTER,
    };
    (simple, 2)
}

fn unescape_unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(hex, 16).ok()
    };
    let Some(first) = unit(0) else {
        return (char::REPLACEMENT_CHARACTER, text.len());
    };
    if let (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) = (first, unit(6)) {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// The scanner. Every reading method expects to stand at (or before white space before) a value
/// and leaves the scanner just behind it.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    depth: u32,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Scanner { text, pos: 0, depth: 0 }
    }

    /// Offset of the next byte to read.
    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    /// The kind of the next value, which is not consumed.
    pub(crate) fn kind(&mut self) -> Result<Kind, SyntaxError> {
        self.space();
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => Err(self.fault("a value was expected")),
            None => Err(self.fault("the text ends where a value was expected")),
        }
    }

    /// Reads an object; `member` is called behind each key and must consume its value.
    pub(crate) fn object<E: From<SyntaxError>>(&mut self, mut member: impl FnMut(&mut Self, Text<'a>) -> Result<(), E>) -> Result<(), E> {
        self.open(b'{', "an object was expected")?;
        if self.eat(b'}') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            member(self, key)?;
            if !self.another(b'}', "`,` or `}` was expected")? {
                return Ok(());
            }
        }
    }

    /// Reads an array; `element` must consume one value.
    pub(crate) fn array<E: From<SyntaxError>>(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.open(b'[', "an array was expected")?;
        if self.eat(b']') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.space();
            element(self)?;
            if !self.another(b']', "`,` or `]` was expected")? {
                return Ok(());
            }
        }
    }

    pub(crate) fn string(&mut self) -> Result<Text<'a>, SyntaxError> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.fault("a string was expected"));
        }
        let bytes = self.text.as_bytes();
        let start = self.pos;
        let mut at = start + 1;
        let mut escape_overhead = 0;
        loop {
            at += plain_run(&bytes[at..]);
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let length = escape_length(&bytes[at..]).ok_or(SyntaxError { offset: at, what: "an escape sequence is invalid" })?;
                    at += length;
                    escape_overhead += length - 1;
                }
                Some(_) => {
                    let what = "a control character stands unescaped in a string";
                    return Err(SyntaxError { offset: at, what });
                }
                None => {
                    return Err(SyntaxError { offset: start, what: "a string is not closed" });
                }
            }
        }
        self.pos = at + 1;
        Ok(Text { raw: &self.text[start + 1..at], start, escape_overhead })
    }

    pub(crate) fn bool(&mut self) -> Result<bool, SyntaxError> {
        self.space();
        if self.peek() == Some(b't') {
            return self.literal("true").map(|()| true);
        }
        self.literal("false").map(|()| false)
    }

    /// The number as written.
    pub(crate) fn number(&mut self) -> Result<&'a str, SyntaxError> {
        self.space();
        let start = self.pos;
        let length = number_length(&self.text.as_bytes()[start..]).ok_or(SyntaxError { offset: start, what: "a number is malformed" })?;
        self.pos += length;
        Ok(&self.text[start..self.pos])
    }

    /// Consumes a `null`, if one comes next.
    pub(crate) fn null(&mut self) -> Result<bool, SyntaxError> {
        if self.kind()? != Kind::Null {
            return Ok(false);
        }
        self.literal("null").map(|()| true)
    }

    /// Validates and steps over any value.
    pub(crate) fn skip(&mut self) -> Result<(), SyntaxError> {
        match self.kind()? {
            Kind::Object => self.object(|scan, _| scan.skip()),
            Kind::Array => self.array(Self::skip),
            Kind::String => self.string().map(|_| ()),
            Kind::Number => self.number().map(|_| ()),
            Kind::Bool => self.bool().map(|_| ()),
            Kind::Null => self.literal("null"),
        }
    }

    /// Validates any value and gives it as written.
    pub(crate) fn raw(&mut self) -> Result<&'a str, SyntaxError> {
        self.space();
        let start = self.pos;
        self.skip()?;
        Ok(&self.text[start..self.pos])
    }

    /// Any value as a tree. Where text is allowed what a tree cannot hold, it is the next best: a lone
    /// surrogate is U+FFFD, a number beyond `f64` null.
    pub(crate) fn value(&mut self) -> Result<Value, SyntaxError> {
        Ok(match self.kind()? {
            Kind::Object => {
                let mut members = Map::new();
                self.object(|scan, key| {
                    members.insert(key.decode().into_owned(), scan.value()?);
                    Ok::<_, SyntaxError>(())
                })?;
                Value::Object(members)
            }
            Kind::Array => {
                let mut list = Vec::new();
                self.array(|scan| {
                    list.push(scan.value()?);
                    Ok::<_, SyntaxError>(())
                })?;
                Value::Array(list)
            }
            Kind::String => Value::String(self.string()?.decode().into_owned()),
            Kind::Number => serde_json::from_str(self.number()?).unwrap_or_default(),
            Kind::Bool => Value::Bool(self.bool()?),
            Kind::Null => {
                self.skip()?;
                Value::Null
            }
        })
    }

    /// Refuses anything but white space after the value.
    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("there is more text after the end of the value")),
        }
    }

    fn key(&mut self) -> Result<Text<'a>, SyntaxError> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in double quotes was expected"));
        }
        let key = self.string()?;
        if !self.eat(b':') {
            return Err(self.fault("`:` was expected"));
        }
        self.space();
        Ok(key)
    }

    fn open(&mut self, bracket: u8, what: &'static str) -> Result<(), SyntaxError> {
        if !self.eat(bracket) {
            return Err(self.fault(what));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("values are nested more than 128 levels deep"));
        }
        Ok(())
    }

    /// True behind a comma, false behind the closing `bracket`.
    fn another(&mut self, bracket: u8, what: &'static str) -> Result<bool, SyntaxError> {
        if self.eat(b',') {
            return Ok(true);
        }
        if self.eat(bracket) {
            self.depth -= 1;
            return Ok(false);
        }
        Err(self.fault(what))
    }

    fn literal(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        self.space();
        if !self.text.as_bytes()[self.pos..].starts_with(word.as_bytes()) {
            return Err(self.fault("a value was expected"));
        }
        self.pos += word.len();
        Ok(())
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn fault(&self, what: &'static str) -> SyntaxError {
        SyntaxError { offset: self.pos, what }
    }
}

/// Length of the run of bytes at the start that are neither a quote, nor a backslash, nor a control
/// character. Text with many escapes goes eight bytes at a time; behind 32 plain ones it is taken for long prose, and
/// goes in blocks that the compiler makes vectors of.
fn plain_run(bytes: &[u8]) -> usize {
    let start = bytes.len().min(32);
    let mut at = plain_words(&bytes[..start]);
    if at == start {
        let (blocks, _) = bytes[at..].as_chunks();
        at += 64 * blocks.iter().take_while(|block| !has_special(block)).count();
        at += plain_words(&bytes[at..]);
    }
    at
}

fn has_special(block: &[u8; 64]) -> bool {
    let special = |byte: u8| u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20);
    block.iter().fold(0, |any, byte| any | special(*byte)) != 0
}

fn plain_words(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        // `chunks_exact` makes every chunk eight bytes long.
        let marks = special_bytes(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    at + words.remainder().iter().position(is_special).unwrap_or(words.remainder().len())
}

/// Marks the lowest special byte of a word by its highest bit (bytes above it may be marked wrongly).
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    (below(word, 0x20) | quote | backslash) & HIGH
}

fn escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests;
