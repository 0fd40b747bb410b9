//! The one form in which documents are stored, hashed and compared.

use insta::assert_snapshot;
use routing::document::text;

use crate::support::*;

#[test]
fn the_text_of_a_document_reads_well() {
    let document = loaded(&json!({
        "retries": 1, "retry_on": ["429", "5xx"], "total_budget_ms": 8000,
        "attempts": [
            {"timeout_ms": 2000, "model": "openai/gpt-4o", "params": {"temperature": 0, "response_format": {"type": "json_object"}, "stop": ["a", "b"]}},
            "anthropic/claude-sonnet-4",
            {"model": "@cheap:3", "idle_timeout_ms": 15000},
            {"timeout_ms": 900, "model": {"model": "gpt-4o", "strategy": "single"}},
        ],
        "strategy": "fallback",
    }));
    assert_snapshot!(document.text());
}

#[test]
fn order_of_keys_whitespace_and_aliases_do_not_change_the_hash() {
    let same = [
        r#"{"strategy":"fallback","attempts":["gpt-4o",{"model":"@b","timeout_ms":5,"params":{"a":1,"b":2}}],"retries":1}"#,
        r#"{ "retries": 1, "attempts": ["gpt-4o", {"params": {"b": 2, "a": 1}, "timeout_ms": 5, "model": "@b"}], "strategy": "fallback" }"#,
        r#"{"policy":"fallback_chain","config":{"retries":1,"models":["gpt-4o",{"model":"@b","timeout_ms":5,"params":{"a":1,"b":2}}]}}"#,
        r#"{"strategy":"fallback_chain","config":{"attempts":[{"model":"gpt-4o"},{"model":{"model":"@b","timeout_ms":5},"params":{"a":1,"b":2}}]},"retries":1}"#,
    ]
    .map(|text| loaded(&serde_json::from_str(text).unwrap()));
    for document in &same {
        assert_eq!(document.hash(), same[0].hash());
        assert_eq!(document.text(), same[0].text());
        assert_eq!(document, &same[0]);
    }
    assert_eq!(same[0].hash().len(), 64);
}

#[test]
fn what_means_something_else_has_another_hash() {
    let base = json!({"strategy": "fallback", "attempts": ["gpt-4o", "o3"]});
    let hash = loaded(&base).hash();
    for other in [
        json!({"strategy": "fallback", "attempts": ["o3", "gpt-4o"]}),
        json!({"strategy": "fallback", "attempts": ["gpt-4o", "o3"], "retries": 1}),
        json!({"strategy": "fallback", "attempts": ["gpt-4o", "o3"], "retry_on": []}),
        json!({"strategy": "fallback", "attempts": ["gpt-4o", {"model": "o3", "params": {"temperature": 0}}]}),
        json!({"strategy": "single", "model": {"strategy": "fallback", "attempts": ["gpt-4o", "o3"]}}),
    ] {
        assert_ne!(loaded(&other).hash(), hash);
    }
}

