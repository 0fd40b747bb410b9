//! §4.7 `cascade`: cheap first, dear last; the first answer that its `accept` holds for.

use routing::{failure::FailureKind, outcome::Outcome, plan::Plan};
use serde_json::Value;

use crate::support::*;

fn cascade(attempts: Value) -> Plan {
    plan(json!({"strategy": "cascade", "attempts": attempts}))
}

/// Answers longer than five are accepted of the first two; of the last any is.
fn three() -> Plan {
    cascade(json!([
        {"model": "a/one", "accept": "response.length > 5"},
        {"model": "b/two", "accept": "response.length > 5"},
        "c/three",
    ]))
}

#[test]
fn the_first_accepted_answer_is_the_reply() {
    let run = world(&[("a/one", Act::says("long enough"))]).run(&three());
    assert_eq!((said(&run), run.calls.len()), ("long enough", 1));
    assert_eq!(why(&run, 0), "the answer of attempt 1 was accepted");
    assert_eq!(
        weighed(&run, 0),
        [
            "a/one*: the answer of attempt 1 was accepted",
            "b/two: not reached: an earlier attempt comes first",
            "c/three: not reached: an earlier attempt comes first",
        ]
    );
}

#[test]
fn an_answer_that_is_not_accepted_is_rejected_with_the_values_and_the_next_is_asked() {
    let run = world(&[("a/one", Act::says("no").after_ms(30)), ("b/two", Act::says("nope"))]).run(&three());
    assert_eq!(attempts(&run), ["a/one rejected", "b/two rejected", "c/three ok"]);
    assert_eq!(started_ms(&run), [0, 30, 30]);
    assert_eq!(reason(&run, 0), "accept does not hold (response.length > 5): response.length = 2");
    assert_eq!(
        weighed(&run, 0)[1..],
        ["b/two: accept does not hold (response.length > 5): response.length = 4", "c/three*: attempt 3 answered"]
    );
    assert_eq!(run.trace.decision.unwrap().target.unwrap().name(), "c/three");
}

#[test]
fn accept_reads_the_answer_and_the_request() {
    let accepts = |accept: &str, act: Act| {
        let run = Scripted::new(1)
            .target("a/one", [act])
            .run_with(&cascade(json!([{"model": "a/one", "accept": accept}, "b/two"])), &Facts { input_tokens: 77, ..Facts::default() });
        answered_by(&run) == "a/one"
    };
    let answer = || Act::says("{\"a\": 1}").using(10, 7, 2_000_000).after_ms(40);
    for (accept, holds) in [
        ("response.valid_json", true),
        ("response.text contains 'a'", true),
        ("response.finish_reason == 'stop'", true),
        ("response.has_tool_calls", false),
        ("response.output_tokens == 7", true),
        ("response.latency_ms == 40", true),
        ("response.cost_usd < 0.0021 and response.cost_usd > 0.0019", true),
        ("request.input_tokens == 77 and response.length == 8", true),
        ("request.input_tokens > 77", false),
        ("response.logprob_mean > -100", false),
    ] {
        assert_eq!(accepts(accept, answer()), holds, "{accept}");
    }
    assert!(accepts("response.has_tool_calls", answer().calling("find", "{}")));
}

/// The trace is recorded also where the content of a request must not be.
#[test]
fn what_an_answer_says_is_not_in_the_trace() {
    let secret = "my secret is 4711";
    let accept = "response.text contains 'please' and response.length > 5";
    let run = world(&[("a/one", Act::says(secret))]).run(&cascade(json!([{"model": "a/one", "accept": accept}, "b/two"])));
    assert_eq!(
        reason(&run, 0),
        format!("accept does not hold ({}): response.text has 17 characters, response.length = 17", accept.replace('\'', "\""))
    );
    assert!(!format!("{:?}", run.trace).contains(secret));
}

#[test]
fn failures_in_retry_on_move_on_and_others_go_back() {
    for act in [Act::http(429), Act::http(500), Act::silence(), Act::refused()] {
        let run = world(&[("a/one", act)]).run(&three());
        assert_eq!(answered_by(&run), "b/two");
    }
    let run = world(&[("a/one", Act::http(400))]).run(&three());
    assert_eq!((passed_on(&run), run.calls.len()), (Outcome::Http(400), 1));
    assert_eq!(why(&run, 0), "a/one failed in a way that is not in retry_on");
    let patient = plan(json!({"strategy": "cascade", "attempts": ["a/one", "b/two"], "retry_on": ["400"]}));
    assert_eq!(answered_by(&world(&[("a/one", Act::http(400))]).run(&patient)), "b/two");
    assert_eq!(passed_on(&world(&[("a/one", Act::http(500))]).run(&patient)), Outcome::Http(500));
}

#[test]
fn an_attempt_without_accept_is_taken_as_it_is() {
    let run = world(&[("a/one", Act::http(500)), ("b/two", Act::says(""))]).run(&cascade(json!(["a/one", "b/two", "c/three"])));
    assert_eq!((answered_by(&run), why(&run, 0).as_str()), ("b/two", "attempt 2 answered"));
}

