//! What the documents of the six strategies beyond `single` and `fallback` may be; each error and warning in its words.

use routing::{diagnostic::Severity, document::Document};
use serde_json::Value;

use crate::support::*;

const GPT: &str = "openai/gpt-4o";

/// A right document with some keys put in or, where they are null, taken out.
fn with(mut document: Value, change: Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(key)),
            value => document[key] = value.clone(),
        }
    }
    document
}

fn cost(change: Value) -> Value {
    with(json!({"strategy": "cost_optimized", "quality_tier": "standard", "allowed_models": [GPT, "o3"]}), change)
}

fn latency(change: Value) -> Value {
    with(json!({"strategy": "latency_optimized", "allowed_models": [GPT, "o3"]}), change)
}

fn ensemble(change: Value) -> Value {
    with(json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [GPT, "o3"]}), change)
}

fn ab_test(change: Value) -> Value {
    with(json!({"strategy": "ab_test", "variants": [{"weight": 80, "config": GPT}, {"weight": 20, "config": "o3"}]}), change)
}

fn cascade(change: Value) -> Value {
    with(json!({"strategy": "cascade", "attempts": [{"model": "o3", "accept": "response.length > 20"}, GPT]}), change)
}

fn rules(rules: impl Into<Value>) -> Value {
    json!({"strategy": "custom_rules", "rules": rules.into()})
}

/// Each document has this one error.
fn each(cases: &[(Value, &str)]) {
    for (document, expected) in cases {
        assert_eq!(errors(document), [*expected], "{document}");
    }
}

#[test]
fn right_documents_have_neither_error_nor_warning() {
    for document in [
        cost(json!({"retry_on": ["429"], "affinity": "conversation"})),
        cost(json!({"affinity": "tag:team"})),
        latency(json!({"window_s": 60, "min_samples": 0, "explore": 1, "hysteresis": 0, "affinity": "end_user"})),
        ensemble(json!({"timeout_ms": 1, "quorum": 2, "valid_when": "response.length > 20", "vote_on": "regex:answer: (\\w+)"})),
        ensemble(json!({"aggregation": "llm_judge", "judge": "o3", "members": [{"model": GPT, "weight": 0.5, "timeout_ms": 9}, "o3"]})),
        ensemble(json!({"aggregation": "weighted_average", "vote_on": "json_pointer:/a/0"})),
        ab_test(json!({"sticky_by": "tag:team"})),
        ab_test(
            json!({"variants": [{"label": "a b", "weight": 0.001, "config": {"strategy": "single", "model": "o3"}, "params": {"seed": 1}}]}),
        ),
        cascade(json!({"retry_on": ["timeout"]})),
        rules("if tenant == 'a' then use openai/o3 else block \"no\""),
        rules(json!([{"if": "request.stream", "then": {"model": "o3", "timeout_ms": 5}, "comment": "why"}, {"else": GPT}])),
    ] {
        assert_eq!((errors(&document), warnings(&document)), (vec![], vec![]), "{document}");
    }
}

#[test]
fn what_a_strategy_cannot_do_without_is_missed() {
    each(&[
        (cost(json!({"quality_tier": null})), ": \"quality_tier\" is missing; write one of economy, standard, premium, frontier"),
        (cost(json!({"allowed_models": null})), ": \"allowed_models\" is missing; write a list of targets"),
        (cost(json!({"allowed_models": []})), "/allowed_models: allowed_models has 0 targets; it must have from 1 to 64"),
        (latency(json!({"allowed_models": null})), ": \"allowed_models\" is missing; write a list of targets"),
        (
            ensemble(json!({"aggregation": null})),
            ": \"aggregation\" is missing; write one of first_valid, majority_vote, weighted_vote, weighted_average, llm_judge",
        ),
        (ensemble(json!({"members": null})), ": \"members\" is missing; write a list of members"),
        (ensemble(json!({"members": []})), "/members: members has 0 members; it must have from 1 to 64"),
        (ensemble(json!({"aggregation": "llm_judge"})), ": \"judge\" is missing; write the model that picks among the answers"),
        (ab_test(json!({"variants": null})), ": \"variants\" is missing; write a list of variants"),
        (
            ab_test(json!({"variants": [{"config": "o3"}]})),
            "/variants/0: \"weight\" is missing; write the share of this variant, such as 80",
        ),
        (
            ab_test(json!({"variants": [{"weight": 1}]})),
            "/variants/0: this target has no \"config\"; write \"provider/model\", \"@slug\" or a strategy",
        ),
        (cascade(json!({"attempts": null})), ": \"attempts\" is missing; write a list of targets"),
        (
            cascade(json!({"attempts": [{"accept": "response.length > 1"}, "o3"]})),
            "/attempts/0: this target has no \"model\"; write \"provider/model\", \"@slug\" or a strategy",
        ),
        (
            json!({"strategy": "custom_rules"}),
            ": \"rules\" is missing; write a program such as \"if tenant == 'acme' then use @a else use @b\"",
        ),
    ]);
}

