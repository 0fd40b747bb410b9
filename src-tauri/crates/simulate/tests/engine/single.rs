//! §4.1 `single`, direct calls, and what holds for every attempt.

use routing::{failure::FailureKind, outcome::Outcome, plan::Plan};

use crate::support::*;

#[test]
fn one_target_is_called_once_and_answers() {
    let run = world(&[("a/one", Act::answer().after_ms(120))]).run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!(answered_by(&run), "a/one");
    assert_eq!(attempts(&run), ["a/one ok"]);
    assert_eq!(run.took_us, 120_000);
}

#[test]
fn its_own_error_is_passed_on_as_it_is_with_what_the_upstream_said() {
    for (act, outcome) in [
        (Act::http(400), Outcome::Http(400)),
        (Act::http(429).retry_after_ms(7_000), Outcome::Http(429)),
        (Act::http(503), Outcome::Http(503)),
        (Act::refused(), Outcome::Connection),
        (Act::silence(), Outcome::Timeout),
    ] {
        let run = world(&[("a/one", act)]).run(&plan(json!({"strategy": "single", "model": "a/one"})));
        assert_eq!(passed_on(&run), outcome);
    }
    let run = world(&[("a/one", Act::http(429).retry_after_ms(7_000))]).run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!(failure(&run).retry_after_ms, Some(7_000));
    assert!(matches!(&failure(&run).kind, FailureKind::Attempt { error: Some(body), .. } if body == "a/one said 429"));
}

#[test]
fn a_timeout_bounds_the_time_until_the_commit() {
    let document = plan(json!({"strategy": "single", "model": "a/one", "timeout_ms": 2_000}));
    let late = world(&[("a/one", Act::answer().after_ms(2_001))]).run(&document);
    assert_eq!((passed_on(&late), late.took_us), (Outcome::Timeout, 2_000_000));
    let in_time = world(&[("a/one", Act::answer().after_ms(1_999))]).run(&document);
    assert_eq!(answered_by(&in_time), "a/one");
}

#[test]
fn of_the_timeouts_of_strategy_and_target_the_shorter_holds() {
    for (outer, inner) in [(300, 2_000), (2_000, 300)] {
        let run = Scripted::new(1)
            .run(&plan(json!({"strategy": "single", "timeout_ms": outer, "model": {"model": "a/one", "timeout_ms": inner}})));
        assert_eq!(given_ms(&run), [300]);
    }
}

#[test]
fn without_a_timeout_it_waits_as_long_as_official_sdks_do() {
    let run = Scripted::new(1).run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!(given_ms(&run), [600_000]);
}

#[test]
fn a_direct_call_is_one_attempt_and_says_so() {
    let run = world(&[("a/one", Act::http(500))]).run(&Plan::direct(target("a/one")));
    assert_eq!(passed_on(&run), Outcome::Http(500));
    assert_eq!((run.trace.steps[0].strategy, &run.trace.steps[0].config), ("direct", &None));
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "the model that the request named did not answer");
}

#[test]
fn an_open_breaker_does_not_hold_back_the_only_target() {
    let world = Scripted::new(1);
    open_breaker(&world, "a/one");
    let run = world.run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!(attempts(&run), ["a/one ok"]);
}

#[test]
fn a_cool_down_is_kept_and_the_caller_told_what_remains_of_it() {
    let world = Scripted::new(1);
    cool_down(&world, "a/one", 5_000);
    world.pass_ms(1_500);
    let run = world.run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!(failure(&run).retry_after_ms, Some(3_500));
    assert!(failure(&run).is_rate_limit());
    assert!(run.calls.is_empty(), "nobody is called");
    assert_eq!(reason(&run, 0), "it answered 429 and asked for a rest, 3500 ms of it are left");
    world.pass_ms(3_500);
    assert_eq!(answered_by(&world.run(&plan(json!({"strategy": "single", "model": "a/one"})))), "a/one");
}

#[test]
fn params_idle_timeout_and_credential_reach_the_call() {
    let run = Scripted::new(1).run(&plan(json!({
        "strategy": "single",
        "model": {"model": "a/one", "idle_timeout_ms": 15_000, "params": {"temperature": 0}, "credential": "work"},
    })));
    let call = &run.calls[0];
    assert_eq!(call.idle_timeout_ms, 15_000);
    assert_eq!(call.params.as_deref(), json!({"temperature": 0}).as_object());
    assert_eq!(call.target.credential(), Some("work"));
}

#[test]
fn the_gap_between_bytes_is_a_minute_where_nobody_says_otherwise() {
    let run = Scripted::new(1).run(&plan(json!({"strategy": "single", "model": "a/one"})));
    assert_eq!((run.calls[0].idle_timeout_ms, &run.calls[0].params), (60_000, &None));
}

#[test]
fn when_the_caller_hangs_up_the_attempt_under_way_is_cancelled_in_the_trace() {
    let world = world(&[("a/one", Act::http(500).after_ms(100)), ("a/two", Act::answer().after_ms(5_000))]);
    let run = world.run_until(&fallback(&["a/one", "a/two", "a/three"]), 1_000_000);
    assert!(run.routed.is_none());
    assert_eq!(attempts(&run), ["a/one http_500", "a/two cancelled"]);
    assert_eq!(run.trace.attempts[1].duration_us, 900_000, "it is known how long it ran");
    assert_eq!(reason(&run, 1), "given up before it answered");
    assert!(run.trace.decision.is_none());
}

#[test]
fn a_call_that_the_caller_gave_up_says_nothing_of_health() {
    let world = world(&[("a/one", Act::silence())]);
    for _ in 0..30 {
        world.run_until(&plan(json!({"strategy": "single", "model": "a/one"})), 10_000);
    }
    world.health(&target("a/one"), |breaker, now_ms| assert_eq!(breaker.view(now_ms).calls, 0));
}
