//! JSON to a document: structure, types, aliases. Reports every error, not only the first.

use serde_json::{Map, Value};

use super::{
    Fallback, MAX_DEPTH, Node, Options, Reference, Single, Target, What,
    fields::{Fields, LATER, STRATEGIES, is_strategy, kind, pointer},
};
use crate::{diagnostic::Diagnostic, failure::FailureClass, names::nearest};

const MAX_ATTEMPTS: usize = 64;

/// What reading came upon, besides the document itself.
#[derive(Default)]
pub(super) struct Findings {
    pub diagnostics: Vec<Diagnostic>,
    /// Names to look up, with where they really stand in the document, aliases and all.
    pub mentions: Vec<Mention>,
}

/// A name that a document uses.
pub(super) struct Mention {
    pub path: String,
    /// Of the strategy that names it.
    pub depth: usize,
    pub name: Name,
}

pub(super) enum Name {
    Model(String),
    Config(Reference),
    Credential(String),
}

impl Findings {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn mention(&mut self, path: &str, depth: usize, name: Name) {
        self.mentions.push(Mention { path: path.to_owned(), depth, name });
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
        _ => fallback(fields, depth, found).map(Node::Fallback),
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
    found.push(if LATER.contains(&canonical) {
        Diagnostic::error(
            path,
            format!("this version of Modelux does not have the strategy {name} yet; it has {}", STRATEGIES.join(" and ")),
        )
    } else {
        Diagnostic::error(path, format!("unknown strategy {name:?}")).meaning(nearest(name, STRATEGIES))
    });
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
    let Some((value, path)) = fields.take("attempts") else {
        found.push(Diagnostic::error(&fields.path, "\"attempts\" is missing; write a list of targets"));
        return None;
    };
    let Some(list) = value.as_array() else {
        found.push(Diagnostic::error(path, format!("attempts must be a list of targets, not {}", kind(value))));
        return None;
    };
    if list.is_empty() || list.len() > MAX_ATTEMPTS {
        found.push(Diagnostic::error(path, format!("attempts has {} targets; it must have from 1 to {MAX_ATTEMPTS}", list.len())));
        return None;
    }
    let targets: Vec<Target> =
        list.iter().enumerate().filter_map(|(index, item)| target(item, &format!("{path}/{index}"), depth, found)).collect();
    (targets.len() == list.len()).then_some(targets)
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

fn target(value: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Target> {
    match value {
        Value::String(name) => Some(Target { what: named(name, path, depth, found)?, options: Options::default() }),
        Value::Object(map) if is_strategy(map) => {
            Some(Target { what: What::Inline(Box::new(node(value, path, depth + 1, found)?)), options: Options::default() })
        }
        Value::Object(map) => with_options(map, path, depth, found),
        other => {
            found.push(Diagnostic::error(path, format!("a target is \"provider/model\", \"@slug\" or an object, not {}", kind(other))));
            None
        }
    }
}

fn with_options(map: &Map<String, Value>, path: &str, depth: usize, found: &mut Findings) -> Option<Target> {
    let mut fields = Fields::new(map, path);
    let inner = match fields.take("model") {
        Some((value, path)) => target(value, &path, depth, found),
        None => {
            found.push(Diagnostic::error(path, "this target has no \"model\"; write \"provider/model\", \"@slug\" or a strategy"));
            None
        }
    };
    let mut options = Options {
        timeout_ms: fields.millis("timeout_ms", found),
        idle_timeout_ms: fields.millis("idle_timeout_ms", found),
        params: fields.take("params").and_then(|(value, path)| params(value, &path, found)),
        credential: fields.take("credential").and_then(|(value, path)| credential(value, &path, depth, found)),
    };
    fields.finish(found);
    let inner = inner?;
    // `{"model": {"model": …}}`: what stands nearer to the model wins, of two timeouts the shorter.
    options.timeout_ms = options.timeout_ms.into_iter().chain(inner.options.timeout_ms).min();
    options.idle_timeout_ms = inner.options.idle_timeout_ms.or(options.idle_timeout_ms);
    options.credential = inner.options.credential.or(options.credential);
    options.params = match (options.params, inner.options.params) {
        (Some(mut outer), Some(inner)) => {
            outer.extend(inner);
            Some(outer)
        }
        (outer, inner) => inner.or(outer),
    };
    Some(Target { what: inner.what, options })
}

fn named(name: &str, path: &str, depth: usize, found: &mut Findings) -> Option<What> {
    if name.starts_with('@') {
        let Some(reference) = Reference::parse(name) else {
            found.push(Diagnostic::error(
                path,
                format!("{name:?} is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -"),
            ));
            return None;
        };
        found.mention(path, depth, Name::Config(reference.clone()));
        return Some(What::Config(reference));
    }
    if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) || name.starts_with('/') || name.ends_with('/') {
        found.push(Diagnostic::error(path, format!("{name:?} is no model name; write \"provider/model\" or \"@slug\"")));
        return None;
    }
    found.mention(path, depth, Name::Model(name.to_owned()));
    Some(What::Model(name.to_owned()))
}

fn params(value: &Value, path: &str, found: &mut Findings) -> Option<Map<String, Value>> {
    let Some(map) = value.as_object() else {
        found.push(Diagnostic::error(path, format!("params must be an object of request fields, not {}", kind(value))));
        return None;
    };
    for key in map.keys() {
        if matches!(key.as_str(), "model" | "messages" | "stream" | "stream_options") || key.starts_with("mlx:") {
            found.push(Diagnostic { about_key: true, ..Diagnostic::error(pointer(path, key), format!("params cannot override {key:?}")) });
        }
    }
    Some(map.clone()).filter(|map| !map.is_empty())
}

fn credential(value: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<String> {
    match value.as_str().filter(|name| !name.is_empty()) {
        Some(name) => {
            found.mention(path, depth, Name::Credential(name.to_owned()));
            Some(name.to_owned())
        }
        None => {
            found.push(Diagnostic::error(
                path,
                format!("credential must be the name of one of the provider's credentials, not {}", kind(value)),
            ));
            None
        }
    }
}
