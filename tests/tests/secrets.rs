//! Provider keys are nowhere but in the call to their provider.

use std::{fs, path::Path};

use serde_json::json;
use whole::{
    modelux::{APP_KEY, MANAGEMENT_KEY},
    stage::{ALPHA_SECRET, BETA_SECRET, Stage, ask, ask_streamed, fallback},
    upstream::Reply,
};

/// Every file below `dir` that holds `needle`.
fn files_with(dir: &Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("listable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if fs::read(&path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle.as_bytes())) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_providers_key_is_in_no_file_log_line_trace_export_or_answer() {
    let stage = Stage::with(&[("production", fallback(&["alpha/a1", "gone/g1", "beta/b1"]))]).await;
    let modelux = &stage.modelux;
    let echo = format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {ALPHA_SECRET}","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}}}"#
    );
    stage.upstream.script("a1", [Reply::chat("fine"), Reply::error(500), Reply::json(401, echo)]);
    stage.upstream.script("b1", [Reply::error(500)]);
    let answers =
        [modelux.chat(ask("@production")).await, modelux.chat(ask("@production")).await, modelux.chat(ask_streamed("@production")).await];
    assert_eq!(answers[2].status, 401, "the third answer is the upstream's own");
    for (n, answer) in answers.iter().enumerate() {
        let log = modelux.log(answer.request_id()).await.to_string();
        assert!(!log.contains(ALPHA_SECRET), "a trace or body of request {n}: {log}");
    }
    assert!(!answers[1].text().contains(ALPHA_SECRET));
    for path in ["/providers", "/providers/alpha", "/bundle", "/settings", "/status", "/health", "/models", "/keys", "/logs", "/audit"] {
        let answer = modelux.get(path).await;
        for secret in [ALPHA_SECRET, BETA_SECRET, APP_KEY, MANAGEMENT_KEY] {
            assert!(!answer.text().contains(secret), "{path}: {}", answer.text());
        }
    }
    modelux.call("GET", "/metrics", &[], "").await;
    modelux.post("/providers/alpha/verify", json!({})).await;
    let launch = stage.modelux.launch.clone();
    stage.modelux.terminate();
    let (_, said) = stage.modelux.ended().await;
    for secret in [ALPHA_SECRET, BETA_SECRET] {
        assert!(!said.contains(secret), "a log line: {said}");
        assert_eq!(files_with(launch.data_dir().scratch(), secret), Vec::<String>::new());
    }
    assert_eq!(files_with(&launch.data_dir().path(), APP_KEY), Vec::<String>::new(), "only a hash is stored");
}

#[tokio::test]
async fn a_key_that_is_put_is_never_given_back() {
    let stage = Stage::with(&[]).await;
    let secret = "sk-put-by-a-person-0123456789abcdef";
    let body = json!({"key": secret, "allow_file": true});
    let put = stage.modelux.manage("PUT", "/providers/alpha/credential", Some(body)).await;
    put.expect(200);
    assert!(!put.text().contains(secret));
    stage.modelux.chat(ask("alpha/a1")).await.expect(200);
    assert_eq!(stage.upstream.only("a1").header("authorization"), Some(format!("Bearer {secret}").as_str()));
    for path in ["/providers", "/providers/alpha", "/bundle"] {
        assert!(!stage.modelux.get(path).await.text().contains(secret), "{path}");
    }
    let launch = stage.modelux.launch.clone();
    stage.modelux.terminate();
    let (_, said) = stage.modelux.ended().await;
    assert!(!said.contains(secret));
    for file in files_with(&launch.data_dir().path(), secret) {
        assert!(!file.contains(".db"), "never in SQLite: {file}");
    }
}

#[tokio::test]
async fn a_person_on_the_machine_sees_no_secret_in_the_arguments() {
    let stage = Stage::with(&[]).await;
    let arguments = fs::read_to_string(format!("/proc/{}/cmdline", stage.modelux.pid())).expect("Linux");
    for secret in [ALPHA_SECRET, APP_KEY, MANAGEMENT_KEY] {
        assert!(!arguments.contains(secret));
    }
}

#[tokio::test]
async fn keys_inside_a_prompt_are_redacted_in_the_log_alone() {
    let stage = Stage::with(&[]).await;
    let keys = ["sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789", APP_KEY];
    let body = json!({"model": "alpha/a1", "messages": [{"role": "user", "content": format!("my keys are {}", keys.join(", "))}]});
    let answer = stage.modelux.chat(body.to_string()).await;
    answer.expect(200);
    let log = stage.modelux.log(answer.request_id()).await.to_string();
    for key in keys {
        assert!(stage.upstream.only("a1").text().contains(key), "the call itself is not touched");
        assert!(!log.contains(key), "{log}");
    }
}