#[test]
fn every_step_but_the_last_is_held_back_and_so_is_a_last_one_with_accept() {
    let streamed = Facts { stream: true, ..Facts::default() };
    let slow = || Act::says("no").first_after_ms(10).after_ms(100);
    let run = world(&[("a/one", slow()), ("b/two", slow()), ("c/three", slow())]).run_with(&three(), &streamed);
    assert_eq!(run.calls.iter().map(|call| call.whole).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(run.took_us, 210_000, "the last one commits at its first content");
    let strict = cascade(json!([{"model": "a/one", "accept": "response.length > 1"}]));
    let run = world(&[("a/one", slow())]).run_with(&strict, &streamed);
    assert_eq!((run.calls[0].whole, run.took_us), (true, 100_000));
}

#[test]
fn where_no_answer_is_accepted_it_fails_as_a_whole() {
    let strict =
        cascade(json!([{"model": "a/one", "accept": "response.length > 99"}, {"model": "b/two", "accept": "response.length > 99"}]));
    let run = Scripted::new(1).run(&strict);
    assert_eq!(all_failed(&run), 502);
    assert_eq!(attempts(&run), ["a/one rejected", "b/two rejected"]);
    assert_eq!(why(&run, 0), "all 2 attempts failed");
    assert_eq!(run.trace.decision.unwrap().target, None);
}

#[test]
fn a_lone_attempt_that_is_rejected_says_why_and_a_chain_around_it_moves_on() {
    let strict = json!({"strategy": "cascade", "attempts": [{"model": "a/one", "accept": "response.length > 99"}]});
    assert_eq!(passed_on(&Scripted::new(1).run(&plan(strict.clone()))), Outcome::Rejected);
    let run = Scripted::new(1).run(&plan(json!({"strategy": "fallback", "attempts": [strict, "b/two"], "retry_on": ["429"]})));
    assert_eq!(attempts(&run), ["a/one rejected", "b/two ok"]);
}

#[test]
fn all_failed_has_the_status_of_a_chain() {
    let all = |act: Act| world(&[("a/one", act.clone()), ("b/two", act.clone()), ("c/three", act)]).run(&three());
    let limited = all(Act::http(429).retry_after_ms(2_000));
    assert_eq!((all_failed(&limited), failure(&limited).retry_after_ms), (429, Some(2_000)));
    assert_eq!(all_failed(&all(Act::silence())), 504);
    let mixed = world(&[("a/one", Act::says("no")), ("b/two", Act::silence()), ("c/three", Act::silence())]).run(&three());
    assert_eq!(all_failed(&mixed), 502, "an answer was there, and was turned down");
}

#[test]
fn each_attempt_has_its_own_timeout() {
    let run = world(&[("a/one", Act::silence()), ("b/two", Act::silence())])
        .run(&cascade(json!([{"model": "a/one", "timeout_ms": 40}, "b/two", "c/three"])));
    assert_eq!(given_ms(&run), [40, 60_000, 60_000]);
}

#[test]
fn an_outer_budget_holds_and_nobody_is_called_when_it_is_spent() {
    let inner = json!({"strategy": "cascade", "attempts": ["a/one", "b/two", "c/three"]});
    let run = world(&[("a/one", Act::silence())]).run(&plan(json!({"strategy": "fallback", "attempts": [inner], "total_budget_ms": 500})));
    assert_eq!(attempts(&run), ["a/one timeout", "b/two skipped", "c/three skipped"]);
    assert_eq!((run.took_us, all_failed(&run)), (500_000, 504));
    assert_eq!(reason(&run, 1), "nothing is left of the time for it");
}

#[test]
fn open_breakers_are_skipped_and_tried_when_nothing_else_is_left() {
    let world = world(&[("b/two", Act::says("no")), ("c/three", Act::http(500))]);
    open_breaker(&world, "a/one");
    let run = world.run(&three());
    assert_eq!(attempts(&run), ["a/one skipped", "b/two rejected", "c/three http_500", "a/one ok"]);
    assert_eq!(said(&run), "an answer");
    cool_down(&world, "a/one", 900);
    assert_eq!(attempts(&world.run(&three()))[0], "a/one skipped");
}

#[test]
fn a_config_that_is_gone_is_moved_on_from() {
    let run = Scripted::new(1).run(&cascade(json!(["@gone", "a/one"])));
    assert_eq!(weighed(&run, 0), ["@gone: @gone is not there any more: it was archived or never saved", "a/one*: attempt 2 answered"]);
}

#[test]
fn an_ensembles_answer_is_accepted_as_one() {
    let ensemble = json!({"strategy": "ensemble", "aggregation": "weighted_average", "members": ["a/one", "b/two"]});
    let document = |accept: &str| cascade(json!([{"model": ensemble, "accept": accept}, "c/three"]));
    let world = || world(&[("a/one", Act::says("1")), ("b/two", Act::says("4"))]);
    assert_eq!(said(&world().run(&document("response.text == '2.5'"))), "2.5");
    let run = world().run(&document("response.text == '1'"));
    assert_eq!(answered_by(&run), "c/three");
    assert_eq!(attempts(&run), ["a/one rejected", "b/two ok", "c/three ok"], "the answer that was turned down, in its member's envelope");
}

#[test]
fn a_blocked_request_stays_blocked() {
    let guarded = json!({"strategy": "custom_rules", "rules": "if 1 == 1 then block \"no\" else use a/one"});
    let run = Scripted::new(1).run(&cascade(json!([guarded, "b/two"])));
    assert!(matches!(failure(&run).kind, FailureKind::Blocked { .. }));
    assert!(run.calls.is_empty());
}
