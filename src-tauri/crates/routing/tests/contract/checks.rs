//! What a document's structure may be; each error with its path, words and suggestion.

use routing::document::{Document, MAX_BYTES};

use crate::support::*;

const GPT: &str = "openai/gpt-4o";

#[test]
fn documents_that_use_everything_are_right() {
    let single = json!({"strategy": "single", "model": {"model": GPT, "timeout_ms": 2_000, "idle_timeout_ms": 15_000, "params": {"temperature": 0}}, "timeout_ms": 5_000});
    let fallback = json!({"strategy": "fallback", "attempts": [GPT, "o3", single], "total_budget_ms": 8_000, "retries": 2,
        "retry_on": ["429", "5xx", "timeout", "connection", "auth", "not_found", "context_length", "content_filter", "408"]});
    for document in [single, fallback] {
        assert_eq!(errors(&document), [""; 0]);
    }
}

#[test]
fn a_document_is_an_object() {
    for (value, said) in
        [(json!(null), "null"), (json!([]), "a list"), (json!("single"), "\"single\""), (json!(3), "3"), (json!(true), "true")]
    {
        assert_eq!(error(&value), format!(": a routing document is an object with a \"strategy\", not {said}"));
    }
}

#[test]
fn a_strategy_is_named_and_known() {
    assert_eq!(
        error(&json!({})),
        ": \"strategy\" is missing; write one of single, fallback, cost_optimized, latency_optimized, ensemble, ab_test, cascade, custom_rules"
    );
    assert_eq!(
        error(&json!({"strategy": 1})),
        "/strategy: strategy must be one of single, fallback, cost_optimized, latency_optimized, ensemble, ab_test, cascade, custom_rules, not 1"
    );
    assert_eq!(error(&json!({"strategy": "falback"})), "/strategy: unknown strategy \"falback\": did you mean fallback?");
    assert_eq!(error(&json!({"strategy": "roulette"})), "/strategy: unknown strategy \"roulette\"");
}

#[test]
fn what_a_strategy_needs_is_missed() {
    assert_eq!(error(&json!({"strategy": "single"})), ": \"model\" is missing; write \"provider/model\" or \"@slug\"");
    assert_eq!(error(&json!({"strategy": "fallback"})), ": \"attempts\" is missing; write a list of targets");
    assert_eq!(
        error(&json!({"strategy": "fallback", "attempts": GPT})),
        "/attempts: attempts must be a list of targets, not \"openai/gpt-4o\""
    );
    assert_eq!(error(&json!({"strategy": "fallback", "attempts": []})), "/attempts: attempts has 0 targets; it must have from 1 to 64");
    assert_eq!(
        error(&json!({"strategy": "fallback", "attempts": vec![GPT; 65]})),
        "/attempts: attempts has 65 targets; it must have from 1 to 64"
    );
}

#[test]
fn unknown_keys_are_refused_with_their_path_and_the_key_that_may_be_meant() {
    for (document, expected) in [
        (json!({"strategy": "single", "model": GPT, "timeout": 5}), "/timeout: unknown key \"timeout\": did you mean timeout_ms?"),
        (json!({"strategy": "single", "model": GPT, "retry_on": []}), "/retry_on: unknown key \"retry_on\""),
        (json!({"strategy": "single", "model": {"model": GPT, "parms": {}}}), "/model/parms: unknown key \"parms\": did you mean params?"),
        (
            json!({"strategy": "fallback", "attempts": [GPT, {"model": GPT, "timout_ms": 5}]}),
            "/attempts/1/timout_ms: unknown key \"timout_ms\": did you mean timeout_ms?",
        ),
        (json!({"strategy": "fallback", "attempts": [GPT], "a/b~c": 1}), "/a~1b~0c: unknown key \"a/b~c\""),
        (
            json!({"strategy": "fallback", "attempts": [{"strategy": "single", "model": GPT, "modl": 1}]}),
            "/attempts/0/modl: unknown key \"modl\": did you mean model?",
        ),
    ] {
        assert_eq!(error(&document), expected);
    }
    assert!(check(&json!({"strategy": "single", "model": GPT, "timeout": 5}))[0].about_key, "an editor underlines the key");
}

