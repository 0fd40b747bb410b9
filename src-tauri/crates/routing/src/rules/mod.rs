//! The rules language: what `custom_rules`, `accept` and `valid_when` are written in.
//!
//! ```text
//! text ──token──▶ ──parse──▶ tree ──check──▶ Program, Condition ──compile──▶ Matcher ──▶ first condition that holds
//!                              └──print, format──▶ the canonical text ◀──list──▶ [{"if","then"}…]
//! ```
//!
//! The parser is written by hand: which characters make a token depends on the place (`gpt-4o` is a
//! target behind `use`, a subtraction elsewhere; JSON stands in place), comments are kept, and nearly
//! every mistake has a message and a way to read on of its own.

mod check;
mod compile;
mod context;
mod evaluate;
mod format;
mod lint;
mod list;
mod names;
mod parse;
mod place;
mod print;
mod program;
mod target;
#[cfg(test)]
mod tests;
mod token;
mod tree;
mod words;

use std::{fmt, sync::Arc};

use serde_json::Value;

pub use context::{Budget, Context, LocalTime};
pub use evaluate::Matcher;
pub use format::{format_condition, format_program};
pub use list::{ParsedList, list_to_text, parse_list, to_list};
pub use place::{Finding, Span};
pub use words::{Word, vocabulary};

use crate::diagnostic::Severity;
use names::{Names, Patterns};
use parse::Parser;
use place::{At, Findings, Lines};
use token::Token;
use tree::{Expr, Kind};

/// The reference page.
pub const REFERENCE: &str = include_str!("reference.md");

/// Longest text of rules, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// What a condition may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionScope {
    /// A rule: there is no answer yet.
    Request,
    /// `accept` and `valid_when`: `response.*` too.
    Response,
}

/// What came of reading a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T> {
    /// `None` where there is any error.
    pub value: Option<T>,
    /// Errors first, then warnings, each in the order of the text.
    pub findings: Vec<Finding>,
    /// Names in all that could be read, also where there are errors elsewhere.
    pub mentions: Vec<Mention>,
    /// What rules use, in the same way.
    pub uses: Vec<(Value, Span)>,
}

impl<T> Parsed<T> {
    fn refused(finding: Finding) -> Self {
        Self { value: None, findings: vec![finding], mentions: Vec::new(), uses: Vec::new() }
    }
}

/// The rules of one text, in order; the last is the `else`.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// At least two.
    pub rules: Vec<Rule>,
    /// Comments below the last rule, as [`Rule::above`] has them.
    pub below: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// `None` for the last one: `else`.
    pub condition: Option<Condition>,
    /// What is done.
    pub action: Action,
    /// Line of its first word, from 1.
    pub line: u32,
    /// The rule on one line, for the trace.
    pub text: String,
    /// Comments above it, a line each without `# `; an empty line is a blank one.
    pub above: Vec<String>,
    /// The comment at its end.
    pub beside: Option<String>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Sends the request to a target.
    Use {
        /// A name, or an object written in place.
        target: Value,
        /// Where it stands.
        span: Span,
    },
    /// Refuses the request.
    Block {
        /// What the caller is told.
        message: String,
        /// Where it stands.
        span: Span,
    },
}

/// A checked condition. Cheap to clone; two are equal if their canonical texts are.
#[derive(Clone)]
pub struct Condition(Arc<Checked>);

struct Checked {
    expr: Expr,
    text: String,
    mentions: Vec<Mention>,
}

/// A name in a condition that only the world around it can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Of what.
    pub kind: MentionKind,
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// What a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    /// A model or config in `cost()`, `latency()` or `healthy()`.
    Target,
    /// The key of a tag.
    TagKey,
    /// A budget.
    Budget,
}

impl Condition {
    /// The canonical text, on one line.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Names to check against the world, in the order of the text.
    pub fn mentions(&self) -> &[Mention] {
        &self.0.mentions
    }

    /// How many patterns of `matches` it holds.
    pub fn patterns(&self) -> usize {
        let mut patterns = 0;
        self.0.expr.walk(&mut |part| patterns += usize::from(matches!(part.kind, Kind::Matches(..))));
        patterns
    }

    fn expr(&self) -> &Expr {
        &self.0.expr
    }

    fn new(expr: Expr, lines: &Lines<'_>) -> Self {
        let text = print::condition(&expr);
        let mentions = mentions(&expr, lines);
        Self(Arc::new(Checked { expr, text, mentions }))
    }
}

