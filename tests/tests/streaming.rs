//! Streams: event by event, commit, breaks, hang-ups.

use serde_json::{Value, json};
use whole::{
    client::Answer,
    openai,
    stage::{Stage, ask_streamed, fallback},
    upstream::{Reply, Step},
};

async fn stage() -> Stage {
    Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"]))]).await
}

fn content(answer: &Answer) -> String {
    let mut all = String::new();
    for line in answer.text().lines() {
        let Some(data) = line.strip_prefix("data: ").filter(|data| *data != "[DONE]") else { continue };
        let chunk: Value = serde_json::from_str(data).expect("every event is JSON");
        all += chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
    }
    all
}

/// The error event that ends a broken stream; there must be no `[DONE]` and no invented finish reason.
#[track_caller]
fn broken_end(answer: &Answer) -> Value {
    let text = answer.text();
    assert!(!text.contains("data: [DONE]"), "a broken stream must not look finished: {text}");
    assert!(!text.contains(r#""finish_reason":"stop""#), "a finish reason is never invented: {text}");
    assert!(text.ends_with("\n\n"), "the last event is whole: {text:?}");
    let last = text.trim_end().rsplit("\n\n").next().expect("a last event");
    let data = last.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    let event: Value = serde_json::from_str(data).expect("a well-formed event");
    assert!(event["error"]["message"].is_string(), "the last event says what broke: {text}");
    event
}

#[tokio::test]
async fn each_event_is_forwarded_as_it_arrives() {
    let stage = stage().await;
    let reply = Reply::stream()
        .text(openai::role_event())
        .text(openai::content_event("one"))
        .wait("two")
        .text(openai::content_event("two"))
        .wait("end")
        .text(openai::finish_event())
        .text(openai::DONE)
        .end();
    stage.upstream.script("a1", [reply]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    assert_eq!(stream.event().await, Some(openai::role_event()));
    assert_eq!(stream.event().await, Some(openai::content_event("one")));
    stage.upstream.release("two");
    assert_eq!(stream.event().await, Some(openai::content_event("two")));
    stage.upstream.release("end");
    let rest = stream.rest().await;
    assert_eq!(rest.text(), openai::finish_event() + openai::DONE);
    assert!(rest.complete);
}

#[tokio::test]
async fn the_headers_of_a_stream_come_before_its_body() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::stream().text(openai::role_event()).text(openai::content_event("x")).then(Step::Hang)]);
    let stream = stage.modelux.stream(ask_streamed("@production")).await;
    let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().expect("ASCII").to_owned());
    assert_eq!(stream.status, 200);
    assert!(header("content-type").is_some_and(|value| value.starts_with("text/event-stream")));
    assert_eq!(header("x-modelux-config").as_deref(), Some("production:1"));
    assert_eq!(header("x-modelux-model-used").as_deref(), Some("a1"));
    assert_eq!(header("x-modelux-cost-usd"), None, "the cost of a stream is not known yet");
    assert!(header("x-modelux-request-id").is_some());
}

#[tokio::test]
async fn events_pass_byte_for_byte_whatever_their_line_ends_comments_and_splits() {
    let stage = stage().await;
    let odd = ": ping\r\n\r\nevent: message\r\nid: 7\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"caf\\u00e9 \\ud800\"},\"x\":1.50}]}\r\n\r\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n";
    stage.upstream.script("a1", [Reply::stream().then(Step::Drip { text: odd.to_owned(), every_ms: 0 }).end()]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(answer.text(), odd);
}

#[tokio::test]
async fn an_error_status_before_a_stream_moves_on() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(503)]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!((answer.status, content(&answer).as_str()), (200, "hello from b1"));
}

