//! Saving, conflicts, rollback, history: each proved by the next request.

use serde_json::{Value, json};
use whole::stage::{Stage, ask, fallback, single};

async fn stage() -> Stage {
    let stage = Stage::with(&[]).await;
    let create = json!({"slug": "production", "description": "what apps call", "document": single("alpha/a1"), "message": "first"});
    let made = stage.modelux.post("/configs", create).await.expect(201);
    assert_eq!((&made["slug"], &made["active_version"]), (&json!("production"), &json!(1)));
    stage
}

async fn save(stage: &Stage, document: Value) -> Value {
    let answer = stage.modelux.post("/configs/production/versions", json!({"document": document})).await;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    answer.json()
}

async fn used(stage: &Stage) -> String {
    let answer = stage.modelux.chat(ask("@production")).await;
    answer.expect(200);
    format!("{} {}", answer.header("x-modelux-config").expect("a config"), answer.header("x-modelux-model-used").expect("a model"))
}

#[tokio::test]
async fn a_save_is_what_the_next_request_runs() {
    let stage = stage().await;
    assert_eq!(used(&stage).await, "production:1 a1");
    let saved = save(&stage, single("beta/b1")).await;
    assert_eq!((&saved["version"], &saved["active"]), (&json!(2), &json!(true)));
    assert_eq!(used(&stage).await, "production:2 b1");
}

#[tokio::test]
async fn a_candidate_leaves_the_active_version_alone() {
    let stage = stage().await;
    let body = json!({"document": single("beta/b1"), "activate": false, "message": "try this"});
    let saved = stage.modelux.post("/configs/production/versions", body).await.expect(201);
    assert_eq!((&saved["version"], &saved["active"]), (&json!(2), &json!(false)));
    assert_eq!(used(&stage).await, "production:1 a1");
    let config = stage.modelux.get("/configs/production").await.expect(200);
    assert_eq!((&config["active_version"], &config["latest_version"]), (&json!(1), &json!(2)));
    assert_eq!(config["document"], single("alpha/a1"), "the active document");
}

#[tokio::test]
async fn a_save_of_the_same_document_makes_no_version() {
    let stage = stage().await;
    let body = json!({"document": {"model": "alpha/a1", "strategy": "single"}});
    let same = stage.modelux.post("/configs/production/versions", body).await.expect(200);
    assert_eq!((&same["version"], &same["unchanged"]), (&json!(1), &json!(true)));
    let aliased = json!({"document": {"policy": "single", "model": "alpha/a1"}});
    let same = stage.modelux.post("/configs/production/versions", aliased).await.expect(200);
    assert_eq!(same["unchanged"], true, "an alias is not a change");
}

#[tokio::test]
async fn a_save_from_an_old_version_is_a_conflict_that_shows_the_difference() {
    let stage = stage().await;
    save(&stage, single("alpha/a2")).await;
    let late = json!({"document": single("alpha/a3"), "base_version": 1});
    let answer = stage.modelux.post("/configs/production/versions", late.clone()).await.expect(409);
    assert_eq!(answer["error"]["code"], "conflict");
    assert_eq!(answer["error"]["latest_version"], 2);
    assert!(answer["error"]["diff"]["changes"].as_array().is_some_and(|changes| !changes.is_empty()), "{answer:#}");
    assert_eq!(used(&stage).await, "production:2 a2", "nobody's edit is lost");
    let mut mended = late;
    mended["base_version"] = json!(2);
    stage.modelux.post("/configs/production/versions", mended).await.expect(201);
    assert_eq!(used(&stage).await, "production:3 a3");
}

#[tokio::test]
async fn rollback_activates_at_once_and_copies_nothing() {
    let stage = stage().await;
    save(&stage, single("alpha/a2")).await;
    save(&stage, single("alpha/a3")).await;
    stage.modelux.post("/configs/production/activate", json!({"version": 1, "reason": "a3 is slow"})).await.expect(200);
    assert_eq!(used(&stage).await, "production:1 a1");
    let config = stage.modelux.get("/configs/production").await.expect(200);
    assert_eq!((&config["active_version"], &config["latest_version"]), (&json!(1), &json!(3)));
    stage.modelux.post("/configs/production/activate", json!({"version": 9})).await.expect(404);
    assert_eq!(used(&stage).await, "production:1 a1");
}

