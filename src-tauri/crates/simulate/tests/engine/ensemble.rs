//! §4.5 `ensemble`: all members at once, and one answer of it. For `llm_judge` see `judge.rs`.

use routing::{failure::FailureKind, outcome::Outcome, plan::Plan};
use serde_json::Value;

use crate::support::*;

const THREE: [&str; 3] = ["a/one", "b/two", "c/three"];

fn ensemble(aggregation: &str, members: Value, more: Value) -> Plan {
    let mut document = json!({"strategy": "ensemble", "aggregation": aggregation, "members": members});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    plan(document)
}

fn of_three(aggregation: &str, more: Value) -> Plan {
    ensemble(aggregation, json!(THREE.map(|name| json!({"model": name}))), more)
}

/// What `a/one`, `b/two` and `c/three` say, after 10, 20 and 30 ms.
fn saying(texts: [&str; 3]) -> Scripted {
    let acts = texts.into_iter().zip(THREE).enumerate();
    acts.fold(Scripted::new(3), |world, (n, (text, name))| world.target(name, [Act::says(text).after_ms((n as u64 + 1) * 10)]))
}

fn outcomes(run: &Run) -> Vec<Outcome> {
    run.trace.attempts.iter().map(|attempt| attempt.outcome).collect()
}

#[test]
fn all_members_are_called_at_once() {
    let run = saying(["x", "y", "z"]).run(&of_three("majority_vote", json!({})));
    assert_eq!(run.calls.iter().map(|call| call.target.name()).collect::<Vec<_>>(), THREE);
    assert_eq!(started_ms(&run), [0, 0, 0]);
    assert!(run.calls.iter().all(|call| call.whole), "nobody can vote on half an answer");
}

#[test]
fn the_first_valid_answer_is_the_reply_and_the_rest_is_cancelled() {
    let world = Scripted::new(1)
        .target("a/one", [Act::says("slow").after_ms(500)])
        .target("b/two", [Act::says("quick").after_ms(40)])
        .target("c/three", [Act::says("middle").after_ms(90)]);
    let run = world.run(&of_three("first_valid", json!({})));
    assert_eq!((said(&run), run.took_us), ("quick", 40_000));
    assert_eq!(attempts(&run), ["a/one cancelled", "b/two ok", "c/three cancelled"]);
    assert_eq!(reason(&run, 0), "it was decided without it");
    assert_eq!(run.trace.attempts[2].duration_us, 40_000);
    assert_eq!(
        weighed(&run, 0),
        [
            "a/one: not waited for: it was decided without it",
            "b/two*: the first valid answer",
            "c/three: not waited for: it was decided without it",
        ]
    );
    assert_eq!(run.trace.decision.unwrap().reason.to_string(), "the first valid answer");
}

#[test]
fn answers_that_come_at_the_same_moment_count_in_written_order() {
    let run = Scripted::new(1).run(&of_three("first_valid", json!({})));
    assert_eq!(answered_by(&run), "a/one");
}

#[test]
fn empty_and_unfinished_answers_are_rejected_by_default() {
    let world = Scripted::new(1)
        .target("a/one", [Act::says("  \n").after_ms(1)])
        .target("b/two", [Act::says("half an ans").finishing("length").after_ms(2)])
        .target("c/three", [Act::says("whole").after_ms(3)]);
    let run = world.run(&of_three("first_valid", json!({})));
    assert_eq!(said(&run), "whole");
    assert_eq!(attempts(&run), ["a/one rejected", "b/two rejected", "c/three ok"]);
    assert_eq!((reason(&run, 0), reason(&run, 1)), ("the answer is empty".into(), "the answer is not finished: length".into()));
    assert_eq!(weighed(&run, 0)[0], "a/one: rejected: the answer is empty");
    for (finish, valid) in [("content_filter", false), ("stop", true), ("tool_calls", true)] {
        let run =
            Scripted::new(1).target("a/one", [Act::says("x").finishing(finish)]).run(&ensemble("first_valid", json!(["a/one"]), json!({})));
        assert_eq!(run.routed.unwrap().is_ok(), valid, "{finish}");
    }
    let calls_a_tool = Scripted::new(1).target("a/one", [Act::says("").calling("find", "{}")]);
    assert_eq!(
        answered_by(&calls_a_tool.run(&ensemble("first_valid", json!(["a/one"]), json!({})))),
        "a/one",
        "a tool call is no empty answer"
    );
}

