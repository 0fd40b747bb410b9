//! The filter language of the log, alike in window, API and command line.
//!
//! ```text
//! text ─ parse ─▶ Filter (terms that all must hold) ─ condition ─▶ SQL with bound values
//! ```
//! | term | holds where |
//! |---|---|
//! | `status:error` `status:ok` `status:2xx` `status:404` | the answer was such |
//! | `config:x` `config:x:12` `app:` `provider:` `model:` `requested:` `endpoint:` `strategy:` `error:` `user:` `conversation:` `trace:` | the field is that; `*` and `?` stand for any text and any character |
//! | `tag.key:value` | the request has that tag |
//! | `stream:true` | the caller asked for a stream |
//! | `latency>2s` `ttft>=800ms` `overhead<1ms` `cost>0.01` `tokens>4k` `attempts>1` | the figure is known and such |
//! | `after:2h` `before:2026-11-20T10:00` | it came after, before then; a duration counts back from now |
//! | `"free text"`, `word` | the text is in the error or in the model asked for |
//!
//! `-` before a term takes what the term does not.

mod parse;
mod sql;
mod value;

pub use parse::FilterError;
pub(crate) use sql::Condition;

/// What to take of the log. The default takes everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// All of these must hold.
    pub terms: Vec<Term>,
}

/// One condition, or its opposite.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Take what it does not hold for?
    pub negated: bool,
    /// The condition.
    pub test: Test,
}

/// A condition on one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// How it ended.
    Status(Status),
    /// A field's text matches a pattern.
    Field(Field, Pattern),
    /// The config, in one version.
    Version(Pattern, u32),
    /// A tag's value matches a pattern.
    Tag(String, Pattern),
    /// The caller asked for a stream, or did not.
    Stream(bool),
    /// A figure compares to a number, in the figure's own unit.
    Figure(Figure, Comparison, i64),
    /// It came at this time or later, in milliseconds since the Unix epoch.
    After(i64),
    /// It came earlier.
    Before(i64),
    /// The text is somewhere in the error or in the model asked for, in any case.
    Text(String),
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It failed: a status from 400 on, or a failure after the answer had begun.
    Error,
    /// It did not fail.
    Ok,
    /// A class of statuses: 2 for 200 to 299.
    Class(u16),
    /// One status.
    Code(u16),
}

/// A field that holds text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of RequestRecord")]
pub enum Field {
    Config,
    App,
    Provider,
    Model,
    RequestedModel,
    Endpoint,
    Strategy,
    ErrorClass,
    EndUser,
    Conversation,
    TraceId,
}

/// A text, in which `*` stands for any text and `?` for any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub String);

/// A number of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Total time, in microseconds.
    Latency,
    /// Time to first content, in microseconds.
    Ttft,
    /// Our own time, in microseconds.
    Overhead,
    /// Total cost, in nano-dollars.
    Cost,
    /// Tokens read and written.
    Tokens,
    /// Calls made.
    Attempts,
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they say it themselves")]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Filter {
    /// Reads a filter. Times without an offset are in `now`'s time zone; durations count back from it.
    ///
    /// # Errors
    /// What is wrong, and under which character.
    pub fn parse(text: &str, now: &jiff::Zoned) -> Result<Self, FilterError> {
        parse::parse(text, now)
    }

    pub(crate) fn condition(&self) -> Condition {
        sql::condition(self)
    }
}
