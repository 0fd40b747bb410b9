//! The one JSON form of a document.

use catalog::Tier;
use serde_json::{Map, Value, json};

use super::{
    AbTest, Action, Cascade, CostOptimized, CustomRules, Ensemble, Fallback, LatencyOptimized, Member, Node, Rule, Single, Target, Variant,
    What,
};
use crate::failure::FailureClass;

pub(super) fn node(node: &Node) -> Value {
    Value::Object(match node {
        Node::Single(node) => single(node),
        Node::Fallback(node) => fallback(node),
        Node::Cost(node) => cost(node),
        Node::Latency(node) => latency(node),
        Node::Ensemble(node) => ensemble(node),
        Node::AbTest(node) => ab_test(node),
        Node::Cascade(node) => cascade(node),
        Node::Rules(node) => rules(node),
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
    retry_on(&mut map, node.retry_on.as_deref());
    put(&mut map, "total_budget_ms", node.total_budget_ms.as_ref());
    put(&mut map, "retries", node.retries.as_ref());
    map
}

fn cost(node: &CostOptimized) -> Map<String, Value> {
    let mut map = started("cost_optimized");
    put(&mut map, "quality_tier", Some::<&Tier>(&node.quality_tier));
    map.insert("allowed_models".into(), node.allowed.iter().map(target).collect());
    retry_on(&mut map, node.retry_on.as_deref());
    put_text(&mut map, "affinity", node.affinity.as_ref());
    map
}

fn latency(node: &LatencyOptimized) -> Map<String, Value> {
    let mut map = started("latency_optimized");
    map.insert("allowed_models".into(), node.allowed.iter().map(target).collect());
    put(&mut map, "window_s", node.window_s.as_ref());
    put(&mut map, "min_samples", node.min_samples.as_ref());
    put(&mut map, "explore", node.explore.map(number).as_ref());
    put(&mut map, "hysteresis", node.hysteresis.map(number).as_ref());
    put_text(&mut map, "affinity", node.affinity.as_ref());
    map
}

fn ensemble(node: &Ensemble) -> Map<String, Value> {
    let mut map = started("ensemble");
    put(&mut map, "aggregation", Some(&node.aggregation.name()));
    let member = |Member { target, weight }: &Member| {
        let mut map = optioned("model", target);
        put(&mut map, "weight", weight.map(number).as_ref());
        Value::Object(map)
    };
    map.insert("members".into(), node.members.iter().map(member).collect());
    put(&mut map, "timeout_ms", node.timeout_ms.as_ref());
    put(&mut map, "quorum", node.quorum.as_ref());
    put(&mut map, "valid_when", node.valid_when.as_ref().map(|condition| condition.text()).as_ref());
    put_text(&mut map, "vote_on", node.vote_on.as_ref());
    put(&mut map, "judge", node.judge.as_ref().map(target).as_ref());
    map
}

fn ab_test(node: &AbTest) -> Map<String, Value> {
    let mut map = started("ab_test");
    let variant = |Variant { label, weight, target }: &Variant| {
        let mut map = Map::new();
        put(&mut map, "label", label.as_ref());
        put(&mut map, "weight", Some(&number(*weight)));
        map.append(&mut optioned("config", target));
        Value::Object(map)
    };
    map.insert("variants".into(), node.variants.iter().map(variant).collect());
    put_text(&mut map, "sticky_by", node.sticky_by.as_ref());
    map
}

fn cascade(node: &Cascade) -> Map<String, Value> {
    let mut map = started("cascade");
    let steps = node.attempts.iter().map(|step| {
        let mut map = optioned("model", &step.target);
        put(&mut map, "accept", step.accept.as_ref().map(|condition| condition.text()).as_ref());
        Value::Object(map)
    });
    map.insert("attempts".into(), steps.collect());
    retry_on(&mut map, node.retry_on.as_deref());
    map
}

fn rules(node: &CustomRules) -> Map<String, Value> {
    let mut map = started("custom_rules");
    let rules = match &node.program {
        Some(program) => json!(program),
        None => node.rules.iter().map(rule).collect(),
    };
    map.insert("rules".into(), rules);
    map
}

pub(super) fn rule(rule: &Rule) -> Value {
    let mut map = Map::new();
    let [above, beside, below] = &rule.comments;
    put(&mut map, "comment", above.as_ref());
    let action = match &rule.action {
        Action::Use(used) => target(used),
        Action::Block(message) => json!({ "block": message }),
    };
    put(&mut map, "if", rule.condition.as_ref().map(|condition| condition.text()).as_ref());
    map.insert(if rule.condition.is_some() { "then" } else { "else" }.into(), action);
    put(&mut map, "comment_beside", beside.as_ref());
    put(&mut map, "comment_below", below.as_ref());
    Value::Object(map)
}

fn retry_on(map: &mut Map<String, Value>, classes: Option<&[FailureClass]>) {
    let classes = classes.map(|classes| classes.iter().map(ToString::to_string).collect::<Vec<_>>());
    put(map, "retry_on", classes.as_ref());
}

/// A whole number is written as one: 80, not 80.0.
fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 { json!(number as i64) } else { json!(number) }
}

fn put_text<T: ToString>(map: &mut Map<String, Value>, key: &str, value: Option<&T>) {
    put(map, key, value.map(ToString::to_string).as_ref());
}

/// A target that always has the object form, below `key`.
fn optioned(key: &str, target: &Target) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert(key.into(), what(target));
    options(&mut map, target);
    map
}

