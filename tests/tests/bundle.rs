//! A whole setup in one file: idempotent, all or nothing, without secrets.

use serde_json::{Value, json};
use whole::{
    modelux::Launch,
    stage::{self, ALPHA_SECRET, Stage, ask, fallback, single},
    upstream::Upstream,
};

async fn versions(modelux: &whole::modelux::Modelux, slug: &str) -> u64 {
    modelux.get(&format!("/configs/{slug}")).await.expect(200)["latest_version"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_second_start_with_the_same_bundle_makes_no_versions() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let modelux = stage.modelux.restart().await;
    assert_eq!(versions(&modelux, "production").await, 1);
    modelux.chat(ask("@production")).await.expect(200);
}

#[tokio::test]
async fn a_changed_document_in_the_bundle_is_a_new_version_by_import() {
    let stage = Stage::with(&[("production", single("alpha/a1")), ("other", single("alpha/a1"))]).await;
    let changed = stage::bundle(&stage.upstream, &[("production", single("beta/b1")), ("other", single("alpha/a1"))]);
    let launch = stage.modelux.launch.clone().bundle(&changed);
    stage.modelux.terminate();
    assert!(stage.modelux.ended().await.0.success());
    let modelux = launch.start().await;
    assert_eq!((versions(&modelux, "production").await, versions(&modelux, "other").await), (2, 1));
    let version = modelux.get("/configs/production/versions/2").await.expect(200);
    assert_eq!(version["origin"], "import");
    let history = modelux.get("/configs/production/activations").await.expect(200);
    assert_eq!(history["data"][0]["reason"], "import");
    modelux.chat(ask("@production")).await.expect(200);
    stage.upstream.only("b1");
}

#[tokio::test]
async fn configs_of_a_bundle_may_refer_to_each_other_in_any_order() {
    let stage = Stage::with(&[("outer", fallback(&["@inner", "beta/b1"])), ("inner", single("alpha/a1"))]).await;
    let answer = stage.modelux.chat(ask("@outer")).await;
    answer.expect(200);
    stage.upstream.only("a1");
}

#[tokio::test]
async fn an_import_through_the_api_says_what_it_did() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let bundle = stage::bundle(&stage.upstream, &[("production", single("alpha/a1")), ("extra", single("beta/b1"))]);
    let report = stage.modelux.post("/bundle", bundle.clone()).await.expect(200);
    assert_eq!(report["configs"], json!([{"slug": "extra", "version": 1}]));
    assert_eq!(report["unchanged"], json!(["production"]));
    let again = stage.modelux.post("/bundle", bundle).await.expect(200);
    assert_eq!(again["configs"], json!([]));
    stage.modelux.chat(ask("@extra")).await.expect(200);
}

#[tokio::test]
async fn a_bundle_with_one_fault_changes_nothing() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let before = stage.modelux.get("/bundle").await.expect(200);
    let mut faulty =
        stage::bundle(&stage.upstream, &[("aaa", single("beta/b1")), ("production", single("beta/b1")), ("zzz", single("@nothing"))]);
    faulty["providers"][1]["headers"] = json!({"x-new": "1"});
    let refused = stage.modelux.post("/bundle", faulty).await;
    refused.expect(400);
    assert!(refused.text().contains("zzz") && refused.text().contains("@nothing"), "it says where: {}", refused.text());
    assert_eq!(stage.modelux.get("/bundle").await.expect(200), before);
    stage.modelux.get("/configs/aaa").await.expect(404);
    assert_eq!(versions(&stage.modelux, "production").await, 1);
}

#[tokio::test]
async fn serve_with_a_faulty_bundle_does_not_start_and_says_where() {
    let upstream = Upstream::start().await;
    for (bundle, words) in [
        (stage::bundle(&upstream, &[("production", single("alpa/a1"))]), vec!["production", "alpa"]),
        (json!({"modelux": 2}), vec!["2"]),
        (json!({"modelux": 1, "providres": []}), vec!["providres"]),
        (json!({"modelux": 1, "providers": [{"name": "x", "kind": "openai_compatible", "base_url": "not a url"}]}), vec!["x"]),
        (json!("text"), vec![]),
    ] {
        let failure = Launch::new().bundle(&bundle).try_start().await.expect_err("a faulty bundle");
        assert!(failure.status.is_some_and(|status| !status.success()), "{failure:?}");
        for word in words {
            assert!(failure.said.contains(word), "{word:?} is missing from: {}", failure.said);
        }
        assert!(!failure.said.contains("panicked"), "{}", failure.said);
    }
}

#[tokio::test]
async fn an_export_imports_again_and_holds_no_secret() {
    let stage = Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"])), ("inner", single("@production"))]).await;
    let export = stage.modelux.get("/bundle").await;
    assert!(!export.text().contains(ALPHA_SECRET));
    let export: Value = export.expect(200);
    assert_eq!(export["modelux"], 1);
    let credential = export["providers"].as_array().expect("providers").iter().find(|provider| provider["name"] == "alpha");
    assert_eq!(credential.expect("alpha")["credential"], json!({"env": "ALPHA_KEY"}));
    let twin = Launch::new().bundle(&export).env("ALPHA_KEY", ALPHA_SECRET).start().await;
    twin.chat(ask("@inner")).await.expect(200);
    assert_eq!(twin.get("/bundle").await.expect(200), export);
}