#[test]
fn numbers_are_whole_and_in_their_range() {
    for (key, value, expected) in [
        ("total_budget_ms", json!(0), "total_budget_ms is 0; it must be from 1 to 86400000 milliseconds"),
        ("total_budget_ms", json!(86_400_001), "total_budget_ms is 86400001; it must be from 1 to 86400000 milliseconds"),
        ("total_budget_ms", json!(-5), "total_budget_ms must be a whole number from 1 to 86400000 milliseconds, not -5"),
        ("total_budget_ms", json!(1.5), "total_budget_ms must be a whole number from 1 to 86400000 milliseconds, not 1.5"),
        ("total_budget_ms", json!("8000"), "total_budget_ms must be a whole number from 1 to 86400000 milliseconds, not \"8000\""),
        ("retries", json!(11), "retries is 11; it must be from 0 to 10"),
        ("retries", json!(null), "retries must be a whole number from 0 to 10, not null"),
    ] {
        let mut document = json!({"strategy": "fallback", "attempts": [GPT]});
        document[key] = value;
        assert_eq!(error(&document), format!("/{key}: {expected}"));
    }
    assert_eq!(
        error(&json!({"strategy": "single", "model": {"model": GPT, "idle_timeout_ms": 0}})),
        "/model/idle_timeout_ms: idle_timeout_ms is 0; it must be from 1 to 86400000 milliseconds"
    );
}

#[test]
fn failure_classes_are_strings_that_are_known() {
    let with = |classes: serde_json::Value| json!({"strategy": "fallback", "attempts": [GPT], "retry_on": classes});
    assert_eq!(error(&with(json!("429"))), "/retry_on: retry_on must be a list such as [\"429\", \"5xx\"], not \"429\"");
    assert_eq!(error(&with(json!(["429", 503]))), "/retry_on/1: a failure class is a string: did you mean \"503\"?");
    assert_eq!(error(&with(json!([null]))), "/retry_on/0: a failure class is a string such as \"429\", not null");
    assert_eq!(error(&with(json!(["time_out"]))), "/retry_on/0: unknown failure class \"time_out\": did you mean timeout?");
    assert_eq!(error(&with(json!(["600"]))), "/retry_on/0: unknown failure class \"600\"");
    assert_eq!(warnings(&with(json!(["429", "5xx", "429"]))), ["/retry_on/2: \"429\" stands here twice"]);
}

#[test]
fn a_target_is_a_name_or_an_object() {
    let with = |target: serde_json::Value| json!({"strategy": "fallback", "attempts": [target]});
    assert_eq!(error(&with(json!(3))), "/attempts/0: a target is \"provider/model\", \"@slug\" or an object, not 3");
    assert_eq!(
        error(&with(json!({"timeout_ms": 3}))),
        "/attempts/0: this target has no \"model\"; write \"provider/model\", \"@slug\" or a strategy"
    );
    for wrong in ["", " openai/gpt-4o", "/gpt-4o", "openai/", "a\nb"] {
        assert_eq!(error(&with(json!(wrong))), format!("/attempts/0: {wrong:?} is no model name; write \"provider/model\" or \"@slug\""));
    }
    for wrong in ["@", "@Prod", "@-a", "@a_b", "@a:", "@a:0", "@a:01", "@a:+1", "@a:x", "@a:99999999999", &format!("@{}", "a".repeat(64))] {
        assert_eq!(
            error(&with(json!(wrong))),
            format!("/attempts/0: {wrong:?} is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -")
        );
    }
}

#[test]
fn params_override_fields_but_not_what_the_proxy_needs() {
    let with = |params: serde_json::Value| json!({"strategy": "single", "model": {"model": GPT, "params": params}});
    assert_eq!(error(&with(json!([]))), "/model/params: params must be an object of request fields, not a list");
    for key in ["model", "messages", "stream", "stream_options", "mlx:tags"] {
        assert_eq!(error(&with(json!({key: 1}))), format!("/model/params/{key}: params cannot override {key:?}"));
    }
    assert_eq!(errors(&with(json!({}))), [""; 0]);
}

#[test]
fn a_credential_is_one_of_the_names_that_its_provider_has() {
    let with =
        |model: &str, credential: serde_json::Value| json!({"strategy": "single", "model": {"model": model, "credential": credential}});
    for model in [GPT, "gpt-4o"] {
        assert_eq!(errors(&with(model, json!("backup"))), [""; 0]);
        assert_eq!(error(&with(model, json!("bakup"))), "/model/credential: openai has no credential \"bakup\": did you mean backup?");
    }
    assert_eq!(
        error(&with(GPT, json!(""))),
        "/model/credential: credential must be the name of one of the provider's credentials, not \"\""
    );
    assert_eq!(
        error(&with(GPT, json!("work"))),
        "/model/credential: openai has no credential \"work\"; it has backup, team-a; add it in Providers, or leave it out"
    );
    assert_eq!(
        error(&with("lmstudio/x", json!("backup"))),
        "/model/credential: lmstudio has no credential \"backup\", only its default one; add it in Providers, or leave it out"
    );
}

