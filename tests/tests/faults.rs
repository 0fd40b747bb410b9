//! Power cuts, damaged files, full and read-only disks.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rusqlite::Connection;
use serde_json::{Value, json};
use whole::{
    modelux::{Launch, Modelux},
    stage::{self, Stage, ask, single},
    upstream::Upstream,
};

fn integrity(file: &Path) -> String {
    let connection = Connection::open(file).expect("the database opens");
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check")
}

/// Saves versions without pause; each is pushed once it was acknowledged.
async fn save_without_pause(modelux: &Modelux, round: u64, acknowledged: &std::sync::Mutex<Vec<(u64, Value)>>) {
    for n in 1_u64.. {
        let document = json!({"strategy": "single", "model": "alpha/a1", "timeout_ms": round * 10_000 + n});
        let body = json!({"document": document}).to_string();
        let key = format!("Bearer {}", whole::modelux::MANAGEMENT_KEY);
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let sent = whole::client::send(modelux.address, "POST", "/manage/v1/configs/production/versions", &headers, body).await;
        let Ok(answer) = sent else { return };
        let answer = answer.rest().await;
        if answer.status != 201 || !answer.complete {
            return;
        }
        let Ok(saved) = serde_json::from_slice::<Value>(&answer.body) else { return };
        let version = saved["version"].as_u64().expect("a number");
        acknowledged.lock().expect("no panic while held").push((version, document));
    }
}

async fn call_without_pause(modelux: &Modelux, answered: &std::sync::Mutex<Vec<String>>) {
    let key = format!("Bearer {}", whole::modelux::APP_KEY);
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    loop {
        let sent = whole::client::send(modelux.address, "POST", "/openai/v1/chat/completions", &headers, ask("@production")).await;
        let Ok(answer) = sent else { return };
        let answer = answer.rest().await;
        if answer.status != 200 || !answer.complete {
            return;
        }
        answered.lock().expect("no panic while held").push(answer.request_id().to_owned());
    }
}

#[tokio::test]
async fn twenty_power_cuts_under_load_lose_no_acknowledged_save() {
    let upstream = Upstream::start().await;
    let mut launch = stage::launch(&upstream, &[("production", single("alpha/a1"))]);
    let saved = std::sync::Mutex::new(Vec::new());
    for round in 1..=20 {
        let modelux = launch.start().await;
        let answered = std::sync::Mutex::new(Vec::new());
        tokio::join!(save_without_pause(&modelux, round, &saved), call_without_pause(&modelux, &answered), async {
            // The point of the cut moves on with each round, from the first saves to deep in the work.
            let enough = saved.lock().expect("no panic while held").len() + 1 + usize::try_from(round).expect("small");
            while saved.lock().expect("no panic while held").len() < enough {
                tokio::task::yield_now().await;
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            let status = std::process::Command::new("kill").args(["-KILL", &modelux.pid().to_string()]).status();
            assert!(status.expect("kill runs").success());
        });
        launch = modelux.kill().await.no_bundle();
        for file in ["modelux.db", "traffic.db"] {
            assert_eq!(integrity(&launch.data_dir().path().join(file)), "ok", "{file} in round {round}");
        }
    }
    let modelux = launch.start().await;
    let saved = saved.into_inner().expect("no panic while held");
    assert!(saved.len() >= 40, "only {} saves were acknowledged", saved.len());
    for (version, document) in saved {
        let kept = modelux.get(&format!("/configs/production/versions/{version}")).await.expect(200);
        assert_eq!(kept["document"], document, "version {version}");
    }
    let config = modelux.get("/configs/production").await.expect(200);
    let newest = modelux.get("/configs/production/activations?limit=1").await.expect(200);
    assert_eq!(newest["data"][0]["version"], config["active_version"], "the history replays to the active pointer");
}

#[tokio::test]
async fn a_power_cut_loses_at_most_the_last_batch_of_the_log() {
    let upstream = Upstream::start().await;
    let modelux = stage::launch(&upstream, &[("production", single("alpha/a1"))]).start().await;
    let mut early = Vec::new();
    for _ in 0..30 {
        early.push(modelux.chat(ask("@production")).await.request_id().to_owned());
    }
    modelux.log(early.last().expect("thirty")).await;
    let answered = std::sync::Mutex::new(Vec::new());
    tokio::join!(call_without_pause(&modelux, &answered), async {
        while answered.lock().expect("no panic while held").len() < 50 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let status = std::process::Command::new("kill").args(["-KILL", &modelux.pid().to_string()]).status();
        assert!(status.expect("kill runs").success());
    });
    let modelux = modelux.kill().await.start().await;
    let rows = modelux.get("/logs?limit=200").await.expect(200);
    let kept: Vec<_> = rows["data"].as_array().expect("rows").iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
    for id in &early {
        assert!(kept.contains(id), "{id} was committed before");
    }
    let answered = answered.into_inner().expect("no panic while held");
    let lost: Vec<_> = answered.iter().map(|id| !kept.contains(id)).collect();
    let first_lost = lost.iter().position(|lost| *lost).unwrap_or(lost.len());
    assert!(lost[first_lost..].iter().all(|lost| *lost), "what is lost is the end, without holes: {lost:?}");
}

#[tokio::test]
async fn a_normal_stop_loses_nothing() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(stage.modelux.chat(ask("@production")).await.request_id().to_owned());
    }
    let modelux = stage.modelux.restart().await;
    let rows = modelux.get("/logs?limit=200").await.expect(200);
    let kept: Vec<_> =
        rows["data"].as_array().expect("rows").iter().rev().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(kept, ids);
}

