//! §3: `@slug`, `@slug:N`, inline strategies, and what they inherit.

use routing::{failure::FailureKind, outcome::Outcome};

use crate::support::*;

fn single(model: &str) -> serde_json::Value {
    json!({"strategy": "single", "model": model})
}

#[test]
fn a_slug_runs_the_active_version_and_a_number_that_version() {
    let world = || Scripted::new(1).config(version("prod", 1, single("a/old"))).config(version("prod", 2, single("a/new")));
    assert_eq!(answered_by(&world().run(&plan(single("@prod")))), "a/new");
    assert_eq!(answered_by(&world().run(&plan(single("@prod:1")))), "a/old");
}

#[test]
fn each_strategy_entered_is_a_step_with_its_config_and_version() {
    let world = Scripted::new(1)
        .config(version("fast", 3, json!({"strategy": "fallback", "attempts": ["a/one"]})))
        .target("b/first", [Act::http(503)]);
    let run =
        world.run(&version("prod", 12, json!({"strategy": "fallback", "attempts": ["b/first", {"strategy": "single", "model": "@fast"}]})));
    let steps: Vec<_> = run.trace.steps.iter().map(|s| (s.config.as_deref(), s.version, s.strategy, s.reason.to_string())).collect();
    assert_eq!(
        steps,
        [
            (Some("prod"), Some(12), "fallback", "attempt 2 answered".into()),
            (Some("prod"), Some(12), "single", "the only target".into()),
            (Some("fast"), Some(3), "fallback", "attempt 1 answered".into()),
        ]
    );
    assert_eq!(run.trace.steps[0].candidates[1].target.as_ref(), "single");
    assert_eq!(run.trace.decision.unwrap().target.unwrap().name(), "a/one");
}

#[test]
fn a_config_that_is_gone_is_moved_on_from_with_the_reason() {
    let run = Scripted::new(1).run(&fallback(&["@gone", "@gone:4", "a/one"]));
    assert_eq!(answered_by(&run), "a/one");
    let reasons: Vec<_> = run.trace.steps[0].candidates.iter().map(|c| c.reason.to_string()).collect();
    assert_eq!(reasons[0], "@gone is not there any more: it was archived or never saved");
    assert_eq!(reasons[1], "@gone:4 is not there any more: it was archived or never saved");
}

#[test]
fn a_config_that_is_gone_is_not_waited_for_nor_called_again() {
    let run = Scripted::new(1).run(&plan(json!({"strategy": "fallback", "attempts": ["@gone", "a/one"], "retries": 5})));
    assert_eq!((run.took_us, run.trace.steps[0].candidates.len()), (0, 2));
}

#[test]
fn a_config_that_is_gone_does_not_change_how_the_others_failed() {
    let run = world(&[("a/one", Act::http(429).retry_after_ms(2_000))]).run(&fallback(&["@gone", "a/one"]));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(2_000)));
}

#[test]
fn where_only_gone_configs_are_left_the_caller_is_told_so() {
    let run = Scripted::new(1).run(&plan(single("@gone")));
    assert!(matches!(&failure(&run).kind, FailureKind::MissingConfig { name } if name.as_ref() == "@gone"));
    assert_eq!(all_failed(&Scripted::new(1).run(&fallback(&["@gone", "@too"]))), 502);
}

#[test]
fn what_an_inner_strategy_gives_back_the_outer_one_weighs() {
    let chain = |retry_on: serde_json::Value| {
        let inner = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"]});
        plan(json!({"strategy": "fallback", "attempts": [inner, "a/three"], "retry_on": retry_on}))
    };
    let all_down = || world(&[("a/one", Act::http(500)), ("a/two", Act::http(500))]);
    assert_eq!(answered_by(&all_down().run(&chain(json!(["5xx"])))), "a/three");
    assert_eq!(all_failed(&all_down().run(&chain(json!(["429"])))), 502, "502 of the inner one is no 429, so it goes back");
    let refused = world(&[("a/one", Act::http(400))]).run(&chain(json!(["5xx"])));
    assert_eq!((passed_on(&refused), refused.calls.len()), (Outcome::Http(400), 1));
    let patient = world(&[("a/one", Act::http(400))]).run(&chain(json!(["400"])));
    assert_eq!(answered_by(&patient), "a/three", "what the inner one gives back the outer one may list");
}

#[test]
fn all_429_and_all_timeouts_are_seen_through_nesting() {
    let inner = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"]});
    let chain = plan(json!({"strategy": "fallback", "attempts": [inner, "a/three"]}));
    let limited = |ms| Act::http(429).retry_after_ms(ms);
    let run = world(&[("a/one", limited(9_000)), ("a/two", limited(3_000)), ("a/three", limited(5_000))]).run(&chain);
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(3_000)));
    let run = world(&[("a/one", Act::silence()), ("a/two", Act::silence()), ("a/three", Act::silence())]).run(&chain);
    assert_eq!(all_failed(&run), 504);
}

#[test]
fn a_timeout_on_a_nested_strategy_bounds_all_of_it() {
    let inner = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"]});
    let run = world(&[("a/one", Act::http(500).after_ms(700)), ("a/two", Act::silence())])
        .run(&plan(json!({"strategy": "fallback", "attempts": [{"model": inner, "timeout_ms": 1_000}, "a/three"]})));
    assert_eq!(attempts(&run), ["a/one http_500", "a/two timeout", "a/three ok"]);
    assert_eq!(given_ms(&run), [1_000, 300, 60_000]);
}

