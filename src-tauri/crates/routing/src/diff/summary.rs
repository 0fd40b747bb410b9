//! Structural changes in plain words, aligned by what each target is rather than by its place.

use serde_json::{Map, Value};
use similar::{DiffOp, capture_diff_slices};

use crate::rules;

/// One structural change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer into the new document. What was removed has its old key or index there.
    pub path: String,
    /// What happened.
    pub kind: ChangeKind,
    /// Before.
    pub from: Option<Value>,
    /// After.
    pub to: Option<Value>,
    /// `attempt 1: timeout 5000 -> 2000 ms`.
    pub text: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Another value.
    Changed,
    /// New.
    Added,
    /// Gone.
    Removed,
    /// In another place of a list.
    Moved,
}

impl ChangeKind {
    /// `changed`, `added`, `removed` or `moved`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
        }
    }
}

/// Lists whose items are targets, with what one item is called.
const LISTS: [(&str, &str); 5] =
    [("attempts", "attempt"), ("allowed_models", "candidate"), ("members", "member"), ("variants", "variant"), (RULES, "rule")];
/// Rules are a list, or a program in one string.
const RULES: &str = "rules";

/// Longer lists, which no document that can be saved has, are told as one: aligning them takes the square of their length.
const MAX_ALIGNED: usize = 1_000;

pub(super) fn changes(from: &Value, to: &Value) -> Vec<Change> {
    let mut changes = Changes::default();
    changes.value("", "", from, to);
    changes.0
}

/// What a fallback's budget leaves to its later attempts, said where it changes.
pub(super) fn effects(from: &Value, to: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (left_for_each(from), left_for_each(to)) else {
        return Vec::new();
    };
    after
        .iter()
        .enumerate()
        .skip(1)
        .filter_map(|(index, (target, left))| {
            let (_, was) = before.iter().find(|(name, _)| name == target)?;
            (was != left)
                .then(|| format!("attempt {} ({target}) is now left at least {left} ms of the total budget; before, {was} ms", index + 1))
        })
        .collect()
}