#[test]
fn names_of_choices_are_known_and_the_nearest_is_suggested() {
    each(&[
        (
            cost(json!({"quality_tier": "premum"})),
            "/quality_tier: quality_tier must be one of economy, standard, premium, frontier, not \"premum\": did you mean premium?",
        ),
        (cost(json!({"quality_tier": 3})), "/quality_tier: quality_tier must be one of economy, standard, premium, frontier, not 3"),
        (
            ensemble(json!({"aggregation": "majority"})),
            "/aggregation: aggregation must be one of first_valid, majority_vote, weighted_vote, weighted_average, llm_judge, not \"majority\"",
        ),
        (
            ensemble(json!({"aggregation": "majorty_vote"})),
            "/aggregation: aggregation must be one of first_valid, majority_vote, weighted_vote, weighted_average, llm_judge, not \"majorty_vote\": did you mean majority_vote?",
        ),
        (
            ensemble(json!({"vote_on": "jsn"})),
            "/vote_on: vote_on must be one of text, json, json_pointer:/answer, regex:…, tool_call, not \"jsn\": did you mean json?",
        ),
        (ensemble(json!({"vote_on": ""})), "/vote_on: vote_on must be a string that is not empty, not \"\""),
        (
            ab_test(json!({"sticky_by": "enduser"})),
            "/sticky_by: sticky_by must be one of end_user, conversation, app or tag:<key>, not \"enduser\": did you mean end_user?",
        ),
        (ab_test(json!({"sticky_by": "tag:"})), "/sticky_by: sticky_by names no tag; write tag:<key> with a key of 1 to 64 characters"),
        (cost(json!({"affinity": "app"})), "/affinity: affinity must be one of conversation, end_user or tag:<key>, not \"app\""),
        (latency(json!({"affinity": 5})), "/affinity: affinity must be a string that is not empty, not 5"),
    ]);
}

#[test]
fn weights_are_numbers_above_zero() {
    let message = |value: &str| format!("weight must be a number above 0 and at most 1000000000, not {value}");
    for (value, said) in [
        (json!(0), "0"),
        (json!(-1), "-1"),
        (json!("NaN"), "\"NaN\""),
        (json!("80"), "\"80\""),
        (json!(null), "null"),
        (json!(2e9), "2000000000.0"),
    ] {
        assert_eq!(
            error(&ab_test(json!({"variants": [{"weight": value, "config": GPT}]}))),
            format!("/variants/0/weight: {}", message(said))
        );
        assert_eq!(
            error(&ensemble(json!({"members": [{"model": GPT, "weight": value}, "o3"]}))),
            format!("/members/0/weight: {}", message(said))
        );
    }
}

