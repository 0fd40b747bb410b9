//! §5 as strategies see it: open breakers and cool-downs.

use crate::support::*;

#[test]
fn an_open_breaker_is_skipped_with_the_reason_in_the_trace() {
    let world = Scripted::new(1);
    open_breaker(&world, "a/one");
    world.pass_ms(10_000);
    let run = world.run(&fallback(&["a/one", "a/two"]));
    assert_eq!(attempts(&run), ["a/one skipped", "a/two ok"]);
    assert_eq!(reason(&run, 0), "its breaker is open after repeated failures, for 20000 ms more");
    assert_eq!(run.trace.calls(), 1);
}

#[test]
fn where_all_are_open_all_are_tried_in_order() {
    let world = world(&[("a/one", Act::http(500)), ("a/two", Act::http(500))]);
    for name in ["a/one", "a/two", "a/three"] {
        open_breaker(&world, name);
    }
    let run = world.run(&fallback(&["a/one", "a/two", "a/three"]));
    assert_eq!(run.calls.iter().map(|call| call.target.name()).collect::<Vec<_>>(), ["a/one", "a/two", "a/three"]);
    assert_eq!(answered_by(&run), "a/three");
}

#[test]
fn an_open_one_is_tried_when_nothing_else_is_left() {
    let world = world(&[("a/two", Act::http(500))]);
    open_breaker(&world, "a/one");
    let run = world.run(&fallback(&["a/one", "a/two"]));
    assert_eq!(attempts(&run), ["a/one skipped", "a/two http_500", "a/one ok"]);
}

#[test]
fn five_failures_in_a_row_take_a_target_out_until_a_probe_answers() {
    let world =
        Scripted::new(1).target("a/one", [Act::http(500), Act::http(500), Act::http(500), Act::http(500), Act::http(500), Act::answer()]);
    let chain = fallback(&["a/one", "a/two"]);
    for _ in 0..5 {
        assert_eq!(attempts(&world.run(&chain)), ["a/one http_500", "a/two ok"]);
    }
    assert_eq!(attempts(&world.run(&chain)), ["a/one skipped", "a/two ok"]);
    world.pass_ms(30_000);
    assert_eq!(attempts(&world.run(&chain)), ["a/one ok"], "half-open lets one through");
    assert_eq!(attempts(&world.run(&chain)), ["a/one ok"]);
}

#[test]
fn a_callers_own_mistakes_never_open_a_breaker() {
    let world = world(&[("a/one", Act::http(400))]);
    for _ in 0..50 {
        world.run(&fallback(&["a/one", "a/two"]));
    }
    world.health(&target("a/one"), |breaker, now_ms| assert_eq!(breaker.view(now_ms).state, "closed"));
}

#[test]
fn a_429_with_a_time_rests_the_target_until_then() {
    let world = Scripted::new(1).target("a/one", [Act::http(429).retry_after_ms(3_000), Act::answer()]);
    let chain = fallback(&["a/one", "a/two"]);
    assert_eq!(attempts(&world.run(&chain)), ["a/one http_429", "a/two ok"]);
    world.pass_ms(1_000);
    let resting = world.run(&chain);
    assert_eq!(attempts(&resting), ["a/one skipped", "a/two ok"]);
    assert_eq!(reason(&resting, 0), "it answered 429 and asked for a rest, 2000 ms of it are left");
    world.pass_ms(2_000);
    assert_eq!(attempts(&world.run(&chain)), ["a/one ok"]);
}

#[test]
fn a_cool_down_is_kept_even_where_nothing_else_is_left() {
    let world = Scripted::new(1);
    cool_down(&world, "a/one", 9_000);
    cool_down(&world, "a/two", 4_000);
    let run = world.run(&fallback(&["a/one", "a/two"]));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(4_000)));
    assert!(run.calls.is_empty());
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "no target could be called");
}

#[test]
fn a_lone_target_that_rests_is_a_429_with_what_remains() {
    let world = Scripted::new(1);
    cool_down(&world, "a/one", 9_000);
    let run = world.run(&fallback(&["a/one"]));
    assert!(failure(&run).is_rate_limit());
    assert_eq!(failure(&run).retry_after_ms, Some(9_000));
}

#[test]
fn a_resting_target_beside_an_open_one_leaves_the_open_one_to_be_tried() {
    let world = Scripted::new(1);
    cool_down(&world, "a/one", 9_000);
    open_breaker(&world, "a/two");
    assert_eq!(attempts(&world.run(&fallback(&["a/one", "a/two"]))), ["a/one skipped", "a/two skipped", "a/two ok"]);
}

#[test]
fn how_the_called_ones_failed_decides_not_who_rested() {
    let world = world(&[("a/two", Act::http(500))]);
    cool_down(&world, "a/one", 9_000);
    assert_eq!(all_failed(&world.run(&fallback(&["a/one", "a/two"]))), 502);
}

#[test]
fn a_credential_has_its_own_health() {
    let world = Scripted::new(1);
    open_breaker(&world, "a/one");
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["a/one", {"model": "a/one", "credential": "spare"}]})));
    assert_eq!(attempts(&run), ["a/one skipped", "a/one ok"]);
}

#[test]
fn a_nested_strategy_is_as_healthy_as_its_healthiest_target() {
    let inner = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"]});
    let chain = plan(json!({"strategy": "fallback", "attempts": [inner, "a/three"]}));
    let world = Scripted::new(1);
    open_breaker(&world, "a/one");
    assert_eq!(answered_by(&world.run(&chain)), "a/two", "one of two is enough to be called");
    open_breaker(&world, "a/two");
    let run = world.run(&chain);
    assert_eq!(attempts(&run), ["a/three ok"]);
    assert!(run.trace.steps[0].candidates[0].reason.to_string().starts_with("its breaker is open"));
}

#[test]
fn a_nested_strategy_all_of_whose_targets_are_open_is_tried_last() {
    let inner = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"]});
    let world = world(&[("a/one", Act::http(500)), ("a/three", Act::http(500))]);
    open_breaker(&world, "a/one");
    open_breaker(&world, "a/two");
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": [inner, "a/three"]})));
    assert_eq!(attempts(&run), ["a/three http_500", "a/one http_500", "a/two ok"]);
}
