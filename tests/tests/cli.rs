//! The command line: the same operations, for people and for scripts.

use std::process::Output;

use serde_json::{Value, json};
use whole::{
    modelux::Launch,
    stage::{Stage, fallback, single},
};

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn both(output: &Output) -> String {
    out(output) + &String::from_utf8_lossy(&output.stderr)
}

/// Runs it, expects success, reads its JSON.
async fn json_of(launch: &Launch, arguments: &[&str]) -> Value {
    let output = launch.cli(&[arguments, &["--json"]].concat()).await;
    assert!(output.status.success(), "{arguments:?}: {}", both(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?} ({error}): {}", both(&output)))
}

fn write(launch: &Launch, name: &str, text: &str) -> String {
    let path = launch.data_dir().scratch().join(name);
    std::fs::write(&path, text).expect("writable");
    path.display().to_string()
}

#[tokio::test]
async fn configs_are_listed_got_saved_compared_and_rolled_back() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let list = json_of(&launch, &["config", "list"]).await;
    assert_eq!(list["data"][0]["slug"], "production", "{list:#}");
    let got = json_of(&launch, &["config", "get", "production"]).await;
    assert_eq!(got["document"], single("alpha/a1"));
    let file = write(&launch, "next.json", &single("beta/b1").to_string());
    let saved = json_of(&launch, &["config", "save", "production", &file, "--message", "to beta"]).await;
    assert_eq!((&saved["version"], &saved["active"]), (&json!(2), &json!(true)));
    let answer = stage.modelux.chat(whole::stage::ask("@production")).await;
    assert_eq!(answer.header("x-modelux-config"), Some("production:2"), "the running proxy takes it up at once");
    let diff = json_of(&launch, &["config", "diff", "production", "1", "2"]).await;
    assert_eq!(diff["changes"][0]["path"], "/model", "{diff:#}");
    json_of(&launch, &["config", "rollback", "production", "--to", "1"]).await;
    let answer = stage.modelux.chat(whole::stage::ask("@production")).await;
    assert_eq!(answer.header("x-modelux-config"), Some("production:1"));
}

#[tokio::test]
async fn without_json_it_speaks_to_people() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let list = launch.cli(&["config", "list"]).await;
    assert!(list.status.success(), "{}", both(&list));
    assert!(out(&list).contains("production") && !out(&list).trim_start().starts_with('{'), "{}", out(&list));
    let file = write(&launch, "next.json", &single("alpha/a2").to_string());
    assert!(launch.cli(&["config", "save", "production", &file]).await.status.success());
    let diff = launch.cli(&["config", "diff", "production", "1", "2"]).await;
    assert!(out(&diff).contains("a1") && out(&diff).contains("a2"), "{}", both(&diff));
}

#[tokio::test]
async fn it_works_on_a_data_directory_that_nobody_serves() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    stage.modelux.terminate();
    assert!(stage.modelux.ended().await.0.success());
    let list = json_of(&launch, &["config", "list"]).await;
    assert_eq!(list["data"][0]["slug"], "production");
    let file = write(&launch, "next.json", &fallback(&["alpha/a1", "beta/b1"]).to_string());
    json_of(&launch, &["config", "save", "production", &file]).await;
    let modelux = launch.no_bundle().start().await;
    assert_eq!(modelux.get("/configs/production").await.expect(200)["active_version"], 2);
}

#[tokio::test]
async fn a_document_is_validated_and_formatted() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let good = write(&launch, "good.json", r#"{"attempts":["alpha/a1","beta/b1"],"policy":"fallback_chain"}"#);
    let bad = write(&launch, "bad.json", "{\n  \"strategy\": \"single\",\n  \"model\": \"alpa/a1\"\n}");
    assert!(launch.cli(&["config", "validate", &good]).await.status.success());
    let refused = launch.cli(&["config", "validate", &bad]).await;
    assert!(!refused.status.success());
    assert!(both(&refused).contains("alpha") && both(&refused).contains('3'), "place and nearest name: {}", both(&refused));
    let refused = launch.cli(&["config", "validate", &bad, "--json"]).await;
    let report: Value = serde_json::from_slice(&refused.stdout).expect("JSON even when refused");
    assert_eq!(report["valid"], false);
    assert_eq!(launch.cli(&["config", "fmt", "--check", &good]).await.status.code(), Some(1));
    assert!(launch.cli(&["config", "fmt", &good]).await.status.success());
    let text = std::fs::read_to_string(&good).expect("readable");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), fallback(&["alpha/a1", "beta/b1"]));
    assert!(launch.cli(&["config", "fmt", "--check", &good]).await.status.success(), "formatting twice changes nothing");
}

#[tokio::test]
async fn a_setup_is_exported_and_imported() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let export = launch.cli(&["export"]).await;
    assert!(export.status.success(), "{}", both(&export));
    let bundle: Value = serde_json::from_str(&out(&export)).expect("a bundle");
    assert_eq!(bundle["configs"][0]["slug"], "production");
    let file = write(&launch, "bundle-out.json", &out(&export));
    let twin = Launch::new();
    let imported = twin.cli(&["import", &file]).await;
    assert!(imported.status.success(), "{}", both(&imported));
    assert_eq!(json_of(&twin, &["config", "get", "production"]).await["document"], single("alpha/a1"));
}

