//! §4.6 `ab_test`: shares of the traffic, and the same variant for the same sticky value.

use std::collections::HashMap;

use routing::plan::Plan;
use serde_json::Value;

use crate::support::*;

fn split(slug: &str, weights: [f64; 2], sticky_by: Option<&str>) -> Plan {
    let mut document = json!({"strategy": "ab_test", "variants": [
        {"label": "control", "weight": weights[0], "config": "a/one"},
        {"label": "new", "weight": weights[1], "config": "b/two"},
    ]});
    if let Some(by) = sticky_by {
        document["sticky_by"] = json!(by);
    }
    version(slug, 1, document)
}

/// The variant that a request of these facts gets.
fn variant(world: &Scripted, plan: &Plan, facts: &Facts<'_>) -> String {
    world.run_with(plan, facts).trace.steps[0].variant.as_deref().unwrap().to_owned()
}

/// The variants of `u_0`, `u_1` …
fn of_users(plan: &Plan, users: usize) -> Vec<String> {
    let world = Scripted::new(1);
    (0..users).map(|n| variant(&world, plan, &Facts { end_user: Some(&format!("u_{n}")), ..Facts::default() })).collect()
}

fn share(variants: &[String], label: &str) -> f64 {
    variants.iter().filter(|variant| *variant == label).count() as f64 / variants.len() as f64
}

#[test]
fn shares_are_what_the_weights_say() {
    for (weights, expected) in [([80.0, 20.0], 0.8), ([1.0, 1.0], 0.5), ([0.001, 0.003], 0.25), ([1e9, 1.0], 1.0)] {
        let control = share(&of_users(&split("prod", weights, Some("end_user")), 10_000), "control");
        assert!((control - expected).abs() < 0.015, "{control} of {weights:?}");
    }
}

#[test]
fn the_same_user_gets_the_same_variant_whatever_the_request() {
    let (world, plan) = (Scripted::new(1), split("prod", [50.0, 50.0], Some("end_user")));
    for user in ["u_1", "u_2", "u_3", "ü"] {
        let variants: Vec<_> = (0..20)
            .map(|n| {
                variant(
                    &world,
                    &plan,
                    &Facts { end_user: Some(user), request_id: &format!("req_{n}"), input_tokens: n, ..Facts::default() },
                )
            })
            .collect();
        assert!(variants.iter().all(|variant| *variant == variants[0]), "{user}: {variants:?}");
    }
}

#[test]
fn moving_80_20_to_70_30_moves_only_the_ten_in_a_hundred_between() {
    let before = of_users(&split("prod", [80.0, 20.0], Some("end_user")), 10_000);
    let after = of_users(&split("prod", [70.0, 30.0], Some("end_user")), 10_000);
    let moved: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    assert!((900..1_100).contains(&moved.len()), "{} moved", moved.len());
    assert!(moved.iter().all(|(before, after)| (before.as_str(), after.as_str()) == ("control", "new")), "and none the other way");
}

#[test]
fn it_sticks_to_what_the_document_says() {
    let tags: [(Box<str>, Box<str>); 2] = [("plan".into(), "free".into()), ("team".into(), "red".into())];
    let other: [(Box<str>, Box<str>); 2] = [("plan".into(), "paid".into()), ("team".into(), "red".into())];
    let world = Scripted::new(1);
    let facts = |n: &'static str| Facts {
        end_user: Some(n),
        conversation: Some("c"),
        app: Some("web"),
        request_id: n,
        tags: &tags,
        ..Facts::default()
    };
    for by in ["conversation", "app", "tag:team"] {
        let plan = split("prod", [50.0, 50.0], Some(by));
        let variants: Vec<_> = ["1", "2", "3", "4", "5", "6", "7", "8"].map(|n| variant(&world, &plan, &facts(n))).to_vec();
        assert!(variants.iter().all(|variant| *variant == variants[0]), "{by}: {variants:?}");
    }
    let plan = split("prod", [50.0, 50.0], Some("tag:team"));
    assert_eq!(variant(&world, &plan, &facts("1")), variant(&world, &plan, &Facts { tags: &other, ..facts("9") }));
}

