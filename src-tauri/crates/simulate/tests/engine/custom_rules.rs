//! §4.8 and §6 `custom_rules`: the first rule that matches, what its names stood for, and blocks.

use routing::{
    failure::FailureKind,
    latency::Look,
    plan::Plan,
    trace::RuleHit,
    world::{Budget, LocalTime},
};
use serde_json::Value;

use crate::support::*;

fn rules(rules: impl Into<Value>) -> Plan {
    version("prod", 1, json!({"strategy": "custom_rules", "rules": rules.into()}))
}

fn hit(run: &Run) -> &RuleHit {
    run.trace.steps[0].rule.as_ref().expect("a rule")
}

fn tags(pairs: &[(&str, &str)]) -> Vec<(Box<str>, Box<str>)> {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

const PROGRAM: &str = "# support stays\nif tenant == \"enterprise\" then use a/premium\nelse if request.input_tokens > 1_000 then use b/long\n# the rest\nelse use c/plain";

#[test]
fn the_first_rule_that_matches_says_where_the_request_goes() {
    let enterprise = tags(&[("tenant", "enterprise")]);
    let world = Scripted::new(1);
    let to = |facts: &Facts<'_>| answered_by(&world.run_with(&rules(PROGRAM), facts)).to_owned();
    assert_eq!(to(&Facts { tags: &enterprise, input_tokens: 5_000, ..Facts::default() }), "a/premium");
    assert_eq!(to(&Facts { input_tokens: 5_000, ..Facts::default() }), "b/long");
    assert_eq!(to(&Facts { input_tokens: 1_000, ..Facts::default() }), "c/plain");
}

#[test]
fn the_trace_names_the_rule_with_its_line_its_text_and_the_values_of_its_names() {
    let run = Scripted::new(1).run_with(&rules(PROGRAM), &Facts { input_tokens: 5_000, ..Facts::default() });
    let RuleHit { index, line, text, values } = hit(&run);
    assert_eq!((*index, *line, &**text), (1, 3, "else if request.input_tokens > 1_000 then use b/long"));
    assert_eq!(Value::Object(values.clone()), json!({"request.input_tokens": 5_000}));
    assert_eq!(why(&run, 0), "the rule at line 3 matched");
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "the rule at line 3 matched");
}

#[test]
fn where_none_matches_the_else_holds() {
    let run = Scripted::new(1).run(&rules(PROGRAM));
    assert_eq!((hit(&run).index, hit(&run).line, &*hit(&run).text, hit(&run).values.len()), (2, 5, "else use c/plain", 0));
    assert_eq!(why(&run, 0), "no rule matched, so the else holds");
}

#[test]
fn a_list_means_the_same_as_its_text() {
    let list = json!([
        {"if": "tenant == 'enterprise'", "then": "a/premium"},
        {"if": "request.input_tokens > 1_000", "then": {"model": "b/long", "timeout_ms": 70}},
        {"else": {"block": "not today"}},
    ]);
    let run = Scripted::new(1).run_with(&rules(list.clone()), &Facts { input_tokens: 5_000, ..Facts::default() });
    assert_eq!((hit(&run).index, hit(&run).line), (1, 2));
    assert_eq!(given_ms(&run), [70]);
    let run = Scripted::new(1).run(&rules(list));
    assert!(matches!(&failure(&run).kind, FailureKind::Blocked { message, .. } if &**message == "not today"));
}

#[test]
fn a_block_turns_the_request_away_with_the_rule_named() {
    let run = Scripted::new(1).run(&rules("if 1 == 1 then block \"PII may not leave this machine\"\nelse use a/one"));
    let FailureKind::Blocked { line, rule, message } = &failure(&run).kind else { panic!("{:?}", failure(&run)) };
    assert_eq!((*line, &**message), (1, "PII may not leave this machine"));
    assert_eq!(&**rule, "if 1 == 1 then block \"PII may not leave this machine\"");
    assert!(run.calls.is_empty());
    assert_eq!(run.trace.decision.as_ref().unwrap().target, None);
}

#[test]
fn in_a_chain_a_block_is_passed_on_whatever_retry_on_says() {
    let guarded = json!({"strategy": "custom_rules", "rules": "if 1 == 1 then block \"no\" else use a/one"});
    for outer in [
        json!({"strategy": "fallback", "attempts": [guarded, "b/two"], "retry_on": ["429", "5xx", "auth", "403"], "retries": 2}),
        json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": [guarded]}),
        json!({"strategy": "latency_optimized", "allowed_models": [guarded, "b/two"]}),
        json!({"strategy": "single", "model": guarded}),
    ] {
        let run = Scripted::new(1).observed("b/two", priced(1)).run(&plan(outer.clone()));
        assert!(run.routed.as_ref().unwrap().is_err(), "{outer}");
        assert!(run.calls.is_empty(), "{outer}");
    }
}

#[test]
fn a_failure_of_the_target_is_the_callers_and_no_other_rule_is_tried() {
    let run = world(&[("c/plain", Act::http(503))]).run(&rules(PROGRAM));
    assert_eq!((passed_on(&run), run.calls.len()), (routing::outcome::Outcome::Http(503), 1));
}

