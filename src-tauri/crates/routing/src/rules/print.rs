//! The canonical text of a condition and of a target.

use std::fmt::Write;

use serde_json::Value;

use super::{
    target,
    token::{is_name, is_name_start},
    tree::{Expr, Kind, Tag, level},
    words,
};

/// The condition on one line, in words: `and or not`.
pub(super) fn condition(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, level::CHOICE, &mut out);
    out
}

/// A target behind `use`.
pub(super) fn target(value: &Value) -> String {
    match value {
        Value::String(name) if target::needs_no_quotes(name) => name.clone(),
        Value::String(name) => quoted(name),
        other => other.to_string(),
    }
}

/// Writes it, in parentheses where it binds looser than `least`.
pub(super) fn write(expr: &Expr, least: u8, out: &mut String) {
    let level = expr.level();
    // `and` inside `or` needs no parentheses, but people do.
    let clearer = least == level::AND && level == level::AND;
    if level < least || clearer {
        out.push('(');
        write_bare(expr, out);
        out.push(')');
    } else {
        write_bare(expr, out);
    }
}

fn write_bare(expr: &Expr, out: &mut String) {
    match &expr.kind {
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(_, written) => out.push_str(written),
        Kind::Text(text) => out.push_str(&quoted(text)),
        Kind::List(items) => list(items, out),
        Kind::Size(inner) => {
            out.push_str("size(");
            write(inner, level::CHOICE, out);
            out.push(')');
        }
        Kind::Not(inner) => {
            out.push_str("not ");
            write(inner, level::NOT, out);
        }
        Kind::Negative(inner) => {
            out.push('-');
            // `--1` reads badly.
            let least = if matches!(inner.kind, Kind::Negative(_)) { level::ATOM } else { level::UNARY };
            write(inner, least, out);
        }
        Kind::And(parts) => joined(parts, " and ", level::NOT, out),
        Kind::Or(parts) => joined(parts, " or ", level::AND, out),
        Kind::Binary(op, left, right) => {
            let own = op.level();
            write(left, if own == level::COMPARE { level::ADD } else { own }, out);
            let _ = write!(out, " {} ", op.symbol());
            write(right, own + 1, out);
        }
        Kind::Matches(subject, pattern) => {
            write(subject, level::ADD, out);
            let _ = write!(out, " matches {}", quoted(&pattern.text));
        }
        Kind::Choice(three) => {
            let [condition, then, otherwise] = &**three;
            write(condition, level::OR, out);
            out.push_str(" ? ");
            write(then, level::OR, out);
            out.push_str(" : ");
            write(otherwise, level::CHOICE, out);
        }
        _ => name(&expr.kind, out),
    }
}

/// A name as it is written: a fact's, or a call's.
pub(super) fn name(kind: &Kind, out: &mut String) {
    let _ = match kind {
        Kind::Variable(variable) => write!(out, "{}", variable.word().name),
        Kind::Tag(tag) => return tag_name(tag, out),
        Kind::Budget(None, field) => write!(out, "budget.{}", field.name()),
        Kind::Budget(Some(name), field) => write!(out, "budget({}).{}", quoted(name), field.name()),
        Kind::Cost(target) => write!(out, "cost({})", argument(target)),
        Kind::Latency(target, None) => write!(out, "latency({})", argument(target)),
        Kind::Latency(target, Some(percentile)) => write!(out, "latency({}, {percentile})", argument(target)),
        Kind::Healthy(target) => write!(out, "healthy({})", argument(target)),
        Kind::Has(tag) => {
            out.push_str("has(");
            tag_name(tag, out);
            write!(out, ")")
        }
        _ => Ok(()),
    };
}

fn argument(target: &str) -> String {
    if target::needs_no_quotes(target) { target.to_owned() } else { quoted(target) }
}

fn tag_name(tag: &Tag, out: &mut String) {
    let is_plain = tag.key.starts_with(is_name_start) && tag.key.chars().all(is_name);
    if tag.bare && is_plain && !words::is_taken(&tag.key) {
        out.push_str(&tag.key);
    } else if is_plain {
        out.push_str("tags.");
        out.push_str(&tag.key);
    } else {
        let _ = write!(out, "tags[{}]", quoted(&tag.key));
    }
}

fn joined(parts: &[Expr], between: &str, least: u8, out: &mut String) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        write(part, least, out);
    }
}

fn list(items: &[Expr], out: &mut String) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, level::CHOICE, out);
    }
    out.push(']');
}

/// A string in double quotes; in single ones where that spares escapes.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            _ if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push(quote);
    out
}
