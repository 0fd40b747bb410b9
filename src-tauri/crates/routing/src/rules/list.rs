//! Rules as a JSON list, without loss: `[{"if","then"}…, {"else"}]`.
//!
//! An action is a target, or `{"block": "message"}`. `comment` has the lines above the rule (an empty one is a blank
//! line), `comment_beside` the comment at its end, and `comment_below`, on the last item, what stands below it.

use serde_json::{Map, Value, json};

use super::{
    Action, Condition, ConditionScope, Finding, Program, Rule, Severity, Span,
    format::{laid_out, on_one_line},
    lint,
    place::{Lines, cut},
    read_condition, target,
};
use crate::names::nearest;

/// What came of reading a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedList {
    /// `None` where there is any error. Places inside it are those in the item's own condition.
    pub value: Option<Program>,
    /// By index of the item; places are those in its condition's text, 1:1 for what is about the item itself.
    pub findings: Vec<(usize, Finding)>,
}

const KEYS: [&str; 6] = ["if", "then", "else", "comment", "comment_beside", "comment_below"];

/// The rules as a list.
pub fn to_list(program: &Program) -> Vec<Value> {
    let last = program.rules.len().saturating_sub(1);
    program.rules.iter().enumerate().map(|(index, rule)| item(rule, if index == last { &program.below } else { &[] })).collect()
}

fn item(rule: &Rule, below: &[String]) -> Value {
    let mut item = Map::new();
    if !rule.above.is_empty() {
        item.insert("comment".into(), json!(rule.above.join("\n")));
    }
    let action = match &rule.action {
        Action::Use { target, .. } => target.clone(),
        Action::Block { message, .. } => json!({"block": message}),
    };
    match &rule.condition {
        Some(condition) => {
            item.insert("if".into(), json!(condition.text()));
            item.insert("then".into(), action);
        }
        None => {
            item.insert("else".into(), action);
        }
    }
    if let Some(beside) = &rule.beside {
        item.insert("comment_beside".into(), json!(beside));
    }
    if !below.is_empty() {
        item.insert("comment_below".into(), json!(below.join("\n")));
    }
    Value::Object(item)
}

/// The list's text, in the canonical layout.
///
/// # Errors
/// What keeps it from being read, by index of the item.
pub fn list_to_text(items: &[Value]) -> Result<String, Vec<(usize, Finding)>> {
    let parsed = parse_list(items);
    parsed.value.map(|program| program.to_string()).ok_or_else(|| {
        let mut findings = parsed.findings;
        findings.retain(|(_, finding)| finding.severity == Severity::Error);
        findings
    })
}

/// Reads and checks rules in their list form.
pub fn parse_list(items: &[Value]) -> ParsedList {
    let mut reader = Reader { findings: Vec::new() };
    let rules: Vec<Option<(Rule, String)>> = items.iter().enumerate().map(|(index, item)| reader.item(index, item, items.len())).collect();
    if items.is_empty() {
        reader.error(0, "there is no rule yet: write {\"if\": …, \"then\": …} and a last {\"else\": …}");
    }
    let has_errors = reader.findings.iter().any(|(_, finding)| finding.severity == Severity::Error);
    let Some(rules) = rules.into_iter().collect::<Option<Vec<_>>>().filter(|_| !has_errors) else {
        return ParsedList { value: None, findings: reader.findings };
    };
    let conditions: Vec<_> = rules.iter().map(|(rule, _)| rule.condition.as_ref().map(Condition::expr)).collect();
    for (index, at, message, meant) in lint::program(&conditions, |index| index + 1) {
        let mut findings = super::Findings::default();
        findings.warning_meaning(at, message, meant.as_deref());
        let text = rules.get(index).map_or("", |(_, text)| text.as_str());
        reader.findings.extend(findings.finish(text).into_iter().map(|finding| (index, finding)));
    }
    let below = items.last().and_then(|item| item.get("comment_below")).and_then(Value::as_str).map(lines_of).unwrap_or_default();
    let mut program = Program { rules: rules.into_iter().map(|(rule, _)| rule).collect(), below };
    let (_, starts) = laid_out(&program);
    for (rule, start) in program.rules.iter_mut().zip(starts) {
        rule.line = u32::try_from(start).unwrap_or(u32::MAX);
    }
    ParsedList { value: Some(program), findings: reader.findings }
}

