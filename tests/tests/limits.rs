//! What is refused, how it is said, and that the process lives on.

use serde_json::json;
use whole::{
    client,
    modelux::APP_KEY,
    stage::{Stage, ask, single},
    upstream::{Reply, Step},
};

async fn stage() -> Stage {
    Stage::with(&[("production", single("alpha/a1"))]).await
}

async fn assert_lives_on(stage: &Stage) {
    stage.upstream.script("a1", [Reply::chat("alive")]);
    stage.modelux.chat(ask("@production")).await.expect(200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_never_reaches_the_upstream() {
    let stage = stage().await;
    let body = format!(r#"{{"model":"@production","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(40 << 20));
    let answer = stage.modelux.chat(body).await;
    answer.expect(413);
    assert!(answer.error_message().contains("32"), "the limit is named: {}", answer.error_message());
    assert!(answer.request_id().starts_with("req_"));
    assert_eq!(stage.upstream.seen().len(), 0);
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn a_body_just_under_the_limit_passes() {
    let stage = stage().await;
    let body = format!(r#"{{"model":"@production","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(31 << 20));
    stage.modelux.chat(body.clone()).await.expect(200);
    assert_eq!(stage.upstream.only("a1").body.len(), body.len() - "@production".len() + "a1".len());
}

#[tokio::test]
async fn a_body_over_the_limit_without_a_declared_length_is_413_too() {
    let stage = stage().await;
    let head = format!(
        "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {APP_KEY}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    for _ in 0..34 {
        bytes.extend_from_slice(chunk.as_bytes());
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    // Refusing early may reset the connection while we still send; then there is no answer to read.
    if let Ok(answer) = client::raw(stage.modelux.address, &bytes).await {
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    assert_eq!(stage.upstream.seen().len(), 0);
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn broken_json_is_400_with_the_place_and_a_request_id() {
    let stage = stage().await;
    for body in [
        "",
        "{",
        "nonsense",
        "[]",
        "\"@production\"",
        r#"{"model":"@production""#,
        r#"{"model":"@production","messages":[}"#,
        "{\"model\":\"@production\",\"x\":\"\u{0}\"}",
        "\u{feff}{}",
    ] {
        let answer = stage.modelux.chat(body).await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{body:?}");
        assert!(answer.request_id().starts_with("req_"));
    }
    let not_utf8 = stage.modelux.chat(&b"{\"model\":\"@production\",\"x\":\"\xff\xfe\"}"[..]).await;
    assert_eq!(not_utf8.status, 400, "{not_utf8:?}");
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn json_nested_beyond_reason_does_not_end_the_process() {
    let stage = stage().await;
    let deep = format!(r#"{{"model":"@production","messages":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    let answer = stage.modelux.chat(deep).await;
    assert!(matches!(answer.status, 200 | 400), "{answer:?}");
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn a_body_that_is_not_json_by_its_own_words_is_415() {
    let stage = stage().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = stage.modelux.chat_with(&[("content-type", kind)], ask("@production")).await;
        assert_eq!(answer.status, 415, "a web form must not be able to call: {kind}: {}", answer.text());
    }
    assert_eq!(stage.modelux.chat_with(&[("content-type", "application/json; charset=utf-8")], ask("@production")).await.status, 200);
}

#[tokio::test]
async fn tags_beyond_the_limits_are_400_naming_the_key() {
    let stage = stage().await;
    let ask_with = |tags: serde_json::Value| json!({"model": "@production", "messages": [], "mlx:tags": tags}).to_string();
    let long_key = "k".repeat(65);
    for (tags, named) in [
        (json!({"team": "v".repeat(257)}), "team"),
        (json!({&long_key: "v"}), &long_key[..64]),
        (json!({"team": {"nested": 1}}), "team"),
        (json!("text"), "mlx:tags"),
        ((0..33).map(|n| (format!("tag{n:02}"), json!("v"))).collect::<serde_json::Map<_, _>>().into(), "32"),
    ] {
        let answer = stage.modelux.chat(ask_with(tags)).await;
        assert_eq!(answer.status, 400, "{named}: {}", answer.text());
        assert!(answer.error_message().contains(named), "{named} is missing from: {}", answer.error_message());
    }
    stage.modelux.chat(ask_with(json!({"k".repeat(64): "é".repeat(256)}))).await.expect(200);
    let header = format!("team={}", "v".repeat(257));
    let answer = stage.modelux.chat_with(&[("x-modelux-user-tags", &header)], ask("@production")).await;
    answer.expect(400);
    assert!(answer.error_message().contains("team"));
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_404_that_says_so() {
    let stage = stage().await;
    let key = format!("Bearer {APP_KEY}");
    for (method, path) in [("GET", "/"), ("POST", "/openai/v2/chat/completions"), ("GET", "/manage/v1/nothing")] {
        let answer = stage.modelux.call(method, path, &[("authorization", &key)], "").await;
        assert!(matches!(answer.status, 403 | 404), "{method} {path}: {answer:?}");
    }
    stage.modelux.get("/nothing").await.expect(404);
    let answer = stage.modelux.call("GET", "/openai/v1/chat/completions", &[("authorization", &key)], "").await;
    assert!(matches!(answer.status, 404 | 405), "{answer:?}");
}

#[tokio::test]
async fn half_a_request_and_garbage_do_no_harm() {
    let stage = stage().await;
    for bytes in [
        &b"GET / HTTP/1.1\r\nhost: lo"[..],
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /openai/v1/chat/completions HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    ] {
        let address = stage.modelux.address;
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let mut stream = stream;
        tokio::io::AsyncWriteExt::write_all(&mut stream, bytes).await.expect("it reads");
    }
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn an_answer_of_a_gigabyte_is_cut_off_before_it_fills_the_memory() {
    let stage = stage().await;
    let endless = Reply::new()
        .head(200, &[("content-type", "application/json")])
        .text("{\"a\":\"")
        .then(Step::Fill { bytes: 1 << 30 })
        .text("\"}")
        .end();
    stage.upstream.script("a1", [endless]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert!(answer.status >= 500, "status {} with {} bytes", answer.status, answer.body.len());
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.modelux.pid())).expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kib < 400 << 10, "its memory peaked at {peak_kib} KiB");
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn a_stream_of_one_endless_event_is_cut_off_too() {
    let stage = stage().await;
    let endless = Reply::stream().text("data: {\"a\":\"").then(Step::Fill { bytes: 1 << 30 }).end();
    stage.upstream.script("a1", [endless]);
    let body = whole::stage::ask_streamed("@production");
    let answer = stage.modelux.chat(body).await;
    assert!(answer.body.len() < 256 << 20, "{} bytes of one event", answer.body.len());
    assert_lives_on(&stage).await;
}

#[tokio::test]
async fn two_hundred_callers_at_once_are_all_answered() {
    let stage = stage().await;
    let calls = (0..200).map(|_| stage.modelux.chat(ask("@production")));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let mut ids: Vec<_> = answers.iter().map(|answer| answer.request_id().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200, "every request has an id of its own");
    assert_eq!(stage.modelux.logs(200).await.len(), 200, "nothing answered goes unrecorded");
}
