//! What is said about documents that may not be saved.

use serde_json::{Value, json};
use whole::stage::{Stage, fallback, single};

async fn stage() -> Stage {
    Stage::with(&[("production", single("alpha/a1")), ("cheap", single("beta/b1"))]).await
}

async fn diagnostics(stage: &Stage, document: Value) -> Vec<Value> {
    let checked = stage.modelux.post("/validate", json!({"document": document})).await.expect(200);
    let diagnostics = checked["diagnostics"].as_array().expect("diagnostics").clone();
    let errors = diagnostics.iter().any(|diagnostic| diagnostic["severity"] == "error");
    assert_eq!(checked["valid"], !errors, "{checked:#}");
    diagnostics
}

#[track_caller]
fn assert_one(diagnostics: &[Value], path: &str, words: &[&str]) {
    let found = diagnostics.iter().find(|diagnostic| diagnostic["path"] == path);
    let found = found.unwrap_or_else(|| panic!("nothing at {path:?}: {diagnostics:#?}"));
    assert_eq!(found["severity"], "error");
    let text = format!("{} {}", found["message"], found["suggestion"]);
    for word in words {
        assert!(text.contains(word), "{word:?} is missing from {text}");
    }
}

#[tokio::test]
async fn a_good_document_is_shown_in_its_canonical_form() {
    let stage = stage().await;
    let body =
        json!({"document": {"policy": "fallback_chain", "config": {"models": ["alpha/a1", {"model": "beta/b1", "timeout_ms": 500}]}}});
    let checked = stage.modelux.post("/validate", body).await.expect(200);
    assert_eq!(checked["valid"], true, "{checked:#}");
    assert_eq!(checked["canonical"], json!({"strategy": "fallback", "attempts": ["alpha/a1", {"model": "beta/b1", "timeout_ms": 500}]}));
}

#[tokio::test]
async fn unknown_names_are_refused_with_the_nearest_one() {
    let stage = stage().await;
    assert_one(&diagnostics(&stage, fallback(&["alpha/a1", "@producton"])).await, "/attempts/1", &["@producton", "@production"]);
    assert_one(&diagnostics(&stage, single("alpa/a1")).await, "/model", &["alpa", "alpha"]);
    assert_one(&diagnostics(&stage, json!({"strategy": "singel", "model": "alpha/a1"})).await, "/strategy", &["single"]);
    assert_one(
        &diagnostics(&stage, json!({"strategy": "single", "model": "alpha/a1", "timeot_ms": 5})).await,
        "/timeot_ms",
        &["timeout_ms"],
    );
    assert_one(&diagnostics(&stage, json!({"strategy": "single", "model": {"model": "@production:9"}})).await, "/model/model", &["9"]);
}

#[tokio::test]
async fn wrong_types_and_values_are_named_by_their_path() {
    let stage = stage().await;
    assert_one(&diagnostics(&stage, json!({"strategy": "single"})).await, "", &["model"]);
    assert_one(&diagnostics(&stage, json!({"strategy": "single", "model": 3})).await, "/model", &[]);
    assert_one(&diagnostics(&stage, json!({"strategy": "fallback", "attempts": []})).await, "/attempts", &[]);
    assert_one(&diagnostics(&stage, json!({"strategy": "single", "model": "alpha/a1", "timeout_ms": -1})).await, "/timeout_ms", &[]);
    assert_one(
        &diagnostics(&stage, json!({"strategy": "fallback", "attempts": ["alpha/a1"], "retry_on": ["6xx"]})).await,
        "/retry_on/0",
        &["6xx"],
    );
    assert_one(&diagnostics(&stage, json!([1])).await, "", &[]);
}

#[tokio::test]
async fn every_error_is_reported_not_only_the_first() {
    let stage = stage().await;
    let document = json!({"strategy": "fallback", "attempts": ["@nothing", {"model": "nobody/x", "colour": 1}], "retries": "two"});
    let found = diagnostics(&stage, document).await;
    for path in ["/attempts/0", "/attempts/1/model", "/attempts/1/colour", "/retries"] {
        assert_one(&found, path, &[]);
    }
}

#[tokio::test]
async fn a_cycle_is_spelled_out() {
    let stage = stage().await;
    let cheap = json!({"document": fallback(&["beta/b1", "@production"])});
    stage.modelux.post("/configs/cheap/versions", cheap).await.expect(201);
    let document = fallback(&["alpha/a1", "@cheap"]);
    let checked = stage.modelux.post("/validate", json!({"slug": "production", "document": document})).await.expect(200);
    assert_eq!(checked["valid"], false);
    assert!(checked["diagnostics"].to_string().contains("@production -> @cheap -> @production"), "{checked:#}");
    let refused = stage.modelux.post("/configs/production/versions", json!({"document": document})).await;
    refused.expect(400);
    let itself = stage.modelux.post("/validate", json!({"slug": "cheap", "document": single("@cheap")})).await.expect(200);
    assert!(itself["diagnostics"].to_string().contains("@cheap -> @cheap"), "{itself:#}");
}

#[tokio::test]
async fn depth_and_size_have_their_limits() {
    let stage = stage().await;
    let mut deep = single("alpha/a1");
    for _ in 0..17 {
        deep = json!({"strategy": "single", "model": deep});
    }
    let found = diagnostics(&stage, deep).await;
    assert!(found.iter().any(|diagnostic| diagnostic["message"].as_str().expect("words").contains("16")), "{found:#?}");
    let large = fallback(&vec!["alpha/a1"; 30_000]);
    let checked = stage.modelux.post("/validate", json!({"document": large})).await;
    assert!(checked.status == 400 || checked.expect(200)["valid"] == false, "256 KiB is the limit");
}

#[tokio::test]
async fn what_may_not_be_saved_is_not_saved_and_the_diagnostics_come_back() {
    let stage = stage().await;
    let refused = stage.modelux.post("/configs/production/versions", json!({"document": single("@nothing")})).await.expect(400);
    assert_eq!(refused["error"]["code"], "invalid_document");
    assert_eq!(refused["error"]["diagnostics"][0]["path"], "/model", "{refused:#}");
    let created = stage.modelux.post("/configs", json!({"slug": "x", "document": single("@nothing")})).await;
    created.expect(400);
    assert_eq!(stage.modelux.get("/configs/production").await.expect(200)["latest_version"], 1);
    stage.modelux.get("/configs/x").await.expect(404);
}

#[tokio::test]
async fn text_that_is_not_json_yet_has_a_line_and_a_column() {
    let stage = stage().await;
    let source = "{\n  \"strategy\": \"single\",\n  \"model\": \"alpa/a1\"\n}";
    let checked = stage.modelux.post("/validate", json!({"source": source})).await.expect(200);
    let diagnostic = &checked["diagnostics"][0];
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(3), &json!(12)), "{checked:#}");
    let broken = stage.modelux.post("/validate", json!({"source": "{\n  \"strategy\" \"single\"\n}"})).await.expect(200);
    assert_eq!((&broken["valid"], &broken["diagnostics"][0]["line"]), (&json!(false), &json!(2)), "{broken:#}");
}