fn left_for_each(document: &Value) -> Option<Vec<(String, u64)>> {
    let budget = document.get("total_budget_ms")?.as_u64()?;
    let mut spent = 0;
    Some(
        document
            .get("attempts")?
            .as_array()?
            .iter()
            .map(|attempt| {
                let left = budget.saturating_sub(spent);
                spent += attempt.get("timeout_ms").and_then(Value::as_u64).unwrap_or(crate::plan::ATTEMPT_TIMEOUT_MS);
                (name_of(attempt), left)
            })
            .collect(),
    )
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, path: String, kind: ChangeKind, from: Option<&Value>, to: Option<&Value>, text: String) {
        self.0.push(Change { path, kind, from: from.cloned(), to: to.cloned(), text });
    }

    fn value(&mut self, path: &str, place: &str, from: &Value, to: &Value) {
        if identical(from, to) {
            return;
        }
        match (from, to) {
            (Value::Object(old), Value::Object(new)) => self.object(path, place, old, new),
            _ => self.push(
                path.to_owned(),
                ChangeKind::Changed,
                Some(from),
                Some(to),
                said(place, &format!("{} -> {}", show(from), show(to))),
            ),
        }
    }

    fn object(&mut self, path: &str, place: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let before = self.0.len();
        let removed = old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(key, value)| (key, Some(value), None));
        let kept = new.iter().map(|(key, value)| (key, old.get(key), Some(value)));
        for (key, from, to) in kept.chain(removed) {
            if from.zip(to).is_some_and(|(from, to)| identical(from, to)) {
                continue;
            }
            let below = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
            match (LISTS.iter().find(|(list, _)| list == key), from, to) {
                (Some((RULES, _)), Some(Value::String(from)), Some(Value::String(to))) => self.program(&below, place, from, to),
                (Some((RULES, _)), Some(Value::String(_) | Value::Array(_)), Some(to @ (Value::String(_) | Value::Array(_))))
                    if from.is_some_and(|from| from.is_string() != to.is_string()) =>
                {
                    self.form(&below, place, from, to)
                }
                (_, Some(from), Some(to)) if is_rule(new) && matches!(key.as_str(), "then" | "else") => {
                    self.action(&below, place, from, to)
                }
                (Some((_, item)), Some(Value::Array(from)), Some(Value::Array(to))) if from.len().max(to.len()) <= MAX_ALIGNED => {
                    self.list(&below, place, item, from, to)
                }
                (_, Some(Value::Object(from)), Some(Value::Object(to))) if key == "params" => {
                    self.object(&below, &joined(place, "params"), from, to);
                }
                (_, Some(from @ Value::Object(_)), Some(to @ Value::Object(_))) => {
                    let place = if to.get("strategy").is_some() { place.to_owned() } else { joined(place, label(key).0) };
                    self.value(&below, &place, from, to);
                }
                (_, from, to) => self.field(below, place, key, from, to),
            }
        }
        if self.0.len() == before && !old.keys().eq(new.keys()) {
            let (from, to) = (Value::Object(old.clone()), Value::Object(new.clone()));
            self.push(path.to_owned(), ChangeKind::Changed, Some(&from), Some(&to), said(place, "keys in another order"));
        }
    }

    /// Two programs, rule by rule; all of it stands in the one string at that path.
    fn program(&mut self, path: &str, place: &str, from: &str, to: &str) {
        let read = |text: &str| rules::parse_program(text).value.map(|program| rules::to_list(&program));
        let (Some(old), Some(new)) = (read(from), read(to)) else {
            self.field(path.to_owned(), place, RULES, Some(&Value::from(from)), Some(&Value::from(to)));
            return;
        };
        let mut inner = Changes::default();
        inner.list("", place, "rule", &old, &new);
        if inner.0.is_empty() {
            let text = said(place, "rules: another layout");
            self.push(path.to_owned(), ChangeKind::Changed, Some(&Value::from(from)), Some(&Value::from(to)), text);
        }
        self.0.extend(inner.0.into_iter().map(|change| Change { path: path.to_owned(), ..change }));
    }

    /// A program that became a list, or the other way round.
    fn form(&mut self, path: &str, place: &str, from: Option<&Value>, to: &Value) {
        let list = |rules: &Value| match rules {
            Value::String(text) => rules::parse_program(text).value.map(|program| rules::to_list(&program)),
            rules => rules.as_array().cloned(),
        };
        let said_form = if to.is_string() { "rules: written as a program now" } else { "rules: written as a list now" };
        self.push(path.to_owned(), ChangeKind::Changed, from, Some(to), said(place, said_form));
        if let (Some(old), Some(new)) = (from.and_then(list), list(to)) {
            let mut inner = Changes::default();
            inner.list("", place, "rule", &old, &new);
            self.0.extend(inner.0.into_iter().map(|change| Change { path: path.to_owned(), ..change }));
        }
    }

    /// What a rule does.
    fn action(&mut self, path: &str, place: &str, from: &Value, to: &Value) {
        if is_block(from) || is_block(to) || name_of(from) != name_of(to) {
            let text = format!("{} -> {}", action_of(from), action_of(to));
            self.push(path.to_owned(), ChangeKind::Changed, Some(from), Some(to), said(place, &text));
        } else {
            self.same_target(path, place, (from, to));
        }
    }

    fn field(&mut self, path: String, place: &str, key: &str, from: Option<&Value>, to: Option<&Value>) {
        let kind = match (from, to) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let (label, unit) = label(key);
        let text = match (from, to) {
            (Some(Value::Array(old)), Some(Value::Array(new))) => format!("{label}: {}", members(old, new)),
            (Some(from), Some(to)) => format!("{label} {} -> {}{unit}", show(from), show(to)),
            (None, Some(to)) => format!("{label} {}{unit} added", show(to)),
            (Some(from), None) => format!("{label} {}{unit} removed", show(from)),
            (None, None) => return,
        };
        self.push(path, kind, from, to, said(place, &text));
    }

    /// Items are the same where they name the same target; the rest is added, removed, or moved.
    fn list(&mut self, path: &str, place: &str, item: &str, from: &[Value], to: &[Value]) {
        let old: Vec<String> = from.iter().map(name_of).collect();
        let new: Vec<String> = to.iter().map(name_of).collect();
        let shown = |item: &Value| item.as_object().filter(|map| is_rule(map)).map_or_else(|| name_of(item), rule_of);
        let ops = capture_diff_slices(similar::Algorithm::Lcs, &old, &new);
        let mut gone: Vec<usize> = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).flat_map(|op| op.old_range()).collect();
        for op in ops {
            match op {
                DiffOp::Equal { old_index, new_index, len } => {
                    for n in 0..len {
                        self.item(path, place, item, (old_index + n, new_index + n), (&from[old_index + n], &to[new_index + n]));
                    }
                }
                other => {
                    // An item that stands elsewhere in the old list has moved; else one that vanished right here was replaced.
                    for index in other.new_range() {
                        let at = format!("{path}/{index}");
                        if let Some(found) = gone.iter().position(|was| old[*was] == new[index]) {
                            let was = gone.remove(found);
                            let text = format!("{item} {} moved to {}: {}", was + 1, index + 1, new[index]);
                            self.push(at, ChangeKind::Moved, Some(&Value::from(was)), Some(&Value::from(index)), said(place, &text));
                            self.item(path, place, item, (was, index), (&from[was], &to[index]));
                        } else if let Some(found) = gone.iter().position(|was| other.old_range().contains(was) && !new.contains(&old[*was]))
                        {
                            let was = gone.remove(found);
                            self.replaced(&at, place, item, (was, index), (&from[was], &to[index]));
                        } else {
                            self.push(
                                at,
                                ChangeKind::Added,
                                None,
                                Some(&to[index]),
                                said(place, &format!("{item} {} added: {}", index + 1, shown(&to[index]))),
                            );
                        }
                    }
                }
            }
        }
        for was in gone {
            self.push(
                format!("{path}/{was}"),
                ChangeKind::Removed,
                Some(&from[was]),
                None,
                said(place, &format!("{item} {} removed: {}", was + 1, shown(&from[was]))),
            );
        }
    }

    /// Two forms of the same target, compared option by option.
    fn item(&mut self, path: &str, place: &str, item: &str, at: (usize, usize), values: (&Value, &Value)) {
        self.same_target(&format!("{path}/{}", at.1), &joined(place, &format!("{item} {}", at.1 + 1)), values);
    }

    fn same_target(&mut self, path: &str, place: &str, values: (&Value, &Value)) {
        let (mut old, mut new) = (object_form(values.0), object_form(values.1));
        if is_strategy(&old) == is_strategy(&new) {
            self.object(path, place, &old, &new);
            return;
        }
        // The same strategy, with options around it on one side only.
        let inner_path = if is_strategy(&new) { path.to_owned() } else { format!("{path}/model") };
        let (from, to) = (take_strategy(&mut old), take_strategy(&mut new));
        self.value(&inner_path, place, &from, &to);
        self.object(path, place, &old, &new);
    }

    fn replaced(&mut self, path: &str, place: &str, item: &str, at: (usize, usize), values: (&Value, &Value)) {
        let place = joined(place, &format!("{item} {}", at.1 + 1));
        let (mut old, mut new) = (object_form(values.0), object_form(values.1));
        if item == "variant" || is_rule(&new) {
            self.object(path, &place, &old, &new);
            return;
        }
        if is_strategy(&old) || is_strategy(&new) {
            let text = format!("{} -> {}", name_of(values.0), name_of(values.1));
            self.push(path.to_owned(), ChangeKind::Changed, Some(values.0), Some(values.1), said(&place, &text));
            return;
        }
        let text = format!("{} -> {}", name_of(values.0), name_of(values.1));
        let target = if values.1.is_string() { path.to_owned() } else { format!("{path}/model") };
        self.push(target, ChangeKind::Changed, old.get("model"), new.get("model"), said(&place, &text));
        old.remove("model");
        new.remove("model");
        self.object(path, &place, &old, &new);
    }
}

