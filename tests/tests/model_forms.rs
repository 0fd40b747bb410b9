//! The ways to name a model, and what is said about names that lead nowhere.

use serde_json::json;
use whole::{
    modelux::APP_KEY,
    stage::{Stage, ask, single},
};

async fn stage() -> Stage {
    Stage::with(&[("production", single("alpha/a1")), ("cheap", single("beta/b1"))]).await
}

#[tokio::test]
async fn a_slug_runs_its_active_version() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("@production")).await;
    answer.expect(200);
    assert_eq!(answer.header("x-modelux-config"), Some("production:1"));
    assert_eq!(stage.modelux.log(answer.request_id()).await["trace"]["resolved"], "config");
}

#[tokio::test]
async fn a_slug_with_a_number_runs_that_version_while_another_is_active() {
    let stage = stage().await;
    let candidate = json!({"document": single("beta/b2"), "activate": false});
    stage.modelux.post("/configs/production/versions", candidate).await.expect(201);
    let old = stage.modelux.chat(ask("@production")).await;
    let new = stage.modelux.chat(ask("@production:2")).await;
    assert_eq!(old.header("x-modelux-config"), Some("production:1"));
    assert_eq!(new.header("x-modelux-config"), Some("production:2"));
    stage.upstream.only("a1");
    stage.upstream.only("b2");
}

#[tokio::test]
async fn provider_and_model_is_a_direct_call() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("beta/b2")).await;
    answer.expect(200);
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["trace"]["resolved"], "direct");
    assert_eq!((&log["provider"], &log["model"]), (&json!("beta"), &json!("b2")));
    assert_eq!(answer.header("x-modelux-config"), None);
}

#[tokio::test]
async fn a_bare_model_is_looked_up_in_the_catalogue() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("b2")).await;
    answer.expect(200);
    assert_eq!(stage.modelux.log(answer.request_id()).await["trace"]["resolved"], "auto");
    assert_eq!(stage.upstream.only("b2").path, "/beta/v1/chat/completions");
}

#[tokio::test]
async fn an_unknown_slug_is_404_and_names_the_nearest() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("@producton")).await;
    answer.expect(404);
    let message = answer.error_message();
    assert!(message.contains("@producton") && message.contains("@production"), "{message}");
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn an_unknown_version_is_404_and_says_which_there_are() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("@production:7")).await;
    answer.expect(404);
    let message = answer.error_message();
    assert!(message.contains('7') && message.contains("production"), "{message}");
}

#[tokio::test]
async fn an_unknown_provider_is_404_and_names_the_nearest() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask("alpa/a1")).await;
    answer.expect(404);
    assert!(answer.error_message().contains("alpha"), "{}", answer.error_message());
}

#[tokio::test]
async fn an_unknown_bare_name_is_400_and_lists_the_forms_and_the_nearest() {
    let stage = Stage::with(&[("production", single("sandbox/smart"))]).await;
    let answer = stage.modelux.chat(ask("smrat")).await;
    answer.expect(400);
    let message = answer.error_message();
    for part in ["@", "provider/model", "smart"] {
        assert!(message.contains(part), "{part:?} is missing from: {message}");
    }
}

#[tokio::test]
async fn a_request_without_a_model_or_with_a_model_that_is_no_name_is_400() {
    let stage = stage().await;
    for body in [r#"{"messages":[]}"#, r#"{"model":3,"messages":[]}"#, r#"{"model":null}"#, r#"{"model":""}"#] {
        let answer = stage.modelux.chat(body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.error_message().contains("model"), "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn every_slug_and_every_model_of_the_enabled_providers_is_listed() {
    let stage = stage().await;
    let key = format!("Bearer {APP_KEY}");
    let headers = [("authorization", key.as_str())];
    for path in ["/openai/v1/models", "/v1/models"] {
        let list = stage.modelux.call("GET", path, &headers, "").await.expect(200);
        assert_eq!(list["object"], "list");
        let ids: Vec<_> = list["data"].as_array().expect("models").iter().map(|model| model["id"].clone()).collect();
        for id in ["@production", "@cheap", "alpha/a1", "beta/b2", "sandbox/fast"] {
            assert!(ids.contains(&json!(id)), "{id} is missing from {ids:?}");
        }
    }
    for id in ["@production", "%40production", "alpha/a1", "alpha%2Fa1"] {
        let model = stage.modelux.call("GET", &format!("/openai/v1/models/{id}"), &headers, "").await.expect(200);
        assert_eq!(model["object"], "model");
    }
    stage.modelux.call("GET", "/openai/v1/models/nothing", &headers, "").await.expect(404);
}

#[tokio::test]
async fn the_short_path_is_the_same_endpoint() {
    let stage = stage().await;
    let key = format!("Bearer {APP_KEY}");
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    stage.modelux.call("POST", "/v1/chat/completions", &headers, ask("@production")).await.expect(200);
    stage.upstream.only("a1");
}

#[tokio::test]
async fn a_config_that_names_another_one_runs_it() {
    let stage = Stage::with(&[
        ("inner", single("alpha/a2")),
        ("outer", json!({"strategy": "fallback", "attempts": ["gone/g1", "@inner"]})),
        ("inline", json!({"strategy": "single", "model": {"strategy": "fallback", "attempts": ["gone/g1", "beta/b1"]}})),
    ])
    .await;
    let answer = stage.modelux.chat(ask("@outer")).await;
    assert_eq!(answer.header("x-modelux-model-used"), Some("a2"));
    let steps = stage.modelux.log(answer.request_id()).await["trace"]["steps"].clone();
    let configs: Vec<_> = steps.as_array().expect("steps").iter().map(|step| step["config"].clone()).collect();
    assert_eq!(configs, [json!("outer"), json!("inner")], "{steps:#}");
    let answer = stage.modelux.chat(ask("@inline")).await;
    assert_eq!(answer.header("x-modelux-model-used"), Some("b1"));
}
