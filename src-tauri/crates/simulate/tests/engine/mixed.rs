//! Every strategy in every other one, and the bounds of all of it.

use routing::{
    engine::MAX_CALLS,
    failure::{Failure, FailureKind},
    outcome::Outcome,
};
use serde_json::Value;

use crate::support::*;

const STRATEGIES: [&str; 8] =
    ["single", "fallback", "cost_optimized", "latency_optimized", "ensemble", "ab_test", "cascade", "custom_rules"];

/// A strategy that calls `first`, and where it has alternatives `second` after it.
fn over(strategy: &str, first: Value, second: Value) -> Value {
    match strategy {
        "single" => json!({"strategy": strategy, "model": first}),
        "fallback" => json!({"strategy": strategy, "attempts": [first, second]}),
        "cost_optimized" => json!({"strategy": strategy, "quality_tier": "economy", "allowed_models": [first, second]}),
        "latency_optimized" => json!({"strategy": strategy, "allowed_models": [first, second]}),
        "ensemble" => json!({"strategy": strategy, "aggregation": "first_valid", "members": [first, second]}),
        "ab_test" => json!({"strategy": strategy, "variants": [{"weight": 1e9, "config": first}, {"weight": 1e-9, "config": second}]}),
        "cascade" => json!({"strategy": strategy, "attempts": [{"model": first, "accept": "response.length > 1"}, second]}),
        _ => json!({"strategy": strategy, "rules": [{"if": "1 == 1", "then": first}, {"else": second}]}),
    }
}

/// `a/one` is the cheaper one of all.
fn world() -> Scripted {
    ["a/one", "b/two", "c/three"].iter().zip(1..).fold(Scripted::new(1), |world, (name, nanos)| world.observed(name, priced(nanos)))
}

#[test]
fn every_strategy_nests_in_every_other_one() {
    for outer in STRATEGIES {
        for inner in STRATEGIES {
            let nested = over(inner, json!("a/one"), json!("b/two"));
            for (form, target) in
                [("inline", nested.clone()), ("@slug", json!("@inner")), ("with options", json!({"model": nested, "timeout_ms": 900}))]
            {
                let world = world().config(version("inner", 7, nested.clone()));
                let run = world.run(&version("outer", 1, over(outer, target, json!("c/three"))));
                assert_eq!(answered_by(&run), "a/one", "{inner} in {outer}, {form}");
                let steps: Vec<_> = run.trace.steps.iter().map(|step| (step.strategy, step.version)).collect();
                let of = if form == "@slug" { Some(7) } else { Some(1) };
                assert_eq!(steps, [(outer, Some(1)), (inner, of)], "{inner} in {outer}, {form}");
                assert_eq!(run.trace.decision.as_ref().unwrap().target.as_ref().unwrap().name(), "a/one");
            }
        }
    }
}

#[test]
fn where_the_inner_one_fails_those_with_alternatives_go_on() {
    for outer in STRATEGIES {
        for inner in STRATEGIES {
            let world = world().target("a/one", [Act::http(500)]).target("b/two", [Act::http(503)]);
            let run = world.run(&plan(over(outer, over(inner, json!("a/one"), json!("b/two")), json!("c/three"))));
            match outer {
                "single" | "ab_test" | "custom_rules" => assert!(run.routed.as_ref().unwrap().is_err(), "{inner} in {outer}"),
                _ => assert_eq!(answered_by(&run), "c/three", "{inner} in {outer}"),
            }
        }
    }
}

#[test]
fn a_config_archived_under_way_is_handled_by_every_strategy() {
    for outer in STRATEGIES {
        let run = world().run(&plan(over(outer, json!("@gone"), json!("c/three"))));
        match outer {
            "single" | "ab_test" | "custom_rules" => {
                assert!(matches!(&failure(&run).kind, FailureKind::MissingConfig { name } if &**name == "@gone"), "{outer}");
            }
            _ => assert_eq!(answered_by(&run), "c/three", "{outer}"),
        }
        assert!(run.trace.attempts.iter().all(|attempt| attempt.target.name() == "c/three"), "{outer}");
    }
}

