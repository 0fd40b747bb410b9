//! The canonical layout: one rule a line, comments where they were, at most one blank line between groups.

use super::{
    Action, Condition, ConditionScope, Finding, Program, Rule, Severity, parse_condition, parse_program,
    place::{At, Lines},
    print,
    program::{RawAction, RawRule},
    tree::{Expr, Kind, level},
};

/// Rules longer than this are broken before `and`, `or` and `then`.
const WIDTH: usize = 100;

/// The program in its canonical layout. Formatting what came out changes nothing.
///
/// # Errors
/// What keeps it from being read.
pub fn format_program(text: &str) -> Result<String, Vec<Finding>> {
    let parsed = parse_program(text);
    parsed.value.map(|program| program.to_string()).ok_or_else(|| errors(parsed.findings))
}

/// The condition on one line, in canonical spelling. Whether it may read `response.*` is not asked.
///
/// # Errors
/// What keeps it from being read.
pub fn format_condition(text: &str) -> Result<String, Vec<Finding>> {
    let parsed = parse_condition(text, ConditionScope::Response);
    parsed.value.map(|condition| condition.text().to_owned()).ok_or_else(|| errors(parsed.findings))
}

fn errors(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| finding.severity == Severity::Error);
    findings
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&laid_out(self).0)
    }
}

/// The canonical text, and the line of each rule in it.
pub(super) fn laid_out(program: &Program) -> (String, Vec<usize>) {
    let (mut out, mut starts, mut line) = (String::new(), Vec::new(), 1);
    for (index, rule) in program.rules.iter().enumerate() {
        line += write_comments(&rule.above, &mut out);
        starts.push(line);
        let start = out.len();
        write_rule(index, rule, &mut out);
        if let Some(beside) = &rule.beside {
            out.push(' ');
            out.push_str(&comment_line(beside));
        }
        out.push('\n');
        line += out[start..].matches('\n').count();
    }
    write_comments(&program.below, &mut out);
    (out, starts)
}

fn write_comments(lines: &[String], out: &mut String) -> usize {
    for line in lines {
        if !line.is_empty() {
            out.push_str(&comment_line(line));
        }
        out.push('\n');
    }
    lines.len()
}

fn write_rule(index: usize, rule: &Rule, out: &mut String) {
    let whole = on_one_line(index == 0, rule.condition.as_ref(), &rule.action);
    let parts = rule.condition.as_ref().map(Condition::expr).and_then(parts);
    match parts {
        Some((parts, word, least)) if whole.chars().count() > WIDTH => {
            out.push_str(head(index == 0, true));
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push_str("\n  ");
                    out.push_str(word);
                }
                out.push(' ');
                print::write(part, least, out);
            }
            out.push_str("\n  then ");
            out.push_str(&action(&rule.action));
        }
        _ => out.push_str(&whole),
    }
}

fn parts(expr: &Expr) -> Option<(&[Expr], &'static str, u8)> {
    match &expr.kind {
        Kind::And(parts) => Some((parts, "and", level::NOT)),
        Kind::Or(parts) => Some((parts, "or", level::AND)),
        _ => None,
    }
}

fn head(is_first: bool, has_condition: bool) -> &'static str {
    match (has_condition, is_first) {
        (false, _) => "else",
        (true, true) => "if",
        (true, false) => "else if",
    }
}

pub(super) fn on_one_line(is_first: bool, condition: Option<&Condition>, of: &Action) -> String {
    let head = head(is_first, condition.is_some());
    match condition {
        Some(condition) => format!("{head} {condition} then {}", action(of)),
        None => format!("{head} {}", action(of)),
    }
}

fn action(action: &Action) -> String {
    match action {
        Action::Use { target, .. } => format!("use {}", print::target(target)),
        Action::Block { message, .. } => format!("block {}", print::quoted(message)),
    }
}

/// A comment's text as a line of a program: the inverse of [`comment_text`].
fn comment_line(text: &str) -> String {
    let text = text.trim_end();
    if text == "#" || text.starts_with("##") { text.to_owned() } else { format!("# {text}") }
}

/// What a comment says, without `# `. An empty one is `#`: an empty text is a blank line.
fn comment_text(comment: &str) -> String {
    let text = comment.strip_prefix('#').unwrap_or(comment).trim_end();
    match text.strip_prefix(' ') {
        _ if text.is_empty() => "#".to_owned(),
        _ if text.starts_with('#') => format!("#{text}"),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    }
}

/// Rules with their comments; `None` where a rule is not whole.
pub(super) fn with_comments(text: &str, raw: Vec<RawRule>, comments: &[At], lines: &Lines<'_>) -> Option<Program> {
    let mut comments = comments.to_vec();
    comments.sort_by_key(|comment| comment.start);
    comments.dedup();
    let mut layout = Layout { text, lines, comments: comments.into_iter().peekable(), end: 0 };
    let mut rules: Vec<Rule> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        if let Some(previous) = rules.last_mut() {
            previous.beside = layout.beside();
        }
        let above = layout.above(index == 0, raw.at);
        let action = match raw.action? {
            RawAction::Use(target, at) => Action::Use { target, span: lines.span(at) },
            RawAction::Block(message, at) => Action::Block { message, span: lines.span(at) },
        };
        let condition = raw.condition.map(|expr| Condition::new(expr, lines));
        let text = on_one_line(index == 0, condition.as_ref(), &action);
        let line = u32::try_from(lines.line(raw.at.start)).unwrap_or(u32::MAX);
        rules.push(Rule { condition, action, line, text, above, beside: None });
    }
    if let Some(last) = rules.last_mut() {
        last.beside = layout.beside();
    }
    let mut below = layout.until(text.len(), false);
    while below.last().is_some_and(String::is_empty) {
        below.pop();
    }
    Some(Program { rules, below })
}

/// Goes along the text, from comment to comment.
struct Layout<'a, I: Iterator<Item = At>> {
    text: &'a str,
    lines: &'a Lines<'a>,
    comments: std::iter::Peekable<I>,
    /// Where the last comment or rule ended.
    end: usize,
}

impl<I: Iterator<Item = At>> Layout<'_, I> {
    /// The comment on the line on which the last rule ended.
    fn beside(&mut self) -> Option<String> {
        let line = self.lines.line(self.end);
        let comment = self.comments.next_if(|comment| self.lines.line(comment.start) == line)?;
        self.end = comment.end;
        self.said(comment).filter(|text| text != "#")
    }

    fn said(&self, comment: At) -> Option<String> {
        self.text.get(comment.start..comment.end).map(comment_text)
    }

    /// The comments above a rule, then those inside of it.
    fn above(&mut self, is_first: bool, rule: At) -> Vec<String> {
        let mut above = self.until(rule.start, is_first);
        if (!is_first || !above.is_empty()) && self.is_blank_before(rule.start) {
            above.push(String::new());
        }
        while let Some(inside) = self.comments.next_if(|comment| comment.start < rule.end) {
            above.extend(self.said(inside));
        }
        self.end = rule.end;
        above
    }

    fn until(&mut self, end: usize, is_first: bool) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(comment) = self.comments.next_if(|comment| comment.start < end) {
            if (!is_first || !said.is_empty()) && self.is_blank_before(comment.start) {
                said.push(String::new());
            }
            said.extend(self.said(comment));
            self.end = comment.end;
        }
        said
    }

    fn is_blank_before(&self, start: usize) -> bool {
        self.text.get(self.end..start).is_some_and(|between| between.matches('\n').count() > 1)
    }
}
