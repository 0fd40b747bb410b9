//! Targets with their options.

use serde_json::{Map, Value};

use super::{Findings, Name, node};
use crate::{
    diagnostic::Diagnostic,
    document::{
        Options, Reference, Target, What,
        fields::{Fields, is_strategy, kind, pointer},
    },
};

/// Reads whatever may stand where a target is named.
pub(super) fn target(value: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Target> {
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
    let target = optioned(&mut fields, "model", depth, found);
    fields.finish(found);
    target
}

/// A target below `key`, its options beside it; what else stands there is the caller's to take.
pub(super) fn optioned(fields: &mut Fields<'_>, key: &'static str, depth: usize, found: &mut Findings) -> Option<Target> {
    let inner = match fields.take(key) {
        Some((value, path)) => target(value, &path, depth, found),
        None => {
            let said = format!("this target has no \"{key}\"; write \"provider/model\", \"@slug\" or a strategy");
            found.push(Diagnostic::error(&fields.path, said));
            None
        }
    };
    let mut options = Options {
        timeout_ms: fields.millis("timeout_ms", found),
        idle_timeout_ms: fields.millis("idle_timeout_ms", found),
        params: fields.take("params").and_then(|(value, path)| params(value, &path, found)),
        credential: None,
    };
    let credential = fields.take("credential").and_then(|(value, path)| Some((credential(value, &path, found)?, path)));
    let inner = inner?;
    if let Some((label, path)) = credential {
        let model = match &inner.what {
            What::Model(model) => Some(model.clone()),
            What::Config(_) | What::Inline(_) => None,
        };
        found.mention(&path, depth, Name::Credential { label: label.clone(), model });
        options.credential = Some(label);
    }
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

fn credential(value: &Value, path: &str, found: &mut Findings) -> Option<String> {
    let name = value.as_str().filter(|name| !name.is_empty());
    if name.is_none() {
        let said = format!("credential must be the name of one of the provider's credentials, not {}", kind(value));
        found.push(Diagnostic::error(path, said));
    }
    name.map(str::to_owned)
}
