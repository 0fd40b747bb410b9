//! JSON to a document: structure, types, aliases. Reports every error, not only the first.

mod rules;
mod strategies;
mod target;

use serde_json::Value;

use super::{
    Fallback, MAX_DEPTH, Node, Reference, Single, Target,
    fields::{Fields, STRATEGIES, kind},
};
use crate::{diagnostic::Diagnostic, failure::FailureClass, locate::Position, names::nearest};
use target::target;

/// Longest list of targets.
const MAX_ATTEMPTS: usize = 64;

/// So many regexes in one document.
const MAX_PATTERNS: usize = 64;

/// What reading came upon, besides the document itself.
#[derive(Default)]
pub(super) struct Findings {
    pub diagnostics: Vec<Diagnostic>,
    /// Names to look up, with where they really stand in the document, aliases and all.
    pub mentions: Vec<Mention>,
    /// Where in the text at the present path we are.
    place: Option<Position>,
    /// Patterns of regexes so far: each may take half a megabyte.
    patterns: usize,
    /// Are we among the candidates of a strategy that goes by price?
    by_price: bool,
}

/// A name that a document uses.
pub(super) struct Mention {
    pub path: String,
    /// Where in the text at that path.
    pub place: Option<Position>,
    /// Of the strategy that names it.
    pub depth: usize,
    pub name: Name,
    pub need: Need,
}

pub(super) enum Name {
    Model(String),
    Config(Reference),
    Credential {
        label: String,
        /// The model that it is for; `None` where a config or a strategy stands there.
        model: Option<String>,
    },
    TagKey(String),
    Budget(String),
}

/// What a name is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It is called.
    Call,
    /// It is called, and weighed by its price.
    Price,
    /// It is only asked about.
    Look,
}

impl Findings {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(Diagnostic { text: diagnostic.text.or(self.place), ..diagnostic });
    }

    /// May so many more regexes be kept? Says so, once, where not.
    fn may_keep(&mut self, patterns: usize, path: &str) -> bool {
        let before = self.patterns;
        self.patterns += patterns;
        if before <= MAX_PATTERNS && self.patterns > MAX_PATTERNS {
            let said = format!("the document has more than {MAX_PATTERNS} regexes up to here; write fewer, each may take much memory");
            self.push(Diagnostic::error(path, said));
        }
        self.patterns <= MAX_PATTERNS
    }

    fn mention(&mut self, path: &str, depth: usize, name: Name) {
        let need = if self.by_price { Need::Price } else { Need::Call };
        self.mentions.push(Mention { path: path.to_owned(), place: self.place, depth, name, need });
    }
}

/// Reads a whole document; `None` where it cannot be one.
pub(super) fn root(value: &Value, found: &mut Findings) -> Option<Node> {
    node(value, "", 1, found)
}