fn mentions(expr: &Expr, lines: &Lines<'_>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    expr.walk(&mut |part| {
        let (kind, name) = match &part.kind {
            Kind::Cost(name) | Kind::Latency(name, _) | Kind::Healthy(name) => (MentionKind::Target, name),
            Kind::Tag(tag) | Kind::Has(tag) => (MentionKind::TagKey, &tag.key),
            Kind::Budget(Some(name), _) => (MentionKind::Budget, name),
            _ => return,
        };
        mentions.push(Mention { kind, name: name.to_string(), span: lines.span(lines.within(part.at, name)) });
    });
    mentions
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Condition {}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.0.text).finish()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// Reads and checks a whole program. Whether the names in it exist is for [`Condition::mentions`] and [`Action`] to be asked.
pub fn parse_program(text: &str) -> Parsed<Program> {
    if let Some(finding) = too_long(text) {
        return Parsed::refused(finding);
    }
    let mut parser = Parser::new(text, Names { scope: ConditionScope::Request, patterns: Patterns::default() });
    let raw = parser.program();
    let (mut findings, comments) = (parser.findings, parser.lexer.comments);
    for rule in &raw {
        if let Some(condition) = &rule.condition
            && !findings.is_full()
        {
            check::condition(condition, &mut findings);
        }
    }
    let lines = Lines::of(text);
    let mentions = raw.iter().filter_map(|rule| rule.condition.as_ref()).flat_map(|condition| mentions(condition, &lines)).collect();
    let uses = raw.iter().filter_map(|rule| match &rule.action {
        Some(program::RawAction::Use(target, at)) => Some((target.clone(), lines.span(*at))),
        _ => None,
    });
    let uses = uses.collect();
    if findings.has_errors() {
        return Parsed { value: None, findings: findings.finish_with(&lines), mentions, uses };
    }
    let conditions: Vec<Option<&Expr>> = raw.iter().map(|rule| rule.condition.as_ref()).collect();
    for (_, at, message, meant) in lint::program(&conditions, |rule| lines.line(raw.get(rule).map_or(0, |rule| rule.at.start))) {
        findings.warning_meaning(at, message, meant.as_deref());
    }
    let program = format::with_comments(text, raw, &comments, &lines);
    Parsed { value: program, findings: findings.finish_with(&lines), mentions, uses }
}

/// Reads and checks a single condition.
pub fn parse_condition(text: &str, scope: ConditionScope) -> Parsed<Condition> {
    let (expr, findings) = read_condition(text, scope);
    let lines = Lines::of(text);
    let mentions = expr.as_ref().map(|expr| mentions(expr, &lines)).unwrap_or_default();
    let value = expr.filter(|_| !findings.has_errors()).map(|expr| Condition::new(expr, &lines));
    Parsed { value, findings: findings.finish_with(&lines), mentions, uses: Vec::new() }
}

/// The tree, as far as it could be read; it may be used where there is no error.
fn read_condition(text: &str, scope: ConditionScope) -> (Option<Expr>, Findings) {
    let mut findings = Findings::default();
    if text.len() > MAX_BYTES {
        findings.error(At::default(), length_message(text));
        return (None, findings);
    }
    let mut parser = Parser::new(text, Names { scope, patterns: Patterns::default() });
    if parser.peek().0 == Token::End {
        parser.findings.error(At::default(), "the condition is empty: write one such as tenant == \"acme\"");
        return (None, parser.findings);
    }
    let expr = parser.condition().ok();
    let (token, at) = parser.peek().clone();
    if token != Token::End && !parser.findings.has_errors() {
        let found = parser.shown(&token, at);
        parser.findings.error(at, format!("expected an operator or the end of the condition, found {found}"));
    }
    let mut findings = parser.findings;
    let Some(expr) = expr else { return (None, findings) };
    check::condition(&expr, &mut findings);
    if findings.has_errors() {
        return (Some(expr), findings);
    }
    for (_, at, message, meant) in lint::condition(&expr) {
        findings.warning_meaning(at, message, meant.as_deref());
    }
    (Some(expr), findings)
}

fn too_long(text: &str) -> Option<Finding> {
    let found = Finding { severity: Severity::Error, line: 1, column: 1, length: 1, message: length_message(text), suggestion: None };
    (text.len() > MAX_BYTES).then_some(found)
}

fn length_message(text: &str) -> String {
    format!("the text is {} bytes long; at most {MAX_BYTES} are allowed", text.len())
}