#[tokio::test]
async fn a_request_in_flight_finishes_on_the_version_that_it_began_with() {
    let stage = stage().await;
    let slow =
        whole::upstream::Reply::stream().wait("saved").parts(&["old"]).text(whole::openai::finish_event()).text(whole::openai::DONE).end();
    stage.upstream.script("a1", [slow]);
    let body = whole::stage::ask_streamed("@production");
    let (answer, ()) = tokio::join!(stage.modelux.chat(body), async {
        stage.upstream.wait_for_calls("a1", 1).await;
        save(&stage, single("beta/b1")).await;
        assert_eq!(used(&stage).await, "production:2 b1");
        stage.upstream.release("saved");
    });
    assert_eq!(answer.header("x-modelux-config"), Some("production:1"));
    assert_eq!(stage.modelux.log(answer.request_id()).await["version"], 1);
}

#[tokio::test]
async fn the_history_says_what_was_active_when_by_whom_and_why() {
    let stage = stage().await;
    save(&stage, single("alpha/a2")).await;
    stage.modelux.post("/configs/production/activate", json!({"version": 1, "reason": "a2 is slow"})).await.expect(200);
    let history = stage.modelux.get("/configs/production/activations").await.expect(200);
    let rows = history["data"].as_array().expect("rows");
    let told: Vec<_> =
        rows.iter().map(|row| (row["version"].as_u64().expect("a version"), row["reason"].as_str().expect("a reason"))).collect();
    assert_eq!(told, [(1, "rollback"), (2, "save"), (1, "save")], "newest first");
    assert_eq!(rows[0]["note"], "a2 is slow");
    for row in rows {
        assert!(row["at"].as_str().is_some_and(|at| at.ends_with('Z')) && row["by"].is_string(), "{row}");
    }
}

#[tokio::test]
async fn versions_are_listed_with_message_author_and_document() {
    let stage = stage().await;
    let body = json!({"document": fallback(&["alpha/a1", "beta/b1"]), "message": "a second leg"});
    stage.modelux.post("/configs/production/versions", body).await.expect(201);
    let list = stage.modelux.get("/configs/production/versions").await.expect(200);
    let numbers: Vec<_> = list["data"].as_array().expect("rows").iter().map(|row| row["number"].clone()).collect();
    assert_eq!(numbers, [json!(2), json!(1)]);
    let second = stage.modelux.get("/configs/production/versions/2").await.expect(200);
    assert_eq!((&second["message"], &second["origin"], &second["active"]), (&json!("a second leg"), &json!("edit"), &json!(true)));
    assert_eq!(second["document"], fallback(&["alpha/a1", "beta/b1"]));
    assert!(second["author"].is_string() && second["created_at"].is_string());
    stage.modelux.get("/configs/production/versions/3").await.expect(404);
}

#[tokio::test]
async fn a_diff_says_it_in_words_and_side_by_side() {
    let stage = stage().await;
    let first = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 5000}, "beta/b1"]});
    let second = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 2000}, "beta/b1"], "retries": 1});
    save(&stage, first).await;
    save(&stage, second).await;
    let diff = stage.modelux.get("/configs/production/diff?from=2&to=3").await.expect(200);
    let change = diff["changes"].as_array().expect("changes").iter().find(|change| change["path"] == "/attempts/0/timeout_ms");
    let change = change.unwrap_or_else(|| panic!("the changed timeout: {diff:#}"));
    assert_eq!((&change["kind"], &change["from"], &change["to"]), (&json!("changed"), &json!(5000), &json!(2000)));
    assert!(change["text"].as_str().expect("words").contains("5000"), "{change}");
    let kinds: Vec<_> = diff["changes"].as_array().expect("changes").iter().map(|change| change["kind"].clone()).collect();
    assert!(kinds.contains(&json!("added")), "retries came: {diff:#}");
    let rows = diff["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["kind"] == "equal") && rows.iter().any(|row| row["kind"] == "changed"));
    for row in rows {
        for side in ["left", "right"] {
            let line = &row[side];
            assert!(line.is_null() || (line["line"].is_u64() && line["text"].is_string() && line["spans"].is_array()), "{row}");
        }
        assert_eq!(row["left"].is_null(), row["kind"] == "added");
        assert_eq!(row["right"].is_null(), row["kind"] == "removed");
    }
}

