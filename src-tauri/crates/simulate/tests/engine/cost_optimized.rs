//! §4.3 `cost_optimized`: the cheapest that is good enough and can take the request, then the next cheapest.

use catalog::{Capabilities, Tier};
use routing::{failure::FailureKind, outcome::Outcome, plan::Plan};
use serde_json::Value;

use crate::support::*;

fn cheapest(tier: &str, allowed: Value) -> Plan {
    plan(json!({"strategy": "cost_optimized", "quality_tier": tier, "allowed_models": allowed}))
}

/// Any tier is good enough for these.
fn of(allowed: &[&str]) -> Plan {
    cheapest("economy", json!(allowed))
}

/// A world with these prices in nano-dollars.
fn prices(prices: &[(&str, u64)]) -> Scripted {
    prices.iter().fold(Scripted::new(1), |world, (name, nanos)| world.observed(name, priced(*nanos)))
}

#[test]
fn the_cheapest_is_called_and_every_candidate_stands_in_the_trace_with_its_estimate_and_why() {
    let run =
        prices(&[("a/dear", 9_000_000), ("b/cheap", 1_500_000), ("c/middle", 4_000_000)]).run(&of(&["a/dear", "b/cheap", "c/middle"]));
    assert_eq!(attempts(&run), ["b/cheap ok"]);
    assert_eq!(
        weighed(&run, 0),
        [
            "a/dear: not reached: a cheaper one comes first",
            "b/cheap*: the cheapest that can take the request",
            "c/middle: not reached: a cheaper one comes first",
        ]
    );
    let estimates: Vec<_> = run.trace.steps[0].candidates.iter().map(|candidate| candidate.est_cost_usd.unwrap()).collect();
    assert_eq!(estimates, [0.009, 0.0015, 0.004]);
    assert_eq!(why(&run, 0), "the cheapest that can take the request");
}

#[test]
fn ties_are_broken_by_written_order() {
    let run = prices(&[("b/two", 5), ("a/one", 5), ("c/three", 5)]).run(&of(&["b/two", "a/one", "c/three"]));
    assert_eq!(answered_by(&run), "b/two");
}

#[test]
fn a_failure_moves_to_the_next_cheapest() {
    let world =
        prices(&[("a/one", 30), ("b/two", 10), ("c/three", 20)]).target("b/two", [Act::http(500)]).target("c/three", [Act::refused()]);
    let run = world.run(&of(&["a/one", "b/two", "c/three"]));
    assert_eq!(attempts(&run), ["b/two http_500", "c/three connection", "a/one ok"]);
    assert_eq!(weighed(&run, 0), ["a/one*: attempt 3 answered", "b/two: scripted http_500", "c/three: scripted connection"]);
}

#[test]
fn retry_on_says_what_moves_on() {
    let world = || prices(&[("a/one", 1), ("b/two", 2)]).target("a/one", [Act::http(400)]);
    let by_default = world().run(&of(&["a/one", "b/two"]));
    assert_eq!(passed_on(&by_default), Outcome::Http(400));
    assert_eq!(weighed(&by_default, 0)[1], "b/two: not reached: a cheaper one comes first", "nobody answered, and it says no such thing");
    let listed = world().run(&plan(
        json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["a/one", "b/two"], "retry_on": ["400"]}),
    ));
    assert_eq!(answered_by(&listed), "b/two");
}

#[test]
fn whoever_cannot_take_the_request_is_turned_down_with_the_reason() {
    let can = |change: fn(&mut Capabilities)| {
        let mut can = Capabilities::ALL;
        change(&mut can);
        Observed { can, tier: Some(Tier::Frontier), ..priced(1) }
    };
    let world = Scripted::new(1)
        .observed("a/unknown", Observed { tier: None, ..priced(1) })
        .observed("a/economy", Observed { tier: Some(Tier::Economy), ..priced(1) })
        .observed("a/standard", Observed { tier: Some(Tier::Standard), ..priced(1) })
        .observed("a/small", Observed { tier: Some(Tier::Premium), context: Some(1_499), ..priced(1) })
        .observed("a/no-tools", can(|can| can.tools = false))
        .observed("a/blind", can(|can| can.vision = false))
        .observed("a/no-schema", can(|can| can.json_schema = false))
        .observed("a/whole", can(|can| can.streaming = false))
        .observed("a/free", Observed { tier: Some(Tier::Premium), cost_nanos: None, ..priced(1) })
        .observed("a/fits", Observed { tier: Some(Tier::Premium), context: Some(1_500), ..priced(99) });
    let names = ["unknown", "economy", "standard", "small", "no-tools", "blind", "no-schema", "whole", "free", "fits"];
    let allowed: Vec<String> = names.iter().map(|name| format!("a/{name}")).collect();
    let facts = Facts {
        input_tokens: 1_000,
        max_tokens: Some(500),
        has_tools: true,
        has_images: true,
        wants_json: true,
        wants_schema: true,
        stream: true,
        ..Facts::default()
    };
    let run = world.run_with(&cheapest("premium", json!(allowed)), &facts);
    assert_eq!(
        weighed(&run, 0),
        [
            "a/unknown: its quality tier is not known; set it in Providers",
            "a/economy: its tier is economy, and premium is asked for",
            "a/standard: its tier is standard, and premium is asked for",
            "a/small: the request needs 1500 tokens, and 1499 fit into it",
            "a/no-tools: it cannot call tools",
            "a/blind: it cannot read images",
            "a/no-schema: it cannot answer by a JSON schema",
            "a/whole: it cannot stream",
            "a/free: it has no known price",
            "a/fits*: the cheapest that can take the request",
        ]
    );
    let plain = world.run_with(&cheapest("premium", json!(["a/no-tools", "a/blind", "a/no-schema", "a/whole"])), &Facts::default());
    assert_eq!(answered_by(&plain), "a/no-tools", "what a request does not need nobody is turned down for");
}

