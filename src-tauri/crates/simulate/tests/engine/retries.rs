//! `retries`: the same target again, with backoff and `Retry-After`.

use routing::outcome::Outcome;

use crate::support::*;

fn retrying(retries: u32, budget_ms: Option<u64>) -> routing::plan::Plan {
    let mut document = json!({"strategy": "fallback", "attempts": ["a/one", "a/two"], "retries": retries});
    if let Some(budget_ms) = budget_ms {
        document["total_budget_ms"] = json!(budget_ms);
    }
    plan(document)
}

#[test]
fn by_default_no_target_is_called_twice() {
    let run = world(&[("a/one", Act::http(500))]).run(&fallback(&["a/one", "a/two"]));
    assert_eq!(attempts(&run), ["a/one http_500", "a/two ok"]);
}

#[test]
fn the_same_target_is_called_again_as_often_as_allowed_before_the_next() {
    let run = world(&[("a/one", Act::http(500))]).run(&retrying(2, None));
    assert_eq!(attempts(&run), ["a/one http_500", "a/one http_500", "a/one http_500", "a/two ok"]);
}

#[test]
fn the_waits_between_are_jittered_over_the_whole_of_a_doubling_range() {
    let mut longest = [0; 3];
    for seed in 0..400 {
        let run = Scripted::new(seed).target("a/one", [Act::http(500)]).run(&retrying(3, None));
        for (n, pair) in started_ms(&run).windows(2).take(3).enumerate() {
            longest[n] = longest[n].max(pair[1] - pair[0]);
        }
    }
    for (longest, most) in longest.into_iter().zip([250, 500, 1_000]) {
        assert!(longest < most && longest > most * 9 / 10, "the longest wait of 400 is {longest} ms of {most}");
    }
}

#[test]
fn an_answer_at_the_second_try_says_so() {
    let run = Scripted::new(1).target("a/one", [Act::http(500), Act::answer()]).run(&retrying(2, None));
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "attempt 1 answered at try 2");
}

#[test]
fn a_retry_after_that_fits_is_waited_for_to_the_millisecond() {
    let run =
        Scripted::new(1).target("a/one", [Act::http(429).retry_after_ms(1_200).after_ms(50), Act::answer()]).run(&retrying(1, Some(5_000)));
    assert_eq!(attempts(&run), ["a/one http_429", "a/one ok"]);
    assert_eq!(started_ms(&run), [0, 1_250]);
}

#[test]
fn a_retry_after_that_does_not_fit_moves_on_at_once() {
    let run = world(&[("a/one", Act::http(429).retry_after_ms(5_000).after_ms(50))]).run(&retrying(3, Some(5_000)));
    assert_eq!(attempts(&run), ["a/one http_429", "a/two ok"]);
    assert_eq!(started_ms(&run), [0, 50]);
}

#[test]
fn what_fits_is_measured_against_the_budget_not_against_one_attempts_timeout() {
    let world = Scripted::new(1).target("a/one", [Act::http(429).retry_after_ms(3_000), Act::answer()]);
    let run = world.run(&plan(json!({"strategy": "fallback", "attempts": [{"model": "a/one", "timeout_ms": 2_000}, "a/two"], "retries": 1, "total_budget_ms": 10_000})));
    assert_eq!(answered_by(&run), "a/one");
}

#[test]
fn without_a_budget_nobody_waits_longer_than_an_attempt_may_take() {
    let fits = Scripted::new(1).target("a/one", [Act::http(429).retry_after_ms(59_000), Act::answer()]).run(&retrying(1, None));
    assert_eq!(answered_by(&fits), "a/one");
    let does_not = Scripted::new(1).target("a/one", [Act::http(429).retry_after_ms(61_000), Act::answer()]).run(&retrying(1, None));
    assert_eq!(answered_by(&does_not), "a/two");
}

#[test]
fn a_failure_outside_the_list_is_not_tried_again() {
    let run = world(&[("a/one", Act::http(400))]).run(&retrying(5, None));
    assert_eq!((passed_on(&run), run.calls.len()), (Outcome::Http(400), 1));
}

#[test]
fn a_target_whose_breaker_its_own_failures_opened_is_not_tried_again() {
    let run = world(&[("a/one", Act::http(500))]).run(&retrying(9, None));
    assert_eq!(run.calls.iter().filter(|call| call.target.name() == "a/one").count(), 5);
    assert_eq!(answered_by(&run), "a/two");
}

#[test]
fn a_try_that_failed_otherwise_keeps_all_429_from_being_claimed() {
    let world = Scripted::new(1).target("a/one", [Act::http(500), Act::http(429)]).target("a/two", [Act::http(429)]);
    assert_eq!(all_failed(&world.run(&retrying(1, None))), 502);
}

#[test]
fn what_a_target_asked_for_last_is_what_counts() {
    let world = Scripted::new(1)
        .target("a/one", [Act::http(429).retry_after_ms(1_000), Act::http(429).retry_after_ms(80_000)])
        .target("a/two", [Act::http(429).retry_after_ms(70_000)]);
    let run = world.run(&retrying(1, None));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(70_000)));
}

#[test]
fn retries_never_outlive_the_budget() {
    let run = world(&[("a/one", Act::http(500).after_ms(300)), ("a/two", Act::http(500).after_ms(300))]).run(&retrying(10, Some(1_000)));
    assert!(run.took_us <= 1_000_000, "{} µs", run.took_us);
}

#[test]
fn a_lone_target_that_was_tried_twice_lists_both_attempts() {
    let run = world(&[("a/one", Act::http(500))]).run(&plan(json!({"strategy": "fallback", "attempts": ["a/one"], "retries": 1})));
    assert_eq!((all_failed(&run), attempts(&run).len()), (502, 2));
}
