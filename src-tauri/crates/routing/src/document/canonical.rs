//! The one JSON form of a document.

use serde_json::{Map, Value, json};

use super::{Fallback, Node, Single, Target, What};

pub(super) fn node(node: &Node) -> Value {
    Value::Object(match node {
        Node::Single(node) => single(node),
        Node::Fallback(node) => fallback(node),
    })
}

fn single(node: &Single) -> Map<String, Value> {
    let mut map = started("single");
    map.insert("model".into(), target(&node.model));
    put(&mut map, "timeout_ms", node.timeout_ms.as_ref());
    map
}

fn fallback(node: &Fallback) -> Map<String, Value> {
    let mut map = started("fallback");
    map.insert("attempts".into(), node.attempts.iter().map(target).collect());
    let classes = node.retry_on.as_ref().map(|classes| classes.iter().map(ToString::to_string).collect::<Vec<_>>());
    put(&mut map, "retry_on", classes.as_ref());
    put(&mut map, "total_budget_ms", node.total_budget_ms.as_ref());
    put(&mut map, "retries", node.retries.as_ref());
    map
}

/// A target without options is its name or its strategy alone.
fn target(target: &Target) -> Value {
    let what = match &target.what {
        What::Model(name) => json!(name),
        What::Config(reference) => json!(reference.to_string()),
        What::Inline(inline) => node(inline),
    };
    let options = &target.options;
    let mut map = Map::new();
    put(&mut map, "timeout_ms", options.timeout_ms.as_ref());
    put(&mut map, "idle_timeout_ms", options.idle_timeout_ms.as_ref());
    put(&mut map, "params", options.params.as_ref().map(sorted).as_ref());
    put(&mut map, "credential", options.credential.as_ref());
    if map.is_empty() {
        return what;
    }
    let mut whole = Map::new();
    whole.insert("model".into(), what);
    whole.append(&mut map);
    Value::Object(whole)
}

/// The order of the request's fields means nothing. That inside of them may:
/// models write JSON in the order in which a schema names its properties.
fn sorted(params: &Map<String, Value>) -> Map<String, Value> {
    let mut fields: Vec<_> = params.iter().collect();
    fields.sort_by_key(|(key, _)| *key);
    fields.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn started(strategy: &str) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("strategy".into(), json!(strategy));
    map
}

fn put<T: serde::Serialize>(map: &mut Map<String, Value>, key: &str, value: Option<&T>) {
    if let Some(value) = value {
        map.insert(key.into(), json!(value));
    }
}

/// JSON with two spaces a level; a list of plain values stays on one line.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let items = map.iter().map(|(key, value)| (Some(key), value));
            write_items('{', '}', items, level, out);
        }
        Value::Array(list) if list.iter().any(|item| item.is_object() || item.is_array()) || long(list) => {
            write_items('[', ']', list.iter().map(|value| (None, value)), level, out);
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(ToString::to_string).collect();
            out.push('[');
            out.push_str(&items.join(", "));
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn long(list: &[Value]) -> bool {
    list.iter().map(|item| item.to_string().len() + 2).sum::<usize>() > 80
}

fn write_items<'a>(open: char, close: char, items: impl Iterator<Item = (Option<&'a String>, &'a Value)>, level: usize, out: &mut String) {
    out.push(open);
    for (index, (key, value)) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(level + 1));
        if let Some(key) = key {
            out.push_str(&Value::from(key.as_str()).to_string());
            out.push_str(": ");
        }
        write(value, level + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}