#[test]
fn params_and_idle_timeouts_reach_the_call_through_every_strategy() {
    for strategy in STRATEGIES {
        let nested = over(strategy, json!({"model": "a/one", "params": {"seed": 1}}), json!("c/three"));
        let outer =
            json!({"strategy": "single", "model": {"model": nested, "idle_timeout_ms": 70, "params": {"temperature": 0, "seed": 2}}});
        let run = world().run(&plan(outer));
        assert_eq!(run.calls[0].params.as_deref(), json!({"temperature": 0, "seed": 1}).as_object(), "{strategy}");
        assert_eq!(run.calls[0].idle_timeout_ms, 70, "{strategy}");
    }
}

#[test]
fn a_timeout_around_any_strategy_bounds_all_of_it() {
    for strategy in STRATEGIES {
        let world = world().target("a/one", [Act::silence()]).target("b/two", [Act::silence()]);
        let nested = over(strategy, json!("a/one"), json!("b/two"));
        let run = world.run(&plan(json!({"strategy": "fallback", "attempts": [{"model": nested, "timeout_ms": 250}, "c/three"]})));
        assert_eq!((answered_by(&run), run.took_us), ("c/three", 250_000), "{strategy}");
        assert!(run.calls.iter().all(|call| call.start_us < call.deadline_us), "{strategy}");
    }
}

#[test]
fn who_hangs_up_leaves_no_call_running_in_any_strategy() {
    for outer in STRATEGIES {
        for inner in STRATEGIES {
            let world = world().target("a/one", [Act::silence()]).target("b/two", [Act::silence()]).target("c/three", [Act::silence()]);
            let run = world.run_until(&plan(over(outer, over(inner, json!("a/one"), json!("b/two")), json!("c/three"))), 1_000);
            assert!(run.routed.is_none());
            assert!(!run.calls.is_empty());
            assert!(
                run.trace.attempts.iter().all(|attempt| attempt.outcome == Outcome::Cancelled && attempt.duration_us == 1_000),
                "{inner} in {outer}"
            );
        }
    }
}

/// A chain of chains, as many calls as it likes.
fn many(levels: usize, model: &str) -> Value {
    (0..levels).fold(json!(model), |inner, _| json!({"strategy": "fallback", "attempts": vec![inner; 8]}))
}

#[test]
fn one_request_makes_at_most_so_many_calls() {
    for strategy in ["fallback", "cascade", "latency_optimized", "ensemble"] {
        let world = Scripted::new(1).target("a/one", [Act::http(500)]);
        let run = world.run(&plan(over(strategy, many(3, "a/one"), many(3, "a/one"))));
        assert_eq!(run.calls.len(), MAX_CALLS, "{strategy}");
        if strategy != "ensemble" {
            assert!(matches!(failure(&run), Failure { kind: FailureKind::TooManyCalls, .. }), "{strategy}: {:?}", failure(&run));
        }
    }
}

#[test]
fn skipped_targets_are_no_calls() {
    let world = Scripted::new(1).target("a/down", [Act::http(500)]);
    let names: Vec<String> = (0..64).map(|n| format!("a/{n}")).collect();
    for name in &names {
        open_breaker(&world, name);
    }
    let world = names[..63].iter().fold(world, |world, name| world.target(name, [Act::http(500)]));
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": names})));
    assert_eq!(answered_by(&run), "a/63", "64 were skipped, and all 64 are tried as nothing else is left");
}

#[test]
fn strategies_that_call_nobody_come_to_an_end_too() {
    let world = ["b", "c", "d"].iter().zip(["@c", "@d", "@gone"]).fold(Scripted::new(1), |world, (slug, below)| {
        world.config(version(slug, 1, json!({"strategy": "cascade", "attempts": vec![below; 64]})))
    });
    let run = world.run(&plan(json!({"strategy": "single", "model": "@b"})));
    assert!(matches!(failure(&run).kind, FailureKind::TooManyCalls));
    assert!(run.trace.steps.len() <= 1_000, "{}", run.trace.steps.len());
}