#[test]
fn valid_when_stands_in_place_of_the_default_and_the_trace_has_its_values() {
    let run = saying(["", "no", "a longer one"]).run(&of_three("first_valid", json!({"valid_when": "response.length > 2"})));
    assert_eq!(said(&run), "a longer one");
    assert_eq!(reason(&run, 1), "valid_when does not hold (response.length > 2): response.length = 2");
    let run = Scripted::new(1).target("a/one", [Act::says("cut o").finishing("length")]).run(&ensemble(
        "first_valid",
        json!(["a/one"]),
        json!({"valid_when": "response.length > 2"}),
    ));
    assert_eq!(said(&run), "cut o", "who wants finished answers says so in valid_when");
}

#[test]
fn a_majority_wins_whatever_the_weights() {
    let members = json!([{"model": "a/one"}, {"model": "b/two"}, {"model": "c/three", "weight": 100}]);
    let run = saying(["yes", "yes", "no"]).run(&ensemble("majority_vote", members.clone(), json!({})));
    assert_eq!((said(&run), why(&run, 0).as_str()), ("yes", "won the vote with 2 of 2"));
    let run = saying(["yes", "yes", "no"]).run(&ensemble("weighted_vote", members, json!({})));
    assert_eq!(said(&run), "no");
}

#[test]
fn a_vote_ends_early_once_nobody_can_change_it() {
    let run = saying(["yes", " YES ", "no"]).run(&of_three("majority_vote", json!({})));
    assert_eq!(outcomes(&run), [Outcome::Ok, Outcome::Ok, Outcome::Cancelled]);
    assert_eq!(run.took_us, 20_000);
    let undecided = saying(["yes", "no", "no"]).run(&of_three("majority_vote", json!({})));
    assert_eq!((said(&undecided), undecided.took_us), ("no", 30_000));
    let heavy = json!([{"model": "a/one", "weight": 3}, {"model": "b/two"}, {"model": "c/three"}]);
    let run = saying(["yes", "no", "no"]).run(&ensemble("weighted_vote", heavy, json!({})));
    assert_eq!((said(&run), run.took_us), ("yes", 10_000), "two against three: nothing can change it");
}

#[test]
fn ties_go_to_the_greatest_single_weight_then_to_written_order() {
    let weights = |weights: [f64; 3]| json!([0, 1, 2].map(|n| json!({"model": THREE[n], "weight": weights[n]})));
    let vote = |texts: [&str; 3], with: [f64; 3], how: &str| said(&saying(texts).run(&ensemble(how, weights(with), json!({})))).to_owned();
    assert_eq!(vote(["x", "x", "y"], [1.0, 1.0, 2.0], "weighted_vote"), "y");
    assert_eq!(vote(["x", "y", "z"], [1.0, 1.0, 1.0], "weighted_vote"), "x");
    assert_eq!(vote(["x", "y", "z"], [1.0, 1.0, 1.0], "majority_vote"), "x");
    assert_eq!(vote(["x", "y", "z"], [1.0, 2.0, 1.0], "majority_vote"), "y", "a tie of votes goes by the weights");
    assert_eq!(vote(["x", "y", "y"], [0.3, 0.1, 0.2], "weighted_vote"), "x", "0.1 + 0.2 is 0.3, and 0.3 the greatest single one");
}

#[test]
fn the_reply_is_the_heaviest_winners_answer_untouched() {
    let members = json!([{"model": "a/one"}, {"model": "b/two", "weight": 2}, {"model": "c/three"}]);
    let run = saying(["yes", " Yes\n", "yes"]).run(&ensemble("majority_vote", members, json!({"quorum": 3})));
    assert_eq!((answered_by(&run), said(&run)), ("b/two", " Yes\n"));
    assert_eq!(weighed(&run, 0)[0], "a/one: answered, and another answer was taken");
}