#[test]
fn figures_are_in_their_range() {
    each(&[
        (latency(json!({"window_s": 0})), "/window_s: window_s is 0; it must be from 1 to 86400 seconds"),
        (latency(json!({"window_s": 1.5})), "/window_s: window_s must be a whole number from 1 to 86400 seconds, not 1.5"),
        (latency(json!({"min_samples": 1_001})), "/min_samples: min_samples is 1001; it must be from 0 to 1000"),
        (latency(json!({"explore": 1.1})), "/explore: explore must be a number from 0 to 1, not 1.1"),
        (latency(json!({"explore": "2%"})), "/explore: explore must be a number from 0 to 1, not \"2%\""),
        (latency(json!({"hysteresis": -0.1})), "/hysteresis: hysteresis must be a number from 0 to 1, not -0.1"),
        (ensemble(json!({"timeout_ms": 0})), "/timeout_ms: timeout_ms is 0; it must be from 1 to 86400000 milliseconds"),
        (ensemble(json!({"quorum": 0})), "/quorum: quorum is 0; it must be from 1 to 64"),
        (ensemble(json!({"quorum": 3})), "/quorum: quorum is 3, but there are only 2 members: it could never be reached"),
        (
            cascade(json!({"attempts": [{"model": "o3", "timeout_ms": 0}]})),
            "/attempts/0/timeout_ms: timeout_ms is 0; it must be from 1 to 86400000 milliseconds",
        ),
    ]);
}

#[test]
fn unknown_keys_are_refused_where_they_stand() {
    each(&[
        (cost(json!({"retries": 1})), "/retries: unknown key \"retries\""),
        (cost(json!({"quality_teir": 1})), "/quality_teir: unknown key \"quality_teir\": did you mean quality_tier?"),
        (latency(json!({"retry_on": []})), "/retry_on: unknown key \"retry_on\""),
        (latency(json!({"windows": 5})), "/windows: unknown key \"windows\": did you mean window_s?"),
        (ensemble(json!({"quorm": 1})), "/quorm: unknown key \"quorm\": did you mean quorum?"),
        (
            ensemble(json!({"members": [{"model": GPT, "wieght": 1}, "o3"]})),
            "/members/0/wieght: unknown key \"wieght\": did you mean weight?",
        ),
        (ab_test(json!({"sticky": "app"})), "/sticky: unknown key \"sticky\": did you mean sticky_by?"),
        (
            ab_test(json!({"variants": [{"weight": 1, "config": "o3", "lable": "x"}]})),
            "/variants/0/lable: unknown key \"lable\": did you mean label?",
        ),
        (cascade(json!({"attempts": [{"model": "o3", "acept": "1"}]})), "/attempts/0/acept: unknown key \"acept\": did you mean accept?"),
        (
            json!({"strategy": "custom_rules", "rules": "if tenant == 'a' then use o3 else use o3", "rule": 1}),
            "/rule: unknown key \"rule\": did you mean rules?",
        ),
    ]);
}

#[test]
fn labels_are_unlike_and_fit_into_a_header() {
    let labelled = |label: Value| {
        ab_test(json!({"variants": [{"label": label, "weight": 1, "config": GPT}, {"label": "b", "weight": 1, "config": "o3"}]}))
    };
    let in_header = "/variants/0/label: label must be at most 64 printable ASCII characters, as it is sent in a header";
    each(&[
        (labelled(json!("b")), "/variants/1/label: two variants are labelled \"b\"; give each its own label"),
        (labelled(json!("é")), in_header),
        (labelled(json!("a\nb")), in_header),
        (labelled(json!(" a")), in_header),
        (labelled(json!("x".repeat(65))), in_header),
        (labelled(json!("")), "/variants/0/label: label must be a string that is not empty, not \"\""),
        (
            ab_test(json!({"variants": ["o3"]})),
            "/variants/0: a variant is an object such as {\"weight\": 80, \"config\": \"@a\"}, not \"o3\"",
        ),
    ]);
    assert_eq!(errors(&labelled(json!("x".repeat(64)))), [""; 0]);
}

#[test]
fn what_is_voted_on_can_be_read() {
    let regex = error(&ensemble(json!({"vote_on": "regex:(a"})));
    assert_eq!(regex, "/vote_on: the regex cannot be used: unclosed group");
    assert!(error(&ensemble(json!({"vote_on": "regex:\\w{9}{99}{99}{99}"}))).starts_with("/vote_on: the regex cannot be used: "));
    each(&[(
        ensemble(json!({"vote_on": "json_pointer:answer"})),
        "/vote_on: a JSON pointer begins with a slash, not \"answer\": did you mean json_pointer:/answer?",
    )]);
    assert_eq!(errors(&ensemble(json!({"vote_on": "json_pointer:"}))), [""; 0], "the whole document");
}