/// The same, down to the order of keys: it means something where a request's own fields are overridden.
fn identical(from: &Value, to: &Value) -> bool {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|((old_key, old), (new_key, new))| old_key == new_key && identical(old, new))
        }
        (Value::Array(from), Value::Array(to)) => from.len() == to.len() && from.iter().zip(to).all(|(old, new)| identical(old, new)),
        _ => from == to,
    }
}

/// `{"if": …, "then": …}` or `{"else": …}`.
fn is_rule(map: &Map<String, Value>) -> bool {
    map.contains_key("if") || map.contains_key("else")
}

fn is_block(action: &Value) -> bool {
    action.get("block").is_some()
}

/// `use @a` or `block "no"`.
fn action_of(action: &Value) -> String {
    match action.get("block") {
        Some(message) => format!("block {message}"),
        None => format!("use {}", name_of(action)),
    }
}

/// A rule on one line.
fn rule_of(rule: &Map<String, Value>) -> String {
    let action = rule.get("then").or_else(|| rule.get("else")).map(action_of).unwrap_or_default();
    match rule.get("if") {
        Some(condition) => format!("if {} then {action}", show(condition)),
        None => format!("else {action}"),
    }
}

fn is_strategy(map: &Map<String, Value>) -> bool {
    map.contains_key("strategy")
}