#[test]
fn answers_are_compared_by_what_vote_on_says() {
    let wins = |vote_on: &str, texts: [&str; 3]| {
        answered_by(&saying(texts).run(&of_three("majority_vote", json!({"vote_on": vote_on})))).to_owned()
    };
    assert_eq!(wins("text", ["a", "B  c", " b C"]), "b/two");
    assert_eq!(wins("json", [r#"{"a":1}"#, r#"{"x": 1.0, "y": [2]}"#, "```json\n{\"y\":[2],\"x\":1}\n```"]), "b/two");
    assert_eq!(
        wins("json_pointer:/answer", [r#"{"answer":1,"why":"p"}"#, r#"{"answer":2,"why":"q"}"#, r#"{"answer":2,"why":"r"}"#]),
        "b/two"
    );
    assert_eq!(wins("regex:answer: (\\w)", ["the answer: A", "answer: B!", "answer: B?"]), "b/two");
    let calls = |name: &str, arguments: &str| [Act::says("as I think").calling(name, arguments)];
    let world = Scripted::new(1)
        .target("a/one", calls("find", r#"{"q":"x","n":1}"#))
        .target("b/two", calls("find", r#"{"q":"y","n":1}"#))
        .target("c/three", calls("find", r#"{ "n": 1, "q": "y" }"#));
    assert_eq!(answered_by(&world.run(&of_three("majority_vote", json!({"vote_on": "tool_call"})))), "b/two");
}

#[test]
fn an_answer_without_what_is_voted_on_is_rejected() {
    for (vote_on, why) in [
        ("json", "it is no JSON"),
        ("json_pointer:/answer", "it is no JSON"),
        ("regex:answer: (\\w)", "the regex finds nothing in it"),
        ("tool_call", "it calls no tool"),
    ] {
        let run = saying(["nothing", "nothing", "nothing"]).run(&of_three("majority_vote", json!({"vote_on": vote_on})));
        assert_eq!(all_failed(&run), 502);
        assert_eq!((outcomes(&run), reason(&run, 0)), (vec![Outcome::Rejected; 3], why.to_owned()));
    }
}

#[test]
fn at_the_timeout_those_present_decide() {
    let world = saying(["no", "no", "yes"]).target("a/one", [Act::silence()]).target("b/two", [Act::silence()]);
    let run = world.run(&of_three("majority_vote", json!({"timeout_ms": 700})));
    assert_eq!((said(&run), run.took_us), ("yes", 700_000));
    assert_eq!(attempts(&run), ["a/one timeout", "b/two timeout", "c/three ok"]);
    let by_default =
        saying(["x", "x", "x"]).target("c/three", [Act::silence()]).run(&of_three("weighted_average", json!({"vote_on": "regex:y"})));
    assert_eq!(by_default.took_us, 5_000_000, "five seconds");
}

#[test]
fn a_member_may_have_a_shorter_time_of_its_own() {
    let world = saying(["yes", "no", "no"]).target("b/two", [Act::silence()]);
    let members = json!(["a/one", {"model": "b/two", "timeout_ms": 50}, "c/three"]);
    let run = world.run(&ensemble("majority_vote", members, json!({"quorum": 2, "timeout_ms": 900})));
    assert_eq!(given_ms(&run), [900, 50, 900]);
}

#[test]
fn below_the_quorum_it_fails_as_a_whole() {
    let world = saying(["yes", "yes", "no"]).target("b/two", [Act::http(500).after_ms(90)]).target("c/three", [Act::silence()]);
    let run = world.run(&of_three("majority_vote", json!({"quorum": 2, "timeout_ms": 300})));
    assert_eq!(all_failed(&run), 502);
    assert_eq!(why(&run, 0), "1 of 3 members gave a valid answer, and the quorum is 2");
    assert_eq!(weighed(&run, 0)[0], "a/one: answered, but the quorum was not reached");
    assert!(run.trace.steps[0].candidates.iter().all(|candidate| !candidate.chosen));
    let enough = saying(["yes", "yes", "no"]).target("c/three", [Act::silence()]);
    assert_eq!(said(&enough.run(&of_three("majority_vote", json!({"quorum": 2})))), "yes");
}

#[test]
fn where_one_answered_not_all_failed_in_the_same_way() {
    let limited = Act::http(429).retry_after_ms(900).after_ms(90);
    let world = saying(["yes", "yes", "no"]).target("b/two", [limited.clone()]).target("c/three", [limited]);
    let run = world.run(&of_three("majority_vote", json!({"quorum": 2})));
    assert_eq!(all_failed(&run), 502);
}

#[test]
fn sums_of_weights_that_are_equal_tie() {
    let members = json!([{"model": "a/one", "weight": 0.1}, {"model": "b/two", "weight": 0.2}, {"model": "c/three", "weight": 0.3}]);
    let run = saying(["yes", "yes", "no"]).run(&ensemble("weighted_vote", members, json!({})));
    assert_eq!(said(&run), "no", "0.1 + 0.2 ties with 0.3, and 0.3 is the greatest single weight");
}

#[test]
fn a_quorum_is_waited_for_though_the_vote_is_clear() {
    let run = saying(["yes", "yes", "no"]).run(&of_three("majority_vote", json!({"quorum": 3})));
    assert_eq!(outcomes(&run), [Outcome::Ok; 3]);
    let first = saying(["yes", "yes", "no"]).run(&of_three("first_valid", json!({"quorum": 2})));
    assert_eq!((answered_by(&first), first.took_us), ("a/one", 20_000));
}

#[test]
fn it_ends_at_once_where_the_quorum_cannot_be_reached_any_more() {
    let world = saying(["yes", "yes", "no"]).target("a/one", [Act::http(500).after_ms(5)]).target("b/two", [Act::refused().after_ms(7)]);
    let run = world.run(&of_three("majority_vote", json!({"quorum": 2})));
    assert_eq!((all_failed(&run), run.took_us), (502, 7_000));
    assert_eq!(reason(&run, 2), "the quorum could not be reached any more");
    assert_eq!(weighed(&run, 0)[2], "c/three: the quorum could not be reached any more");
}

#[test]
fn all_failed_has_the_status_of_a_chain() {
    let all = |act: &Act| THREE.iter().fold(Scripted::new(1), |world, name| world.target(name, [act.clone()]));
    let run = all(&Act::http(429).retry_after_ms(4_000)).run(&of_three("majority_vote", json!({})));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(4_000)));
    assert_eq!(all_failed(&all(&Act::silence()).run(&of_three("majority_vote", json!({})))), 504);
    assert_eq!(all_failed(&all(&Act::http(500)).run(&of_three("first_valid", json!({})))), 502);
    let lone = all(&Act::http(503)).run(&ensemble("first_valid", json!(["a/one"]), json!({})));
    assert_eq!(passed_on(&lone), Outcome::Http(503), "a lone attempt's own error is passed on");
}

#[test]
fn the_average_is_weighted_and_stands_in_the_heaviest_members_answer() {
    let average = |texts: [&str; 3], weights: [f64; 3]| {
        let members = json!([0, 1, 2].map(|n| json!({"model": THREE[n], "weight": weights[n]})));
        let run = saying(texts).run(&ensemble("weighted_average", members, json!({})));
        (said(&run).to_owned(), answered_by(&run).to_owned())
    };
    assert_eq!(average(["1", "2", "3"], [1.0, 1.0, 1.0]), ("2".into(), "a/one".into()));
    assert_eq!(average(["10", " 20\n", "40"], [1.0, 1.0, 2.0]), ("27.5".into(), "c/three".into()));
    assert_eq!(average(["0.1", "0.2", "0.3"], [1.0, 2.0, 1.0]), ("0.2".into(), "b/two".into()));
    assert_eq!(average(["1", "1", "2"], [1.0, 1.0, 1.0]), ("1.33333333333".into(), "a/one".into()));
    assert_eq!(average(["-1e3", "1e3", "0.000"], [1.0, 1.0, 1.0]).0, "0");
    assert_eq!(average(["1e308", "1e308", "1e308"], [1e9, 1e9, 1e9]).0, format!("{:.0}", 1e308), "sums do not run over");
}

#[test]
fn an_average_waits_for_all_and_leaves_out_what_is_no_number() {
    let run = saying(["4", "about 5", "8"]).run(&of_three("weighted_average", json!({})));
    assert_eq!((said(&run), run.took_us), ("6", 30_000));
    assert_eq!((attempts(&run)[1].as_str(), reason(&run, 1).as_str()), ("b/two rejected", "the answer is no number"));
    assert_eq!(why(&run, 0), "the average of 2 answers, in the heaviest member's answer");
    let run = saying([r#"{"score": 4}"#, r#"{"score": 5}"#, r#"{"score": "6"}"#])
        .run(&of_three("weighted_average", json!({"vote_on": "json_pointer:/score"})));
    assert_eq!(said(&run), "5");
}

#[test]
fn a_member_with_an_open_breaker_or_a_cool_down_is_left_out() {
    let world = saying(["yes", "no", "no"]);
    open_breaker(&world, "b/two");
    cool_down(&world, "c/three", 500);
    let run = world.run(&of_three("majority_vote", json!({})));
    assert_eq!(said(&run), "yes");
    assert_eq!(attempts(&run), ["b/two skipped", "c/three skipped", "a/one ok"]);
    assert_eq!(
        weighed(&run, 0)[1..],
        [
            "b/two: its breaker is open after repeated failures, for 30000 ms more",
            "c/three: it answered 429 and asked for a rest, 500 ms of it are left",
        ]
    );
}

#[test]
fn open_members_are_called_where_the_quorum_needs_them() {
    let world = saying(["yes", "yes", "no"]);
    open_breaker(&world, "b/two");
    open_breaker(&world, "c/three");
    assert_eq!(said(&world.run(&of_three("majority_vote", json!({"quorum": 3})))), "yes");
    for name in THREE {
        open_breaker(&world, name);
    }
    assert_eq!(world.run(&of_three("first_valid", json!({}))).calls.len(), 3, "all are open: all are tried");
}

#[test]
fn a_cool_down_is_kept_and_told_where_nobody_else_answers() {
    let world = Scripted::new(1).target("a/one", [Act::silence()]);
    cool_down(&world, "b/two", 900);
    assert_eq!(
        all_failed(&world.run(&ensemble("first_valid", json!(["a/one", "b/two"]), json!({})))),
        504,
        "how the called ones failed decides"
    );
    let world = Scripted::new(1);
    cool_down(&world, "a/one", 700);
    cool_down(&world, "b/two", 900);
    let run = world.run(&ensemble("first_valid", json!(["a/one", "b/two"]), json!({})));
    assert_eq!((all_failed(&run), failure(&run).retry_after_ms), (429, Some(700)));
    assert!(run.calls.is_empty());
}

#[test]
fn a_config_that_is_gone_is_one_member_less() {
    let run = saying(["yes", "yes", "no"]).run(&ensemble("majority_vote", json!(["@gone", "a/one", "b/two"]), json!({})));
    assert_eq!(said(&run), "yes");
    assert_eq!(weighed(&run, 0)[0], "@gone: @gone is not there any more: it was archived or never saved");
}

#[test]
fn a_rule_that_turns_the_request_away_is_told_where_nobody_answers() {
    let guarded = json!({"strategy": "custom_rules", "rules": "if 1 == 1 then block \"not here\" else use a/one"});
    let run = Scripted::new(1).target("b/two", [Act::http(500)]).run(&ensemble("first_valid", json!([guarded, "b/two"]), json!({})));
    assert!(matches!(&failure(&run).kind, FailureKind::Blocked { message, .. } if &**message == "not here"));
    let run = Scripted::new(1).run(&ensemble("first_valid", json!([guarded, "b/two"]), json!({})));
    assert_eq!(answered_by(&run), "b/two", "it turned away one member alone");
}

#[test]
fn a_failed_chain_among_members_counts_its_own_calls_alone() {
    let chain = json!({"strategy": "fallback", "attempts": ["c/three"]});
    let run = saying(["yes", "yes", "no"]).target("c/three", [Act::http(500).after_ms(1)]).run(&ensemble(
        "majority_vote",
        json!(["a/one", "b/two", chain]),
        json!({}),
    ));
    let inner = run.trace.steps.iter().find(|step| step.strategy == "fallback").unwrap();
    assert_eq!(inner.reason.to_string(), "the one attempt made failed");
    assert_eq!(weighed(&run, 0)[2], "fallback: scripted http_500", "and its lone error is passed on as it is");
}

#[test]
fn when_the_caller_hangs_up_every_call_is_cancelled() {
    let run = saying(["x", "y", "z"]).run_until(&of_three("majority_vote", json!({})), 15_000);
    assert!(run.routed.is_none());
    assert_eq!(attempts(&run), ["a/one ok", "b/two cancelled", "c/three cancelled"]);
    assert_eq!(reason(&run, 1), "given up before it answered");
    assert_eq!(why(&run, 0), "given up before it was decided");
}