#[test]
fn what_has_no_effect_is_a_warning() {
    for (document, expected) in [
        (ensemble(json!({"judge": "o3"})), "/judge: judge has no effect with majority_vote"),
        (ensemble(json!({"aggregation": "first_valid", "vote_on": "json"})), "/vote_on: vote_on has no effect with first_valid"),
        (ensemble(json!({"members": [GPT]})), "/members: an ensemble of one member decides nothing; single does the same without waiting"),
        (
            cascade(json!({"attempts": ["o3", {"model": "o3", "accept": "response.length > 1"}]})),
            "/attempts/0: this attempt has no accept, so any answer of it is the reply and the rest is for failures",
        ),
    ] {
        assert_eq!((errors(&document), warnings(&document)), (vec![], vec![expected.to_owned()]), "{document}");
    }
}

#[test]
fn in_an_old_document_everything_is_shown_where_it_stands() {
    for (document, expected) in [
        (json!({"policy": "ensemble", "config": {"aggregation": "voting", "members": ["o3"]}}), "/config/members: an ensemble of one"),
        (json!({"policy": "ensemble", "config": {"aggregation": "voting", "members": ["o3"], "quorum": 2}}), "/config/quorum: quorum is 2"),
        (
            json!({"policy": "ensemble", "config": {"aggregation": "first_valid", "members": ["o3", GPT], "vote_on": "json"}}),
            "/config/vote_on: vote_on has",
        ),
        (
            json!({"policy": "ab_test", "config": {"variants": [{"label": "a", "weight": 1, "config": "o3"}, {"label": "a", "weight": 1, "config": "o3"}]}}),
            "/config/variants/1/label: two variants",
        ),
        (json!({"policy": "cascade", "config": {"models": ["o3", "o3"]}}), "/config/models/0: this attempt has no accept"),
        (
            json!({"policy": "cost_optimized", "config": {"quality_tier": "x", "allowed_models": ["o3"]}}),
            "/config/quality_tier: quality_tier must",
        ),
    ] {
        let found: Vec<String> = check(&document).iter().map(|d| format!("{}: {}", d.path, d.message)).collect();
        assert!(found.iter().any(|found| found.starts_with(expected)), "{expected} in {found:#?}");
        for diagnostic in check(&document) {
            assert!(document.pointer(&diagnostic.path).is_some(), "{} is no place in {document}", diagnostic.path);
        }
    }
}

#[test]
fn conditions_are_shown_with_their_place_in_the_text() {
    let place = |document: &Value| {
        let mut found = check(document);
        found.retain(|found| found.severity == Severity::Error);
        assert_eq!(found.len(), 1, "{found:#?}");
        let text = found[0].text.expect("a place in the text");
        (format!("{}: {}", found[0].path, found[0].message), (text.line, text.column, text.length))
    };
    assert_eq!(
        place(&cascade(json!({"attempts": [{"model": "o3", "accept": "response.lenght > 20"}, GPT]}))),
        ("/attempts/0/accept: unknown variable response.lenght: did you mean response.length?".into(), (1, 1, 15))
    );
    let (message, at) = place(&ensemble(json!({"valid_when": "response.length"})));
    assert!(message.starts_with("/valid_when: "), "{message}");
    assert_eq!(at.0, 1);
    let (message, at) = place(&rules(json!([{"if": "tenant == 'a' and request.lenght > 1", "then": GPT}, {"else": "o3"}])));
    assert!(message.starts_with("/rules/0/if: unknown variable request.lenght"), "{message}");
    assert_eq!(at, (1, 19, 14));
    each(&[
        (
            cascade(json!({"attempts": [{"model": "o3", "accept": true}, GPT]})),
            "/attempts/0/accept: a condition is a string such as \"response.length > 20\", not true",
        ),
        (ensemble(json!({"valid_when": 5})), "/valid_when: a condition is a string such as \"response.length > 20\", not 5"),
        (
            rules(json!([{"if": 5, "then": GPT}, {"else": "o3"}])),
            "/rules/0/if: a condition is a string such as \"tenant == 'acme'\", not 5",
        ),
    ]);
    let of_answer = error(&rules("if response.length > 1 then use o3 else use o3"));
    assert!(of_answer.starts_with("/rules: "), "{of_answer}");
}

