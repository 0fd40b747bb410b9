//! Names that a document uses: models, providers, configs, cycles.

use crate::support::*;

fn single(model: &str) -> serde_json::Value {
    json!({"strategy": "single", "model": model})
}

#[test]
fn unknown_models_and_providers_are_refused_with_the_nearest_name() {
    for (name, expected) in [
        ("openai/gpt4o", "unknown model \"openai/gpt4o\": did you mean openai/gpt-4o?"),
        ("openai/claude-sonnet-4", "unknown model \"openai/claude-sonnet-4\": did you mean anthropic/claude-sonnet-4?"),
        ("openai/zzzzzzzzzzzz", "unknown model \"openai/zzzzzzzzzzzz\""),
        ("opnai/gpt-4o", "unknown provider \"opnai\" in \"opnai/gpt-4o\": did you mean openai/gpt-4o?"),
        ("lmstudoi/my-model", "unknown provider \"lmstudoi\" in \"lmstudoi/my-model\": did you mean lmstudio/my-model?"),
        ("gpt-4oo", "unknown model \"gpt-4oo\": did you mean gpt-4o?"),
        ("xyz", "unknown model \"xyz\""),
    ] {
        assert_eq!(error(&single(name)), format!("/model: {expected}"));
    }
}

#[test]
fn known_names_bare_names_and_providers_without_a_list_are_accepted() {
    assert_eq!(errors(&single("openai/gpt-4o")), [""; 0]);
    assert_eq!(errors(&single("gpt-4o-mini")), [""; 0]);
    assert_eq!(
        warnings(&single("lmstudio/whatever")),
        ["/model: lmstudio lists no models, so \"lmstudio/whatever\" could not be checked and has no price"]
    );
}

#[test]
fn a_target_that_cannot_be_called_now_is_a_warning() {
    for name in ["anthropic/claude-sonnet-4", "claude-sonnet-4"] {
        assert_eq!(warnings(&single(name)), ["/model: anthropic cannot be called now: it is switched off"]);
    }
}

#[test]
fn paths_point_at_the_name_itself_in_every_form() {
    for (document, path) in [
        (json!({"strategy": "single", "model": {"model": "xyz"}}), "/model/model"),
        (json!({"strategy": "single", "model": {"model": {"strategy": "single", "model": "xyz"}, "timeout_ms": 1}}), "/model/model/model"),
        (
            json!({"strategy": "fallback", "attempts": ["o3", {"strategy": "fallback", "attempts": ["o3", {"model": "xyz"}]}]}),
            "/attempts/1/attempts/1/model",
        ),
        (json!({"policy": "fallback_chain", "config": {"models": ["o3", "xyz"]}}), "/config/models/1"),
        (
            json!({"policy": "fallback_chain", "config": {"models": ["o3", {"policy": "single", "config": {"model": "xyz"}}]}}),
            "/config/models/1/config/model",
        ),
        (
            json!({"strategy": "fallback", "attempts": [{"policy": "fallback", "config": {"models": ["xyz"]}}]}),
            "/attempts/0/config/models/0",
        ),
    ] {
        assert_eq!(error(&document), format!("{path}: unknown model \"xyz\""));
    }
}

#[test]
fn unknown_configs_are_refused_with_the_nearest_slug() {
    let names = || Known::default().config("production", 3, single("gpt-4o")).archived("old");
    let found = |name: &str| errors_among(&names(), None, &single(name));
    assert_eq!(found("@production"), [""; 0]);
    assert_eq!(found("@production:3"), [""; 0]);
    assert_eq!(found("@prodction"), ["/model: unknown config @prodction: did you mean @production?"]);
    assert_eq!(found("@quite-another"), ["/model: unknown config @quite-another"]);
    assert_eq!(
        found("@production:4"),
        ["/model: @production:4 does not exist; the newest version is @production:3: did you mean @production:3?"]
    );
    assert_eq!(found("@old"), ["/model: @old is archived; restore it first"]);
}

#[test]
fn a_cycle_is_spelled_out() {
    let names = Known::default().config("a", 1, single("gpt-4o")).config("b", 1, single("@a"));
    assert_eq!(errors_among(&names, Some("a"), &single("@b")), ["/model: this is a cycle: @a -> @b -> @a"]);
    assert_eq!(errors_among(&names, Some("a"), &single("@a")), ["/model: this is a cycle: @a -> @a"]);
    assert_eq!(errors_among(&names, Some("c"), &single("@b")), [""; 0]);
}

#[test]
fn a_cycle_is_found_through_inline_strategies_and_pinned_versions() {
    let names = Known::default()
        .config(
            "b",
            2,
            json!({"strategy": "fallback", "attempts": ["gpt-4o", {"strategy": "single", "model": {"model": "@c", "timeout_ms": 5}}]}),
        )
        .config("c", 1, single("@a"));
    let document = json!({"strategy": "fallback", "attempts": ["gpt-4o", {"strategy": "single", "model": "@b:2"}]});
    assert_eq!(errors_among(&names, Some("a"), &document), ["/attempts/1/model: this is a cycle: @a -> @b:2 -> @c -> @a"]);
}

#[test]
fn a_cycle_among_others_is_told_without_the_way_to_it() {
    let names = Known::default().config("b", 1, single("@c")).config("c", 1, single("@b"));
    assert_eq!(errors_among(&names, Some("a"), &single("@b")), ["/model: this is a cycle: @b -> @c -> @b"]);
}

#[test]
fn depth_is_counted_across_configs() {
    let tower = |last: u32| {
        (1..=last).fold(Known::default(), |names, n| {
            let below = if n == last { "gpt-4o".to_owned() } else { format!("@c{}", n + 1) };
            names.config(&format!("c{n}"), 1, single(&below))
        })
    };
    assert_eq!(errors_among(&tower(15), Some("top"), &single("@c1")), [""; 0]);
    assert_eq!(errors_among(&tower(16), Some("top"), &single("@c1")), ["/model: @c16 nests more than 16 strategies deep here"]);
    assert_eq!(
        errors_among(&tower(15), Some("top"), &json!({"strategy": "single", "model": single("@c1")})),
        ["/model/model: @c15 nests more than 16 strategies deep here"]
    );
}

#[test]
fn configs_that_call_each_other_many_times_over_are_checked_in_bounded_work() {
    let names = (1..15).fold(Known::default().config("c15", 1, single("gpt-4o")), |names, n| {
        names.config(&format!("c{n}"), 1, json!({"strategy": "fallback", "attempts": vec![format!("@c{}", n + 1); 64]}))
    });
    assert_eq!(errors_among(&names, None, &single("@c1")), [""; 0]);
}

#[test]
fn what_a_document_refers_to_can_be_asked() {
    let document = loaded(
        &json!({"strategy": "fallback", "attempts": ["@b", "gpt-4o", {"strategy": "single", "model": "@a:2"}, "@b", {"model": "gpt-4o", "timeout_ms": 1}]}),
    );
    assert_eq!(document.references().iter().map(ToString::to_string).collect::<Vec<_>>(), ["@a:2", "@b"]);
    assert_eq!(document.models(), ["gpt-4o"]);
    assert_eq!(document.strategy(), "fallback");
}