#[test]
fn without_a_sticky_value_the_requests_id_draws_and_the_trace_says_so() {
    let world = Scripted::new(1);
    let drawn = |plan: &Plan, end_user: Option<&'static str>| {
        let variants: Vec<String> =
            (0..2_000).map(|n| variant(&world, plan, &Facts { request_id: &format!("req_{n}"), end_user, ..Facts::default() })).collect();
        share(&variants, "control")
    };
    for (plan, end_user) in [
        (split("prod", [50.0, 50.0], None), Some("u_1")),
        (split("prod", [50.0, 50.0], Some("end_user")), None),
        (split("prod", [50.0, 50.0], Some("end_user")), Some("")),
        (split("prod", [50.0, 50.0], Some("tag:team")), Some("u_1")),
    ] {
        assert!((drawn(&plan, end_user) - 0.5).abs() < 0.05);
    }
    let reason = |plan: &Plan, facts: &Facts<'_>| why(&world.run_with(plan, facts), 0);
    let user = Facts { end_user: Some("u_1"), request_id: "req_1", ..Facts::default() };
    assert_eq!(reason(&split("p", [1.0, 1.0], None), &user), "drawn by the request's id");
    assert_eq!(reason(&split("p", [1.0, 1.0], Some("end_user")), &user), "drawn by the sticky value, so it is the same each time");
    assert_eq!(
        reason(&split("p", [1.0, 1.0], Some("tag:team")), &user),
        "the request has no tag:team to stick to, so its variant was drawn by its id"
    );
}

#[test]
fn the_trace_has_the_label_and_both_variants() {
    let run = Scripted::new(1).run_with(&split("prod", [1e-9, 1e9], None), &Facts::default());
    assert_eq!(run.trace.steps[0].variant.as_deref(), Some("new"));
    assert_eq!(weighed(&run, 0), ["a/one: another variant was drawn", "b/two*: drawn by the request's id"]);
    assert_eq!(answered_by(&run), "b/two");
}

#[test]
fn variants_without_a_label_are_called_by_their_target_no_two_alike() {
    let labels = |variants: Value| {
        let count = variants.as_array().unwrap().len();
        (0..count)
            .map(|taken| {
                let mut variants = variants.clone();
                for (index, variant) in variants.as_array_mut().unwrap().iter_mut().enumerate() {
                    variant["weight"] = json!(if index == taken { 1e9 } else { 1e-9 });
                }
                variant(
                    &Scripted::new(1),
                    &plan(json!({"strategy": "ab_test", "variants": variants})),
                    &Facts { request_id: "r", ..Facts::default() },
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(labels(json!([{"config": "a/one"}, {"label": "x", "config": "b/two"}])), ["a/one", "x"]);
    let single = |model: &str| json!({"strategy": "single", "model": model});
    assert_eq!(labels(json!([{"config": single("a/one")}, {"config": single("b/two")}])), ["variant 1", "variant 2"]);
    assert_eq!(labels(json!([{"config": "a/one"}, {"label": "a/one", "config": "b/two"}])), ["variant 1", "a/one"]);
}

#[test]
fn a_failure_of_the_variant_is_the_callers_and_no_other_variant_is_tried() {
    let run = Scripted::new(1).target("b/two", [Act::http(500)]).run(&split("prod", [1e-9, 1e9], None));
    assert_eq!(passed_on(&run), routing::outcome::Outcome::Http(500));
    assert_eq!(run.calls.len(), 1);
}

#[test]
fn the_split_goes_by_the_slug() {
    let users = |slug: &str| of_users(&split(slug, [50.0, 50.0], Some("end_user")), 2_000);
    let (a, b) = (users("a"), users("b"));
    let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
    assert!((900..1_100).contains(&same), "{same} of 2000 alike: two tests are independent of each other");
    assert_eq!(a, users("a"), "and each is the same every time");
}

/// An outer test whose variants are tests themselves: who is where inside says nothing of the outside.
#[test]
fn nested_tests_are_independent() {
    let inner = |one: &str, two: &str| json!({"strategy": "ab_test", "sticky_by": "end_user", "variants": [{"weight": 1, "config": one}, {"weight": 1, "config": two}]});
    let outer = |first: Value, second: Value| json!({"strategy": "ab_test", "sticky_by": "end_user", "variants": [{"weight": 1, "config": first}, {"weight": 1, "config": second}]});
    let inline = version("outer", 1, outer(inner("a/one", "a/two"), inner("b/one", "b/two")));
    let by_slug = version("outer", 1, outer(json!("@first"), json!("@second")));
    for plan in [inline, by_slug] {
        let world =
            Scripted::new(1).config(version("first", 1, inner("a/one", "a/two"))).config(version("second", 1, inner("b/one", "b/two")));
        let mut counts: HashMap<String, usize> = HashMap::new();
        for n in 0..4_000 {
            let user = format!("u_{n}");
            let run = world.run_with(&plan, &Facts { end_user: Some(&user), ..Facts::default() });
            *counts.entry(answered_by(&run).to_owned()).or_default() += 1;
        }
        assert_eq!(counts.len(), 4);
        assert!(counts.values().all(|count| (880..1_120).contains(count)), "{counts:?}");
    }
}

#[test]
fn a_variant_has_a_timeout_of_its_own() {
    let run = Scripted::new(1)
        .target("a/one", [Act::silence()])
        .run(&plan(json!({"strategy": "ab_test", "variants": [{"weight": 1, "config": "a/one", "timeout_ms": 90}]})));
    assert_eq!(given_ms(&run), [90]);
}