#[test]
fn unknown_names_in_a_program_are_shown_with_line_and_column() {
    let program = "if tenant == 'a' then use opnai/gpt-4o\nelse if cost(openai/gpt4o) > 1 then use @nope\nelse use openai/o3";
    let found: Vec<_> = check(&rules(program))
        .into_iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| (d.text.map(|t| (t.line, t.column, t.length)).unwrap(), format!("{}: {}", d.path, d.message)))
        .collect();
    assert_eq!(
        found,
        [
            ((1, 27, 12), "/rules: unknown provider \"opnai\" in \"opnai/gpt-4o\": did you mean openai/gpt-4o?".to_owned()),
            ((2, 14, 12), "/rules: unknown model \"openai/gpt4o\": did you mean openai/gpt-4o?".to_owned()),
            ((2, 41, 5), "/rules: unknown config @nope".to_owned()),
        ]
    );
}

#[test]
fn what_is_wrong_in_a_strategy_written_in_a_program_is_shown_at_it() {
    let found = check(&rules("if tenant == 'a' then use {\"strategy\": \"falback\"}\nelse use openai/o3"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].path.as_str(), found[0].message.as_str()), ("/rules", "unknown strategy \"falback\": did you mean fallback?"));
    assert_eq!(found[0].text.map(|text| (text.line, text.column)), Some((1, 27)));
}

#[test]
fn rules_are_a_program_or_a_list() {
    each(&[
        (rules(json!(5)), "/rules: rules must be a program or a list of rules, not 5"),
        (rules(json!({})), "/rules: rules must be a program or a list of rules, not an object"),
        (rules(json!([])), "/rules: rules has 0 rules; it must have from 1 to 1000"),
        (
            rules(json!(vec![json!({"if": "request.stream", "then": GPT}); 1_001])),
            "/rules: rules has 1001 rules; it must have from 1 to 1000",
        ),
        (rules(json!(["x", {"else": GPT}])), "/rules/0: a rule is {\"if\": …, \"then\": …} or {\"else\": …}, not \"x\""),
        (rules(json!([{"then": GPT}, {"else": GPT}])), "/rules/0: this rule has neither \"if\" nor \"else\""),
        (
            rules(json!([{"if": "request.stream"}, {"else": GPT}])),
            "/rules/0: \"then\" is missing; write a target, or {\"block\": \"message\"}",
        ),
        (
            rules(json!([{"if": "request.stream", "then": GPT}])),
            "/rules/0: the last rule must be {\"else\": …}, so that every request goes somewhere",
        ),
        (
            rules(json!([{"if": "request.stream", "then": GPT}, {"else": GPT}, {"else": GPT}])),
            "/rules/1: \"else\" must be the last rule: what follows it is never reached",
        ),
        (rules(json!([{"if": "request.stream", "else": GPT}])), "/rules/0/if: a rule has an \"if\" or an \"else\", not both"),
        (
            rules(json!([{"if": "request.stream", "then": 5}, {"else": GPT}])),
            "/rules/0/then: a target is \"provider/model\", \"@slug\" or an object, not 5",
        ),
        (
            rules(json!([{"if": "request.stream", "then": {"block": ""}}, {"else": GPT}])),
            "/rules/0/then/block: block must be a string that is not empty, not \"\"",
        ),
        (
            rules(json!([{"if": "request.stream", "then": {"block": "no", "status": 1}}, {"else": GPT}])),
            "/rules/0/then/status: unknown key \"status\"",
        ),
        (
            rules(json!([{"if": "request.stream", "then": GPT, "coment": "x"}, {"else": GPT}])),
            "/rules/0/coment: unknown key \"coment\": did you mean comment?",
        ),
    ]);
    let no_else = error(&rules("if request.stream then use openai/o3"));
    assert!(no_else.starts_with("/rules: the last rule must be an else without if"), "{no_else}");
}

