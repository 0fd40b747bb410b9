//! Rules, as text or as a list, and the conditions of other strategies.

use serde_json::Value;

use super::{Findings, Mention, Name, Need, target};
use crate::{
    diagnostic::{Diagnostic, Severity},
    document::{
        Action, CustomRules, Reference, Rule, Target, canonical,
        fields::{Fields, kind},
    },
    locate::Position,
    rules::{self, Condition, ConditionScope, Finding, MentionKind, Span},
};

/// Longest list of rules.
const MAX_RULES: usize = 1_000;

pub(super) fn read(mut fields: Fields<'_>, depth: usize, found: &mut Findings) -> Option<CustomRules> {
    let rules = match fields.take("rules") {
        None => {
            found.push(Diagnostic::error(
                &fields.path,
                "\"rules\" is missing; write a program such as \"if tenant == 'acme' then use @a else use @b\"",
            ));
            None
        }
        Some((Value::String(text), path)) => program(text, &path, depth, found),
        Some((Value::Array(items), path)) => items_of(items, &path, depth, found),
        Some((other, path)) => {
            found.push(Diagnostic::error(path, format!("rules must be a program or a list of rules, not {}", kind(other))));
            None
        }
    };
    fields.finish(found);
    rules
}

fn program(text: &str, path: &str, depth: usize, found: &mut Findings) -> Option<CustomRules> {
    if !found.may_keep(0, path) {
        return None;
    }
    let parsed = rules::parse_program(text);
    take_findings(parsed.findings, path, found);
    let first = found.mentions.len();
    mention(&parsed.mentions, path, depth, found);
    // Read also where the program has errors, so that all that is wrong is said at once.
    let mut targets: Vec<Option<Target>> = parsed.uses.iter().map(|(value, span)| in_text(value, *span, path, depth, found)).collect();
    found.mentions[first..].sort_by_key(|mention| mention.place.map(|place| (place.line, place.column)));
    let program = parsed.value?;
    let patterns = program.rules.iter().filter_map(|rule| rule.condition.as_ref()).map(Condition::patterns).sum();
    if !found.may_keep(patterns, path) {
        return None;
    }
    let formatted = program.to_string();
    targets.reverse();
    let mut read = Vec::with_capacity(program.rules.len());
    for rule in program.rules {
        let action = match rule.action {
            rules::Action::Block { message, .. } => Action::Block(message),
            rules::Action::Use { .. } => Action::Use(targets.pop().flatten()?),
        };
        read.push(Rule { condition: rule.condition, action, comments: Default::default(), line: rule.line, text: rule.text });
    }
    Some(CustomRules { program: Some(formatted), rules: read })
}

/// A target written in a program: there is no JSON path into the text, so what is wrong inside is said of the text.
fn in_text(value: &Value, span: Span, path: &str, depth: usize, found: &mut Findings) -> Option<Target> {
    let (diagnostics, mentions) = (found.diagnostics.len(), found.mentions.len());
    let outer = found.place.replace(Position { line: span.line, column: span.column, length: span.length });
    let read = target(value, "", depth, found);
    found.place = outer;
    for diagnostic in &mut found.diagnostics[diagnostics..] {
        diagnostic.path.replace_range(.., path);
        diagnostic.about_key = false;
    }
    for mention in &mut found.mentions[mentions..] {
        mention.path.replace_range(.., path);
    }
    read
}

fn items_of(items: &[Value], path: &str, depth: usize, found: &mut Findings) -> Option<CustomRules> {
    if items.is_empty() || items.len() > MAX_RULES {
        found.push(Diagnostic::error(path, format!("rules has {} rules; it must have from 1 to {MAX_RULES}", items.len())));
        return None;
    }
    let mut read = Vec::with_capacity(items.len());
    let before = found.diagnostics.len();
    for (index, value) in items.iter().enumerate() {
        let path = format!("{path}/{index}");
        read.extend(item(value, (&path, index + 1 == items.len()), depth, found));
    }
    if read.len() < items.len() || found.diagnostics[before..].iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return None;
    }
    let parsed = rules::parse_list(items);
    for (index, finding) in parsed.findings {
        let path = if read.get(index).is_some_and(|rule| rule.condition.is_some()) {
            format!("{path}/{index}/if")
        } else {
            format!("{path}/{index}")
        };
        take_findings(vec![finding], &path, found);
    }
    parsed.value?;
    // The trace quotes rules as they are stored, not as they were given.
    let stored: Vec<Value> = read.iter().map(canonical::rule).collect();
    for (rule, parsed) in read.iter_mut().zip(rules::parse_list(&stored).value?.rules) {
        (rule.line, rule.text) = (parsed.line, parsed.text);
    }
    Some(CustomRules { program: None, rules: read })
}

