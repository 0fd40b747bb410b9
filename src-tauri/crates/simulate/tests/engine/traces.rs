//! Golden traces in the contract's JSON shape.

use insta::assert_json_snapshot;
use routing::{plan::Plan, trace::Envelope};

use crate::support::*;

/// The trace as the API shows it, of a request that spent 85 µs in the program itself.
fn shown(run: &Run) -> serde_json::Value {
    let envelope = Envelope { request_id: "req_01", resolved: "config", total_us: run.took_us + 85, overhead_us: 85 };
    serde_json::to_value(run.trace.with(envelope)).unwrap()
}

fn production() -> Plan {
    version(
        "production",
        13,
        json!({"strategy": "fallback", "attempts": [{"model": "openai/gpt-4o", "timeout_ms": 2_000}, "anthropic/claude-sonnet-4"]}),
    )
}

#[test]
fn single_that_answers() {
    let world = world(&[("openai/gpt-4o", Act::answer().after_ms(1_234).using(812, 96, 2_990_000))]);
    assert_json_snapshot!(shown(&world.run(&version("one", 1, json!({"strategy": "single", "model": "openai/gpt-4o"})))));
}

#[test]
fn single_that_fails() {
    let world = world(&[("openai/gpt-4o", Act::http(401).after_ms(80))]);
    assert_json_snapshot!(shown(&world.run(&version("one", 1, json!({"strategy": "single", "model": "openai/gpt-4o"})))));
}

#[test]
fn direct() {
    assert_json_snapshot!(shown(&Scripted::new(1).run(&Plan::direct(target("openrouter/meta/llama-3")))));
}

#[test]
fn fallback_after_a_timeout() {
    assert_json_snapshot!(shown(
        &world(&[("openai/gpt-4o", Act::silence()), ("anthropic/claude-sonnet-4", Act::answer().after_ms(700))]).run(&production())
    ));
}

#[test]
fn fallback_after_no_connection() {
    assert_json_snapshot!(shown(&world(&[("openai/gpt-4o", Act::refused().after_ms(3))]).run(&production())));
}

#[test]
fn fallback_with_a_failure_that_is_the_callers_to_mend() {
    assert_json_snapshot!(shown(&world(&[("openai/gpt-4o", Act::http(400).after_ms(30))]).run(&production())));
}

#[test]
fn fallback_of_which_all_fail() {
    let limited = |ms| Act::http(429).after_ms(20).retry_after_ms(ms);
    assert_json_snapshot!(shown(
        &world(&[("openai/gpt-4o", limited(9_000)), ("anthropic/claude-sonnet-4", limited(4_000))]).run(&production())
    ));
}

#[test]
fn fallback_past_an_open_breaker_and_a_cool_down() {
    let world = Scripted::new(1);
    open_breaker(&world, "a/open");
    cool_down(&world, "a/resting", 2_500);
    assert_json_snapshot!(shown(&world.run(&version(
        "production",
        2,
        json!({"strategy": "fallback", "attempts": ["a/open", "a/resting", "a/ready"]})
    ))));
}

#[test]
fn fallback_that_ran_out_of_time() {
    let run = world(&[("a/one", Act::silence())]).run(&version(
        "production",
        3,
        json!({"strategy": "fallback", "attempts": ["a/one", "a/two"], "total_budget_ms": 1_500}),
    ));
    assert_json_snapshot!(shown(&run));
}

#[test]
fn nested_strategies_and_a_config_that_is_gone() {
    let world = Scripted::new(1).target("a/one", [Act::http(500).after_ms(10)]).config(version(
        "cheap",
        4,
        json!({"strategy": "single", "model": "a/one"}),
    ));
    let document =
        json!({"strategy": "fallback", "attempts": ["@gone", "@cheap", {"strategy": "fallback", "attempts": ["a/one", "a/two"]}]});
    assert_json_snapshot!(shown(&world.run(&version("production", 5, document))));
}

