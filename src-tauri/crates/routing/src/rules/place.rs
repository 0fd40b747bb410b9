//! Places in a text, and what was found there.

use crate::{diagnostic::Severity, names::nearest};

/// A place as editors count it: from 1, in UTF-16 units. What spans lines is cut at the first one's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// At least 1.
    pub length: u32,
}

/// One thing wrong with a text of rules, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units.
    pub column: u32,
    /// UTF-16 units on that line, at least 1.
    pub length: u32,
    /// A plain sentence; ends with `: did you mean …?` where there is a suggestion.
    pub message: String,
    /// What to write in place of what stands there.
    pub suggestion: Option<String>,
}

/// A byte range of the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct At {
    pub start: usize,
    pub end: usize,
}

impl At {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Where the lines of a text start.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// From 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The offset of a line (from 1) and a byte column (from 1) in it.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        (start + column.saturating_sub(1)).min(self.text.len())
    }

    /// Where a name stands in a longer part; the whole part where it is written in another way.
    pub fn within(&self, at: At, name: &str) -> At {
        let part = self.text.get(at.start..at.end).unwrap_or("");
        // From behind: `healthy(healthy)` names the model.
        part.rfind(name).map_or(at, |start| At::new(at.start + start, at.start + start + name.len()))
    }

    pub fn span(&self, at: At) -> Span {
        let line = self.line(at.start);
        let line_start = self.starts.get(line - 1).copied().unwrap_or(0);
        let marked = self.text.get(at.start..at.end).unwrap_or("");
        let marked = marked.split('\n').next().unwrap_or("");
        Span {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: units(self.text.get(line_start..at.start).unwrap_or("")) + 1,
            length: units(marked).max(1),
        }
    }
}

fn units(text: &str) -> u32 {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// More than this many are not listed one by one.
const MOST: usize = 100;

/// What was found so far, by byte range.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Found>,
    errors: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Found {
    pub severity: Severity,
    pub at: At,
    pub message: String,
    pub suggestion: Option<String>,
}

impl Findings {
    pub fn error(&mut self, at: At, message: impl Into<String>) {
        self.push(Severity::Error, at, message.into(), None);
    }

    /// With what to write instead, if anything is near.
    pub fn error_meaning(&mut self, at: At, message: impl Into<String>, suggestion: Option<&str>) {
        self.push(Severity::Error, at, message.into(), suggestion);
    }

    pub fn warning_meaning(&mut self, at: At, message: impl Into<String>, suggestion: Option<&str>) {
        self.push(Severity::Warning, at, message.into(), suggestion);
    }

    /// An error whose suggestion is the nearest of the known names.
    pub fn unknown<'n>(&mut self, at: At, what: &str, wrong: &str, known: impl IntoIterator<Item = &'n str>) {
        let near = if wrong.len() > 64 || self.is_full() { None } else { nearest(wrong, known) };
        self.push(Severity::Error, at, format!("unknown {what} {}", cut(wrong)), near);
    }

    fn push(&mut self, severity: Severity, at: At, message: String, suggestion: Option<&str>) {
        if self.is_full() {
            return;
        }
        self.errors += usize::from(severity == Severity::Error);
        let message = suggestion.map_or_else(|| message.clone(), |meant| format!("{message}: did you mean {meant}?"));
        self.list.push(Found { severity, at, message, suggestion: suggestion.map(str::to_owned) });
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Are there so many that looking further tells nobody anything?
    pub fn is_full(&self) -> bool {
        self.errors > MOST
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Errors first, then warnings, each in the order of the text; what is beyond the first hundred is only counted.
    pub fn finish(self, text: &str) -> Vec<Finding> {
        self.finish_with(&Lines::of(text))
    }

    pub fn finish_with(mut self, lines: &Lines<'_>) -> Vec<Finding> {
        self.list.sort_by_key(|found| (found.severity, found.at.start));
        let more = self.list.len().saturating_sub(MOST);
        let mut findings: Vec<Finding> = self.list.into_iter().take(MOST).map(|found| found.finding(lines)).collect();
        if more > 0
            && let Some(last) = findings.last().cloned()
        {
            let message = "there is more to mend than is listed here: begin with the first ones".to_owned();
            findings.push(Finding { message, suggestion: None, length: 1, ..last });
        }
        findings
    }
}

impl Found {
    fn finding(self, lines: &Lines<'_>) -> Finding {
        let Span { line, column, length } = lines.span(self.at);
        Finding { severity: self.severity, line, column, length, message: self.message, suggestion: self.suggestion }
    }
}

/// What was written, short enough for a sentence.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= 48 { text.to_owned() } else { text.chars().take(47).chain(['…']).collect() }
}
