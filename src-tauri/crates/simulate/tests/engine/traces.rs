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
