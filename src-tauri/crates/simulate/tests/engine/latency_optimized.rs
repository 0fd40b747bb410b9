//! §4.4 `latency_optimized`: the lowest median lately, measured first, explored now and then, with hysteresis.

use routing::{outcome::Outcome, plan::Plan};
use serde_json::Value;

use crate::support::*;

fn fastest(allowed: &[&str], more: Value) -> Plan {
    let mut document = json!({"strategy": "latency_optimized", "allowed_models": allowed, "explore": 0});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    version("fast", 1, document)
}

/// Each answers after so long, for ever.
fn taking(times: &[(&str, u64)]) -> Scripted {
    times.iter().fold(Scripted::new(7), |world, (name, ms)| world.target(name, [Act::answer().after_ms(*ms)]))
}

/// Who answers each of so many requests.
fn answers(world: &Scripted, plan: &Plan, requests: usize) -> Vec<String> {
    (0..requests).map(|_| answered_by(&world.run(plan)).to_owned()).collect()
}

/// A call of one target, to be measured.
fn measure(world: &Scripted, name: &str, facts: &Facts<'_>) {
    world.run_with(&plan(json!({"strategy": "single", "model": name})), facts);
}

#[test]
fn the_unmeasured_are_tried_first_in_turn_until_each_has_its_samples() {
    let world = taking(&[("a/slow", 300), ("b/fast", 100), ("c/middle", 200)]);
    let plan = fastest(&["a/slow", "b/fast", "c/middle"], json!({"min_samples": 2}));
    let first = world.run(&plan);
    assert_eq!(why(&first, 0), "not called lately, so it is tried first to be measured");
    assert_eq!(answered_by(&first), "a/slow");
    assert_eq!(answers(&world, &plan, 5), ["b/fast", "c/middle", "a/slow", "b/fast", "c/middle"]);
    assert_eq!(answers(&world, &plan, 3), ["b/fast"; 3], "now each has two");
}

#[test]
fn five_samples_are_wanted_by_default() {
    let world = taking(&[("a/slow", 300), ("b/fast", 100)]);
    let plan = fastest(&["a/slow", "b/fast"], json!({}));
    let answers = answers(&world, &plan, 14);
    assert_eq!(answers[..10].iter().filter(|name| *name == "a/slow").count(), 5);
    assert_eq!(answers[10..], ["b/fast"; 4]);
}

#[test]
fn requests_that_come_at_once_are_spread_over_the_unmeasured() {
    // Whoever is under way counts as tried: an ensemble calls all at once, each choosing anew.
    let world = taking(&[("a/one", 100), ("b/two", 100), ("c/three", 100)]);
    let member = json!({"strategy": "latency_optimized", "allowed_models": ["a/one", "b/two", "c/three"], "min_samples": 1});
    let run =
        world.run(&plan(json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [member, member, member], "quorum": 3})));
    assert_eq!(run.calls.iter().map(|call| call.target.name()).collect::<Vec<_>>(), ["a/one", "b/two", "c/three"]);
}

#[test]
fn the_trace_tells_each_median_and_why() {
    let world = taking(&[("a/slow", 300), ("b/fast", 100), ("c/middle", 200)]);
    let plan = fastest(&["a/slow", "b/fast", "c/middle"], json!({"min_samples": 1}));
    answers(&world, &plan, 3);
    let run = world.run(&plan);
    assert_eq!(
        weighed(&run, 0),
        [
            "a/slow: not reached: another one comes first",
            "b/fast*: the lowest median latency lately",
            "c/middle: not reached: another one comes first",
        ]
    );
    assert_eq!(run.trace.steps[0].candidates.iter().map(|c| c.p50_ms.unwrap()).collect::<Vec<_>>(), [300.0, 100.0, 200.0]);
}

#[test]
fn a_failure_moves_to_the_next_lowest() {
    let world = taking(&[("a/slow", 300), ("c/middle", 200)])
        .target("b/fast", [Act::answer().after_ms(100), Act::http(500).after_ms(1), Act::http(400)]);
    let plan = fastest(&["a/slow", "b/fast", "c/middle"], json!({"min_samples": 1}));
    answers(&world, &plan, 3);
    assert_eq!(attempts(&world.run(&plan)), ["b/fast http_500", "c/middle ok"]);
    assert_eq!(passed_on(&world.run(&plan)), Outcome::Http(400), "what the caller has to mend goes back");
}

#[test]
fn a_target_that_only_fails_is_not_tried_first_for_ever() {
    let world = taking(&[("b/well", 100)]).target("a/down", [Act::http(500)]);
    let plan = fastest(&["a/down", "b/well"], json!({"min_samples": 3}));
    let calls_of_down: Vec<usize> =
        (0..12).map(|_| world.run(&plan).calls.iter().filter(|call| call.target.name() == "a/down").count()).collect();
    assert_eq!(calls_of_down.iter().sum::<usize>(), 3, "{calls_of_down:?}");
    assert_eq!(calls_of_down[6..], [0; 6]);
}