#[tokio::test]
async fn until_the_first_content_another_attempt_takes_over_unseen() {
    let error = openai::event(r#"{"error":{"message":"overloaded","type":"server_error","code":null}}"#);
    let before_content = [
        Reply::stream().then(Step::Reset),
        Reply::stream().then(Step::Close),
        Reply::stream().end(),
        Reply::stream().text(openai::role_event()).then(Step::Reset),
        Reply::stream().text(openai::role_event()).end(),
        Reply::stream().text(openai::role_event()).text(error.clone()).end(),
        Reply::stream().text(error).end(),
        Reply::stream().text(": ping\n\n").text(openai::role_event()).text("data: {garbage\n\n").end(),
        Reply::stream().text("not an event stream at all").end(),
    ];
    for reply in before_content {
        let stage = stage().await;
        stage.upstream.script("a1", [reply.clone()]);
        let answer = stage.modelux.chat(ask_streamed("@production")).await;
        assert_eq!(answer.status, 200, "{reply:?}");
        assert_eq!(answer.text().matches(r#""role":"assistant""#).count(), 1, "nothing of the first attempt may show: {}", answer.text());
        assert_eq!(content(&answer), "hello from b1", "{reply:?}");
        assert!(answer.text().ends_with(openai::DONE));
        assert_eq!(answer.header("x-modelux-model-used"), Some("b1"), "the headers name who answers: {reply:?}");
        assert_eq!(answer.header("x-modelux-attempts"), Some("2"));
    }
}

#[tokio::test]
async fn a_role_only_chunk_does_not_stop_the_clock() {
    let document = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 200}, "beta/b1"]});
    let stage = Stage::with(&[("production", document)]).await;
    stage.upstream.script("a1", [Reply::stream().text(openai::role_event()).then(Step::Hang)]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(content(&answer), "hello from b1");
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["trace"]["attempts"][0]["outcome"], "timeout");
    stage.upstream.wait_for_hang_up("a1").await;
}

#[tokio::test]
async fn after_the_commit_the_timeout_no_longer_counts() {
    let document = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 200}, "beta/b1"]});
    let stage = Stage::with(&[("production", document)]).await;
    let reply = Reply::stream()
        .parts(&["slow"])
        .then(Step::Pause { ms: 500 })
        .parts(&[" but sure"])
        .text(openai::finish_event())
        .text(openai::DONE);
    stage.upstream.script("a1", [reply.end()]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(content(&answer), "slow but sure");
    assert!(answer.text().ends_with(openai::DONE));
}

#[tokio::test]
async fn a_stream_that_breaks_after_its_commit_ends_with_an_error_event() {
    let error = openai::event(r#"{"error":{"message":"engine fell over","type":"server_error","code":null}}"#);
    let committed = || Reply::stream().text(openai::role_event()).parts(&["half an"]);
    for reply in [
        committed().then(Step::Reset),
        committed().then(Step::Close),
        committed().end(),
        committed().text(error).end(),
        committed().text("data: {\"choices\":[{\"ind").end(),
        committed().text("data: garbage\n\n").parts(&["never seen"]).text(openai::finish_event()).text(openai::DONE).end(),
    ] {
        let stage = stage().await;
        stage.upstream.script("a1", [reply.clone()]);
        let answer = stage.modelux.chat(ask_streamed("@production")).await;
        assert_eq!(answer.status, 200);
        broken_end(&answer);
        assert!(answer.text().contains("half an"), "{reply:?}");
        assert!(stage.upstream.seen_for("b1").is_empty(), "no attempt may follow a commit: {reply:?}");
        let log = stage.modelux.log(answer.request_id()).await;
        assert_eq!(log["trace"]["attempts"][0]["outcome"], "broken", "{reply:?}: {log:#}");
        assert_ne!(log["error_class"], Value::Null);
    }
}

#[tokio::test]
async fn a_finish_reason_without_done_is_an_end() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::stream().parts(&["all of it"]).text(openai::finish_event()).end()]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(content(&answer), "all of it");
    assert!(!answer.text().contains("\"error\""), "some upstreams never send [DONE]: {}", answer.text());
}

