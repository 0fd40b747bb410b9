//! Reading the fields of one object, so that each is seen once and what is left over is refused.

use serde_json::{Map, Value};

use crate::{diagnostic::{Diagnostic, Severity}, names::nearest};

/// Strategies of this release.
pub const STRATEGIES: [&str; 2] = ["single", "fallback"];
/// Strategies that the document format has besides.
pub(super) const LATER: [&str; 6] = ["cost_optimized", "latency_optimized", "ensemble", "ab_test", "cascade", "custom_rules"];

/// One object while it is read.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// JSON pointer of the object.
    pub path: String,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(map: &'a Map<String, Value>, path: &str) -> Self {
        Self { map, path: path.to_owned(), known: Vec::new() }
    }

    /// The value of a key, which is then known.
    pub fn take(&mut self, key: &'static str) -> Option<(&'a Value, String)> {
        self.known.push(key);
        self.map.get(key).map(|value| (value, pointer(&self.path, key)))
    }

    /// A whole number from `min` to `max`.
    pub fn number(&mut self, key: &'static str, min: u64, max: u64, unit: &str, found: &mut Vec<Diagnostic>) -> Option<u64> {
        let (value, path) = self.take(key)?;
        match value.as_u64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            Some(number) => {
                found.push(Diagnostic::error(path, format!("{key} is {number}; it must be from {min} to {max}{unit}")));
                None
            }
            None => {
                found.push(Diagnostic::error(path, format!("{key} must be a whole number from {min} to {max}{unit}, not {}", kind(value))));
                None
            }
        }
    }

    /// Milliseconds, at most a day.
    pub fn millis(&mut self, key: &'static str, found: &mut Vec<Diagnostic>) -> Option<u64> {
        self.number(key, 1, 86_400_000, " milliseconds", found)
    }

    /// Refuses the keys that nobody took.
    pub fn finish(self, found: &mut Vec<Diagnostic>) {
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let near = nearest(key, self.known.iter().copied());
            found.push(Diagnostic {
                severity: Severity::Error,
                about_key: true,
                ..Diagnostic::error(pointer(&self.path, key), format!("unknown key {key:?}")).meaning(near)
            });
        }
    }
}

/// JSON pointer of a member.
pub(super) fn pointer(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// What a value is, for messages.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Value::String(_) => "a string".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
