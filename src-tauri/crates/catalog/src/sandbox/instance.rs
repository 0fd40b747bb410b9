//! An instance of a JSON schema.

use serde_json::{Map, Value, json};

use super::random::Random;

/// Optional properties are left out below this depth, so that a recursive schema comes to an end.
const OPTIONAL_DEPTH: u32 = 4;
/// Nothing is generated below this depth: a schema that requires itself has no instance.
const MAX_DEPTH: u32 = 24;
/// Values in one instance at most: a schema that refers to itself twice grows exponentially.
const MAX_VALUES: u32 = 2000;
/// Elements and characters that a schema can make us write at most.
const MAX_SIZE: u64 = 256;

/// An instance of `schema`: the same for the same seed. Knows `type`, `properties`, `required`,
/// `items`, `prefixItems`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, local `$ref`, and the bounds of
/// numbers, strings and arrays; does not know `pattern` and `not`.
pub fn instance(schema: &Value, seed: u64) -> Value {
    generate(schema, &mut Random::new(seed, &["instance"]))
}

pub(super) fn generate(schema: &Value, random: &mut Random) -> Value {
    Generator { root: schema, random, values_left: MAX_VALUES }.value(schema, "value", 0)
}

struct Generator<'a, 'r> {
    root: &'a Value,
    random: &'r mut Random,
    values_left: u32,
}