#[test]
fn the_explored_share_is_what_the_document_says_and_goes_to_the_others() {
    let world = taking(&[("a/fast", 100), ("b/slow", 300), ("c/slower", 900)]);
    let plan = fastest(&["a/fast", "b/slow", "c/slower"], json!({"min_samples": 1, "explore": 0.1, "window_s": 86_400}));
    answers(&world, &plan, 3);
    let answers = answers(&world, &plan, 4_000);
    let count = |name: &str| answers.iter().filter(|answer| *answer == name).count();
    let (fast, slow, slower) = (count("a/fast"), count("b/slow"), count("c/slower"));
    assert!((320..480).contains(&(slow + slower)), "{slow} + {slower} of 4000 at 10 %");
    assert!((140..260).contains(&slow) && (140..260).contains(&slower), "both others alike: {slow}, {slower}");
    assert_eq!(fast + slow + slower, 4_000);
}

#[test]
fn by_default_two_in_a_hundred_are_explored_and_the_trace_says_why() {
    let world = taking(&[("a/fast", 100), ("b/slow", 300)]);
    let plan = version("fast", 1, json!({"strategy": "latency_optimized", "allowed_models": ["a/fast", "b/slow"], "window_s": 86_400}));
    answers(&world, &plan, 10);
    let explored: Vec<Run> = (0..5_000).map(|_| world.run(&plan)).filter(|run| answered_by(run) == "b/slow").collect();
    assert!((60..140).contains(&explored.len()), "{} of 5000 at 2 %", explored.len());
    assert_eq!(why(&explored[0], 0), "tried now and then, to keep its figure fresh");
}

#[test]
fn a_challenger_must_beat_the_incumbent_by_the_hysteresis() {
    let run = |challenger: u64, hysteresis: f64| {
        let world = taking(&[("a/held", 100)]).target("b/new", [Act::answer().after_ms(500), Act::answer().after_ms(challenger)]);
        let plan = fastest(&["a/held", "b/new"], json!({"min_samples": 1, "hysteresis": hysteresis}));
        answers(&world, &plan, 2);
        assert_eq!(answered_by(&world.run(&plan)), "a/held");
        (0..3).for_each(|_| measure(&world, "b/new", &Facts::default()));
        world.run(&plan)
    };
    let near = run(91, 0.1);
    assert_eq!((answered_by(&near), why(&near, 0).as_str()), ("a/held", "it was the fastest, and no other one beats it by the hysteresis"));
    assert_eq!(answered_by(&run(90, 0.1)), "a/held", "exactly the hysteresis is not beyond it");
    assert_eq!(answered_by(&run(89, 0.1)), "b/new");
    assert_eq!(answered_by(&run(99, 0.0)), "b/new", "without hysteresis any gain is enough");
    assert_eq!(answered_by(&run(51, 0.5)), "a/held");
    assert_eq!(answered_by(&run(49, 0.5)), "b/new");
}

#[test]
fn whoever_took_over_is_the_incumbent_from_then_on() {
    let world = taking(&[("a/old", 100)]).target("b/new", [Act::answer().after_ms(500), Act::answer().after_ms(80)]);
    let plan = fastest(&["a/old", "b/new"], json!({"min_samples": 1}));
    answers(&world, &plan, 3);
    (0..3).for_each(|_| measure(&world, "b/new", &Facts::default()));
    assert_eq!(answers(&world, &plan, 2), ["b/new"; 2]);
    assert_eq!(why(&world.run(&plan), 0), "the lowest median latency lately");
}

#[test]
fn streamed_requests_go_by_the_first_token_and_others_by_the_whole() {
    let world = Scripted::new(1)
        .target("a/starts-late", [Act::answer().first_after_ms(400).after_ms(500)])
        .target("b/starts-early", [Act::answer().first_after_ms(50).after_ms(2_000)]);
    let plan = fastest(&["a/starts-late", "b/starts-early"], json!({"min_samples": 1}));
    let streamed = Facts { stream: true, ..Facts::default() };
    let ask = |facts: &Facts<'_>| {
        let run = world.run_with(&plan, facts);
        (answered_by(&run).to_owned(), run.trace.steps[0].candidates.iter().map(|c| c.p50_ms).collect::<Vec<_>>())
    };
    for name in ["a/starts-late", "b/starts-early"] {
        measure(&world, name, &Facts::default());
        measure(&world, name, &streamed);
    }
    assert_eq!(ask(&streamed), ("b/starts-early".into(), vec![Some(400.0), Some(50.0)]));
    let (whole, medians) = ask(&Facts::default());
    assert_eq!(whole, "a/starts-late");
    assert_eq!(medians, [Some(500.0), Some(2_000.0)]);
}