#[test]
fn a_caller_that_hung_up() {
    assert_json_snapshot!(shown(&world(&[("openai/gpt-4o", Act::silence())]).run_until(&production(), 500_000)));
}

/// Three models with prices, the second one too small for a long request.
fn priced_world() -> Scripted {
    Scripted::new(7)
        .observed("openai/gpt-4o", priced(9_250_000))
        .observed("openai/gpt-4o-mini", Observed { context: Some(1_000), ..priced(310_000) })
        .observed("google/gemini-2.5-flash", priced(1_400_000))
}

fn cost_optimized() -> Plan {
    version(
        "cheap",
        4,
        json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["openai/gpt-4o", "openai/gpt-4o-mini", "google/gemini-2.5-flash"]}),
    )
}

#[test]
fn cost_optimized_that_takes_the_next_cheapest() {
    let world = priced_world().target("openai/gpt-4o-mini", [Act::http(503).after_ms(40)]);
    assert_json_snapshot!(shown(&world.run_with(&cost_optimized(), &Facts { input_tokens: 400, ..Facts::default() })));
}

#[test]
fn cost_optimized_that_turns_a_candidate_down() {
    assert_json_snapshot!(shown(&priced_world().run_with(&cost_optimized(), &Facts { input_tokens: 8_000, ..Facts::default() })));
}

fn latency_optimized() -> Plan {
    version(
        "fast",
        2,
        json!({"strategy": "latency_optimized", "allowed_models": ["openai/gpt-4o", "groq/llama-3.3-70b"], "min_samples": 1, "explore": 0}),
    )
}

#[test]
fn latency_optimized_that_measures_first_and_then_takes_the_fastest() {
    let world = world(&[("openai/gpt-4o", Act::answer().after_ms(900)), ("groq/llama-3.3-70b", Act::answer().after_ms(240))]);
    assert_json_snapshot!("latency_optimized_that_measures_first", shown(&world.run(&latency_optimized())));
    world.run(&latency_optimized());
    assert_json_snapshot!("latency_optimized_that_takes_the_fastest", shown(&world.run(&latency_optimized())));
}

fn ensemble(aggregation: &str, more: serde_json::Value) -> Plan {
    let mut document = json!({"strategy": "ensemble", "aggregation": aggregation,
        "members": ["openai/gpt-4o", {"model": "anthropic/claude-sonnet-4", "weight": 2}, "google/gemini-2.5-pro"]});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    version("careful", 3, document)
}

#[test]
fn ensemble_that_votes_and_cancels_the_rest() {
    let world = world(&[
        ("openai/gpt-4o", Act::says("Paris").after_ms(300).using(20, 2, 100_000)),
        ("anthropic/claude-sonnet-4", Act::says("paris ").after_ms(420).using(20, 2, 120_000)),
        ("google/gemini-2.5-pro", Act::says("Lyon").after_ms(900)),
    ]);
    assert_json_snapshot!(shown(&world.run(&ensemble("majority_vote", json!({})))));
}

#[test]
fn ensemble_that_asks_a_judge() {
    let world = world(&[
        ("openai/gpt-4o", Act::says("Paris").after_ms(300)),
        ("anthropic/claude-sonnet-4", Act::says("").after_ms(420)),
        ("google/gemini-2.5-pro", Act::says("Lyon").after_ms(500)),
        ("openai/o3", Act::says("I cannot tell").after_ms(200)),
    ]);
    assert_json_snapshot!(shown(&world.run(&ensemble("llm_judge", json!({"judge": "openai/o3"})))));
}

#[test]
fn ensemble_below_its_quorum() {
    let world = world(&[("openai/gpt-4o", Act::http(500).after_ms(30)), ("anthropic/claude-sonnet-4", Act::silence())]);
    assert_json_snapshot!(shown(&world.run(&ensemble("majority_vote", json!({"quorum": 2, "timeout_ms": 800})))));
}

fn ab_test() -> Plan {
    version(
        "split",
        5,
        json!({"strategy": "ab_test", "sticky_by": "end_user", "variants": [
            {"label": "control", "weight": 80, "config": "openai/gpt-4o"}, {"label": "new", "weight": 20, "config": "openai/gpt-4.1"}]}),
    )
}

