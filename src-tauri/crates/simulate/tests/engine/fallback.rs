//! §4.2 `fallback`: order, what moves on, what goes back, and the status when all failed.

use routing::{failure::Detail, outcome::Outcome};

use crate::support::*;

fn retry_on(classes: &[&str]) -> routing::plan::Plan {
    plan(json!({"strategy": "fallback", "attempts": ["a/one", "a/two"], "retry_on": classes}))
}

#[test]
fn the_first_that_answers_is_the_reply_and_the_rest_is_not_called() {
    let run = Scripted::new(1).run(&fallback(&["a/one", "a/two", "a/three"]));
    assert_eq!(attempts(&run), ["a/one ok"]);
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "attempt 1 answered");
}

#[test]
fn targets_are_called_in_written_order_until_one_answers() {
    let world = world(&[("z/one", Act::http(500).after_ms(10)), ("m/two", Act::refused().after_ms(20))]);
    let run = world.run(&fallback(&["z/one", "m/two", "a/three", "b/four"]));
    assert_eq!(attempts(&run), ["z/one http_500", "m/two connection", "a/three ok"]);
    assert_eq!(started_ms(&run), [0, 10, 30]);
    let decision = run.trace.decision.unwrap();
    assert_eq!((decision.target.unwrap().name(), decision.reason.to_string().as_str()), ("a/three", "attempt 3 answered"));
}

#[test]
fn by_default_rate_limits_server_errors_timeouts_and_lost_connections_move_on() {
    for act in [Act::http(429), Act::http(500), Act::http(529), Act::http(599), Act::silence(), Act::refused()] {
        let run = world(&[("a/one", act)]).run(&fallback(&["a/one", "a/two"]));
        assert_eq!(answered_by(&run), "a/two");
    }
}

#[test]
fn a_failure_outside_the_list_goes_back_to_the_caller_at_once() {
    for status in [400, 401, 403, 404, 408, 413, 422] {
        let run = world(&[("a/one", Act::http(status))]).run(&fallback(&["a/one", "a/two"]));
        assert_eq!(passed_on(&run), Outcome::Http(status));
        assert_eq!(run.calls.len(), 1);
        assert_eq!(run.trace.decision.unwrap().reason.to_string(), "a/one failed in a way that is not in retry_on");
    }
}

#[test]
fn each_class_moves_on_for_its_own_failures_and_for_no_others() {
    let too_long = || Act::http(400).saying(Detail::ContextLength);
    let filtered = || Act::http(400).saying(Detail::ContentFilter);
    let failures: [(&str, Act); 14] = [
        ("429", Act::http(429)),
        ("5xx", Act::http(500)),
        ("5xx", Act::http(503)),
        ("timeout", Act::silence()),
        ("connection", Act::refused()),
        ("auth", Act::http(401)),
        ("auth", Act::http(403)),
        ("not_found", Act::http(404)),
        ("context_length", too_long()),
        ("context_length", Act::http(413).saying(Detail::ContextLength)),
        ("content_filter", filtered()),
        ("408", Act::http(408)),
        ("400", Act::http(400)),
        ("422", Act::http(422)),
    ];
    for class in ["429", "5xx", "timeout", "connection", "auth", "not_found", "context_length", "content_filter", "408", "422"] {
        for (of, act) in &failures {
            let run = world(&[("a/one", act.clone())]).run(&retry_on(&[class]));
            assert_eq!(run.routed.as_ref().unwrap().is_ok(), *of == class, "{act:?} under retry_on [{class}]");
        }
    }
}

#[test]
fn an_empty_list_moves_on_for_nothing() {
    let run = world(&[("a/one", Act::http(500))]).run(&retry_on(&[]));
    assert_eq!(passed_on(&run), Outcome::Http(500));
}

#[test]
fn a_lone_attempts_own_error_is_passed_on_as_it_is() {
    let run = world(&[("a/one", Act::http(429).retry_after_ms(2_000))]).run(&fallback(&["a/one"]));
    assert_eq!((passed_on(&run), failure(&run).retry_after_ms), (Outcome::Http(429), Some(2_000)));
}

#[test]
fn all_429_is_a_429_with_the_smallest_retry_after() {
    let run = world(&[
        ("a/one", Act::http(429).retry_after_ms(9_000)),
        ("a/two", Act::http(429).retry_after_ms(4_000)),
        ("a/three", Act::http(429)),
    ])
    .run(&fallback(&["a/one", "a/two", "a/three"]));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(4_000)));
    let decision = run.trace.decision.unwrap();
    assert_eq!((decision.target, decision.reason.to_string().as_str()), (None, "all 3 attempts failed"));
}