#[test]
fn a_credential_stands_at_a_model_also_within_a_rule() {
    for inner in [json!("@cheap"), json!({"strategy": "single", "model": GPT})] {
        let document = json!({"strategy": "single", "model": {"model": inner, "credential": "backup"}});
        let names = Known::default().config("cheap", 1, json!({"strategy": "single", "model": GPT}));
        let found = errors_among(&names, None, &document);
        assert!(found.iter().any(|error| error.starts_with("/model/credential: a credential belongs to a model")), "{found:?}");
    }
    let rules = "if tenant == \"x\" then block \"no\"\nelse use {\"model\": \"openai/gpt-4o\", \"credential\": \"bakup\"}";
    let document = json!({"strategy": "custom_rules", "rules": rules});
    let found = errors(&document);
    assert!(found.iter().any(|error| error.contains("openai has no credential \"bakup\": did you mean backup?")), "{found:?}");
}

#[test]
fn all_errors_are_reported_each_where_it_stands_errors_before_warnings() {
    let document = json!({"strategy": "fallback", "retries": 99, "attempts": [7, "opnai/gpt-4o", "anthropic/claude-sonnet-4", {"model": "nope", "x": 1}], "retry_on": ["4xx"]});
    let found: Vec<_> = check(&document).into_iter().map(|d| (d.severity.as_str(), d.path)).collect();
    assert_eq!(found.last().unwrap(), &("warning", "/attempts/2".to_owned()));
    let mut paths: Vec<_> = errors(&document).into_iter().map(|error| error.split(':').next().unwrap().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["/attempts/0", "/attempts/1", "/attempts/3/model", "/attempts/3/x", "/retries", "/retry_on/0"]);
}

fn nested(levels: usize) -> serde_json::Value {
    (1..levels).fold(json!({"strategy": "single", "model": GPT}), |inner, _| json!({"strategy": "single", "model": inner}))
}

#[test]
fn sixteen_strategies_may_nest_and_no_more() {
    assert_eq!(errors(&nested(16)), [""; 0]);
    assert_eq!(error(&nested(17)), format!("{}: strategies nest more than 16 deep here", "/model".repeat(16)));
}

#[test]
fn a_document_has_at_most_256_kib() {
    let of = |bytes: usize| {
        let mut document = json!({"strategy": "single", "model": {"model": GPT, "params": {"user": ""}}});
        document["model"]["params"]["user"] = json!("x".repeat(bytes - document.to_string().len()));
        document
    };
    assert_eq!(MAX_BYTES, 262_144);
    assert_eq!(errors(&of(MAX_BYTES)), [""; 0]);
    assert_eq!(error(&of(MAX_BYTES + 1)), ": the document is 262145 bytes long; at most 262144 are allowed");
    assert!(Document::load(&of(MAX_BYTES + 1)).is_ok(), "a version saved once always loads");
}

#[test]
fn loading_says_the_first_error_and_where_it_is() {
    assert_eq!(
        Document::load(&json!({})).unwrap_err(),
        "/: \"strategy\" is missing; write one of single, fallback, cost_optimized, latency_optimized, ensemble, ab_test, cascade, custom_rules"
    );
    let document = json!({"strategy": "fallback", "attempts": [GPT, 7], "retry_on": ["429", "429"]});
    assert_eq!(Document::load(&document).unwrap_err(), "/attempts/1: a target is \"provider/model\", \"@slug\" or an object, not 7");
    let warned_first = json!({"strategy": "fallback", "attempts": [GPT], "retry_on": ["429", "429", "x"]});
    assert!(Document::load(&warned_first).unwrap_err().starts_with("/retry_on/2: "), "a warning is no error");
}

#[test]
fn hostile_json_is_refused_not_followed() {
    let deep = (0..120).fold(json!("openai/gpt-4o"), |inner, _| json!({"model": inner}));
    assert_eq!(errors(&json!({"strategy": "single", "model": deep})), [""; 0], "options around options are options");
    let tower = (0..120).fold(json!({}), |inner, _| json!({"strategy": "fallback", "attempts": [inner]}));
    assert_eq!(errors(&tower).len(), 1);
    let wide = json!({"strategy": "fallback", "attempts": vec![json!({"a": {"b": [[[[1]]]]}}); 64]});
    assert_eq!(errors(&wide).len(), 128);
    assert_eq!(error(&json!({"strategy": "single", "model": GPT, "\u{0}": 1})), "/\u{0}: unknown key \"\\0\"");
}
