//! One case for each thing that a strategy promises, by hand: both sides agree, and on the right thing.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    Make, TEMPOS, all_agree,
    case::{Ask, Case, Deed, ModelSpec, Tempo, What, does, model, says, status},
    is_fair,
    replayed::{Late, replay},
};

/// A case, and what its requests come to: the text, or the status where there is none.
type Told = (fn(Tempo) -> Case, &'static [&'static str]);

const CASES: [Told; 27] = [
    (single_passes_an_error_on, &["404"]),
    (fallback_moves_on, &["from m1"]),
    (fallback_waits_as_long_as_a_429_asks_for, &["at last"]),
    (fallback_gives_the_last_what_is_left, &["504"]),
    (an_archived_config_is_passed_over, &["from m0"]),
    (an_archived_config_alone_is_404, &["404"]),
    (cost_takes_the_cheapest_that_can, &["from m1"]),
    (cost_moves_to_the_next_cheapest, &["from m2"]),
    (cost_learns_what_models_write, &["long", "short"]),
    (cost_with_nothing_that_fits_is_400, &["400"]),
    (latency_measures_then_prefers, &["slow", "fast", "fast", "fast"]),
    (latency_stays_with_a_conversation, &["first", "first"]),
    (first_valid_takes_the_first, &["quick"]),
    (first_valid_passes_over_what_is_not_valid, &["{\"answer\": 42}"]),
    (majority_decides_early, &["Yes"]),
    (weights_outvote_numbers, &["no"]),
    (tool_calls_vote, &[""]),
    (averages_are_weighted, &["35.5"]),
    (a_judge_picks, &["one or the other"]),
    (a_judge_that_fails_leaves_the_heaviest, &["heavy"]),
    (a_quorum_that_is_missed_fails, &["502"]),
    (ab_test_sticks, &["b", "a", "b"]),
    (ab_test_draws_by_the_request_id, &["a or b", "a or b", "a or b"]),
    (cascade_climbs, &["{\"sure\": true}"]),
    (cascade_keeps_to_the_last, &["from m1"]),
    (rules_send_by_tags_and_block, &["for acme", "403"]),
    (strategies_nest, &["deep"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_strategy_goes_the_same_way_live_and_replayed() {
    let streamed = |make: fn(Tempo) -> Case| {
        move |tempo| {
            let mut case = make(tempo);
            case.name += ", streamed";
            case.asks.iter_mut().for_each(|ask| ask.stream = true);
            case
        }
    };
    let plain = CASES.iter().map(|(make, _)| Arc::new(*make) as Make);
    let streams = CASES.iter().map(|(make, _)| Arc::new(streamed(*make)) as Make);
    all_agree(plain.chain(streams).collect()).await;
}

#[test]
fn each_of_these_cases_comes_to_what_it_says() {
    for (make, wanted) in CASES {
        let tempo = Tempo(100);
        let case = make(tempo);
        assert!(TEMPOS.into_iter().all(|tempo| is_fair(&make(tempo), tempo)), "{} depends on a little lateness", case.name);
        let runs = replay(&case, tempo, Late::NEVER, &[]).runs;
        let got = runs.iter().map(|run| crate::compare::shape(run, tempo)["answer"].clone());
        let got: Vec<String> =
            got.map(|answer| answer["text"].as_str().map_or_else(|| answer["status"].to_string(), str::to_owned)).collect();
        // Where the draw decides it is enough that there is one.
        let fits = |(got, wanted): (&String, &&str)| got == wanted || wanted.split(" or ").any(|one| wanted.contains(" or ") && one == got);
        assert!(got.len() == wanted.len() && got.iter().zip(wanted).all(fits), "{}: {got:?}, not {wanted:?}", case.name);
    }
}

fn asks(count: usize) -> Vec<Ask> {
    vec![Ask { end_user: Some("u_1"), ..Ask::default() }; count]
}

fn ensemble(aggregation: &str, members: Value) -> Value {
    json!({"strategy": "ensemble", "aggregation": aggregation, "members": members})
}

fn members(weights: &[f64]) -> Value {
    weights.iter().enumerate().map(|(number, weight)| json!({"model": format!("alpha/m{number}"), "weight": weight})).collect()
}

fn models(deeds: impl IntoIterator<Item = Deed>) -> Vec<ModelSpec> {
    deeds.into_iter().enumerate().map(|(number, deed)| model(&format!("alpha/m{number}"), [deed])).collect()
}

fn single_passes_an_error_on(_: Tempo) -> Case {
    Case::of("single passes an error on", json!({"strategy": "single", "model": "alpha/m0"}), models([status(1, 404)]))
}

fn fallback_moves_on(tempo: Tempo) -> Case {
    let attempts = json!(["alpha/m2", "alpha/m3", {"model": "alpha/m4", "timeout_ms": tempo.deadline_ms(2)}, "alpha/m0", "alpha/m1"]);
    let deeds = [status(1, 503), says(1, "from m1"), does(1, What::Reset), does(1, What::Broken), does(0, What::Silence)];
    Case::of("fallback moves on", json!({"strategy": "fallback", "attempts": attempts}), models(deeds))
}

fn fallback_waits_as_long_as_a_429_asks_for(_: Tempo) -> Case {
    let full = does(1, What::Status { status: 429, retry_after_half_beats: Some(5), code: None });
    let models = [model("alpha/m0", [full, says(1, "at last")]), model("alpha/m1", [says(1, "the other")])];
    Case::of("fallback waits", json!({"strategy": "fallback", "attempts": ["alpha/m0", "alpha/m1"], "retries": 1}), models)
}

fn fallback_gives_the_last_what_is_left(tempo: Tempo) -> Case {
    let document = json!({"strategy": "fallback", "attempts": [{"model": "alpha/m0", "timeout_ms": tempo.deadline_ms(2)}, "alpha/m1", "alpha/m2"],
        "total_budget_ms": tempo.deadline_ms(5)});
    Case::of("a budget ends", document, models([does(0, What::Silence), says(4, "too late"), says(1, "never called")]))
}

fn an_archived_config_is_passed_over(_: Tempo) -> Case {
    Case::of("archived, passed over", json!({"strategy": "fallback", "attempts": ["@gone", "alpha/m0"]}), models([says(1, "from m0")]))
}

fn an_archived_config_alone_is_404(_: Tempo) -> Case {
    Case::of("archived, alone", json!({"strategy": "single", "model": "@gone"}), models([]))
}

fn cost(allowed: &[&str]) -> Value {
    json!({"strategy": "cost_optimized", "quality_tier": "standard", "allowed_models": allowed})
}

fn cost_takes_the_cheapest_that_can(_: Tempo) -> Case {
    let mut cheap = model("alpha/m2", [says(1, "too simple")]).priced(0.1, 0.1);
    cheap.tier = Some("economy");
    let mut handless = model("alpha/m3", [says(1, "no tools")]).priced(0.2, 0.2);
    handless.tools = false;
    let models = [model("alpha/m0", [says(1, "from m0")]).priced(3.0, 9.0), model("alpha/m1", [says(1, "from m1")]), cheap, handless];
    let ask = Ask { tools: true, ..Ask::default() };
    Case::of("cheapest that can", cost(&["alpha/m0", "alpha/m1", "alpha/m2", "alpha/m3"]), models).asking([ask])
}

fn cost_moves_to_the_next_cheapest(_: Tempo) -> Case {
    let models = [
        model("alpha/m0", [says(1, "from m0")]).priced(3.0, 9.0),
        model("alpha/m1", [status(1, 500)]).priced(0.5, 0.5),
        model("alpha/m2", [says(1, "from m2")]),
    ];
    Case::of("next cheapest", cost(&["alpha/m0", "alpha/m1", "alpha/m2"]), models)
}

/// The one that looks cheaper writes so much that it is dearer.
fn cost_learns_what_models_write(_: Tempo) -> Case {
    let models = [model("alpha/m0", [says(1, "long").using(9, 900)]), model("alpha/m1", [says(1, "short")]).priced(1.0, 3.0)];
    Case::of("learned cost", cost(&["alpha/m0", "alpha/m1"]), models).asking(asks(2))
}

fn cost_with_nothing_that_fits_is_400(_: Tempo) -> Case {
    let mut simple = model("alpha/m0", [says(1, "x")]);
    simple.tier = Some("economy");
    Case::of("nothing fits", cost(&["alpha/m0"]), [simple])
}

fn latency_measures_then_prefers(_: Tempo) -> Case {
    let document = json!({"strategy": "latency_optimized", "allowed_models": ["alpha/m0", "alpha/m1"], "min_samples": 1, "explore": 0});
    let slow = Deed { after: 4, ..says(4, "slow") };
    Case::of("latency", document, [model("alpha/m0", [late_first(slow)]), model("alpha/m1", [says(1, "fast")])]).asking(asks(4))
}

/// Its first content comes with the last.
fn late_first(mut deed: Deed) -> Deed {
    if let What::Says(answer) = &mut deed.what {
        answer.first = deed.after;
    }
    deed
}

fn latency_stays_with_a_conversation(_: Tempo) -> Case {
    let document =
        json!({"strategy": "latency_optimized", "allowed_models": ["alpha/m0", "alpha/m1"], "min_samples": 1, "affinity": "end_user"});
    Case::of("affinity", document, models([says(3, "first"), says(1, "second")])).asking(asks(2))
}

fn first_valid_takes_the_first(_: Tempo) -> Case {
    Case::of("first valid", ensemble("first_valid", members(&[1.0, 1.0])), models([says(5, "slow"), says(2, "quick")]))
}

fn first_valid_passes_over_what_is_not_valid(_: Tempo) -> Case {
    let mut document = ensemble("first_valid", members(&[1.0, 1.0, 1.0]));
    document["valid_when"] = json!("response.valid_json and response.finish_reason == \"stop\"");
    let deeds = [says(1, "no json"), says(2, "{}").finishing("length"), says(3, "{\"answer\": 42}")];
    Case::of("valid_when", document, models(deeds))
}

fn majority_decides_early(_: Tempo) -> Case {
    let deeds = [says(1, "Yes"), says(2, " yes "), does(0, What::Silence)];
    Case::of("majority", ensemble("majority_vote", members(&[2.0, 1.0, 1.0])), models(deeds))
}

fn weights_outvote_numbers(_: Tempo) -> Case {
    let deeds = [says(1, "yes"), says(2, "yes"), says(3, "no")];
    Case::of("weighted vote", ensemble("weighted_vote", members(&[1.0, 1.0, 2.5])), models(deeds))
}

fn tool_calls_vote(_: Tempo) -> Case {
    let mut document = ensemble("majority_vote", members(&[1.0, 1.0, 1.0]));
    document["vote_on"] = json!("tool_call");
    let deeds = [
        says(1, "").calling("look_up", "{\"a\":1,\"b\":2}"),
        says(2, "").calling("look_up", "{\"a\":3}"),
        says(3, "").calling("look_up", "{ \"b\": 2, \"a\": 1.0 }"),
    ];
    Case::of("tool vote", document, models(deeds)).asking([Ask { tools: true, ..Ask::default() }])
}

fn averages_are_weighted(_: Tempo) -> Case {
    let deeds = [says(1, "30"), says(3, "52"), says(2, "many")];
    Case::of("average", ensemble("weighted_average", members(&[3.0, 1.0, 5.0])), models(deeds))
}

fn judged(pick: Deed) -> (Value, ModelSpec) {
    let mut document = ensemble("llm_judge", members(&[1.0, 1.0]));
    document["judge"] = json!("judge/j0");
    (document, model("judge/j0", [pick]))
}

fn a_judge_picks(_: Tempo) -> Case {
    let (document, judge) = judged(does(2, What::Picks(1)));
    let mut models = models([says(1, "one"), says(2, "the other")]);
    models.push(judge);
    Case::of("judge", document, models)
}

fn a_judge_that_fails_leaves_the_heaviest(_: Tempo) -> Case {
    let (mut document, judge) = judged(status(1, 500));
    document["members"][1]["weight"] = json!(2);
    let mut models = models([says(1, "light"), says(2, "heavy")]);
    models.push(judge);
    Case::of("judge fails", document, models)
}

fn a_quorum_that_is_missed_fails(tempo: Tempo) -> Case {
    let mut document = ensemble("majority_vote", members(&[1.0, 1.0, 1.0]));
    (document["quorum"], document["timeout_ms"]) = (json!(2), json!(tempo.deadline_ms(3)));
    Case::of("quorum", document, models([says(1, "alone"), status(2, 500), does(0, What::Silence)]))
}

fn split(sticky: Option<&str>) -> Value {
    let mut document = json!({"strategy": "ab_test", "variants": [
        {"label": "a", "weight": 50, "config": "alpha/m0"}, {"label": "b", "weight": 50, "config": "@first"}]});
    if let Some(sticky) = sticky {
        document["sticky_by"] = json!(sticky);
    }
    document
}

fn ab_test_sticks(_: Tempo) -> Case {
    let ask = |user| Ask { end_user: Some(user), ..Ask::default() };
    let case = Case::of("sticky", split(Some("end_user")), models([says(1, "a"), says(1, "b")]));
    case.with("first", json!({"strategy": "single", "model": "alpha/m1"})).asking([ask("u_1"), ask("u_3"), ask("u_1")])
}

fn ab_test_draws_by_the_request_id(_: Tempo) -> Case {
    let case = Case::of("drawn", split(None), models([says(1, "a"), says(1, "b")]));
    case.with("first", json!({"strategy": "single", "model": "alpha/m1"})).asking(vec![Ask::default(); 3])
}

fn cascade_climbs(_: Tempo) -> Case {
    let document = json!({"strategy": "cascade", "attempts": [
        {"model": "alpha/m0", "accept": "response.valid_json"},
        {"model": "alpha/m1", "accept": "response.length > 0"},
        {"model": "alpha/m2", "accept": "response.valid_json and response.text contains \"sure\""},
        {"model": "alpha/m3"}]});
    let deeds = [says(1, "well …"), status(1, 500), says(2, "{\"sure\": true}"), says(1, "never called")];
    Case::of("cascade", document, models(deeds))
}

fn cascade_keeps_to_the_last(_: Tempo) -> Case {
    let document =
        json!({"strategy": "cascade", "attempts": [{"model": "alpha/m0", "accept": "response.length > 100"}, {"model": "alpha/m1"}]});
    Case::of("the last step", document, models([says(1, "short"), says(3, "from m1")]))
}

fn rules_send_by_tags_and_block(_: Tempo) -> Case {
    let rules = "if tenant == \"acme\" and cost(alpha/m0) < 1 then use alpha/m0\nelse if end_user == \"u_9\" then block \"not you\"\nelse use alpha/m1\n";
    let asks = [Ask { tenant: Some("acme"), ..Ask::default() }, Ask { end_user: Some("u_9"), ..Ask::default() }];
    Case::of("rules", json!({"strategy": "custom_rules", "rules": rules}), models([says(1, "for acme"), says(1, "else")])).asking(asks)
}

fn strategies_nest(tempo: Tempo) -> Case {
    let vote = ensemble(
        "majority_vote",
        json!([{"model": "alpha/m1"}, {"model": "@first"}, {"model": {"strategy": "fallback", "attempts": ["alpha/m0", "alpha/m3"]}}]),
    );
    let document = json!({"strategy": "cascade", "attempts": [
        {"model": "alpha/m2", "accept": "response.length > 50", "timeout_ms": tempo.deadline_ms(2)},
        {"model": {"strategy": "ab_test", "variants": [{"label": "all", "weight": 1, "config": vote}]}}]});
    let deeds = [status(1, 500), says(2, "deep"), says(1, "shallow"), says(3, "deep")];
    let rules = json!([{"if": "healthy(alpha/m1)", "then": "alpha/m2"}, {"else": {"block": "no"}}]);
    Case::of("nested", document, models(deeds)).with("first", json!({"strategy": "custom_rules", "rules": rules}))
}