#[test]
fn a_nested_strategy_without_a_timeout_bounds_its_own_attempts() {
    let slow =
        world(&[("a/one", Act::silence())]).config(version("chain", 1, json!({"strategy": "fallback", "attempts": vec!["a/one"; 15]})));
    for outer in [json!({"strategy": "single", "model": "@chain"}), json!({"strategy": "fallback", "attempts": ["@chain"]})] {
        slow.pass_ms(3_600_000);
        let run = slow.run(&plan(outer));
        assert!(given_ms(&run).into_iter().all(|given| given == 60_000), "{:?}", given_ms(&run));
    }
}

#[test]
fn an_outer_budget_holds_inside() {
    let world = world(&[("a/one", Act::silence())]).config(version(
        "inner",
        1,
        json!({"strategy": "fallback", "attempts": ["a/one", "a/two"], "total_budget_ms": 60_000}),
    ));
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["@inner", "a/three"], "total_budget_ms": 2_000})));
    assert_eq!(run.took_us, 2_000_000);
    assert_eq!(attempts(&run), ["a/one timeout", "a/two skipped", "a/three skipped"]);
    assert_eq!(all_failed(&run), 504);
}

#[test]
fn params_of_what_stands_nearer_to_the_model_win() {
    let world = Scripted::new(1).config(version(
        "inner",
        1,
        json!({"strategy": "single", "model": {"model": "a/one", "params": {"temperature": 0, "seed": 1}}}),
    ));
    let run = world.run(&plan(json!({"strategy": "single", "model": {"model": "@inner", "params": {"temperature": 1, "top_p": 0.5}}})));
    assert_eq!(run.calls[0].params.as_deref(), json!({"temperature": 0, "seed": 1, "top_p": 0.5}).as_object());
}

#[test]
fn params_hold_for_their_own_target_only() {
    let run = world(&[("a/one", Act::http(500))])
        .run(&plan(json!({"strategy": "fallback", "attempts": [{"model": "a/one", "params": {"temperature": 0}}, "a/two"]})));
    assert_eq!(run.calls[1].params, None);
}

#[test]
fn an_idle_timeout_is_inherited_until_somebody_nearer_says_otherwise() {
    let inner = json!({"strategy": "fallback", "attempts": ["a/one", {"model": "a/two", "idle_timeout_ms": 5_000}]});
    let run =
        world(&[("a/one", Act::http(500))]).run(&plan(json!({"strategy": "single", "model": {"model": inner, "idle_timeout_ms": 20_000}})));
    assert_eq!(run.calls.iter().map(|call| call.idle_timeout_ms).collect::<Vec<_>>(), [20_000, 5_000]);
}

#[test]
fn options_written_around_options_follow_the_same_rule() {
    let run = Scripted::new(1).run(&plan(json!({"strategy": "single", "model": {
        "model": {"model": "a/one", "timeout_ms": 900, "idle_timeout_ms": 10, "params": {"temperature": 0}},
        "timeout_ms": 500, "idle_timeout_ms": 20, "params": {"temperature": 1, "seed": 2},
    }})));
    assert_eq!((given_ms(&run), run.calls[0].idle_timeout_ms), (vec![500], 10));
    assert_eq!(run.calls[0].params.as_deref(), json!({"temperature": 0, "seed": 2}).as_object());
}

/// `@c1` calls `@c2` and so on; `@c<last>` calls a model.
fn tower(last: u32) -> Scripted {
    (1..=last).fold(Scripted::new(1), |world, n| {
        let below = if n == last { "a/one".to_owned() } else { format!("@c{}", n + 1) };
        world.config(version(&format!("c{n}"), 1, single(&below)))
    })
}

#[test]
fn sixteen_strategies_may_nest_and_no_more() {
    assert_eq!(answered_by(&tower(15).run(&plan(single("@c1")))), "a/one");
    let run = tower(16).run(&plan(single("@c1")));
    assert!(matches!(failure(&run).kind, FailureKind::TooDeep));
    assert!(run.calls.is_empty());
}

#[test]
fn configs_that_came_to_call_each_other_end_at_the_same_depth() {
    let world = Scripted::new(1).config(version("a", 1, single("@b"))).config(version("b", 1, single("@a")));
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["@a", "a/one"]})));
    assert_eq!(answered_by(&run), "a/one");
    assert_eq!(run.trace.steps.len(), 16);
}

#[test]
fn health_of_configs_that_call_each_other_many_times_over_is_told_in_bounded_work() {
    let many = |slug: &str| json!({"strategy": "fallback", "attempts": vec![slug; 64], "total_budget_ms": 1});
    let world = world(&[("x/down", Act::silence())])
        .config(version("b", 1, many("@c")))
        .config(version("c", 1, many("@d")))
        .config(version("d", 1, many("@e")))
        .config(version("e", 1, many("x/down")));
    open_breaker(&world, "x/down");
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["a/one", "@b"]})));
    assert_eq!(answered_by(&run), "a/one");
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["@b", "a/one"], "total_budget_ms": 5})));
    assert_eq!(answered_by(&run), "a/one");
}
