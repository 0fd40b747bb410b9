use super::*;

/// Sends a test request and waits until it is on disk.
async fn sent(desk: &Desk) -> Value {
    let sent = desk.done("send_test", json!({ "model": "sandbox/fast", "prompt": "it's me" })).await;
    desk.control.recorder.flush().await.unwrap();
    sent
}

#[tokio::test]
async fn a_test_request_goes_the_way_of_every_request() {
    let desk = Desk::new().await;
    desk.control.start().await.unwrap();
    let mut batches = desk.control.subscribe();
    let sent = sent(&desk).await;
    assert_eq!(sent["status"], 200, "{sent}");
    assert!(!sent["text"].as_str().unwrap().is_empty());
    let detail = desk.done("get_log", json!({ "id": sent["request_id"] })).await;
    assert_eq!((&detail["app"], &detail["status"], &detail["provider"]), (&json!("Modelux"), &json!(200), &json!("sandbox")));
    assert_eq!(detail["trace"]["request_id"], sent["request_id"]);
    assert!(detail["curl"].as_str().unwrap().contains(r"it'\''s me"), "{}", detail["curl"]);
    assert_eq!(detail["attempt_bars"].as_array().unwrap().len(), 1);
    let listed = desk.done("list_logs", json!({ "q": "provider:sandbox" })).await;
    assert_eq!(listed["data"][0]["id"], sent["request_id"]);
    let batch = serde_json::to_value(batches.recv().await.unwrap()).unwrap();
    assert_eq!((&batch[0]["type"], &batch[0]["rows"][0]["id"]), (&json!("requests_recorded"), &sent["request_id"]));
    let status = desk.done("get_status", json!({})).await;
    assert_eq!(
        (&status["recorded_requests"], &status["first_request_seen"], &status["proxy"]["state"]),
        (&json!(1), &json!(true), &json!("running"))
    );
    desk.control.shutdown().await;
}

#[tokio::test]
async fn a_request_answered_by_a_fallback_shows_each_attempt() {
    let desk = Desk::new().await;
    desk.control.start().await.unwrap();
    for _ in 0..3 {
        desk.done("send_test", json!({})).await;
    }
    desk.control.recorder.flush().await.unwrap();
    let listed = desk.done("list_logs", json!({ "q": "attempts>1" })).await;
    let bars = listed["data"][0]["attempt_bars"].as_array().unwrap();
    let ok: Vec<_> = bars.iter().map(|bar| bar["ok"].as_bool().unwrap()).collect();
    assert_eq!(ok, [false, true], "every third call of sandbox/flaky is refused: {listed}");
    desk.control.shutdown().await;
}

#[tokio::test]
async fn a_filter_that_is_wrong_says_where() {
    let desk = Desk::new().await;
    let refused = desk.refused("list_logs", json!({ "q": "status:ok latency>soon" })).await;
    assert_eq!(refused.code, Code::InvalidRequest);
    assert!(refused.details["column"].as_u64().unwrap() >= 11, "{:?}", refused.details);
}

#[tokio::test]
async fn a_request_that_is_not_there_is_not_found() {
    let desk = Desk::new().await;
    for id in ["req_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense"] {
        assert_eq!(desk.refused("get_log", json!({ "id": id })).await.code, Code::NotFound);
    }
}

#[tokio::test]
async fn a_paused_proxy_says_so() {
    let desk = Desk::new().await;
    desk.control.start().await.unwrap();
    let status = desk.done("set_paused", json!({ "paused": true })).await;
    assert_eq!(status["proxy"]["state"], "paused");
    assert_eq!(sent(&desk).await["status"], 503);
    let status = desk.done("set_paused", json!({ "paused": false })).await;
    assert_eq!(status["proxy"]["state"], "running");
    desk.control.shutdown().await;
}