#[test]
fn warnings_of_rules_are_said_once_in_either_form() {
    let list = rules(json!([{"if": "1 == 1", "then": GPT}, {"if": "request.stream", "then": "o3"}, {"else": "o3"}]));
    let text = rules("if 1 == 1 then use openai/gpt-4o\nelse if request.stream then use openai/o3\nelse use openai/o3");
    for document in [list, text] {
        let mut found = warnings(&document);
        assert!(!found.is_empty());
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count, "{found:#?}");
        assert_eq!(errors(&document), [""; 0]);
    }
}

/// `o3` has no price, and `lmstudio` lists none.
fn unpriced() -> Known {
    Known::default().unpriced("openai/o3")
}

#[test]
fn without_a_price_nothing_can_be_weighed_by_cost() {
    let names = || {
        unpriced().config("plain", 1, json!({"strategy": "single", "model": "o3"})).config(
            "deep",
            1,
            json!({"strategy": "fallback", "attempts": [GPT, "@plain"]}),
        )
    };
    let found = |target: Value| errors_among(&names(), None, &cost(json!({"allowed_models": [GPT, target]})));
    let said = "openai/o3 has no known price, so it cannot be weighed by cost; set its price in Providers, or leave it out";
    assert_eq!(found(json!("openai/o3")), [format!("/allowed_models/1: {said}")]);
    assert_eq!(found(json!("o3")), [format!("/allowed_models/1: {said}")]);
    assert_eq!(found(json!({"model": "o3", "timeout_ms": 5})), [format!("/allowed_models/1/model: {said}")]);
    assert_eq!(
        found(json!({"strategy": "fallback", "attempts": [GPT, {"strategy": "single", "model": "o3"}]})),
        [format!("/allowed_models/1/attempts/1/model: {said}")]
    );
    let through = |name: &str| {
        format!(
            "/allowed_models/1: {name} may call openai/o3, which has no known price, so it cannot be weighed by cost; set it in Providers"
        )
    };
    assert_eq!(found(json!("@plain")), [through("@plain")]);
    assert_eq!(found(json!("@deep")), [through("@deep")]);
    assert_eq!(found(json!("@plain:1")), [through("@plain:1")]);
    assert_eq!(
        errors_among(&names(), None, &latency(json!({"allowed_models": ["o3", "@plain"]}))),
        [""; 0],
        "nobody asks for prices there"
    );
    assert_eq!(errors_among(&names(), None, &rules("if cost(openai/o3) > 1 then use openai/gpt-4o else use openai/gpt-4o")), [""; 0]);
}

#[test]
fn what_recorded_traffic_does_not_know_is_a_warning() {
    let names = Known::default().tags(&["tenant", "feature"]).budgets(&["team"]);
    let document = rules("if tenent == 'a' and budget(\"taem\").used_pct > 0.5 then use openai/o3\nelse use openai/gpt-4o");
    let checked = Document::check(&document, &names, None);
    let found: Vec<_> = checked.diagnostics.iter().map(|d| (d.text.unwrap().column, d.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (4, "no recorded request has the tag \"tenent\", so it is the empty string so far: did you mean tenant?"),
            (30, "there is no budget \"taem\", so nothing of it is used: did you mean team?"),
        ]
    );
    assert!(checked.document.is_some());
    assert_eq!(warnings(&rules("if tenent == 'a' then use openai/o3 else use openai/gpt-4o")), [""; 0], "nothing was recorded yet");
}

#[test]
fn a_target_that_is_not_well_now_is_a_warning_wherever_it_is_named() {
    let names = Known::default().unwell("openai/o3", "its breaker is open");
    for document in [
        ab_test(json!({})),
        cascade(json!({})),
        rules("if request.stream then use openai/o3 else use openai/gpt-4o"),
        ensemble(json!({"aggregation": "llm_judge", "judge": "openai/o3", "members": [GPT, GPT]})),
    ] {
        let found = Document::check(&document, &names, None);
        let messages: Vec<_> = found.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["openai/o3 is not well now: its breaker is open"], "{document}");
    }
}