impl Generator<'_, '_> {
    /// An instance; `name` is the property's name, which a string mentions.
    fn value(&mut self, schema: &Value, name: &str, depth: u32) -> Value {
        if depth > MAX_DEPTH || self.values_left == 0 {
            return Value::Null;
        }
        self.values_left -= 1;
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.resolve(target).cloned().unwrap_or(Value::Null);
            return self.value(&target, name, depth + 1);
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return self.random.pick(values).cloned().unwrap_or(Value::Null);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let merged = self.merge(schema, parts);
            return self.value(&merged, name, depth + 1);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(key).and_then(Value::as_array) {
                return self.option(options, name, depth);
            }
        }
        self.by_type(schema, name, depth)
    }

    fn by_type(&mut self, schema: &Value, name: &str, depth: u32) -> Value {
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => self.integer(schema),
            "number" => self.number(schema),
            "boolean" => Value::Bool(self.random.below(2) == 0),
            "null" => Value::Null,
            _ => Value::String(self.string(schema, name)),
        }
    }

    /// The first option that is not `null`; near the depth limit, `null` where that is allowed.
    fn option(&mut self, options: &[Value], name: &str, depth: u32) -> Value {
        let is_null = |option: &&Value| option.get("type").and_then(Value::as_str) == Some("null");
        if depth > OPTIONAL_DEPTH && options.iter().any(|option| is_null(&option)) {
            return Value::Null;
        }
        match options.iter().find(|option| !is_null(option)) {
            Some(option) => self.value(option, name, depth + 1),
            None => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value, depth: u32) -> Value {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut object = Map::new();
        for (name, property) in properties.into_iter().flatten() {
            if depth < OPTIONAL_DEPTH || required.contains(&&**name) {
                object.insert(name.clone(), self.value(property, name, depth + 1));
            }
        }
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), json!(self.string(&Value::Null, name)));
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Value, name: &str, depth: u32) -> Value {
        let bound = |key| schema.get(key).and_then(Value::as_u64);
        let least = bound("minItems").unwrap_or(0).min(MAX_SIZE);
        let most = bound("maxItems").unwrap_or(MAX_SIZE).max(least);
        let wanted = if depth < OPTIONAL_DEPTH { 1 + self.random.below(2) } else { 0 };
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let fixed = first.map_or(0, Vec::len) as u64;
        let any = json!({"type": "string"});
        let items = schema.get("items").filter(|items| items.is_object()).unwrap_or(&any);
        let length = wanted.max(fixed).clamp(least, most);
        let element = |at: u64| first.and_then(|list| list.get(at as usize)).unwrap_or(items);
        (0..length).map(|at| self.value(element(at), name, depth + 1)).collect()
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let step = schema.get("multipleOf").and_then(Value::as_f64).unwrap_or(1.0);
        let step = if step >= 1.0 && step.fract() == 0.0 { step } else { 1.0 };
        let number = self.within(schema, step);
        json!(number as i64)
    }

    fn number(&mut self, schema: &Value) -> Value {
        let step = schema.get("multipleOf").and_then(Value::as_f64);
        json!(self.within(schema, step.filter(|step| *step > 0.0).unwrap_or(0.5)))
    }

    /// A multiple of `step` within the schema's bounds, near the lower one.
    fn within(&mut self, schema: &Value, step: f64) -> f64 {
        let bound = |key| schema.get(key).and_then(Value::as_f64);
        let exclusive_low = bound("exclusiveMinimum");
        let low = bound("minimum").or(exclusive_low);
        let high = bound("maximum");
        let exclusive_high = bound("exclusiveMaximum");
        let upper = high.or(exclusive_high);
        let start = low.or(upper.filter(|end| *end < 1.0).map(|end| end - 10.0 * step)).unwrap_or(1.0);
        let mut first = (start / step).ceil() * step;
        if exclusive_low.is_some_and(|bound| first <= bound) {
            first += step;
        }
        let steps = match (high, exclusive_high) {
            (_, Some(end)) => ((end - first) / step).ceil() - 1.0,
            (Some(end), None) => ((end - first) / step).floor(),
            (None, None) => 9.0,
        };
        if steps < 0.0 {
            // No multiple of the step fits; for a plain number, the middle does.
            return f64::midpoint(start, upper.unwrap_or(start));
        }
        first + step * self.random.below(steps.min(9.0) as u64 + 1) as f64
    }

    fn string(&mut self, schema: &Value, name: &str) -> String {
        let text = match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => "2026-01-15T09:30:00Z".to_owned(),
            Some("date") => "2026-01-15".to_owned(),
            Some("time") => "09:30:00Z".to_owned(),
            Some("email") => "ada@example.com".to_owned(),
            Some("uri" | "url") => "https://example.com/".to_owned(),
            Some("uuid") => format!("00000000-0000-4000-8000-{:012x}", self.random.below(1 << 48)),
            Some("ipv4") => "192.0.2.1".to_owned(),
            Some("hostname") => "example.com".to_owned(),
            _ => format!("{} {}", self.random.word(&ADJECTIVES), name.replace('_', " ")),
        };
        fit(text, schema)
    }

    fn resolve(&self, target: &str) -> Option<&Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }

    /// One schema that asks for everything that the parts ask for, as far as objects go.
    fn merge(&self, schema: &Value, parts: &[Value]) -> Value {
        let mut merged = schema.as_object().cloned().unwrap_or_default();
        merged.remove("allOf");
        for part in parts {
            let target = part.get("$ref").and_then(Value::as_str);
            let part = target.and_then(|target| self.resolve(target)).unwrap_or(part);
            for (key, value) in part.as_object().into_iter().flatten() {
                match (merged.get_mut(key), value) {
                    (Some(Value::Object(have)), Value::Object(more)) => {
                        have.extend(more.clone());
                    }
                    (Some(Value::Array(have)), Value::Array(more)) => have.extend(more.clone()),
                    (Some(_), _) => {}
                    (None, _) => {
                        merged.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        Value::Object(merged)
    }
}

const ADJECTIVES: [&str; 8] = ["sample", "bright", "plain", "quiet", "swift", "steady", "gentle", "clear"];

/// The schema's type: of several the first that is not `null`; without one, what its keywords say.
fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("null"),
        _ if schema.get("properties").is_some() || schema.get("required").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

fn fit(text: String, schema: &Value) -> String {
    let bound = |key| schema.get(key).and_then(Value::as_u64);
    let length = text.chars().count() as u64;
    let least = bound("minLength").unwrap_or(0).min(MAX_SIZE);
    let most = bound("maxLength").unwrap_or(u64::MAX).max(least);
    if length > most {
        return text.chars().take(most as usize).collect();
    }
    text + &"x".repeat(least.saturating_sub(length) as usize)
}
