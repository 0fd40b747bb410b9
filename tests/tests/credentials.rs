//! A target that names a credential is called with that one's key, and with no other.

use serde_json::{Value, json};
use whole::{
    modelux::{APP_KEY, Launch, Modelux},
    stage::{ALPHA_SECRET, Stage, ask, bundle, provider},
    upstream::{Reply, Upstream},
};

const BACKUP_SECRET: &str = "backup-secret-0cc175b9c0f1b6a831c399e269772661";

fn with_backup(model: &str) -> Value {
    json!({"model": model, "credential": "backup"})
}

/// `alpha` has a further credential `backup`, from a variable that is set where `set`.
async fn stage(configs: &[(&str, Value)], set: bool) -> Stage {
    let upstream = Upstream::start().await;
    let mut setup = bundle(&upstream, configs);
    setup["providers"][0]["credentials"] = json!({"backup": {"env": "BACKUP_KEY"}});
    let mut launch = Launch::new().bundle(&setup).env("ALPHA_KEY", ALPHA_SECRET).env("BETA_KEY", "beta");
    if set {
        launch = launch.env("BACKUP_KEY", BACKUP_SECRET);
    }
    Stage { modelux: launch.start().await, upstream }
}

/// The keys that the upstream was given for a model, in order.
fn keys(stage: &Stage, model: &str) -> Vec<String> {
    let calls = stage.upstream.seen_for(model);
    calls.iter().map(|call| call.header("authorization").unwrap_or("none").replace("Bearer ", "")).collect()
}

async fn attempts(modelux: &Modelux, request_id: &str) -> Vec<Value> {
    modelux.log(request_id).await["trace"]["attempts"].as_array().expect("attempts").clone()
}

#[tokio::test]
async fn a_target_sends_the_key_of_the_credential_that_it_names() {
    let chain = json!({"strategy": "fallback", "attempts": ["alpha/a1", with_backup("alpha/a1")]});
    let stage = stage(&[("spare", json!({"strategy": "single", "model": with_backup("alpha/a2")})), ("chain", chain)], true).await;
    stage.modelux.chat(ask("@spare")).await.expect(200);
    assert_eq!(keys(&stage, "a2"), [BACKUP_SECRET]);
    stage.modelux.chat(ask("alpha/a2")).await.expect(200);
    assert_eq!(keys(&stage, "a2"), [BACKUP_SECRET, ALPHA_SECRET], "a direct call goes with the default one");

    stage.upstream.script("a1", [Reply::error(500), Reply::chat("fine")]);
    let answer = stage.modelux.chat(ask("@chain")).await;
    answer.expect(200);
    assert_eq!(keys(&stage, "a1"), [ALPHA_SECRET, BACKUP_SECRET]);
    let attempts = attempts(&stage.modelux, answer.request_id()).await;
    let told: Vec<_> = attempts.iter().map(|attempt| (&attempt["target"], &attempt["credential"])).collect();
    assert_eq!(told, [(&json!("alpha/a1"), &Value::Null), (&json!("alpha/a1"), &json!("backup"))]);
}

#[tokio::test]
async fn a_credential_without_its_key_is_an_error_and_never_the_default_key() {
    let stage = stage(&[("spare", json!({"strategy": "single", "model": with_backup("alpha/a1")}))], false).await;
    let answer = stage.modelux.chat(ask("@spare")).await;
    assert!(answer.status >= 400, "{}", answer.text());
    assert!(answer.error_message().contains("backup"), "it is named: {}", answer.error_message());
    assert_eq!(keys(&stage, "a1"), Vec::<String>::new(), "nobody was called");
}

#[tokio::test]
async fn a_rate_limit_on_one_credential_leaves_the_other_alone() {
    let chain = json!({"strategy": "fallback", "attempts": ["alpha/a1", with_backup("alpha/a1")]});
    let stage = stage(&[("chain", chain)], true).await;
    stage.upstream.script("a1", [Reply::error_with(429, &[("retry-after", "60")]), Reply::chat("one"), Reply::chat("two")]);
    stage.modelux.chat(ask("@chain")).await.expect(200);
    stage.modelux.chat(ask("@chain")).await.expect(200);
    assert_eq!(keys(&stage, "a1"), [ALPHA_SECRET, BACKUP_SECRET, BACKUP_SECRET], "the second request leaves out what cools down");
    let health = stage.modelux.get("/health").await.json();
    let states: Vec<_> = health["data"].as_array().expect("data").iter().map(|row| (&row["credential"], &row["state"])).collect();
    assert_eq!(states, [(&Value::Null, &json!("cooling_down")), (&json!("backup"), &json!("closed"))]);
}

#[tokio::test]
async fn a_credential_in_use_is_not_removed_and_its_key_is_shown_nowhere() {
    let stage = stage(&[("spare", json!({"strategy": "single", "model": with_backup("alpha/a1")}))], true).await;
    let refused = stage.modelux.manage("DELETE", "/providers/alpha/credentials/backup", None).await;
    refused.expect(409);
    assert!(refused.error_message().contains("@spare"), "{}", refused.text());
    let put = json!({"key": "sk-team-a-9e107d9d372bb6826bd81d3542a419d6", "allow_file": true});
    let put = stage.modelux.manage("PUT", "/providers/alpha/credentials/team-a", Some(put)).await;
    put.expect(200);
    for path in ["/providers", "/providers/alpha", "/bundle", "/logs", "/audit"] {
        let shown = stage.modelux.get(path).await;
        for secret in [BACKUP_SECRET, ALPHA_SECRET, "sk-team-a-9e107d9d372bb6826bd81d3542a419d6"] {
            assert!(!shown.text().contains(secret) && !put.text().contains(secret), "{path}: {}", shown.text());
        }
    }
    stage.modelux.manage("DELETE", "/providers/alpha/credentials/team-a", None).await.expect(200);
}

#[tokio::test]
async fn an_api_that_is_switched_on_for_a_provider_is_spoken_natively() {
    let upstream = Upstream::start().await;
    let mut served = provider("local", &upstream.base_url("local"), "ALPHA_KEY", &["l1"]);
    served["kind"] = "vllm".into();
    served["options"] = json!({"responses": true});
    let bundle = json!({"modelux": 1, "providers": [served], "configs": []});
    let modelux = Launch::new().bundle(&bundle).env("ALPHA_KEY", ALPHA_SECRET).start().await;
    let authorization = format!("Bearer {APP_KEY}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = json!({"model": "local/l1", "input": "hi"}).to_string();
    modelux.call("POST", "/openai/v1/responses", &headers, body).await.expect(200);
    assert_eq!(upstream.only("l1").path, "/local/v1/responses");
}