#[test]
fn each_tier_takes_itself_and_what_is_above() {
    let tiers = [("economy", Tier::Economy), ("standard", Tier::Standard), ("premium", Tier::Premium), ("frontier", Tier::Frontier)];
    for (asked, (name, _)) in tiers.iter().enumerate() {
        for (is, (_, tier)) in tiers.iter().enumerate() {
            let run =
                Scripted::new(1).observed("a/one", Observed { tier: Some(*tier), ..priced(1) }).run(&cheapest(name, json!(["a/one"])));
            assert_eq!(run.routed.unwrap().is_ok(), is >= asked, "{name} asked of {tier:?}");
        }
    }
    assert_eq!(answered_by(&prices(&[("a/one", 1)]).run(&of(&["a/one"]))), "a/one", "economy takes any, known or not");
}

#[test]
fn where_nobody_can_take_the_request_the_caller_is_told_of_each_why() {
    let world = prices(&[("a/one", 1), ("b/two", 1)]).observed("b/two", Observed { context: Some(10), ..priced(1) });
    let run = world.run_with(&cheapest("standard", json!(["a/one", "b/two"])), &Facts { input_tokens: 99, ..Facts::default() });
    let FailureKind::NoCandidate { why } = &failure(&run).kind else { panic!("{:?}", failure(&run).kind) };
    assert_eq!(why, "a/one: its quality tier is not known; set it in Providers; b/two: its quality tier is not known; set it in Providers");
    assert!(run.calls.is_empty());
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "none of the allowed models can take this request");
}

#[test]
fn a_strategy_whose_candidates_cannot_take_the_request_is_moved_on_from() {
    let inner = json!({"strategy": "cost_optimized", "quality_tier": "frontier", "allowed_models": ["a/one"]});
    let run = Scripted::new(1).run(&plan(json!({"strategy": "fallback", "attempts": [inner, "b/two"], "retries": 3})));
    assert_eq!((answered_by(&run), run.took_us), ("b/two", 0));
    assert_eq!(weighed(&run, 0)[0], "cost_optimized: none of what it may call can take the request");
}

#[test]
fn the_cheapest_is_passed_over_while_its_breaker_is_open_or_it_rests() {
    let world = prices(&[("a/one", 1), ("b/two", 2), ("c/three", 3)]);
    open_breaker(&world, "a/one");
    cool_down(&world, "b/two", 4_000);
    let run = world.run(&of(&["a/one", "b/two", "c/three"]));
    assert_eq!(attempts(&run), ["a/one skipped", "b/two skipped", "c/three ok"]);
    assert_eq!(
        weighed(&run, 0),
        [
            "a/one: its breaker is open after repeated failures, for 30000 ms more",
            "b/two: it answered 429 and asked for a rest, 4000 ms of it are left",
            "c/three*: attempt 3 answered",
        ]
    );
}

#[test]
fn where_all_are_open_the_cheapest_is_tried_first_all_the_same() {
    let world = prices(&[("a/one", 2), ("b/two", 1)]);
    open_breaker(&world, "a/one");
    open_breaker(&world, "b/two");
    assert_eq!(attempts(&world.run(&of(&["a/one", "b/two"]))), ["b/two skipped", "a/one skipped", "b/two ok"]);
}