#[test]
fn the_order_inside_of_a_params_value_is_kept_as_models_follow_it() {
    let with = |schema: &str| {
        loaded(
            &serde_json::from_str(&format!(r#"{{"strategy":"single","model":{{"model":"o3","params":{{"schema":{schema}}}}}}}"#)).unwrap(),
        )
    };
    let thinks_first = with(r#"{"reasoning":1,"answer":2}"#);
    assert_eq!(thinks_first.canonical()["model"]["params"]["schema"].to_string(), r#"{"reasoning":1,"answer":2}"#);
    assert_ne!(thinks_first.hash(), with(r#"{"answer":2,"reasoning":1}"#).hash());
}

#[test]
fn old_documents_are_read_and_saved_in_todays_form() {
    let old = json!({"policy": "fallback_chain", "config": {"models": ["gpt-4o", {"policy": "single", "config": {"model": "o3", "timeout_ms": 9}}], "total_budget_ms": 100}});
    assert_eq!(errors(&old), [""; 0]);
    assert_eq!(
        loaded(&old).canonical(),
        json!({"strategy": "fallback", "attempts": ["gpt-4o", {"strategy": "single", "model": "o3", "timeout_ms": 9}], "total_budget_ms": 100})
    );
}

#[test]
fn what_is_wrong_in_an_old_document_is_shown_where_it_stands() {
    assert_eq!(error(&json!({"policy": "falback", "config": {}})), "/policy: unknown strategy \"falback\": did you mean fallback?");
    assert_eq!(
        error(&json!({"policy": "fallback", "config": {"models": ["o3"], "retires": 1}})),
        "/config/retires: unknown key \"retires\": did you mean retries?"
    );
    assert_eq!(
        error(&json!({"policy": "fallback", "config": {"models": ["o3", 5]}})),
        "/config/models/1: a target is \"provider/model\", \"@slug\" or an object, not 5"
    );
    assert_eq!(error(&json!({"strategy": "single", "model": "o3", "config": 5})), "/config: unknown key \"config\"");
}

#[test]
fn a_key_and_its_alias_at_once_are_refused() {
    assert_eq!(
        error(&json!({"strategy": "single", "policy": "single", "model": "o3"})),
        "/policy: \"policy\" says the same as \"strategy\"; keep one of them"
    );
    assert_eq!(
        error(&json!({"strategy": "fallback", "attempts": ["o3"], "config": {"models": ["gpt-4o"]}})),
        "/config/models: \"models\" says the same as \"attempts\"; keep one of them"
    );
}

#[test]
fn text_writes_any_json_so_that_it_reads_back() {
    for value in [json!(null), json!([]), json!({}), json!({"a": [], "b": {}, "é\"\n": [1, [2, {"x": null}]]}), json!(vec!["long"; 40])] {
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text(&value)).unwrap(), value);
    }
}

/// One document of each strategy that uses everything, in any order of keys.
fn full() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        (
            "cost_optimized",
            json!({"affinity": "tag:team", "retry_on": ["429", "5xx"], "allowed_models": ["openai/gpt-4o", {"timeout_ms": 900, "model": "@cheap:3"}], "quality_tier": "premium", "strategy": "cost_optimized"}),
        ),
        (
            "latency_optimized",
            json!({"strategy": "latency_optimized", "affinity": "end_user", "hysteresis": 0.25, "explore": 0.0, "min_samples": 3, "window_s": 60, "allowed_models": ["openai/gpt-4o", "o3"]}),
        ),
        (
            "ensemble",
            json!({"strategy": "ensemble", "judge": {"model": "o3", "timeout_ms": 900}, "vote_on": "json_pointer:/answer", "valid_when": "response.length>20 and(response.valid_json)",
                "quorum": 2, "timeout_ms": 3000, "members": [{"weight": 2.50, "model": "openai/gpt-4o", "params": {"seed": 1}}, "o3", {"strategy": "single", "model": "o3"}], "aggregation": "llm_judge"}),
        ),
        (
            "ab_test",
            json!({"strategy": "ab_test", "sticky_by": "tag:team", "variants": [{"config": "@a", "weight": 80.0, "label": "control"}, {"timeout_ms": 5, "config": {"strategy": "single", "model": "o3"}, "weight": 0.5}]}),
        ),
        (
            "cascade",
            json!({"strategy": "cascade", "retry_on": ["timeout"], "attempts": [{"accept": "response.length>20", "timeout_ms": 900, "model": "o3"}, "openai/gpt-4o"]}),
        ),
        (
            "custom_rules_as_a_program",
            json!({"strategy": "custom_rules", "rules": "# approved models\nif tenant=='enterprise' then   use @premium # all of them\nelse if cost( openai/gpt-4o )>0.05 then block \"too dear\"\n\nelse use {\"strategy\":\"fallback\",\"attempts\":[\"o3\"]}\n# end"}),
        ),
        (
            "custom_rules_as_a_list",
            json!({"strategy": "custom_rules", "rules": [
                {"then": "@premium", "if": "tenant=='enterprise'", "comment": "approved models", "comment_beside": "all of them"},
                {"if": "time.hour>22", "then": {"block": "closed"}},
                {"else": {"timeout_ms": 5, "model": "o3"}, "comment_below": "end"}]}),
        ),
    ]
}

#[test]
fn every_strategy_has_one_canonical_form() {
    for (name, document) in full() {
        let document = loaded(&document);
        assert_snapshot!(name, document.text());
        let canonical = document.canonical();
        assert_eq!(loaded(&canonical).canonical().to_string(), canonical.to_string(), "{name}");
        assert_eq!(loaded(&canonical), document, "{name}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&document.text()).unwrap(), canonical);
    }
}

#[test]
fn a_version_of_any_strategy_saved_once_always_loads_whatever_became_of_its_names() {
    for (name, document) in full() {
        let saved = loaded(&document).text();
        assert!(routing::document::Document::load(&serde_json::from_str(&saved).unwrap()).is_ok(), "{name}");
    }
}

#[test]
fn aliases_of_the_newer_strategies_do_not_change_the_hash() {
    for (old, new) in [
        (
            json!({"policy": "ensemble", "config": {"aggregation": "voting", "members": ["o3", {"model": "gpt-4o"}]}}),
            json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [{"model": "o3"}, {"model": "gpt-4o"}]}),
        ),
        (
            json!({"strategy": "ensemble", "aggregation": "weighted", "members": [{"model": "o3", "weight": 2.0}]}),
            json!({"strategy": "ensemble", "aggregation": "weighted_vote", "members": [{"model": "o3", "weight": 2}]}),
        ),
        (
            json!({"policy": "cascade", "config": {"models": ["o3", {"model": "gpt-4o", "accept": "response.length>2"}]}}),
            json!({"strategy": "cascade", "attempts": [{"model": "o3"}, {"model": "gpt-4o", "accept": "response.length > 2"}]}),
        ),
        (
            json!({"policy": "custom_rules", "config": {"rules": "if tenant=='a' then use @a\nelse use @b"}}),
            json!({"strategy": "custom_rules", "rules": "if tenant == \"a\" then use @a\nelse use @b"}),
        ),
        (
            json!({"policy": "ab_test", "config": {"variants": [{"weight": 1, "config": {"policy": "single", "config": {"model": "o3"}}}]}}),
            json!({"strategy": "ab_test", "variants": [{"config": {"strategy": "single", "model": "o3"}, "weight": 1.0}]}),
        ),
    ] {
        assert_eq!(loaded(&old).hash(), loaded(&new).hash(), "{old}");
        assert_eq!(loaded(&old).text(), loaded(&new).text());
    }
}

#[test]
fn a_program_and_its_list_are_two_forms_and_each_is_kept() {
    let program = loaded(&json!({"strategy": "custom_rules", "rules": "if tenant == \"a\" then use @a\nelse use @b"}));
    let list = loaded(&json!({"strategy": "custom_rules", "rules": [{"if": "tenant == 'a'", "then": "@a"}, {"else": "@b"}]}));
    assert!(program.canonical()["rules"].is_string());
    assert_eq!(list.canonical()["rules"], json!([{"if": "tenant == \"a\"", "then": "@a"}, {"else": "@b"}]));
    assert_ne!(program.hash(), list.hash());
}