/// A target's object form, whatever form it was written in.
fn object_form(target: &Value) -> Map<String, Value> {
    match target {
        Value::Object(map) => map.clone(),
        other => Map::from_iter([("model".to_owned(), other.clone())]),
    }
}

/// The strategy that a target is or has options around, which are left behind.
fn take_strategy(target: &mut Map<String, Value>) -> Value {
    if is_strategy(target) { Value::Object(std::mem::take(target)) } else { target.remove("model").unwrap_or_default() }
}

/// What a list item is, for alignment and words.
fn name_of(item: &Value) -> String {
    match item {
        Value::String(name) => name.clone(),
        Value::Object(map) if map.contains_key("label") => show(&map["label"]),
        Value::Object(map) if is_rule(map) => {
            map.get("if").map_or_else(|| "else".to_owned(), |condition| format!("if {}", show(condition)))
        }
        Value::Object(map) if is_strategy(map) => show(&map["strategy"]),
        Value::Object(map) => {
            map.get("model").or_else(|| map.get("config")).or_else(|| map.get("strategy")).map_or_else(|| item.to_string(), name_of)
        }
        other => other.to_string(),
    }
}

fn label(key: &str) -> (&str, &'static str) {
    match key {
        "timeout_ms" => ("timeout", " ms"),
        "idle_timeout_ms" => ("idle timeout", " ms"),
        "total_budget_ms" => ("total budget", " ms"),
        "window_s" => ("window", " s"),
        "min_samples" => ("samples wanted", ""),
        "quality_tier" => ("quality tier", ""),
        "sticky_by" => ("sticky by", ""),
        "if" => ("condition", ""),
        "comment" => ("comment above", ""),
        "comment_beside" => ("comment beside", ""),
        "comment_below" => ("comment below", ""),
        "model" | "config" => ("target", ""),
        other => (other, ""),
    }
}

/// What came to a list of plain values and what went.
fn members(old: &[Value], new: &[Value]) -> String {
    if old.len().max(new.len()) > MAX_ALIGNED {
        return format!("{} -> {} items", old.len(), new.len());
    }
    let list =
        |items: &[Value], other: &[Value]| items.iter().filter(|item| !other.contains(item)).map(show).collect::<Vec<_>>().join(", ");
    let (added, removed) = (list(new, old), list(old, new));
    match (added.is_empty(), removed.is_empty()) {
        (false, false) => format!("{added} added, {removed} removed"),
        (false, true) => format!("{added} added"),
        (true, false) => format!("{removed} removed"),
        (true, true) => "in another order".to_owned(),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) if is_strategy(map) => name_of(value),
        other => other.to_string(),
    }
}

fn joined(place: &str, below: &str) -> String {
    if place.is_empty() { below.to_owned() } else { format!("{place} > {below}") }
}

fn said(place: &str, text: &str) -> String {
    if place.is_empty() { text.to_owned() } else { format!("{place}: {text}") }
}