#[tokio::test]
async fn configs_go_to_files_for_git_and_come_back() {
    let stage = Stage::with(&[("production", single("alpha/a1")), ("cheap", single("beta/b1"))]).await;
    let launch = stage.modelux.launch.clone();
    let dir = launch.data_dir().scratch().join("configs");
    json_of(&launch, &["config", "export", &dir.display().to_string()]).await;
    let file = dir.join("cheap.json");
    let text = std::fs::read_to_string(&file).expect("a file for each config");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), single("beta/b1"));
    assert!(launch.cli(&["config", "fmt", "--check", &file.display().to_string()]).await.status.success(), "it is laid out already");
    std::fs::write(&file, single("beta/b2").to_string()).expect("writable");
    let report = json_of(&launch, &["config", "import", &file.display().to_string(), "--message", "from git"]).await;
    assert_eq!(report["configs"], json!([{"slug": "cheap", "version": 2}]), "{report:#}");
    let answer = stage.modelux.chat(whole::stage::ask("@cheap")).await;
    assert_eq!(answer.header("x-modelux-model-used"), Some("b2"));
}

#[tokio::test]
async fn rollback_without_a_number_goes_to_the_version_before() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    for model in ["alpha/a2", "alpha/a3"] {
        let file = write(&launch, "next.json", &single(model).to_string());
        json_of(&launch, &["config", "save", "production", &file]).await;
    }
    let back = json_of(&launch, &["config", "rollback", "@production"]).await;
    assert_eq!((&back["version"], &back["previous"]), (&json!(2), &json!(3)));
}

#[tokio::test]
async fn a_save_from_an_old_version_has_an_exit_code_of_its_own() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    for (model, base, code) in [("alpha/a2", "1", 0), ("alpha/a3", "1", 6), ("alpha/a3", "2", 0)] {
        let file = write(&launch, "next.json", &single(model).to_string());
        let saved = launch.cli(&["config", "save", "production", &file, "--base", base]).await;
        assert_eq!(saved.status.code(), Some(code), "{}", both(&saved));
    }
}

#[tokio::test]
async fn a_dry_run_and_the_log_explain_where_a_request_goes() {
    let stage = Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"]))]).await;
    let launch = stage.modelux.launch.clone();
    let planned = json_of(&launch, &["dry-run", "--model", "@production"]).await;
    assert_eq!(planned["trace"]["decision"]["target"], "alpha/a1", "{planned:#}");
    assert_eq!(stage.upstream.seen().len(), 0);
    let answer = stage.modelux.chat(whole::stage::ask("@production")).await;
    stage.modelux.log(answer.request_id()).await;
    let shown = json_of(&launch, &["logs", "show", answer.request_id()]).await;
    assert_eq!(shown["trace"]["decision"]["target"], "alpha/a1");
    let listed = json_of(&launch, &["logs", "list", "config:production"]).await;
    assert_eq!(listed["data"][0]["id"], answer.request_id());
    let spoken = both(&launch.cli(&["logs", "show", answer.request_id()]).await);
    assert!(spoken.contains("alpha/a1") && spoken.contains("production"), "{spoken}");
}

#[tokio::test]
async fn what_goes_wrong_has_an_exit_code_and_a_sentence() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let usage = launch.cli(&["config", "frobnicate"]).await;
    assert_eq!(usage.status.code(), Some(2), "{}", both(&usage));
    let missing = launch.cli(&["config", "get", "producton"]).await;
    assert!(missing.status.code().is_some_and(|code| code != 0 && code != 2), "{:?} {}", missing.status, both(&missing));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("producton"));
    let missing = launch.cli(&["config", "get", "producton", "--json"]).await;
    assert!(!missing.status.success());
    let said = both(&missing);
    let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("an error in JSON: {said}"));
    assert_eq!(error["error"]["code"], "not_found");
}

#[tokio::test]
async fn doctor_checks_and_says_what_to_do() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let launch = stage.modelux.launch.clone();
    let report = launch.cli(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_slice(&report.stdout).unwrap_or_else(|_| panic!("{}", both(&report)));
    let text = report.to_string();
    for checked in ["port", "keychain", "database", "provider", "clock"] {
        assert!(text.contains(checked), "{checked} is not checked: {report:#}");
    }
    let spoken = both(&launch.cli(&["doctor"]).await);
    assert!(spoken.to_lowercase().contains("database"), "{spoken}");
    assert!(!spoken.contains("panicked"));
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked() {
    let stage = Stage::with(&[]).await;
    let launch = stage.modelux.launch.clone();
    let made = json_of(&launch, &["keys", "create", "ide"]).await;
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("mlx_sk_")), "{made:#}");
    let list = json_of(&launch, &["keys", "list"]).await;
    assert!(list.to_string().contains("ide"));
    json_of(&launch, &["keys", "revoke", made["id"].as_str().expect("an id")]).await;
    let providers = json_of(&launch, &["providers", "list"]).await;
    assert!(providers.to_string().contains("sandbox"));
}

#[tokio::test]
async fn it_tells_its_version_and_how_to_use_it() {
    let launch = Launch::new();
    let version = launch.cli(&["--version"]).await;
    assert!(out(&version).starts_with("modelux "), "{}", both(&version));
    let help = out(&launch.cli(&["--help"]).await);
    for command in ["serve", "config", "import", "logs", "keys", "providers", "doctor"] {
        assert!(help.contains(command), "{command} is missing from:\n{help}");
    }
}