fn node(value: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Node> {
    let Value::Object(map) = value else {
        found.push(Diagnostic::error(path, format!("a routing document is an object with a \"strategy\", not {}", kind(value))));
        return None;
    };
    if depth > MAX_DEPTH {
        found.push(Diagnostic::error(path, format!("strategies nest more than {MAX_DEPTH} deep here")));
        return None;
    }
    let mut fields = Fields::of_strategy(map, path);
    match strategy(&mut fields, found)? {
        "single" => single(fields, depth, found).map(Node::Single),
        "fallback" => fallback(fields, depth, found).map(Node::Fallback),
        "cost_optimized" => strategies::cost(fields, depth, found).map(Node::Cost),
        "latency_optimized" => strategies::latency(fields, depth, found).map(Node::Latency),
        "ensemble" => strategies::ensemble(fields, depth, found).map(Node::Ensemble),
        "ab_test" => strategies::ab_test(fields, depth, found).map(Node::AbTest),
        "cascade" => strategies::cascade(fields, depth, found).map(Node::Cascade),
        _ => rules::read(fields, depth, found).map(Node::Rules),
    }
}

fn strategy(fields: &mut Fields<'_>, found: &mut Findings) -> Option<&'static str> {
    let Some((value, path)) = fields.take("strategy") else {
        found.push(Diagnostic::error(&fields.path, format!("\"strategy\" is missing; write one of {}", STRATEGIES.join(", "))));
        return None;
    };
    let Some(name) = value.as_str() else {
        found.push(Diagnostic::error(path, format!("strategy must be one of {}, not {}", STRATEGIES.join(", "), kind(value))));
        return None;
    };
    let canonical = if name == "fallback_chain" { "fallback" } else { name };
    if let Some(known) = STRATEGIES.iter().find(|known| **known == canonical) {
        return Some(known);
    }
    found.push(Diagnostic::error(path, format!("unknown strategy {name:?}")).meaning(nearest(name, STRATEGIES)));
    None
}

fn single(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<Single> {
    let model = match fields.take("model") {
        Some((value, path)) => target(value, &path, depth, found),
        None => {
            found.push(Diagnostic::error(&fields.path, "\"model\" is missing; write \"provider/model\" or \"@slug\""));
            None
        }
    };
    let timeout_ms = fields.millis("timeout_ms", found);
    fields.finish(found);
    Some(Single { model: model?, timeout_ms })
}

fn fallback(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<Fallback> {
    let attempts = attempts(&mut fields, depth, found);
    let retry_on = fields.take("retry_on").and_then(|(value, path)| retry_on(value, &path, found));
    let total_budget_ms = fields.millis("total_budget_ms", found);
    let retries = fields.number("retries", 0, 10, "", found).and_then(|number| u32::try_from(number).ok());
    fields.finish(found);
    Some(Fallback { attempts: attempts?, retry_on, total_budget_ms, retries })
}

fn attempts(fields: &mut Fields<'_>, depth: usize, found: &mut Findings) -> Option<Vec<Target>> {
    list(fields, "attempts", "targets", found, |item, path, found| target(item, path, depth, found))
}

/// A list of 1 to [`MAX_ATTEMPTS`] items, each read; `None` where any cannot be.
fn list<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    of: &str,
    found: &mut Findings,
    mut read: impl FnMut(&Value, &str, &mut Findings) -> Option<T>,
) -> Option<Vec<T>> {
    let Some((value, path)) = fields.take(key) else {
        found.push(Diagnostic::error(&fields.path, format!("\"{key}\" is missing; write a list of {of}")));
        return None;
    };
    let Some(list) = value.as_array() else {
        found.push(Diagnostic::error(path, format!("{key} must be a list of {of}, not {}", kind(value))));
        return None;
    };
    if list.is_empty() || list.len() > MAX_ATTEMPTS {
        found.push(Diagnostic::error(path, format!("{key} has {} {of}; it must have from 1 to {MAX_ATTEMPTS}", list.len())));
        return None;
    }
    let read: Vec<T> = list.iter().enumerate().filter_map(|(index, item)| read(item, &format!("{path}/{index}"), found)).collect();
    (read.len() == list.len()).then_some(read)
}

fn retry_on(value: &Value, path: &str, found: &mut Findings) -> Option<Vec<FailureClass>> {
    let Some(list) = value.as_array() else {
        found.push(Diagnostic::error(path, format!("retry_on must be a list such as [\"429\", \"5xx\"], not {}", kind(value))));
        return None;
    };
    let mut classes = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let path = format!("{path}/{index}");
        match item {
            Value::String(name) => match FailureClass::parse(name) {
                Some(class) if classes.contains(&class) => found.push(Diagnostic::warning(path, format!("{name:?} stands here twice"))),
                Some(class) => classes.push(class),
                None => found
                    .push(Diagnostic::error(path, format!("unknown failure class {name:?}")).meaning(nearest(name, FailureClass::NAMES))),
            },
            Value::Number(number) => {
                found.push(Diagnostic::error(path, "a failure class is a string").meaning(Some(&format!("\"{number}\""))));
            }
            other => found.push(Diagnostic::error(path, format!("a failure class is a string such as \"429\", not {}", kind(other)))),
        }
    }
    Some(classes)
}