/// Does the condition hold in this world for this request?
fn holds(world: &Scripted, condition: &str, facts: &Facts<'_>) -> bool {
    answered_by(&world.run_with(&rules(format!("if {condition} then use y/yes\nelse use n/no")), facts)) == "y/yes"
}

#[test]
fn conditions_read_the_request() {
    let tags = tags(&[("feature", "classify"), ("seats", "12")]);
    let facts = Facts {
        endpoint: "chat",
        model: "@prod",
        stream: true,
        input_tokens: 40_000,
        max_tokens: Some(500),
        has_tools: true,
        has_images: false,
        wants_json: true,
        wants_schema: false,
        messages: 3,
        tags: &tags,
        end_user: Some("u_1"),
        conversation: Some("c_1"),
        app: Some("web"),
        request_id: "req_1",
    };
    for condition in [
        "request.endpoint == 'chat' and request.model == '@prod'",
        "request.stream and request.has_tools and not request.has_images and request.wants_json",
        "request.input_tokens > 32_000 and request.max_tokens == 500 and request.messages == 3",
        "tags.feature in ['summarize', 'classify'] and seats >= 12",
        "end_user == 'u_1' and conversation == 'c_1' and app == 'web'",
        "missing == ''",
    ] {
        assert!(holds(&Scripted::new(1), condition, &facts), "{condition}");
    }
}

#[test]
fn conditions_read_budget_and_clock() {
    let world = || {
        Scripted::new(1).budget(Budget { used_pct: 0.92, used_usd: 46.0, remaining_usd: 4.0, cap_usd: 50.0 }).time(LocalTime {
            hour: 23,
            minute: 15,
            weekday: 6,
        })
    };
    for condition in [
        "budget.used_pct >= 0.9 and budget.remaining_usd == 4",
        "budget(\"team\").cap_usd == 50",
        "time.hour >= 22 and time.minute == 15",
        "time.weekday in ['sat', 'sun']",
    ] {
        assert!(holds(&world(), condition, &Facts::default()), "{condition}");
        assert!(!holds(&Scripted::new(1), condition, &Facts::default()), "{condition}");
    }
}

#[test]
fn conditions_ask_what_a_target_costs_how_fast_it_is_and_whether_it_is_well() {
    let world = || {
        Scripted::new(1).observed("a/one", priced(60_000_000)).target("a/one", [Act::answer().after_ms(2_600)]).config(version(
            "fast",
            1,
            json!({"strategy": "single", "model": "a/one"}),
        ))
    };
    let yes = |world: &Scripted, condition: &str| holds(world, condition, &Facts::default());
    assert!(yes(&world(), "cost(a/one) > 0.05 and cost(a/one) < 0.07"));
    assert!(!yes(&world(), "cost(b/unpriced) > 0 or cost(b/unpriced) <= 0"), "what has no price is no number");
    assert!(yes(&world(), "latency(a/one) == 0"), "without samples it is 0");
    let measured = world();
    measured.run(&plan(json!({"strategy": "single", "model": "a/one"})));
    for condition in ["latency(a/one) > 2500", "latency(a/one, 95) == 2600"] {
        assert!(yes(&measured, condition), "{condition}");
    }
    assert!(yes(&measured, "healthy(a/one)"));
    open_breaker(&measured, "a/one");
    assert!(yes(&measured, "not healthy(a/one)"));
}

#[test]
fn a_latency_without_samples_is_said_in_the_trace() {
    let run = Scripted::new(1).run(&rules("if latency(a/one) < 10 then use a/one\nelse use b/two"));
    let values = Value::Object(hit(&run).values.clone());
    assert_eq!((&values["latency(a/one)"], &values["latency(a/one).samples"]), (&json!(0), &json!(0)));
}

#[test]
fn latency_looks_back_five_minutes() {
    assert_eq!(Look::WINDOW_MS, 300_000);
    let world = Scripted::new(1).target("a/one", [Act::answer().after_ms(100)]);
    world.run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert!(holds(&world, "latency(a/one) == 100", &Facts::default()));
    world.pass_ms(301_000);
    assert!(holds(&world, "latency(a/one) == 0", &Facts::default()));
}

#[test]
fn an_inline_strategy_may_stand_in_a_program() {
    let run = world(&[("a/one", Act::http(500))])
        .run(&rules("if 1 == 1 then use {\"strategy\": \"fallback\", \"attempts\": [\"a/one\", \"b/two\"]}\nelse use c/three"));
    assert_eq!(attempts(&run), ["a/one http_500", "b/two ok"]);
}

#[test]
fn a_target_that_rules_would_not_take_for_this_request_says_nothing_of_their_health() {
    let guarded = json!({"strategy": "custom_rules", "rules": "if request.has_tools then use a/tools\nelse use b/plain"});
    let chain = plan(json!({"strategy": "fallback", "attempts": [guarded, "c/three"]}));
    let world = Scripted::new(1);
    open_breaker(&world, "a/tools");
    let run = world.run_with(&chain, &Facts { has_tools: true, ..Facts::default() });
    assert_eq!(answered_by(&run), "c/three", "its rule leads to a target that is not well");
    assert_eq!(answered_by(&world.run(&chain)), "b/plain");
}