#[tokio::test]
async fn a_config_that_another_one_needs_is_not_archived() {
    let stage = stage().await;
    let outer = json!({"slug": "outer", "document": fallback(&["@production", "beta/b1"])});
    stage.modelux.post("/configs", outer).await.expect(201);
    let refused = stage.modelux.manage("DELETE", "/configs/production", None).await;
    refused.expect(409);
    assert!(refused.text().contains("@outer"), "it names who refers: {}", refused.text());
    assert_eq!(used(&stage).await, "production:1 a1");
}

#[tokio::test]
async fn an_archived_config_keeps_its_history_and_comes_back() {
    let stage = stage().await;
    save(&stage, single("alpha/a2")).await;
    stage.modelux.manage("DELETE", "/configs/production", None).await.expect(200);
    stage.modelux.chat(ask("@production")).await.expect(404);
    let list = stage.modelux.get("/configs").await.expect(200);
    assert!(list["data"].as_array().expect("rows").iter().all(|row| row["slug"] != "production"));
    stage.modelux.post("/configs/production/restore", json!({})).await.expect(200);
    assert_eq!(used(&stage).await, "production:2 a2");
    assert_eq!(stage.modelux.get("/configs/production/versions").await.expect(200)["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn slugs_are_checked_and_taken_once() {
    let stage = stage().await;
    for slug in ["", "Production", "-x", "a b", "@production", &"x".repeat(64), "ü"] {
        let answer = stage.modelux.post("/configs", json!({"slug": slug, "document": single("alpha/a1")})).await;
        assert_eq!(answer.status, 400, "{slug:?}: {}", answer.text());
    }
    let again = stage.modelux.post("/configs", json!({"slug": "production", "document": single("alpha/a1")})).await;
    assert_eq!(again.expect(409)["error"]["code"], "already_exists");
    stage.modelux.get("/configs/nothing").await.expect(404);
}

#[tokio::test]
async fn the_same_idempotency_key_does_it_once() {
    let stage = stage().await;
    let key = format!("Bearer {}", whole::modelux::MANAGEMENT_KEY);
    let headers = [("authorization", key.as_str()), ("content-type", "application/json"), ("idempotency-key", "k-1")];
    let body = json!({"slug": "once", "document": single("alpha/a1")}).to_string();
    let first = stage.modelux.call("POST", "/manage/v1/configs", &headers, body.clone()).await.expect(201);
    let second = stage.modelux.call("POST", "/manage/v1/configs", &headers, body).await.expect(201);
    assert_eq!(first, second);
}

#[tokio::test]
async fn everything_saved_is_there_after_a_restart() {
    let stage = stage().await;
    save(&stage, single("alpha/a2")).await;
    stage.modelux.post("/configs/production/activate", json!({"version": 1})).await.expect(200);
    let before = stage.modelux.get("/configs/production/activations").await.expect(200);
    let launch = stage.modelux.launch.clone();
    stage.modelux.terminate();
    assert!(stage.modelux.ended().await.0.success());
    let modelux = launch.no_bundle().start().await;
    assert_eq!(modelux.get("/configs/production/activations").await.expect(200), before);
    let answer = modelux.chat(ask("@production")).await;
    assert_eq!(answer.header("x-modelux-config"), Some("production:1"));
}
