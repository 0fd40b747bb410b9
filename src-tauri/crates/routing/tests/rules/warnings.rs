//! What is said of texts that are right, but odd. Nothing is said that is not certain.

use routing::rules::{ConditionScope, Finding, parse_condition, parse_list, parse_program, to_list};

use crate::support::{program, shown};

fn of_condition(text: &str) -> Vec<String> {
    let parsed = parse_condition(text, ConditionScope::Response);
    assert!(parsed.value.is_some(), "{text}");
    shown(&parsed.findings)
}

/// `line: message` of each warning about rules with these conditions.
fn of_rules(conditions: &[&str]) -> Vec<String> {
    let mut text = format!("if {}", conditions.join(" then use @a\nelse if "));
    text.push_str(" then use @a\nelse use @b\n");
    let parsed = parse_program(&text);
    assert!(parsed.value.is_some(), "{text}");
    let warning = |finding: &Finding| format!("{}: {}", finding.line, finding.message);
    parsed.findings.iter().map(warning).collect()
}

#[test]
fn a_comparison_that_is_always_the_same_is_named() {
    for (text, expected) in [
        ("request.input_tokens < 0", "1:1+24 warning: this condition never holds: request.input_tokens is never below 0"),
        ("request.stream or 0 > request.messages", "1:19+20 warning: 0 > request.messages never holds: request.messages is never below 0"),
        ("request.stream and time.hour >= 0", "1:20+14 warning: time.hour >= 0 always holds: time.hour is from 0 to 23"),
        (
            "time.hour > 23 and tenant == \"x\"",
            "1:1+32 warning: this condition never holds: time.hour > 23 never holds: time.hour is from 0 to 23",
        ),
        ("time.weekday in [0, 6]", "1:18+1 warning: time.weekday is never 0: time.weekday is from 1 to 7"),
        ("budget.used_pct >= 90", "1:20+2 warning: budget.used_pct is a share, 1 being all of the budget: did you mean 0.9?"),
        ("tenant in []", "1:1+12 warning: this condition never holds: nothing is in an empty list"),
        (
            "tenant == \"a\" and \"b\" == tags.tenant",
            "1:1+36 warning: this condition never holds: tenant == \"a\" and \"b\" == tags.tenant never hold together",
        ),
        (
            "request.messages > 5 and request.messages < 3",
            "1:1+45 warning: this condition never holds: request.messages > 5 and request.messages < 3 never hold together",
        ),
        (
            "request.stream and not request.stream",
            "1:1+37 warning: this condition never holds: request.stream and not request.stream never hold together",
        ),
    ] {
        assert_eq!(of_condition(text), [expected], "{text}");
    }
}

#[test]
fn a_rule_that_an_earlier_one_shadows_can_never_match() {
    let shadowed = |line: usize, by: usize| format!("{line}: this rule can never match: the rule in line {by} takes all that it would");
    assert_eq!(of_rules(&["tenant == \"a\"", "tags.tenant == 'a'"]), [shadowed(2, 1)]);
    assert_eq!(of_rules(&["tenant == \"a\"", "request.stream and tenant == \"a\""]), [shadowed(2, 1)]);
    assert_eq!(of_rules(&["tenant in [\"b\", \"a\"]", "tenant == \"a\""]), [shadowed(2, 1)]);
    assert_eq!(of_rules(&["tenant != \"b\"", "tenant in [\"a\", \"c\"]"]), [shadowed(2, 1)]);
    assert_eq!(of_rules(&["request.messages > 5 or request.stream", "10 <= request.messages"]), [shadowed(2, 1)]);
    assert_eq!(of_rules(&["time.weekday in [\"sat\", 7]", "time.weekday == \"Sunday\""]), [shadowed(2, 1)]);
    assert_eq!(
        of_rules(&["request.stream", "request.has_tools", "request.has_tools or request.stream"]),
        ["3: this rule can never match: the rules above it take all that it would"]
    );
    assert_eq!(of_rules(&["false", "request.stream"]), ["1: this rule can never match"]);
    assert_eq!(
        of_rules(&["1 < 2", "request.stream"]),
        ["1: this condition always holds, so that no rule below it, not even else, can match"]
    );
}

#[test]
fn what_may_match_is_left_alone() {
    for conditions in [
        &["tenant == \"a\" and request.stream", "tenant == \"a\""][..],
        &["tenant == \"5\"", "tenant == 5"],
        &["seats > 5", "seats >= 5"],
        &["seats > 5", "not (seats > 5)"],
        &["tenant == \"a\"", "tenant != \"b\""],
        &["cost(a/b) >= 0", "request.stream"],
        &["budget.used_pct > 1.5", "budget.remaining_usd < 0"],
        &["request.stream", "not request.stream or request.has_tools"],
        &["end_user == \"\"", "end_user != \"\" and app == \"x\""],
        &["healthy(a/b)", "healthy(a/c)"],
        &["latency(a/b) > 5", "latency(a/b, 95) > 5"],
    ] {
        assert_eq!(of_rules(conditions), [""; 0], "{conditions:?}");
    }
    assert_eq!(of_condition("true"), [""; 0]);
    assert_eq!(of_condition("response.output_tokens >= 0"), [""; 0]);
}

#[test]
fn the_list_form_is_warned_of_by_item() {
    let list = to_list(&program("if tenant == \"a\" then use @a\nelse if request.stream and tenant == \"a\" then use @b\nelse use @c"));
    let parsed = parse_list(&list);
    let found: Vec<_> = parsed.findings.iter().map(|(item, finding)| (*item, finding.column, finding.message.as_str())).collect();
    assert_eq!(found, [(1, 1, "this rule can never match: the rule in line 1 takes all that it would")]);
}