#[test]
fn ab_test_that_sticks() {
    assert_json_snapshot!(shown(&Scripted::new(1).run_with(&ab_test(), &Facts { end_user: Some("u_1"), ..Facts::default() })));
}

#[test]
fn ab_test_without_the_value_to_stick_to() {
    assert_json_snapshot!(shown(&Scripted::new(1).run_with(&ab_test(), &Facts { request_id: "req_01", ..Facts::default() })));
}

fn cascade() -> Plan {
    version(
        "cascade",
        6,
        json!({"strategy": "cascade", "attempts": [
            {"model": "openai/gpt-4o-mini", "accept": "response.length > 20 and not response.text contains \"sure\""}, "openai/gpt-4o", "openai/o3"]}),
    )
}

#[test]
fn cascade_that_rejects_the_cheap_answer() {
    assert_json_snapshot!(shown(&world(&[("openai/gpt-4o-mini", Act::says("not sure").after_ms(90).using(10, 3, 4_000))]).run(&cascade())));
}

#[test]
fn cascade_that_accepts_the_cheap_answer() {
    assert_json_snapshot!(shown(&world(&[("openai/gpt-4o-mini", Act::says("The capital of France is Paris."))]).run(&cascade())));
}

fn custom_rules() -> Plan {
    version(
        "production",
        14,
        json!({"strategy": "custom_rules", "rules": "# support traffic stays on approved models\nif tenant == \"enterprise\" and request.input_tokens < 32_000 then use openai/gpt-4o\nelse if sensitivity == \"pii\" then block \"PII may not leave this machine\"\nelse use {\"strategy\": \"fallback\", \"attempts\": [\"openai/gpt-4o-mini\", \"openai/o3\"]}"}),
    )
}

fn tagged(key: &str, value: &str) -> [(Box<str>, Box<str>); 1] {
    [(key.into(), value.into())]
}

#[test]
fn custom_rules_that_match() {
    let tags = tagged("tenant", "enterprise");
    assert_json_snapshot!(shown(
        &Scripted::new(1).run_with(&custom_rules(), &Facts { tags: &tags, input_tokens: 812, ..Facts::default() })
    ));
}

#[test]
fn custom_rules_that_block() {
    let tags = tagged("sensitivity", "pii");
    assert_json_snapshot!(shown(&Scripted::new(1).run_with(&custom_rules(), &Facts { tags: &tags, ..Facts::default() })));
}

#[test]
fn custom_rules_whose_else_leads_to_another_strategy() {
    assert_json_snapshot!(shown(&Scripted::new(1).run(&custom_rules())));
}

/// `traffic-and-budgets`: the keys that a trace has, and no others.
#[test]
fn a_trace_has_the_keys_of_the_contract_in_their_order() {
    let world = Scripted::new(1).target("a/one", [Act::answer().after_ms(5).using(1, 2, 3)]);
    open_breaker(&world, "a/zero");
    let run = world.run(&version("production", 1, json!({"strategy": "fallback", "attempts": ["a/zero", "a/one"]})));
    let envelope = Envelope { request_id: "req_01", resolved: "config", total_us: 1, overhead_us: 1 };
    let text = serde_json::to_string(&run.trace.with(envelope)).unwrap();
    let trace: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&trace), "request_id resolved steps attempts decision total_ms overhead_us");
    assert_eq!(keys(&trace["steps"][0]), "config version strategy reason candidates");
    assert_eq!(keys(&trace["steps"][0]["candidates"][0]), "target chosen reason");
    assert_eq!(keys(&trace["attempts"][0]), "n target provider model start_ms duration_ms outcome reason");
    assert_eq!(
        keys(&trace["attempts"][1]),
        "n target provider model start_ms duration_ms ttft_ms outcome status input_tokens output_tokens cost_usd"
    );
    assert_eq!(keys(&trace["decision"]), "target reason");
}