#[test]
fn all_timeouts_are_a_504() {
    let run = world(&[("a/one", Act::silence()), ("a/two", Act::silence())]).run(&fallback(&["a/one", "a/two"]));
    assert_eq!(all_failed(&run), 504);
    assert_eq!(started_ms(&run), [0, 60_000], "an attempt may take a minute by default");
}

#[test]
fn anything_else_is_a_502_without_a_retry_after() {
    for other in [Act::http(500), Act::silence(), Act::refused()] {
        let run = world(&[("a/one", Act::http(429).retry_after_ms(1_000)), ("a/two", other)]).run(&fallback(&["a/one", "a/two"]));
        assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (502, None));
    }
}

#[test]
fn each_attempt_has_its_own_timeout() {
    let world = world(&[("a/one", Act::silence()), ("a/two", Act::silence())]);
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": [{"model": "a/one", "timeout_ms": 2_000}, {"model": "a/two", "timeout_ms": 700}, "a/three"]})));
    assert_eq!(attempts(&run), ["a/one timeout", "a/two timeout", "a/three ok"]);
    assert_eq!((started_ms(&run), given_ms(&run)), (vec![0, 2_000, 2_700], vec![2_000, 700, 60_000]));
}

#[test]
fn the_last_attempt_gets_what_is_left_of_the_budget() {
    let world = world(&[("a/one", Act::http(500).after_ms(400)), ("a/two", Act::silence())]);
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["a/one", "a/two"], "total_budget_ms": 90_000})));
    assert_eq!(given_ms(&run), [60_000, 89_600]);
    assert_eq!(run.took_us, 90_000_000);
}

#[test]
fn the_budget_shortens_any_attempts_timeout() {
    let world = world(&[("a/one", Act::silence()), ("a/two", Act::silence())]);
    let run = world.run(&plan(json!({"strategy": "fallback", "total_budget_ms": 3_000,
        "attempts": [{"model": "a/one", "timeout_ms": 2_000}, {"model": "a/two", "timeout_ms": 2_000}, "a/three"]})));
    assert_eq!((given_ms(&run), run.took_us), (vec![2_000, 1_000], 3_000_000));
    assert_eq!(attempts(&run), ["a/one timeout", "a/two timeout", "a/three skipped"]);
    assert_eq!(reason(&run, 2), "nothing is left of the 3000 ms for it");
    assert_eq!(all_failed(&run), 504);
}

#[test]
fn a_target_that_no_time_was_left_for_does_not_change_how_the_others_failed() {
    let world = world(&[
        ("a/one", Act::http(429).retry_after_ms(8_000).after_ms(999)),
        ("a/two", Act::http(429).after_ms(1).retry_after_ms(5_000)),
    ]);
    let run = world.run(&plan(
        json!({"strategy": "fallback", "attempts": ["a/one", {"model": "a/two", "timeout_ms": 60}, "a/three"], "total_budget_ms": 1_001}),
    ));
    assert_eq!(attempts(&run), ["a/one http_429", "a/two http_429", "a/three ok"]);
    let world = self::world(&[("a/one", Act::http(429).retry_after_ms(8_000).after_ms(600)), ("a/two", Act::silence())]);
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": ["a/one", "a/two", "a/three"], "total_budget_ms": 1_000})));
    assert_eq!(attempts(&run), ["a/one http_429", "a/two timeout", "a/three skipped"]);
    assert_eq!(all_failed(&run), 502);
}

#[test]
fn nobody_is_called_after_somebody_answered() {
    let run = world(&[("a/one", Act::http(500)), ("a/two", Act::answer().after_ms(59_000))]).run(&fallback(&["a/one", "a/two", "a/three"]));
    assert_eq!(run.calls.len(), 2);
    assert_eq!(run.took_us, 59_000_000);
}

#[test]
fn the_same_target_may_stand_in_the_list_twice() {
    let world = Scripted::new(1).target("a/one", [Act::http(500), Act::answer()]);
    assert_eq!(attempts(&world.run(&fallback(&["a/one", "a/one"]))), ["a/one http_500", "a/one ok"]);
}

#[test]
fn the_trace_says_of_each_target_that_was_weighed_what_became_of_it() {
    let run = world(&[("a/one", Act::http(500))]).run(&fallback(&["a/one", "a/two", "a/three"]));
    let weighed: Vec<_> = run.trace.steps[0].candidates.iter().map(|c| (c.target.as_ref(), c.chosen, c.reason.to_string())).collect();
    assert_eq!(weighed, [("a/one", false, "scripted http_500".into()), ("a/two", true, "attempt 2 answered".into())]);
}