/// A target without options is its name or its strategy alone.
fn target(target: &Target) -> Value {
    let mut map = optioned("model", target);
    if map.len() > 1 { Value::Object(map) } else { map.remove("model").unwrap_or_default() }
}

fn what(target: &Target) -> Value {
    match &target.what {
        What::Model(name) => json!(name),
        What::Config(reference) => json!(reference.to_string()),
        What::Inline(inline) => node(inline),
    }
}

fn options(map: &mut Map<String, Value>, target: &Target) {
    let options = &target.options;
    put(map, "timeout_ms", options.timeout_ms.as_ref());
    put(map, "idle_timeout_ms", options.idle_timeout_ms.as_ref());
    put(map, "params", options.params.as_ref().map(sorted).as_ref());
    put(map, "credential", options.credential.as_ref());
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
    write(value, 0, false, &mut out);
    out
}

/// The same, with programs of rules as the lines that they are: to be read, no longer JSON.
pub fn readable(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, true, &mut out);
    out
}

fn write(value: &Value, level: usize, readable: bool, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let has_program = readable && map.get("strategy").is_some_and(|strategy| strategy == "custom_rules");
            let items = map.iter().map(|(key, value)| match value {
                Value::String(program) if has_program && key == "rules" => (Some(key), Item::Program(program)),
                value => (Some(key), Item::Value(value)),
            });
            write_items(('{', '}'), items, level, readable, out);
        }
        Value::Array(list) if list.iter().any(|item| item.is_object() || item.is_array()) || long(list) => {
            write_items(('[', ']'), list.iter().map(|value| (None, Item::Value(value))), level, readable, out);
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

enum Item<'a> {
    Value(&'a Value),
    Program(&'a str),
}

fn write_items<'a>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'a String>, Item<'a>)>,
    level: usize,
    readable: bool,
    out: &mut String,
) {
    out.push(open);
    for (index, (key, value)) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(level + 1));
        if let Some(key) = key {
            out.push_str(&Value::from(key.as_str()).to_string());
            out.push_str(": ");
        }
        match value {
            Item::Value(value) => write(value, level + 1, readable, out),
            Item::Program(program) => write_program(program, level + 1, out),
        }
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}

fn write_program(program: &str, level: usize, out: &mut String) {
    out.push('"');
    for line in program.lines() {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&"  ".repeat(level + 1));
            out.push_str(line);
        }
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push('"');
}