async fn stopped() -> (Launch, Upstream) {
    let upstream = Upstream::start().await;
    let modelux = stage::launch(&upstream, &[("production", single("alpha/a1"))]).start().await;
    modelux.chat(ask("@production")).await.expect(200);
    let launch = modelux.launch.clone();
    modelux.terminate();
    assert!(modelux.ended().await.0.success());
    (launch.no_bundle(), upstream)
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_a_plain_sentence_and_left_alone() {
    for file in ["modelux.db", "traffic.db"] {
        let (launch, _upstream) = stopped().await;
        let path = launch.data_dir().path().join(file);
        let connection = Connection::open(&path).expect("the database opens");
        connection.pragma_update(None, "user_version", 9_999).expect("a version");
        connection.close().expect("closed");
        let before = fs::read(&path).expect("readable");
        let failure = launch.clone().try_start().await.expect_err("a newer schema");
        assert!(failure.status.is_some_and(|status| !status.success()));
        assert!(failure.said.contains(file) && failure.said.contains("newer"), "{}", failure.said);
        assert!(!failure.said.contains("panicked"));
        assert_eq!(fs::read(&path).expect("readable"), before, "nothing is overwritten");
    }
}

#[tokio::test]
async fn a_damaged_database_is_never_overwritten() {
    let (launch, _upstream) = stopped().await;
    let path = launch.data_dir().path().join("modelux.db");
    let mut bytes = fs::read(&path).expect("readable");
    for byte in bytes.iter_mut().take(4096) {
        *byte = 0xA5;
    }
    fs::write(&path, &bytes).expect("writable");
    let files = |dir: &Path| -> Vec<Vec<u8>> {
        fs::read_dir(dir).expect("listable").flatten().filter_map(|entry| fs::read(entry.path()).ok()).collect()
    };
    match launch.clone().try_start().await {
        Err(failure) => {
            assert!(failure.said.contains("modelux.db"), "{}", failure.said);
            assert!(!failure.said.contains("panicked"), "{}", failure.said);
        }
        Ok(modelux) => {
            let status = modelux.get("/status").await.expect(200);
            assert!(status["notices"].to_string().contains("modelux.db"), "a recovery is told: {status:#}");
        }
    }
    assert!(files(&launch.data_dir().path()).contains(&bytes), "the damaged file is kept as it was, under whatever name");
}

#[tokio::test]
async fn a_damaged_log_does_not_keep_the_proxy_from_running() {
    let (launch, _upstream) = stopped().await;
    fs::write(launch.data_dir().path().join("traffic.db"), b"not a database, but long enough to be read as one".repeat(100))
        .expect("writable");
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(launch.data_dir().path().join(format!("traffic.db{suffix}")));
    }
    match launch.try_start().await {
        Ok(modelux) => {
            modelux.chat(ask("@production")).await.expect(200);
            let status = modelux.get("/status").await.expect(200);
            assert!(status.to_string().contains("traffic.db"), "it is told: {status:#}");
        }
        Err(failure) => assert!(failure.said.contains("traffic.db") && !failure.said.contains("panicked"), "{}", failure.said),
    }
}

#[tokio::test]
async fn the_data_is_for_its_owner_only() {
    let (launch, _upstream) = stopped().await;
    let dir = launch.data_dir().path();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in fs::read_dir(&dir).expect("listable").flatten() {
        let path = entry.path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_said_plainly() {
    let launch = Launch::new();
    fs::write(launch.data_dir().path(), "a file in its place").expect("writable");
    let failure = launch.try_start().await.expect_err("a file is no directory");
    assert!(failure.status.is_some_and(|status| !status.success()));
    assert!(failure.said.contains("data") && !failure.said.contains("panicked"), "{}", failure.said);
}

/// A prompt of 300 KB that does not compress, another one for each seed.
fn incompressible(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::with_capacity(300_000);
    while text.len() < 300_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text += &format!("{state:016x}");
    }
    json!({"model": "alpha/a1", "messages": [{"role": "user", "content": text}]}).to_string()
}

#[tokio::test]
async fn a_full_disk_refuses_traffic_and_says_so_unless_it_may_go_on_unrecorded() {
    if !Launch::can_have_small_disk() {
        eprintln!("not tested: this machine forbids namespaces");
        return;
    }
    for may_go_on in [false, true] {
        let upstream = Upstream::start().await;
        let mut bundle = stage::bundle(&upstream, &[]);
        if may_go_on {
            bundle["settings"] = json!({"when_unrecordable": "continue"});
        }
        let modelux = stage::launch(&upstream, &[]).bundle(&bundle).small_disk(6).start().await;
        let mut refused = None;
        for seed in 1..100 {
            let answer = modelux.chat(incompressible(seed)).await;
            if answer.status != 200 {
                refused = Some(answer);
                break;
            }
            let health = modelux.call("GET", "/healthz", &[], "").await;
            if may_go_on && health.text().contains("disk") {
                break;
            }
        }
        let health = modelux.call("GET", "/healthz", &[], "").await;
        assert!(health.text().contains("disk") || health.text().contains("record"), "it says so: {health:?}");
        match refused {
            Some(answer) => {
                assert!(!may_go_on, "it was allowed to go on: {answer:?}");
                assert_eq!(answer.status, 503);
                assert!(answer.error_message().contains("disk"), "{}", answer.error_message());
            }
            None => {
                assert!(may_go_on, "twenty-seven megabytes do not fit on six");
                modelux.chat(ask("alpha/a1")).await.expect(200);
            }
        }
    }
}