fn item(value: &Value, (path, is_last): (&str, bool), depth: usize, found: &mut Findings) -> Option<Rule> {
    let Some(map) = value.as_object() else {
        found.push(Diagnostic::error(path, format!("a rule is {{\"if\": …, \"then\": …}} or {{\"else\": …}}, not {}", kind(value))));
        return None;
    };
    let mut fields = Fields::new(map, path);
    let mut comment = |key| fields.string(key, found).map(|(text, _)| text.to_owned());
    let comments = ["comment", "comment_beside", "comment_below"].map(&mut comment);
    let is_else = map.contains_key("else");
    let condition = match (fields.take("if"), is_else) {
        (Some((_, path)), true) => {
            found.push(Diagnostic::error(path, "a rule has an \"if\" or an \"else\", not both"));
            None
        }
        (Some((value, path)), false) => condition(value, &path, depth, ConditionScope::Request, found),
        (None, true) => None,
        (None, false) => {
            found.push(Diagnostic::error(path, "this rule has neither \"if\" nor \"else\""));
            None
        }
    };
    match (is_else, is_last) {
        (true, false) => found.push(Diagnostic::error(path, "\"else\" must be the last rule: what follows it is never reached")),
        (false, true) => {
            found.push(Diagnostic::error(path, "the last rule must be {\"else\": …}, so that every request goes somewhere"));
        }
        _ => {}
    }
    let key = if is_else { "else" } else { "then" };
    let action = match fields.take(key) {
        Some((value, path)) => action(value, &path, depth, found),
        None => {
            found.push(Diagnostic::error(path, "\"then\" is missing; write a target, or {\"block\": \"message\"}"));
            None
        }
    };
    fields.finish(found);
    let action = action?;
    if condition.is_none() && !is_else {
        return None;
    }
    Some(Rule { condition, action, comments, line: 0, text: String::new() })
}

fn action(value: &Value, path: &str, depth: usize, found: &mut Findings) -> Option<Action> {
    match value.as_object().filter(|map| map.contains_key("block")) {
        None => target(value, path, depth, found).map(Action::Use),
        Some(map) => {
            let mut fields = Fields::new(map, path);
            let message = fields.string("block", found).map(|(text, _)| text.to_owned());
            fields.finish(found);
            message.map(Action::Block)
        }
    }
}

/// A condition, checked; the names in it are looked up later.
pub(super) fn condition(value: &Value, path: &str, depth: usize, scope: ConditionScope, found: &mut Findings) -> Option<Condition> {
    let Some(text) = value.as_str() else {
        let example = match scope {
            ConditionScope::Request => "tenant == 'acme'",
            ConditionScope::Response => "response.length > 20",
        };
        found.push(Diagnostic::error(path, format!("a condition is a string such as \"{example}\", not {}", kind(value))));
        return None;
    };
    if !found.may_keep(0, path) {
        return None;
    }
    let parsed = rules::parse_condition(text, scope);
    take_findings(parsed.findings, path, found);
    mention(&parsed.mentions, path, depth, found);
    parsed.value.filter(|condition| found.may_keep(condition.patterns(), path))
}

fn take_findings(findings: Vec<Finding>, path: &str, found: &mut Findings) {
    for finding in findings {
        let diagnostic = Diagnostic {
            severity: finding.severity,
            path: path.to_owned(),
            about_key: false,
            text: Some(Position { line: finding.line, column: finding.column, length: finding.length }),
            message: finding.message,
            suggestion: finding.suggestion,
        };
        // A condition of a list is looked at alone, and again among the others.
        if !found.diagnostics.contains(&diagnostic) {
            found.diagnostics.push(diagnostic);
        }
    }
}

fn mention(mentions: &[rules::Mention], path: &str, depth: usize, found: &mut Findings) {
    for mention in mentions {
        let name = match mention.kind {
            MentionKind::TagKey => Name::TagKey(mention.name.clone()),
            MentionKind::Budget => Name::Budget(mention.name.clone()),
            MentionKind::Target => match Reference::parse(&mention.name) {
                Some(reference) => Name::Config(reference),
                None => Name::Model(mention.name.clone()),
            },
        };
        let place = Position { line: mention.span.line, column: mention.span.column, length: mention.span.length };
        found.mentions.push(Mention { path: path.to_owned(), place: Some(place), depth, name, need: Need::Look });
    }
}