#[test]
fn all_failed_has_one_status_and_a_lone_candidate_keeps_its_own_error() {
    let limited = |ms| [Act::http(429).retry_after_ms(ms)];
    let run =
        prices(&[("a/one", 1), ("b/two", 2)]).target("a/one", limited(9_000)).target("b/two", limited(3_000)).run(&of(&["a/one", "b/two"]));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(3_000)));
    let run = Scripted::new(1).observed("a/one", priced(1)).target("a/one", [Act::http(503)]).run(&of(&["a/one", "b/unpriced"]));
    assert_eq!(passed_on(&run), Outcome::Http(503), "the only one that could be called");
}

#[test]
fn a_config_or_strategy_among_the_candidates_costs_what_it_would_call() {
    let prices = [("a/one", 10), ("b/two", 20), ("c/three", 40), ("d/judge", 5)];
    let est = |target: Value| {
        let world = self::prices(&prices).config(version("inner", 1, json!({"strategy": "single", "model": "b/two"})));
        let run = world.run(&cheapest("economy", json!([target])));
        run.trace.steps[0].candidates[0].est_cost_usd.map(|usd| (usd * 1e9).round() as u64)
    };
    assert_eq!(est(json!("@inner")), Some(20));
    assert_eq!(est(json!("@inner:1")), Some(20));
    assert_eq!(est(json!({"strategy": "fallback", "attempts": ["b/two", "a/one"]})), Some(20), "a chain what its first one costs");
    assert_eq!(est(json!({"strategy": "cascade", "attempts": [{"model": "a/one", "accept": "response.length > 1"}, "c/three"]})), Some(10));
    let cost = json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["c/three", "b/two"]});
    assert_eq!(est(cost), Some(20), "the cheapest of them");
    let ensemble = json!({"strategy": "ensemble", "aggregation": "llm_judge", "members": ["a/one", "b/two"], "judge": "d/judge"});
    assert_eq!(est(ensemble), Some(35), "all members and the judge");
    let ab_test = json!({"strategy": "ab_test", "variants": [{"weight": 1, "config": "a/one"}, {"weight": 1e9, "config": "c/three"}]});
    assert_eq!(est(ab_test), Some(40), "the variant that this request gets");
    assert_eq!(est(json!({"strategy": "custom_rules", "rules": "if endpoint == \"x\" then use a/one else use c/three"})), Some(40));
    assert_eq!(est(json!({"strategy": "custom_rules", "rules": "if 1 == 1 then block \"no\" else use c/three"})), None);
}

#[test]
fn a_nested_cost_optimized_counts_only_what_can_take_the_request() {
    let world = prices(&[("a/one", 10), ("b/two", 30), ("c/three", 20)]).observed("a/one", Observed { context: Some(5), ..priced(10) });
    let inner = json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["a/one", "b/two"]});
    let run = world.run_with(&cheapest("economy", json!([inner, "c/three"])), &Facts { input_tokens: 50, ..Facts::default() });
    assert_eq!(answered_by(&run), "c/three");
    assert_eq!(run.trace.steps[0].candidates[0].est_cost_usd, Some(30e-9));
}

#[test]
fn a_nested_strategy_can_take_what_any_of_its_models_can() {
    let small = Observed { context: Some(5), ..priced(1) };
    let world = Scripted::new(1).observed("a/small", small).observed("a/tiny", small).observed("b/large", priced(9));
    let facts = Facts { input_tokens: 50, ..Facts::default() };
    let inner = |names: &[&str]| json!({"strategy": "fallback", "attempts": names});
    let run = world.run_with(&cheapest("economy", json!([inner(&["a/small", "a/tiny"]), inner(&["a/small", "b/large"])])), &facts);
    assert_eq!(
        weighed(&run, 0)[0],
        "fallback: none of what it may call can take the request: the request needs 50 tokens, and 5 fit into it"
    );
    assert!(run.trace.steps[0].candidates[1].chosen);
}

#[test]
fn a_config_that_is_gone_is_turned_down() {
    let world = prices(&[("a/one", 10)]).target("a/one", [Act::http(500)]);
    let run = world.run(&of(&["@gone", "a/one"]));
    assert_eq!(attempts(&run), ["a/one http_500"]);
    assert_eq!(weighed(&run, 0), ["@gone: @gone is not there any more: it was archived or never saved", "a/one: scripted http_500"]);
}

#[test]
fn when_the_caller_hangs_up_nobody_was_taken_and_the_trace_says_who_was_called_and_why() {
    let world = prices(&[("a/one", 1), ("b/two", 2)]).target("a/one", [Act::silence()]);
    let run = world.run_until(&of(&["a/one", "b/two"]), 1_000);
    assert_eq!(weighed(&run, 0), ["a/one: the cheapest that can take the request", "b/two: not reached: a cheaper one comes first"]);
    assert_eq!(why(&run, 0), "given up before any target answered");
}