#[tokio::test]
async fn a_dry_run_decides_and_calls_nobody() {
    let desk = Desk::new().await;
    let request = json!({ "model": "@production", "messages": [{ "role": "user", "content": "hi" }] });
    let run = desk.done("dry_run", json!({ "request": request })).await;
    assert_eq!(run["trace"]["steps"][0]["config"], "production", "{run}");
    let draft = desk.done("dry_run", json!({ "request": request, "document": single("sandbox/smart") })).await;
    assert_eq!(draft["trace"]["decision"]["target"], "sandbox/smart", "{draft}");
    let refused = desk.refused("dry_run", json!({ "request": request, "document": single("@nothing") })).await;
    assert_eq!(refused.code, Code::InvalidDocument);
    assert!(desk.done("list_logs", json!({})).await["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_dry_run_of_a_draft_is_of_the_version_that_it_would_become() {
    let desk = Desk::new().await;
    let request = json!({ "messages": [{ "role": "user", "content": "hi" }] });
    let run = desk.done("dry_run", json!({ "request": request, "slug": "@production", "document": single("sandbox/smart") })).await;
    assert_eq!((&run["trace"]["steps"][0]["config"], &run["trace"]["steps"][0]["version"]), (&json!("production"), &json!(2)), "{run}");
    let run = desk.done("dry_run", json!({ "request": request, "slug": "new", "document": single("sandbox/smart") })).await;
    assert_eq!((&run["trace"]["steps"][0]["config"], &run["trace"]["steps"][0]["version"]), (&json!("new"), &json!(1)), "{run}");
    let run = desk.done("dry_run", json!({ "request": request, "slug": "production" })).await;
    assert_eq!(run["trace"]["steps"][0]["version"], 1, "without a draft the active version is asked: {run}");
    let cycle = json!({ "request": request, "slug": "production", "document": single("@production") });
    assert_eq!(desk.refused("dry_run", cycle).await.code, Code::InvalidDocument);
}

#[tokio::test]
async fn a_dry_run_lets_targets_fail_as_assumed() {
    let desk = Desk::new().await;
    let request = json!({ "model": "@production", "messages": [{ "role": "user", "content": "hi" }] });
    let assume = json!([{ "target": "sandbox/flaky", "outcome": "http_503" }]);
    let run = desk.done("dry_run", json!({ "request": request, "assume": assume })).await;
    let attempts: Vec<_> =
        run["trace"]["attempts"].as_array().unwrap().iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
    assert_eq!(attempts, ["http_503", "ok"], "{run}");
    assert_eq!(run["trace"]["decision"]["target"], "sandbox/fast");
    assert!(run["explanation"].as_str().unwrap().contains("fast answers"), "{run}");
    for (target, outcome, said) in [
        ("sandbox/flaky", "sleepy", "\"sleepy\" is no way to fail"),
        ("sandbox/flaky", "http_200", "\"http_200\" is no way to fail"),
        ("@production", "timeout", "\"@production\" is no target that calls can fail at"),
    ] {
        let assume = json!([{ "target": target, "outcome": outcome }]);
        let refused = desk.refused("dry_run", json!({ "request": request, "assume": assume })).await;
        assert!(refused.code == Code::InvalidRequest && refused.message.starts_with(said), "{}", refused.message);
    }
}

#[tokio::test]
async fn estimates_begin_with_what_the_log_teaches() {
    let desk = Desk::new().await;
    desk.done("save_version", json!({ "slug": "production", "document": single("sandbox/fast") })).await;
    desk.control.start().await.unwrap();
    desk.done("send_test", json!({ "model": "@production" })).await;
    desk.control.recorder.flush().await.unwrap();
    let row = desk.done("list_logs", json!({})).await;
    let written = row["data"][0]["output_tokens"].as_u64().unwrap();
    let desk = desk.reopened().await;
    desk.control.start().await.unwrap();
    // What start begins last.
    let learning = desk.control.tasks().pop().unwrap();
    learning.await.unwrap();
    let request = json!({ "model": "@production", "messages": [{ "role": "user", "content": "hi" }] });
    let run = desk.done("dry_run", json!({ "request": request })).await;
    assert_eq!(run["trace"]["attempts"][0]["output_tokens"], written, "{run}");
    assert_ne!(written, 256, "else it might be the usual guess");
}
