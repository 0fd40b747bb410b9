//! `affinity` of `cost_optimized` and `latency_optimized`: a conversation stays where it is.

use routing::plan::Plan;
use serde_json::Value;

use crate::support::*;

fn cost(slug: &str, affinity: &str, allowed: Value) -> Plan {
    version(slug, 1, json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": allowed, "affinity": affinity}))
}

fn latency(affinity: &str) -> Plan {
    version(
        "fast",
        1,
        json!({"strategy": "latency_optimized", "allowed_models": ["a/one", "b/two"], "min_samples": 0, "explore": 0, "affinity": affinity}),
    )
}

/// `a/one` is the cheaper one; its first call fails.
fn world() -> Scripted {
    Scripted::new(1).observed("a/one", priced(1)).observed("b/two", priced(2)).target("a/one", [Act::http(500), Act::answer()])
}

fn in_conversation(id: &str) -> Facts<'_> {
    Facts { conversation: Some(id), ..Facts::default() }
}

#[test]
fn a_conversation_stays_where_it_was_answered_though_another_one_is_cheaper() {
    let (world, plan) = (world(), cost("prod", "conversation", json!(["a/one", "b/two"])));
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "b/two");
    let again = world.run_with(&plan, &in_conversation("c1"));
    assert_eq!(answered_by(&again), "b/two");
    assert_eq!(
        weighed(&again, 0),
        [
            "a/one: not reached: another one comes first",
            "b/two*: the conversation is there already, and moving it would lose the prompt cache",
        ]
    );
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c2"))), "a/one", "another conversation goes to the cheapest");
}

#[test]
fn a_request_without_the_value_is_sent_as_without_affinity_and_moves_nobody() {
    let (world, plan) = (world(), cost("prod", "conversation", json!(["a/one", "b/two"])));
    world.run_with(&plan, &in_conversation("c1"));
    for facts in [Facts::default(), in_conversation("")] {
        assert_eq!(answered_by(&world.run_with(&plan, &facts)), "a/one");
    }
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "b/two");
}

#[test]
fn it_goes_by_the_end_user_or_a_tag_where_the_document_says_so() {
    let tags: [(Box<str>, Box<str>); 1] = [("team".into(), "red".into())];
    for (by, facts) in
        [("end_user", Facts { end_user: Some("u1"), ..Facts::default() }), ("tag:team", Facts { tags: &tags, ..Facts::default() })]
    {
        let (world, plan) = (world(), cost("prod", by, json!(["a/one", "b/two"])));
        world.run_with(&plan, &facts);
        assert_eq!(answered_by(&world.run_with(&plan, &facts)), "b/two", "{by}");
    }
}

#[test]
fn it_leaves_a_target_that_is_not_well_and_stays_with_the_next() {
    let (world, plan) = (world(), cost("prod", "conversation", json!(["a/one", "b/two"])));
    world.run_with(&plan, &in_conversation("c1"));
    open_breaker(&world, "b/two");
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "a/one");
    world.pass_ms(60_000);
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "a/one", "it has moved, and its cache with it");
}

#[test]
fn it_leaves_a_target_that_is_not_allowed_any_more_or_cannot_take_the_request() {
    let (world, both) =
        (world().observed("b/two", Observed { context: Some(10), ..priced(2) }), cost("prod", "conversation", json!(["a/one", "b/two"])));
    world.run_with(&both, &in_conversation("c1"));
    let long = Facts { input_tokens: 11, ..in_conversation("c1") };
    assert_eq!(answered_by(&world.run_with(&both, &long)), "a/one");
    let only_one = cost("prod", "conversation", json!(["a/one", "c/three"]));
    assert_eq!(answered_by(&world.run_with(&only_one, &in_conversation("c1"))), "a/one");
}

#[test]
fn it_outlives_a_new_version_of_its_config_but_not_the_config() {
    let world = world();
    let of = |slug: &str| cost(slug, "conversation", json!(["a/one", "b/two"]));
    world.run_with(&of("prod"), &in_conversation("c1"));
    let next = version(
        "prod",
        2,
        json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["b/two", "c/three", "a/one"], "affinity": "conversation"}),
    );
    assert_eq!(answered_by(&world.run_with(&next, &in_conversation("c1"))), "b/two");
    assert_eq!(answered_by(&world.run_with(&of("other"), &in_conversation("c1"))), "a/one");
}

#[test]
fn a_failure_moves_it_to_who_answered_instead() {
    let world = Scripted::new(1)
        .observed("a/one", priced(1))
        .observed("b/two", priced(2))
        .target("a/one", [Act::answer(), Act::http(500), Act::answer()]);
    let plan = cost("prod", "conversation", json!(["a/one", "b/two"]));
    let answers: Vec<_> = (0..3).map(|_| answered_by(&world.run_with(&plan, &in_conversation("c1"))).to_owned()).collect();
    assert_eq!(answers, ["a/one", "b/two", "b/two"]);
}

#[test]
fn a_conversation_stays_though_another_target_is_faster() {
    let world =
        Scripted::new(1).target("a/one", [Act::http(500), Act::answer().after_ms(10)]).target("b/two", [Act::answer().after_ms(900)]);
    let plan = latency("conversation");
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "b/two");
    let single = |model: &str| self::plan(json!({"strategy": "single", "model": model}));
    world.run(&single("a/one"));
    let other = world.run_with(&plan, &in_conversation("c2"));
    assert_eq!(answered_by(&other), "a/one", "it is the faster one by now");
    let again = world.run_with(&plan, &in_conversation("c1"));
    assert_eq!(answered_by(&again), "b/two");
    assert_eq!(why(&again, 0), "the conversation is there already, and moving it would lose the prompt cache");
    open_breaker(&world, "b/two");
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "a/one");
}

#[test]
fn a_conversation_stays_with_its_own_one_of_candidates_that_are_called_the_same() {
    let inline = |model: &str| json!({"strategy": "single", "model": model});
    let (world, plan) = (world(), cost("prod", "conversation", json!([inline("a/one"), inline("b/two")])));
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "b/two");
    assert_eq!(answered_by(&world.run_with(&plan, &in_conversation("c1"))), "b/two", "not the other, cheaper single");
}