/// `target` in each strategy, in each place that may name one.
fn everywhere(target: &Value) -> Vec<(&'static str, Value)> {
    vec![
        ("/model", json!({"strategy": "single", "model": target})),
        ("/attempts/1", json!({"strategy": "fallback", "attempts": [GPT, target]})),
        ("/allowed_models/1", cost(json!({"allowed_models": [GPT, target]}))),
        ("/allowed_models/0", latency(json!({"allowed_models": [target]}))),
        ("/members/1/model", ensemble(json!({"members": [GPT, {"model": target}]}))),
        ("/judge", ensemble(json!({"aggregation": "llm_judge", "judge": target}))),
        ("/variants/1/config", ab_test(json!({"variants": [{"weight": 1, "config": GPT}, {"weight": 1, "config": target}]}))),
        ("/attempts/0/model", cascade(json!({"attempts": [{"model": target, "accept": "response.length > 1"}, GPT]}))),
        ("/rules/0/then", rules(json!([{"if": "request.stream", "then": target}, {"else": GPT}]))),
        ("/rules/1/else", rules(json!([{"if": "request.stream", "then": GPT}, {"else": target}]))),
    ]
}

#[test]
fn a_cycle_is_found_through_every_strategy() {
    for (path, document) in everywhere(&json!("@b")) {
        for (_, inner) in everywhere(&json!("@a")) {
            let names = Known::default().config("a", 1, json!({"strategy": "single", "model": GPT})).config("b", 1, inner.clone());
            assert_eq!(errors_among(&names, Some("a"), &document), [format!("{path}: this is a cycle: @a -> @b -> @a")], "{inner}");
        }
    }
    let names = Known::default().config("a", 1, json!({"strategy": "single", "model": GPT}));
    let text = rules("if request.stream then use openai/o3\nelse use @a");
    assert_eq!(errors_among(&names, Some("a"), &text), ["/rules: this is a cycle: @a -> @a"]);
}

#[test]
fn unknown_names_are_refused_in_every_place() {
    for (path, document) in everywhere(&json!("openai/gpt4o")) {
        assert_eq!(errors(&document), [format!("{path}: unknown model \"openai/gpt4o\": did you mean openai/gpt-4o?")]);
    }
    for (path, document) in everywhere(&json!("@nope")) {
        assert_eq!(errors(&document), [format!("{path}: unknown config @nope")]);
    }
}

#[test]
fn sixteen_strategies_of_any_kind_may_nest_and_no_more() {
    let tower = |levels: usize| {
        (1..levels).fold(json!({"strategy": "single", "model": GPT}), |inner, level| {
            let places = everywhere(&inner);
            places[level % places.len()].1.clone()
        })
    };
    assert_eq!(errors(&tower(16)), [""; 0]);
    let found = errors(&tower(17));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].ends_with(": strategies nest more than 16 deep here"), "{found:#?}");
}

#[test]
fn every_error_is_reported_not_only_the_first() {
    let document = json!({"strategy": "ensemble", "aggregation": "llm_judge", "quorum": 9, "timeout_ms": 0, "vote_on": "x",
        "members": [{"model": 5, "weight": 0}, "nope"], "x": 1});
    let mut paths: Vec<_> = errors(&document).iter().map(|error| error.split(':').next().unwrap().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["", "/members/0/model", "/members/0/weight", "/members/1", "/timeout_ms", "/vote_on", "/x"]);
}

#[test]
fn a_document_has_a_bounded_number_of_regexes() {
    let rule = |number: usize| json!({"if": format!("tenant matches '^a{number}$'"), "then": GPT});
    let of = |count: usize| rules(json!((0..count).map(rule).chain([json!({"else": GPT})]).collect::<Vec<_>>()));
    let errors = |document: &Value| -> Vec<String> {
        check(document).into_iter().filter(|d| d.severity == Severity::Error).map(|d| format!("{}: {}", d.path, d.message)).collect()
    };
    assert_eq!(errors(&of(64)), [""; 0]);
    assert_eq!(errors(&of(70)), ["/rules/64/if: the document has more than 64 regexes up to here; write fewer, each may take much memory"]);
}

#[test]
fn configs_that_conditions_ask_about_are_referred_to() {
    let program = rules("if cost(@dear:3) > 1 or not healthy(@fast) then use @cheap else use openai/o3");
    let references: Vec<String> = Document::load(&program).unwrap().references().iter().map(ToString::to_string).collect();
    assert_eq!(references, ["@cheap", "@dear:3", "@fast"]);
}