#[test]
fn streamed_and_other_requests_have_an_incumbent_each() {
    let act = |first: u64, whole: u64| Act::answer().first_after_ms(first).after_ms(whole);
    let world = Scripted::new(1).target("a/whole", [act(60, 100)]).target("b/first", [act(50, 120), act(50, 95)]);
    let plan = fastest(&["a/whole", "b/first"], json!({"min_samples": 1}));
    let (streamed, plain) = (Facts { stream: true, ..Facts::default() }, Facts::default());
    measure(&world, "a/whole", &plain);
    measure(&world, "b/first", &plain);
    assert_eq!(answered_by(&world.run(&plan)), "a/whole");
    (0..3).for_each(|_| measure(&world, "b/first", &plain));
    ["a/whole", "b/first"].iter().for_each(|name| measure(&world, name, &streamed));
    assert_eq!(answered_by(&world.run_with(&plan, &streamed)), "b/first");
    assert_eq!(answered_by(&world.run(&plan)), "a/whole", "what is fastest to begin has not beaten it by the hysteresis");
}

#[test]
fn a_streamed_request_whose_answer_is_held_back_goes_by_the_whole() {
    let world = Scripted::new(1)
        .target("a/starts-late", [Act::answer().first_after_ms(400).after_ms(500)])
        .target("b/starts-early", [Act::answer().first_after_ms(50).after_ms(2_000)]);
    for name in ["a/starts-late", "b/starts-early"] {
        measure(&world, name, &Facts::default());
    }
    let inner =
        json!({"strategy": "latency_optimized", "allowed_models": ["a/starts-late", "b/starts-early"], "min_samples": 1, "explore": 0});
    let cascade = json!({"strategy": "cascade", "attempts": [{"model": inner, "accept": "response.length > 0"}]});
    let run = world.run_with(&plan(cascade), &Facts { stream: true, ..Facts::default() });
    assert_eq!(answered_by(&run), "a/starts-late");
}

#[test]
fn what_slid_out_of_the_window_is_measured_anew() {
    let world = taking(&[("a/slow", 300), ("b/fast", 100)]);
    let plan = fastest(&["a/slow", "b/fast"], json!({"min_samples": 1, "window_s": 60}));
    assert_eq!(answers(&world, &plan, 4), ["a/slow", "b/fast", "b/fast", "b/fast"]);
    world.pass_ms(61_000);
    assert_eq!(answers(&world, &plan, 3), ["a/slow", "b/fast", "b/fast"]);
}

#[test]
fn the_unhealthy_are_passed_over_and_those_that_cannot_take_the_request_turned_down() {
    let world = taking(&[("a/fast", 100), ("b/slow", 300), ("c/small", 1)])
        .observed("c/small", Observed { context: Some(10), ..Observed::default() });
    let plan = fastest(&["a/fast", "b/slow", "c/small"], json!({"min_samples": 1}));
    let facts = Facts { input_tokens: 100, ..Facts::default() };
    (0..2).for_each(|_| drop(world.run_with(&plan, &facts)));
    open_breaker(&world, "a/fast");
    let run = world.run_with(&plan, &facts);
    assert_eq!(answered_by(&run), "b/slow");
    assert_eq!(
        weighed(&run, 0),
        [
            "a/fast: not reached: another one comes first",
            "b/slow*: the lowest median latency lately",
            "c/small: the request needs 100 tokens, and 10 fit into it",
        ]
    );
}

#[test]
fn where_all_are_open_all_are_tried() {
    let world = taking(&[("a/one", 100)]).target("b/two", [Act::http(500)]);
    open_breaker(&world, "a/one");
    open_breaker(&world, "b/two");
    assert_eq!(answered_by(&world.run(&fastest(&["b/two", "a/one"], json!({})))), "a/one");
}

#[test]
fn a_config_or_strategy_is_as_fast_as_what_it_would_call_first() {
    let world = taking(&[("a/slow", 300), ("b/fast", 100), ("c/middle", 200)]).config(version(
        "inner",
        1,
        json!({"strategy": "single", "model": "b/fast"}),
    ));
    for name in ["a/slow", "b/fast", "c/middle"] {
        measure(&world, name, &Facts::default());
    }
    let document = json!({"strategy": "latency_optimized", "min_samples": 1, "explore": 0, "allowed_models":
        ["c/middle", {"strategy": "fallback", "attempts": ["a/slow", "b/fast"]}, "@inner", "@gone"]});
    let run = world.run(&plan(document.clone()));
    assert_eq!(run.trace.steps[0].candidates.iter().map(|c| c.p50_ms).collect::<Vec<_>>(), [Some(200.0), Some(300.0), Some(100.0), None]);
    assert_eq!(answered_by(&run), "b/fast");
    assert_eq!(weighed(&run, 0)[3], "@gone: @gone is not there any more: it was archived or never saved");
}
