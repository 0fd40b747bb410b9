//! JSON schemas that Anthropic's structured output takes.
//!
//! It refuses objects that do not say `additionalProperties: false`, and bounds on numbers and lengths. Bounds go
//! into the description, as Anthropic's own SDKs do it, so that the model still reads them.

use serde_json::{Map, Value};

const BOUNDS: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
];

/// The schema as it is taken; none where it allows members under any name, which a closed object would not let the
/// model write.
pub(super) fn strict(schema: &Value) -> Option<Value> {
    match schema {
        Value::Object(schema) => object(schema).map(Value::Object),
        other => Some(other.clone()),
    }
}

fn object(schema: &Map<String, Value>) -> Option<Map<String, Value>> {
    if is_open(schema) {
        return None;
    }
    let (mut out, mut bounds) = (Map::new(), Vec::new());
    for (name, value) in schema {
        let value = match name.as_str() {
            "properties" | "$defs" | "definitions" => named(value)?,
            "items" | "not" => strict(value)?,
            "anyOf" | "allOf" | "oneOf" | "prefixItems" => match value {
                Value::Array(all) => Value::Array(all.iter().map(strict).collect::<Option<_>>()?),
                other => other.clone(),
            },
            "additionalProperties" => continue,
            // Of the least length of a list, 0 and 1 are taken.
            "minItems" if value.as_u64().is_some_and(|least| least <= 1) => value.clone(),
            "minItems" => {
                bounds.push(format!("{name}: {value}"));
                continue;
            }
            bound if BOUNDS.contains(&bound) => {
                bounds.push(format!("{name}: {value}"));
                continue;
            }
            _ => value.clone(),
        };
        // Of the alternatives, `oneOf` alone is not known.
        let name = if name == "oneOf" { "anyOf" } else { name };
        out.insert(name.to_owned(), value);
    }
    if is_object(schema) {
        out.insert("additionalProperties".to_owned(), false.into());
    }
    if !bounds.is_empty() {
        let before = out.get("description").and_then(Value::as_str).map(|text| format!("{text}\n\n")).unwrap_or_default();
        out.insert("description".to_owned(), format!("{before}{{{}}}", bounds.join(", ")).into());
    }
    Some(out)
}

fn named(schemas: &Value) -> Option<Value> {
    let Value::Object(schemas) = schemas else { return Some(schemas.clone()) };
    let schemas: Option<_> = schemas.iter().map(|(name, schema)| Some((name.clone(), strict(schema)?))).collect();
    schemas.map(Value::Object)
}

/// A map, or an object of which nothing is said.
fn is_open(schema: &Map<String, Value>) -> bool {
    let is_map = match schema.get("additionalProperties") {
        Some(Value::Object(values)) => !values.is_empty() || !schema.contains_key("properties"),
        Some(Value::Bool(false)) => false,
        _ => is_object(schema) && !schema.contains_key("properties"),
    };
    is_map || schema.contains_key("patternProperties")
}

fn is_object(schema: &Map<String, Value>) -> bool {
    let of_type = match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    };
    of_type || schema.contains_key("properties")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_closed_at_every_depth_and_bounds_become_words() {
        let schema = json!({
            "type": "object",
            "properties": {
                "age": {"type": "integer", "description": "In years.", "minimum": 0, "maximum": 150},
                "minimum": {"type": "string"},
                "pets": {"type": "array", "minItems": 2, "items": {"oneOf": [{"type": "object", "properties": {}}, {"$ref": "#/$defs/cat"}]}},
            },
            "required": ["age"],
            "additionalProperties": true,
            "$defs": {"cat": {"type": ["object", "null"], "properties": {}}},
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "age": {"type": "integer", "description": "In years.\n\n{minimum: 0, maximum: 150}"},
                "minimum": {"type": "string"},
                "pets": {
                    "type": "array",
                    "items": {"anyOf": [{"type": "object", "properties": {}, "additionalProperties": false}, {"$ref": "#/$defs/cat"}]},
                    "description": "{minItems: 2}",
                },
            },
            "required": ["age"],
            "$defs": {"cat": {"type": ["object", "null"], "properties": {}, "additionalProperties": false}},
            "additionalProperties": false,
        });
        assert_eq!(strict(&schema), Some(expected));
    }

    #[test]
    fn members_under_any_name_cannot_be_asked_for() {
        let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
        for schema in [
            map.clone(),
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "object", "patternProperties": {"^a": {}}, "additionalProperties": false}),
            json!({"type": "object", "properties": {"a": {"type": "array", "items": {"anyOf": [map, {"type": "null"}]}}}}),
        ] {
            assert_eq!(strict(&schema), None, "{schema}");
        }
        assert!(strict(&json!({"type": "object", "additionalProperties": false})).is_some());
    }
}
