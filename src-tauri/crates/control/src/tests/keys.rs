use super::*;

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let desk = Desk::new().await;
    let made = desk
        .done(
            "create_key",
            json!({ "name": "ide", "default_tags": { "team": "tools" }, "allowed_configs": ["@production"], "per_minute": 60 }),
        )
        .await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("mlx_sk_") && secret.len() == 39);
    assert_eq!(made["prefix"], format!("{}…", &secret[..11]));
    assert_eq!((&made["default_tags"], &made["allowed_configs"]), (&json!({ "team": "tools" }), &json!(["production"])));
    let listed = desk.done("list_keys", json!({})).await;
    assert!(!listed.to_string().contains(&secret));
    desk.control.shutdown().await;
    assert!(!desk.everything_on_disk().contains(&secret));
}

#[tokio::test]
async fn a_name_has_one_key_in_use_at_a_time() {
    let desk = Desk::new().await;
    let made = desk.done("create_key", json!({ "name": "ide" })).await;
    assert_eq!(desk.refused("create_key", json!({ "name": "ide" })).await.code, Code::AlreadyExists);
    desk.done("revoke_key", json!({ "id": made["id"] })).await;
    desk.done("create_key", json!({ "name": "ide" })).await;
    let listed = desk.done("list_keys", json!({})).await;
    let revoked = listed["data"].as_array().unwrap().iter().filter(|key| key["name"] == "ide" && key.get("revoked_at").is_some()).count();
    assert_eq!(revoked, 1, "a revoked one stays listed");
    assert_eq!(desk.refused("revoke_key", json!({ "id": "key_nothing" })).await.code, Code::NotFound);
}

#[tokio::test]
async fn keys_that_would_open_nothing_are_refused() {
    let desk = Desk::new().await;
    for (input, code) in [
        (json!({ "name": " " }), Code::InvalidRequest),
        (json!({ "name": "x", "kind": "admin" }), Code::InvalidRequest),
        (json!({ "name": "x", "per_minute": 0 }), Code::InvalidRequest),
        (json!({ "name": "x", "expires_at": "2020-01-01T00:00:00Z" }), Code::InvalidRequest),
        (json!({ "name": "x", "expires_at": "soon" }), Code::InvalidRequest),
        (json!({ "name": "x", "allowed_configs": ["nothing"] }), Code::NotFound),
        (json!({ "name": "x", "default_tags": { "k": "v".repeat(257) } }), Code::InvalidRequest),
    ] {
        assert_eq!(desk.refused("create_key", input.clone()).await.code, code, "{input}");
    }
}

#[tokio::test]
async fn a_management_key_opens_management_until_it_is_revoked() {
    let desk = Desk::new().await;
    let made = desk.done("create_key", json!({ "name": "ci", "kind": "management" })).await;
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(desk.control.management_caller(secret), Some(Caller::key("ci")));
    desk.done("revoke_key", json!({ "id": made["id"] })).await;
    assert_eq!(desk.control.management_caller(secret), None);
    let app = desk.done("create_key", json!({ "name": "ide" })).await;
    assert_eq!(desk.control.management_caller(app["secret"].as_str().unwrap()), None, "an app's key opens the proxy alone");
}
