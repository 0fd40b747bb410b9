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