fn lines_of(comment: &str) -> Vec<String> {
    comment.split('\n').map(|line| line.trim_end().to_owned()).collect()
}

struct Reader {
    findings: Vec<(usize, Finding)>,
}

impl Reader {
    fn error(&mut self, index: usize, message: impl Into<String>) {
        let finding = Finding { severity: Severity::Error, line: 1, column: 1, length: 1, message: message.into(), suggestion: None };
        self.findings.push((index, finding));
    }

    /// The rule with the text of its condition as it was given.
    fn item(&mut self, index: usize, item: &Value, count: usize) -> Option<(Rule, String)> {
        let Some(item) = item.as_object() else {
            self.error(index, "a rule is an object: {\"if\": condition, \"then\": target}, or {\"else\": target} for the last one");
            return None;
        };
        self.keys(index, item);
        let is_last = index + 1 == count;
        let is_else = item.contains_key("else");
        match (is_else, is_last) {
            (true, false) => self.error(index, "else must be the last rule: what stands below it never runs"),
            (false, true) => self.error(index, "the last rule must be {\"else\": target}, for all that no rule takes"),
            (true, true) if count == 1 => self.error(index, "the first rule has an if: there is nothing yet that this else is the rest of"),
            _ => {}
        }
        let (condition, text) = if is_else { (None, String::new()) } else { self.condition(index, item)? };
        let action = self.action(index, if is_else { "else" } else { "then" }, item)?;
        let above = self.comment(index, item, "comment").map(lines_of).unwrap_or_default();
        let beside = self.comment(index, item, "comment_beside").map(|text| text.replace('\n', " ")).filter(|text| !text.trim().is_empty());
        let line = on_one_line(index == 0, condition.as_ref(), &action);
        Some((Rule { condition, action, line: 0, text: line, above, beside }, text))
    }

    fn keys(&mut self, index: usize, item: &Map<String, Value>) {
        for key in item.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let near = nearest(key, KEYS).map(|near| format!(": did you mean {near}?")).unwrap_or_default();
            self.error(index, format!("unknown key {:?}{near}", cut(key)));
        }
        if item.contains_key("else") && (item.contains_key("if") || item.contains_key("then")) {
            self.error(index, "a rule has either if and then, or else");
        }
    }

    fn comment<'a>(&mut self, index: usize, item: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
        let value = item.get(key)?;
        if !value.is_string() {
            self.error(index, format!("{key} must be a string"));
        }
        value.as_str()
    }

    fn condition(&mut self, index: usize, item: &Map<String, Value>) -> Option<(Option<Condition>, String)> {
        let Some(text) = item.get("if").and_then(Value::as_str) else {
            self.error(index, "if is missing: it is a condition in a string, such as \"tenant == 'acme'\"");
            return None;
        };
        let (expr, findings) = read_condition(text, ConditionScope::Request);
        if findings.has_errors() {
            self.findings.extend(
                findings.finish(text).into_iter().filter(|finding| finding.severity == Severity::Error).map(|finding| (index, finding)),
            );
        }
        let lines = Lines::of(text);
        expr.map(|expr| (Some(Condition::new(expr, &lines)), text.to_owned()))
    }

    fn action(&mut self, index: usize, key: &str, item: &Map<String, Value>) -> Option<Action> {
        let span = Span { line: 1, column: 1, length: 1 };
        match item.get(key) {
            Some(Value::Object(object)) if object.contains_key("block") => match object.get("block") {
                Some(Value::String(message)) if object.len() == 1 => Some(Action::Block { message: message.clone(), span }),
                _ => {
                    self.error(index, "block stands alone, with its message in a string: {\"block\": \"not allowed here\"}");
                    None
                }
            },
            Some(target @ Value::Object(_)) => Some(Action::Use { target: target.clone(), span }),
            Some(Value::String(name)) => match target::refused(name) {
                None => Some(Action::Use { target: json!(name), span }),
                Some((why, meant)) => {
                    let meant = meant.map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
                    self.error(index, format!("{why}{meant}"));
                    None
                }
            },
            _ => {
                self.error(
                    index,
                    format!("{key} must be a target, such as \"@slug\" or \"provider/model\", or {{\"block\": \"message\"}}"),
                );
                None
            }
        }
    }
}
