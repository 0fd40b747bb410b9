//! How calls are read, refused and answered.

use axum::{body::Body, http::Request};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_call_without_a_key_is_a_401_that_says_how_to_send_one() {
    let api = Api::fresh().await;
    let answer = api.send(Request::get("/status").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.error()["code"], "unauthorized");
    assert!(answer.message().contains("mlx_mk_"), "{}", answer.message());
    assert!(answer.headers.contains_key("www-authenticate"));
    assert!(answer.headers["x-modelux-request-id"].to_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn an_app_key_is_a_403_that_says_which_key_is_needed() {
    let api = Api::fresh().await;
    let request = Request::get("/status").header("authorization", format!("Bearer {APP_KEY}"));
    let answer = api.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error()["code"], "forbidden");
    assert!(answer.message().contains("mlx_mk_"));
}

#[tokio::test]
async fn the_key_may_come_as_x_api_key_and_the_scheme_in_any_case() {
    let api = Api::fresh().await;
    for (name, value) in [("x-api-key", KEY.to_owned()), ("authorization", format!("bearer {KEY}"))] {
        let request = Request::get("/status").header(name, value).body(Body::empty()).unwrap();
        assert_eq!(api.send(request).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_route_that_is_not_there_is_answered_with_the_nearest_one() {
    let api = Api::fresh().await;
    let answer = api.get("/confgs").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.error()["nearest"], "/manage/v1/configs");
    let answer = api.get("/configs/production/version").await;
    assert_eq!(answer.error()["nearest"], "/manage/v1/configs/{slug}/versions");
}

#[tokio::test]
async fn a_method_that_the_route_does_not_take_is_a_405_that_names_those_it_takes() {
    let api = Api::fresh().await;
    let answer = api.send(request("PATCH", "/configs/production", Body::empty())).await;
    assert_eq!(answer.status, 405);
    assert!(answer.message().contains("GET, PUT, DELETE"), "{}", answer.message());
    assert!(answer.headers["allow"].to_str().unwrap().contains("DELETE"));
}

#[tokio::test]
async fn numbers_and_booleans_of_a_query_are_read_as_such() {
    let api = Api::fresh().await;
    let answer = api.get("/configs?limit=1&archived=true&cursor=").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.body["data"].as_array().unwrap().len() <= 1);
    let answer = api.get("/configs?limit=many").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error()["field"], "limit");
    assert!(answer.message().contains("a whole number"), "{}", answer.message());
    assert_eq!(api.get("/configs?archived=perhaps").await.status, 400);
}

#[tokio::test]
async fn an_unknown_query_field_is_a_400_that_names_it_and_the_one_meant() {
    let api = Api::fresh().await;
    let answer = api.get("/configs?limt=3").await;
    assert_eq!(answer.status, 400);
    assert!(answer.message().contains("`limt`") && answer.message().contains("`limit`"), "{}", answer.message());
}

#[tokio::test]
async fn a_misspelt_field_of_a_post_is_refused_so_that_it_is_not_ignored() {
    let api = Api::fresh().await;
    let answer = api.post("/configs", json!({ "slug": "a", "document": document(), "mesage": "x" })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.message().contains("Did you mean `message`?"), "{}", answer.message());
}

#[tokio::test]
async fn path_and_body_may_not_contradict_each_other() {
    let api = Api::fresh().await;
    let answer = api.put("/configs/production", json!({ "slug": "other", "description": "x" })).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error()["field"], "slug");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_400_with_its_position() {
    let api = Api::fresh().await;
    let answer = api.send(request("POST", "/configs", Body::from("{\n  \"slug\": }"))).await;
    assert_eq!(answer.status, 400);
    assert_eq!((answer.error()["line"].as_u64(), answer.error()["column"].as_u64()), (Some(2), Some(11)));
    let answer = api.send(request("POST", "/configs", Body::from("[]"))).await;
    assert!(answer.message().contains("an array"), "{}", answer.message());
}

#[tokio::test]
async fn a_body_of_another_type_is_a_415() {
    let api = Api::fresh().await;
    let form = keyed("POST", "/configs").header("content-type", "text/plain").body(Body::from("slug=a")).unwrap();
    assert_eq!(api.send(form).await.status, 415);
    let untyped = keyed("POST", "/configs").body(Body::from("{}")).unwrap();
    assert_eq!(api.send(untyped).await.status, 415);
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_a_413_but_a_bundle_may_be_larger() {
    let api = Api::fresh().await;
    let large = format!("{{\"description\": \"{}\"}}", "x".repeat(1024 * 1024));
    let answer = api.send(request("POST", "/configs", Body::from(large.clone()))).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.error()["limit_bytes"], 1024 * 1024);
    let answer = api.send(request("POST", "/bundle", Body::from(large))).await;
    assert_eq!(answer.status, 400, "it is read, and is no bundle: {}", answer.text);
}

#[tokio::test]
async fn a_bundle_may_be_toml() {
    let api = Api::fresh().await;
    let toml = "modelux = 1\n[[configs]]\nslug = \"from-toml\"\ndocument = { strategy = \"single\", model = \"sandbox/fast\" }\n";
    let bundle = keyed("POST", "/bundle").header("content-type", "application/toml").body(Body::from(toml)).unwrap();
    let answer = api.send(bundle).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(api.get("/configs/from-toml").await.status, 200);
}

#[tokio::test]
async fn a_save_makes_a_version_with_201_and_an_unchanged_one_answers_200() {
    let api = Api::fresh().await;
    assert_eq!(api.post("/configs", json!({ "slug": "a", "document": document() })).await.status, 201);
    let answer = api.post("/configs/a/versions", json!({ "document": document() })).await;
    assert_eq!((answer.status.as_u16(), &answer.body["unchanged"]), (200, &json!(true)), "{}", answer.text);
    let other = json!({ "strategy": "single", "model": "sandbox/flaky" });
    let answer = api.post("/configs/a/versions", json!({ "document": other })).await;
    assert_eq!((answer.status.as_u16(), &answer.body["version"]), (201, &json!(2)), "{}", answer.text);
}

#[tokio::test]
async fn an_operations_own_error_keeps_its_code_and_details() {
    let api = Api::fresh().await;
    let answer = api.get("/configs/nowhere").await;
    assert_eq!((answer.status.as_u16(), answer.error()["code"].as_str()), (404, Some("not_found")));
    let answer = api.post("/configs", json!({ "slug": "a", "document": { "strategy": "no-such" } })).await;
    assert_eq!((answer.status.as_u16(), answer.error()["code"].as_str()), (400, Some("invalid_document")));
    assert!(!answer.error()["diagnostics"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_models_name_may_contain_slashes_written_either_way() {
    let api = Api::fresh().await;
    for path in ["/models/sandbox/a/b", "/models/sandbox/a%2Fb"] {
        let answer = api.put(path, json!({ "tier": "economy" })).await;
        let found = answer.status == 200 && answer.body["name"] == "a/b";
        assert!(found || answer.message().contains("a/b"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_log_is_exported_as_lines_and_as_a_table() {
    let api = Api::fresh().await;
    let answer = api.get("/logs/export?q=&format=csv").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.starts_with("id,time,app,"), "{}", answer.text);
    assert!(answer.headers["content-disposition"].to_str().unwrap().contains(".csv"));
    let answer = api.get("/logs/export").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert_eq!(api.get("/logs/export?format=xml").await.status, 400);
}

#[tokio::test]
async fn a_change_is_told_on_the_stream_of_events() {
    let api = Api::fresh().await;
    let response = api.router.clone().oneshot(request("GET", "/events", Body::empty())).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(api.post("/configs", json!({ "slug": "told", "document": document() })).await.status, 201);
    let mut body = response.into_body();
    let mut text = String::new();
    while !text.contains("config_changed") {
        let frame = body.frame().await.expect("the stream has no end").unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    assert!(text.contains("data: [{") && text.contains("\"told\""), "{text}");
}

#[tokio::test]
async fn the_stream_of_events_ends_when_it_stops_so_that_nobody_waits_for_it() {
    let api = Api::fresh().await;
    let response = api.router.clone().oneshot(request("GET", "/events", Body::empty())).await.unwrap();
    api.control.shutdown().await;
    assert!(response.into_body().collect().await.is_ok(), "it has an end");
}
