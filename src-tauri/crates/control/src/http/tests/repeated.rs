//! Calls with an `Idempotency-Key`.

use axum::body::Body;
use serde_json::{Value, json};

use super::*;

fn call(path: &str, key: &str, body: &Value) -> axum::http::Request<Body> {
    let request = keyed("POST", path).header("content-type", "application/json").header("idempotency-key", key);
    request.body(Body::from(body.to_string())).unwrap()
}

#[tokio::test]
async fn a_repeated_call_is_answered_as_the_first_one_and_not_done_twice() {
    let api = Api::fresh().await;
    let body = json!({ "slug": "once", "document": document() });
    let first = api.send(call("/configs", "k1", &body)).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let second = api.send(call("/configs", "k1", &body)).await;
    assert_eq!(second.status, 201, "without the key it would be a 409: {}", second.text);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.body, first.body);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_a_409() {
    let api = Api::fresh().await;
    assert_eq!(api.send(call("/configs", "k", &json!({ "slug": "a", "document": document() }))).await.status, 201);
    let answer = api.send(call("/configs", "k", &json!({ "slug": "b", "document": document() }))).await;
    assert_eq!((answer.status.as_u16(), answer.error()["code"].as_str()), (409, Some("idempotency_key_reused")));
    assert_eq!(api.get("/configs/b").await.status, 404, "it was not done");
}

#[tokio::test]
async fn a_failed_call_may_be_repeated_with_the_same_key() {
    let api = Api::fresh().await;
    let wrong = json!({ "slug": "a", "document": { "strategy": "no-such" } });
    assert_eq!(api.send(call("/configs", "k", &wrong)).await.status, 400);
    let right = json!({ "slug": "a", "document": document() });
    assert_eq!(api.send(call("/configs", "k", &right)).await.status, 201);
}

#[tokio::test]
async fn a_new_key_is_given_again_but_is_in_no_file() {
    let api = Api::fresh().await;
    let body = json!({ "name": "app" });
    let first = api.send(call("/keys", "k", &body)).await;
    let second = api.send(call("/keys", "k", &body)).await;
    let secret = first.body["secret"].as_str().unwrap();
    assert_eq!(second.body["secret"], secret);
    for file in std::fs::read_dir(api._dir.path().join("data")).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the secret is in {}", file.path().display());
    }
}

#[tokio::test]
async fn an_overlong_key_is_a_400() {
    let api = Api::fresh().await;
    let answer = api.send(call("/configs", &"x".repeat(256), &json!({}))).await;
    assert_eq!(answer.status, 400);
    assert!(answer.message().contains("Idempotency-Key"));
}

#[tokio::test]
async fn reading_needs_no_key_and_checking_is_never_replayed() {
    let api = Api::fresh().await;
    for _ in 0..2 {
        let answer = api.send(call("/validate", "k", &json!({ "document": document() }))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(!answer.headers.contains_key("idempotency-replayed"));
    }
}