#[tokio::test]
async fn silence_after_the_commit_is_cut_by_the_idle_timeout() {
    let document = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "idle_timeout_ms": 200}, "beta/b1"]});
    let stage = Stage::with(&[("production", document)]).await;
    stage.upstream.script("a1", [Reply::stream().parts(&["and then"]).then(Step::Hang)]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    broken_end(&answer);
    stage.upstream.wait_for_hang_up("a1").await;
}

#[tokio::test]
async fn any_byte_resets_the_idle_timeout() {
    let document = json!({"strategy": "single", "model": {"model": "alpha/a1", "idle_timeout_ms": 1000}});
    let stage = Stage::with(&[("production", document)]).await;
    let mut reply = Reply::stream().parts(&["a"]);
    for _ in 0..6 {
        reply = reply.then(Step::Pause { ms: 300 }).text(": ping\n\n");
    }
    stage.upstream.script("a1", [reply.parts(&["b"]).text(openai::finish_event()).text(openai::DONE).end()]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(content(&answer), "ab");
    assert!(answer.text().ends_with(openai::DONE), "{}", answer.text());
}

#[tokio::test]
async fn a_caller_that_hangs_up_in_a_stream_cancels_the_upstream_and_is_recorded_as_499() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::stream().parts(&["one"]).then(Step::Hang)]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    let id = stream.headers["x-modelux-request-id"].to_str().expect("ASCII").to_owned();
    assert_eq!(stream.event().await, Some(openai::content_event("one")));
    stream.hang_up();
    stage.upstream.wait_for_hang_up("a1").await;
    let log = stage.modelux.log(&id).await;
    assert_eq!(log["status"], 499);
    assert_eq!(log["trace"]["attempts"][0]["outcome"], "cancelled");
}

#[tokio::test]
async fn a_caller_that_hangs_up_before_any_answer_cancels_the_upstream_too() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::hang()]);
    let address = stage.modelux.address;
    let headers = format!("Bearer {}", whole::modelux::APP_KEY);
    let waiting = tokio::spawn(async move {
        let headers = [("authorization", headers.as_str()), ("content-type", "application/json")];
        whole::client::send(address, "POST", "/openai/v1/chat/completions", &headers, ask_streamed("@production")).await.map(drop)
    });
    stage.upstream.wait_for_calls("a1", 1).await;
    waiting.abort();
    stage.upstream.wait_for_hang_up("a1").await;
    let rows = stage.modelux.logs(1).await;
    assert_eq!(rows[0]["status"], 499, "{rows:#?}");
    assert!(stage.upstream.seen_for("b1").is_empty(), "nobody is there to answer");
}

#[tokio::test]
async fn a_stream_that_nobody_could_open_is_a_plain_error() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    stage.upstream.script("b1", [Reply::stream().end()]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(answer.expect(502)["error"]["type"], "all_attempts_failed");
    assert_eq!(answer.header("content-type").map(|value| value.starts_with("application/json")), Some(true));
}

#[tokio::test]
async fn tool_calls_and_refusals_are_content_too() {
    for delta in [
        r#"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}"#,
        r#"{"refusal":"I will not"}"#,
    ] {
        let stage = stage().await;
        let event = openai::event(&format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#));
        stage.upstream.script("a1", [Reply::stream().text(event.clone()).then(Step::Reset)]);
        let answer = stage.modelux.chat(ask_streamed("@production")).await;
        assert!(answer.text().starts_with(&event), "{}", answer.text());
        broken_end(&answer);
        assert!(stage.upstream.seen_for("b1").is_empty());
    }
}

#[tokio::test]
async fn a_drip_of_single_bytes_becomes_whole_events() {
    let stage = stage().await;
    let whole = [openai::role_event(), openai::content_event("drop by drop"), openai::finish_event(), openai::DONE.to_owned()].concat();
    stage.upstream.script("a1", [Reply::stream().then(Step::Drip { text: whole.clone(), every_ms: 1 }).end()]);
    assert_eq!(stage.modelux.chat(ask_streamed("@production")).await.text(), whole);
}
