//! Who may call, and from where.

use serde_json::json;
use whole::{
    modelux::{APP_KEY, Launch, MANAGEMENT_KEY, Modelux},
    stage::{Stage, ask, single},
};

async fn stage() -> Stage {
    Stage::with(&[("production", single("alpha/a1"))]).await
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

async fn chat_as(modelux: &Modelux, headers: &[(&str, &str)]) -> whole::client::Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    modelux.call("POST", "/openai/v1/chat/completions", &all, ask("@production")).await
}

#[tokio::test]
async fn no_key_or_a_wrong_one_is_401_in_the_callers_dialect() {
    let stage = stage().await;
    let almost = format!("{}X", &APP_KEY[..APP_KEY.len() - 1]);
    for headers in [
        vec![],
        vec![("authorization", bearer("mlx_sk_wrong"))],
        vec![("authorization", bearer(&almost))],
        vec![("authorization", bearer(""))],
        vec![("authorization", format!("Basic {APP_KEY}"))],
        vec![("x-api-key", "sk-proj-123".to_owned())],
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = chat_as(&stage.modelux, &headers).await;
        let body = answer.expect(401);
        assert!(body["error"]["message"].is_string() && body["error"].get("code").is_some(), "{headers:?}: {body}");
        assert!(answer.request_id().starts_with("req_"));
        assert!(!answer.text().contains("mlx_sk_wrong"), "a key is never echoed");
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn the_key_may_come_as_bearer_or_x_api_key() {
    let stage = stage().await;
    chat_as(&stage.modelux, &[("authorization", &bearer(APP_KEY))]).await.expect(200);
    chat_as(&stage.modelux, &[("x-api-key", APP_KEY)]).await.expect(200);
}

#[tokio::test]
async fn a_request_for_a_foreign_host_is_refused() {
    let stage = stage().await;
    let key = bearer(APP_KEY);
    for host in ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "localhost.evil.example"] {
        let answer = chat_as(&stage.modelux, &[("host", host), ("authorization", &key)]).await;
        assert!(matches!(answer.status, 403 | 421), "DNS rebinding by {host}: {answer:?}");
    }
    assert_eq!(stage.upstream.seen().len(), 0);
    let port = stage.modelux.address.port();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}"), "localhost".to_owned()] {
        assert_eq!(chat_as(&stage.modelux, &[("host", &host), ("authorization", &key)]).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_web_page_of_a_foreign_origin_is_refused() {
    let stage = stage().await;
    let key = bearer(APP_KEY);
    for origin in ["https://evil.example", "http://127.0.0.1.evil.example", "null"] {
        let answer = chat_as(&stage.modelux, &[("origin", origin), ("authorization", &key)]).await;
        assert_eq!(answer.status, 403, "{origin}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(stage.upstream.seen().len(), 0, "no web page may spend the user's money");
    let management = bearer(MANAGEMENT_KEY);
    let headers = [("origin", "https://evil.example"), ("authorization", management.as_str())];
    stage.modelux.call("GET", "/manage/v1/configs", &headers, "").await.expect(403);
}

#[tokio::test]
async fn a_preflight_of_a_foreign_origin_is_not_answered_with_leave() {
    let stage = stage().await;
    let headers = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = stage.modelux.call("OPTIONS", "/openai/v1/chat/completions", &headers, "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None, "{answer:?}");
}

#[tokio::test]
async fn an_origin_that_a_person_allowed_may_call() {
    let stage = stage().await;
    stage.modelux.manage("PUT", "/settings", Some(json!({"allowed_origins": ["http://localhost:3000"]}))).await.expect(200);
    let key = bearer(APP_KEY);
    let answer = chat_as(&stage.modelux, &[("origin", "http://localhost:3000"), ("authorization", &key)]).await;
    answer.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:3000"));
    chat_as(&stage.modelux, &[("origin", "http://localhost:3001"), ("authorization", &key)]).await.expect(403);
}

#[tokio::test]
async fn each_kind_of_key_opens_its_own_door_only() {
    let stage = stage().await;
    chat_as(&stage.modelux, &[("authorization", &bearer(MANAGEMENT_KEY))]).await.expect(401);
    let app = bearer(APP_KEY);
    for (method, path) in [("GET", "/configs"), ("POST", "/configs/production/activate"), ("GET", "/logs"), ("GET", "/bundle")] {
        let answer = stage.modelux.call(method, &format!("/manage/v1{path}"), &[("authorization", &app)], "{}").await;
        assert!(matches!(answer.status, 401 | 403), "{method} {path}: {answer:?}");
        let answer = stage.modelux.call(method, &format!("/manage/v1{path}"), &[], "{}").await;
        assert_eq!(answer.status, 401, "{method} {path} without a key");
    }
}

#[tokio::test]
async fn a_key_made_for_an_app_names_it_in_the_log_until_it_is_revoked() {
    let stage = stage().await;
    let made = stage.modelux.post("/keys", json!({"name": "ide", "default_tags": {"team": "tools"}})).await.expect(201);
    let secret = made["secret"].as_str().expect("shown once");
    assert!(secret.starts_with("mlx_sk_"), "{made}");
    let listed = stage.modelux.get("/keys").await;
    assert!(!listed.text().contains(secret), "shown once, never again");
    let answer = chat_as(&stage.modelux, &[("authorization", &bearer(secret))]).await;
    answer.expect(200);
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!((&log["app"], &log["tags"]), (&json!("ide"), &json!({"team": "tools"})));
    let id = made["id"].as_str().expect("an id");
    stage.modelux.manage("DELETE", &format!("/keys/{id}"), None).await.expect(200);
    chat_as(&stage.modelux, &[("authorization", &bearer(secret))]).await.expect(401);
}

#[tokio::test]
async fn a_key_for_one_config_opens_no_other_target() {
    let stage = Stage::with(&[("production", single("alpha/a1")), ("secret-sauce", single("alpha/a2"))]).await;
    let made = stage.modelux.post("/keys", json!({"name": "narrow", "allowed_configs": ["production"]})).await.expect(201);
    let key = bearer(made["secret"].as_str().expect("a secret"));
    chat_as(&stage.modelux, &[("authorization", &key)]).await.expect(200);
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    for model in ["@secret-sauce", "alpha/a2", "a2"] {
        let answer = stage.modelux.call("POST", "/openai/v1/chat/completions", &headers, ask(model)).await;
        assert!(matches!(answer.status, 403 | 404), "{model}: {answer:?}");
    }
    assert!(stage.upstream.seen_for("a2").is_empty());
}

#[tokio::test]
async fn a_key_with_a_limit_is_429_beyond_it_and_says_when_to_come_back() {
    let stage = stage().await;
    let made = stage.modelux.post("/keys", json!({"name": "slow", "per_minute": 2})).await.expect(201);
    let key = bearer(made["secret"].as_str().expect("a secret"));
    let mut last = chat_as(&stage.modelux, &[("authorization", &key)]).await;
    last.expect(200);
    for _ in 0..3 {
        last = chat_as(&stage.modelux, &[("authorization", &key)]).await;
    }
    last.expect(429);
    assert!(last.header("retry-after").is_some(), "{last:?}");
}

#[tokio::test]
async fn a_key_past_its_day_is_401() {
    let stage = stage().await;
    let made = stage.modelux.post("/keys", json!({"name": "old", "expires_at": "2001-01-01T00:00:00Z"})).await;
    if made.status == 400 {
        return; // refusing to make a key that is already dead is as good
    }
    let key = bearer(made.expect(201)["secret"].as_str().expect("a secret"));
    chat_as(&stage.modelux, &[("authorization", &key)]).await.expect(401);
}

/// The whole key of that kind, once its line is there.
async fn shown(modelux: &Modelux, prefix: &str) -> String {
    let said = modelux.said_with(prefix).await;
    let at = said.find(prefix).expect("it was said");
    said[at..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().expect("a key").to_owned()
}

#[tokio::test]
async fn the_first_start_makes_keys_and_shows_them_once() {
    let modelux = Launch::new().own_keys().start().await;
    let (app, management) = (shown(&modelux, "mlx_sk_").await, shown(&modelux, "mlx_mk_").await);
    let body = ask("sandbox/fast");
    let headers = [("authorization", bearer(&app)), ("content-type", "application/json".to_owned())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    modelux.call("POST", "/openai/v1/chat/completions", &headers, body).await.expect(200);
    modelux.call("GET", "/manage/v1/configs", &[("authorization", &bearer(&management))], "").await.expect(200);
    let again = modelux.restart().await;
    assert!(!again.said().contains(&app) && !again.said().contains("mlx_mk_"), "shown once: {}", again.said());
    again.call("GET", "/manage/v1/configs", &[("authorization", &bearer(&management))], "").await.expect(200);
}

#[tokio::test]
async fn liveness_and_metrics_need_no_key() {
    let stage = stage().await;
    stage.modelux.chat(ask("@production")).await.expect(200);
    assert_eq!(stage.modelux.call("GET", "/healthz", &[], "").await.status, 200);
    let metrics = stage.modelux.call("GET", "/metrics", &[], "").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.text().contains("# TYPE"), "Prometheus text: {}", metrics.text());
}
