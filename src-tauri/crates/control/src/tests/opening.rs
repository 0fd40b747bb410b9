use secrecy::{ExposeSecret, SecretString};

use super::*;

#[tokio::test]
async fn the_first_start_makes_a_config_that_needs_no_key_and_the_keys_to_call_it() {
    let desk = Desk::new().await;
    let config = desk.done("get_config", json!({ "slug": "production" })).await;
    assert_eq!(config["document"], json!({ "strategy": "fallback", "attempts": ["sandbox/flaky", "sandbox/fast"] }));
    let version = desk.done("get_version", json!({ "slug": "production", "number": 1 })).await;
    assert_eq!(version["message"], "First config, made by Modelux");
    let made = desk.control.first_keys().unwrap().clone();
    let app = made.app.unwrap();
    assert!(app.expose_secret().starts_with("mlx_sk_"));
    assert_eq!(
        desk.control.management_caller(made.management.unwrap().expose_secret()).map(|caller| caller.name).as_deref(),
        Some("first-start")
    );
    let listed = desk.done("list_keys", json!({})).await;
    assert!(listed["data"].as_array().unwrap().iter().any(|key| key["name"] == "my-app" && key["kind"] == "app"));
    let snippets = desk.done("get_snippets", json!({})).await;
    for snippet in snippets["snippets"].as_array().unwrap() {
        let text = snippet["text"].as_str().unwrap();
        assert!(text.contains(app.expose_secret()), "it works as it is: {text}");
        assert!(text.contains("/openai/v1") || text.contains("/anthropic"), "{text}");
        assert!(snippet["id"] == "env" || text.contains("@production"), "{text}");
        assert!(!text.contains("{MODEL}") && !text.contains("{KEY}") && !text.contains("{PROMPT}"), "{text}");
    }
}

#[tokio::test]
async fn a_second_start_makes_nothing_and_shows_no_key() {
    let desk = Desk::new().await;
    let secret = desk.control.first_keys().unwrap().app.clone().unwrap();
    let desk = desk.reopened().await;
    assert!(desk.control.first_keys().is_none());
    let snippets = desk.done("get_snippets", json!({})).await;
    assert!(!snippets.to_string().contains(secret.expose_secret()));
    let told = desk.done("get_snippets", json!({ "key": "mlx_sk_mine", "model": "@other" })).await;
    assert!(told["snippets"][0]["text"].as_str().unwrap().contains("mlx_sk_mine"));
    assert!(told["snippets"][0]["text"].as_str().unwrap().contains("@other"));
    assert_eq!(desk.done("list_keys", json!({})).await["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_emptied_instance_is_not_filled_again() {
    let desk = Desk::new().await;
    desk.done("archive_config", json!({ "slug": "production" })).await;
    let desk = desk.reopened().await;
    assert!(desk.done("list_configs", json!({})).await["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn given_keys_are_accepted_and_not_stored() {
    let given = |text: &str| Some(SecretString::from(text));
    let options = Options { management_key: given("mlx_mk_given"), app_key: given("mlx_sk_given"), ..Options::default() };
    let desk = Desk::with(options).await;
    assert!(desk.control.first_keys().is_none());
    assert!(desk.control.management_caller("mlx_mk_given").is_some());
    assert!(desk.control.management_caller("mlx_mk_other").is_none());
    assert!(desk.done("list_keys", json!({})).await["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_desktop_makes_no_management_key() {
    let desk = Desk::with(Options { desktop: true, ..Options::default() }).await;
    let made = desk.control.first_keys().unwrap();
    assert!(made.app.is_some() && made.management.is_none());
}

#[tokio::test]
async fn one_instance_has_the_directory_at_a_time() {
    let desk = Desk::new().await;
    let second = open(&desk.dir, Options::default()).await.unwrap_err();
    assert_eq!(second.code, Code::Locked);
    assert!(second.message.contains(&std::process::id().to_string()), "{}", second.message);
    desk.control.shutdown().await;
    open(&desk.dir, Options::default()).await.unwrap();
}

#[tokio::test]
async fn an_input_that_does_not_fit_says_where_and_an_unknown_operation_is_not_found() {
    let desk = Desk::new().await;
    assert_eq!(desk.refused("get_config", json!({})).await.code, Code::InvalidRequest);
    assert_eq!(desk.refused("make_coffee", json!({})).await.code, Code::NotFound);
}

#[tokio::test]
async fn a_log_that_teaches_nothing_keeps_nothing_from_starting() {
    let desk = Desk::new().await;
    desk.control.shutdown().await;
    let log = rusqlite::Connection::open(desk.dir.path().join("traffic.db")).unwrap();
    log.execute_batch("ALTER TABLE requests RENAME COLUMN cached_tokens TO lost").unwrap();
    drop((log, desk.control));
    let control = open(&desk.dir, Options::default()).await.unwrap();
    control.start().await.unwrap();
    assert!(control.address().is_some());
    assert!(control.learn().await.is_err(), "there was something that could have kept it");
    control.shutdown().await;
}
