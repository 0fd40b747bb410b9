//! Reading the fields of one object, so that each is seen once and what is left over is refused.

use serde_json::{Map, Value};

use super::read::Findings;
use crate::{diagnostic::Diagnostic, names::nearest};

/// The strategies that there are.
pub const STRATEGIES: [&str; 8] =
    ["single", "fallback", "cost_optimized", "latency_optimized", "ensemble", "ab_test", "cascade", "custom_rules"];

/// Weights beyond this say nothing, and sums of them must stay exact enough.
const MAX_WEIGHT: f64 = 1e9;

/// One object while it is read.
pub(super) struct Fields<'a> {
    entries: Vec<Entry<'a>>,
    /// JSON pointer of the object.
    pub path: String,
    known: Vec<&'static str>,
}

struct Entry<'a> {
    /// Its canonical name.
    key: &'a str,
    /// As it was written.
    written: &'a str,
    path: String,
    value: &'a Value,
}

impl<'a> Fields<'a> {
    pub fn new(map: &'a Map<String, Value>, path: &str) -> Self {
        let entries = map.iter().map(|(key, value)| Entry { key, written: key, path: pointer(path, key), value }).collect();
        Self { entries, path: path.to_owned(), known: Vec::new() }
    }

    /// Those of a strategy: old documents say `policy` for `strategy` and keep the other fields
    /// below `config`, with `models` for `attempts`.
    pub fn of_strategy(map: &'a Map<String, Value>, path: &str) -> Self {
        let mut fields = Self { entries: Vec::new(), path: path.to_owned(), known: Vec::new() };
        for entry in Self::new(map, path).entries {
            match (entry.key, entry.value) {
                ("policy", _) => fields.entries.push(Entry { key: "strategy", ..entry }),
                ("config", Value::Object(inner)) => {
                    fields.entries.extend(Self::new(inner, &entry.path).entries.into_iter().map(|entry| match entry.key {
                        "models" => Entry { key: "attempts", ..entry },
                        _ => entry,
                    }));
                }
                _ => fields.entries.push(entry),
            }
        }
        fields
    }

    /// The value of a key with its path; the key is then known.
    pub fn take(&mut self, key: &'static str) -> Option<(&'a Value, String)> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|entry| (entry.value, entry.path.clone()))
    }

    /// Where the value of a key stands, aliases and all.
    pub fn path_of(&self, key: &str) -> String {
        self.entries.iter().find(|entry| entry.key == key).map_or_else(|| pointer(&self.path, key), |entry| entry.path.clone())
    }

    /// The value of a key, which is not yet known by that.
    pub fn peek(&self, key: &str) -> Option<&'a Value> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// A whole number from `min` to `max`.
    pub fn number(&mut self, key: &'static str, min: u64, max: u64, unit: &str, found: &mut Findings) -> Option<u64> {
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

    /// A number from `min` to `max`.
    pub fn float(&mut self, key: &'static str, min: f64, max: f64, found: &mut Findings) -> Option<f64> {
        let (value, path) = self.take(key)?;
        match value.as_f64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                found.push(Diagnostic::error(path, format!("{key} must be a number from {min} to {max}, not {}", kind(value))));
                None
            }
        }
    }

    /// A share of the whole, such as a weight: a number above zero.
    pub fn weight(&mut self, found: &mut Findings) -> Option<f64> {
        let (value, path) = self.take("weight")?;
        match value.as_f64() {
            Some(weight) if weight > 0.0 && weight <= MAX_WEIGHT => Some(weight),
            _ => {
                found.push(Diagnostic::error(
                    path,
                    format!("weight must be a number above 0 and at most {MAX_WEIGHT}, not {}", kind(value)),
                ));
                None
            }
        }
    }

    /// A string that is not empty.
    pub fn string(&mut self, key: &'static str, found: &mut Findings) -> Option<(&'a str, String)> {
        let (value, path) = self.take(key)?;
        match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Some((text, path)),
            None => {
                found.push(Diagnostic::error(path, format!("{key} must be a string that is not empty, not {}", kind(value))));
                None
            }
        }
    }

    /// One of a few names.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)], found: &mut Findings) -> Option<T> {
        let (value, path) = self.take(key)?;
        if let Some((_, choice)) = value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text)) {
            return Some(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let near = value.as_str().and_then(|text| nearest(text, names.iter().copied()));
        found.push(Diagnostic::error(path, format!("{key} must be one of {}, not {}", names.join(", "), kind(value))).meaning(near));
        None
    }

    /// Milliseconds, at most a day.
    pub fn millis(&mut self, key: &'static str, found: &mut Findings) -> Option<u64> {
        self.number(key, 1, 86_400_000, " milliseconds", found)
    }

    /// Refuses the keys that nobody took, and those that an alias says once more.
    pub fn finish(self, found: &mut Findings) {
        for (index, entry) in self.entries.iter().enumerate() {
            let first = self.entries[..index].iter().find(|earlier| earlier.key == entry.key);
            let diagnostic = match first {
                Some(first) => {
                    Diagnostic::error(&entry.path, format!("{:?} says the same as {:?}; keep one of them", entry.written, first.written))
                }
                None if self.known.contains(&entry.key) => continue,
                None => Diagnostic::error(&entry.path, format!("unknown key {:?}", entry.written))
                    .meaning(nearest(entry.key, self.known.iter().copied())),
            };
            found.push(Diagnostic { about_key: true, ..diagnostic });
        }
    }
}

/// Is it a strategy written in place, rather than a target with options?
pub(super) fn is_strategy(map: &Map<String, Value>) -> bool {
    map.contains_key("strategy") || map.contains_key("policy")
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
