//! What makes the next attempt take over, and what goes straight back to the caller.

use serde_json::{Value, json};
use whole::{
    client::Answer,
    stage::{Stage, ask, fallback},
    upstream::Reply,
};

async fn stage() -> Stage {
    Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"]))]).await
}

async fn stage_with(document: Value) -> Stage {
    Stage::with(&[("production", document)]).await
}

fn outcomes(log: &Value) -> Vec<String> {
    let attempts = log["trace"]["attempts"].as_array().expect("attempts");
    attempts
        .iter()
        .map(|attempt| format!("{} {}", attempt["target"].as_str().expect("target"), attempt["outcome"].as_str().expect("outcome")))
        .collect()
}

async fn traced(stage: &Stage, answer: &Answer) -> Vec<String> {
    outcomes(&stage.modelux.log(answer.request_id()).await)
}

#[tokio::test]
async fn a_429_or_a_5xx_moves_on() {
    for status in [429, 500, 502, 503, 529, 599] {
        let stage = stage().await;
        stage.upstream.script("a1", [Reply::error(status)]);
        let answer = stage.modelux.chat(ask("@production")).await;
        assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "hello from b1");
        assert_eq!(traced(&stage, &answer).await, [format!("alpha/a1 http_{status}"), "beta/b1 ok".to_owned()]);
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_reset_or_cut_moves_on() {
    let half = Reply::new().head(200, &[("content-type", "application/json"), ("content-length", "1000")]).text("{\"id\":");
    for broken in [Reply::reset(), half.clone().then(whole::upstream::Step::Close), half.then(whole::upstream::Step::Reset)] {
        let stage = stage().await;
        stage.upstream.script("a1", [broken]);
        let answer = stage.modelux.chat(ask("@production")).await;
        assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "hello from b1");
        assert_eq!(traced(&stage, &answer).await, ["alpha/a1 connection", "beta/b1 ok"]);
    }
    let stage = stage_with(fallback(&["gone/g1", "beta/b1"])).await;
    let answer = stage.modelux.chat(ask("@production")).await;
    answer.expect(200);
    assert_eq!(traced(&stage, &answer).await, ["gone/g1 connection", "beta/b1 ok"]);
}

#[tokio::test]
async fn an_answer_that_is_none_moves_on() {
    for nothing in [
        Reply::json(200, ""),
        Reply::json(200, "<html>gateway</html>"),
        Reply::new().then(whole::upstream::Step::Raw { text: "SSH-2.0-x\r\n".into() }).then(whole::upstream::Step::Close),
    ] {
        let stage = stage().await;
        stage.upstream.script("a1", [nothing.clone()]);
        let answer = stage.modelux.chat(ask("@production")).await;
        assert_eq!(answer.status, 200, "{nothing:?}: {}", answer.text());
        assert_eq!(answer.json()["choices"][0]["message"]["content"], "hello from b1", "{nothing:?}");
    }
}

#[tokio::test]
async fn an_attempt_that_does_not_answer_in_time_moves_on_and_is_cancelled() {
    let stage = stage_with(json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 150}, "beta/b1"]})).await;
    stage.upstream.script("a1", [Reply::hang()]);
    let answer = stage.modelux.chat(ask("@production")).await;
    answer.expect(200);
    assert_eq!(traced(&stage, &answer).await, ["alpha/a1 timeout", "beta/b1 ok"]);
    stage.upstream.wait_for_hang_up("a1").await;
}

#[tokio::test]
async fn a_timeout_bounds_the_whole_body_of_an_answer_that_is_not_streamed() {
    let stage = stage_with(json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 150}, "beta/b1"]})).await;
    let stuck = Reply::new().head(200, &[("content-type", "application/json")]).text("{\"id\":").then(whole::upstream::Step::Hang);
    stage.upstream.script("a1", [stuck]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "hello from b1");
}

#[tokio::test]
async fn an_error_that_is_the_callers_to_mend_goes_straight_back_as_it_is() {
    for status in [400, 401, 403, 404, 422] {
        let stage = stage().await;
        let own = format!(
            "{{ \"error\": {{\"message\":\"caf\\u00e9 {status}\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\", \"extra\":1.0}} }}"
        );
        stage.upstream.script("a1", [Reply::json(status, own.clone())]);
        let answer = stage.modelux.chat(ask("@production")).await;
        assert_eq!((answer.status, answer.text()), (status, own.as_str()));
        assert_eq!(stage.upstream.seen().len(), 1, "{status} must not be hidden by a second call");
    }
}

#[tokio::test]
async fn retry_on_says_itself_what_moves_on() {
    let document =
        json!({"strategy": "fallback", "attempts": ["alpha/a1", "beta/b1"], "retry_on": ["auth", "not_found", "408", "context_length"]});
    let too_long = r#"{"error":{"message":"maximum context length is 8 tokens","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
    for (reply, moves) in [
        (Reply::error(401), true),
        (Reply::error(403), true),
        (Reply::error(404), true),
        (Reply::error(408), true),
        (Reply::json(400, too_long), true),
        (Reply::error(400), false),
        (Reply::error(500), false),
        (Reply::error(429), false),
    ] {
        let stage = stage_with(document.clone()).await;
        stage.upstream.script("a1", [reply.clone()]);
        let answer = stage.modelux.chat(ask("@production")).await;
        assert_eq!(answer.status == 200, moves, "{reply:?}: {}", answer.text());
        assert_eq!(stage.upstream.seen().len(), if moves { 2 } else { 1 }, "{reply:?}");
    }
}

#[tokio::test]
async fn retries_repeat_the_same_target_first() {
    let stage = stage_with(json!({"strategy": "fallback", "attempts": ["alpha/a1", "beta/b1"], "retries": 2})).await;
    stage.upstream.script("a1", [Reply::error(500), Reply::error(503), Reply::chat("third time lucky")]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "third time lucky");
    assert_eq!(answer.header("x-modelux-attempts"), Some("3"));
    assert_eq!(traced(&stage, &answer).await, ["alpha/a1 http_500", "alpha/a1 http_503", "alpha/a1 ok"]);
}

#[tokio::test]
async fn a_retry_after_that_fits_is_honoured() {
    let document = json!({"strategy": "fallback", "attempts": ["alpha/a1", "beta/b1"], "retries": 1, "total_budget_ms": 20000});
    let stage = stage_with(document).await;
    stage.upstream.script("a1", [Reply::error_with(429, &[("retry-after", "1")]), Reply::chat("after the wait")]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "after the wait");
    let log = stage.modelux.log(answer.request_id()).await;
    let start = |n: usize| log["trace"]["attempts"][n]["start_ms"].as_f64().expect("a start");
    assert!(start(1) - start(0) >= 1000.0, "the upstream asked for a second: {log:#}");
}

#[tokio::test]
async fn a_retry_after_that_does_not_fit_moves_on() {
    let document = json!({"strategy": "fallback", "attempts": ["alpha/a1", "beta/b1"], "retries": 3, "total_budget_ms": 20000});
    let stage = stage_with(document).await;
    stage.upstream.script("a1", [Reply::error_with(429, &[("retry-after", "3600")])]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "hello from b1");
    stage.upstream.only("a1");
}

#[tokio::test]
async fn the_total_budget_caps_the_chain() {
    let document = json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 30000}, {"model": "beta/b1", "timeout_ms": 30000}],
        "total_budget_ms": 300});
    let stage = stage_with(document).await;
    stage.upstream.script("a1", [Reply::hang()]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    let log = stage.modelux.log(answer.request_id()).await;
    let total = log["trace"]["total_ms"].as_f64().expect("a total");
    assert!(total < 20_000.0, "neither attempt's own timeout may count: {total}");
}

#[tokio::test]
async fn all_failed_is_429_with_the_smallest_wait_where_all_were_429() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error_with(429, &[("retry-after", "30")])]);
    stage.upstream.script("b1", [Reply::error_with(429, &[("retry-after", "7")])]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_all_failed(&answer, 429, &[("alpha/a1", "http_429"), ("beta/b1", "http_429")]);
    let wait: u64 = answer.header("retry-after").expect("a Retry-After").parse().expect("seconds");
    assert!((1..=7).contains(&wait), "{wait}");
}

#[tokio::test]
async fn all_failed_is_504_where_all_were_timeouts() {
    let document =
        json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 100}, {"model": "beta/b1", "timeout_ms": 100}]});
    let stage = stage_with(document).await;
    stage.upstream.script("a1", [Reply::hang()]);
    stage.upstream.script("b1", [Reply::hang()]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_all_failed(&answer, 504, &[("alpha/a1", "timeout"), ("beta/b1", "timeout")]);
}

#[tokio::test]
async fn all_failed_is_502_otherwise_and_lists_every_attempt() {
    let stage = stage_with(fallback(&["alpha/a1", "gone/g1", "beta/b1"])).await;
    stage.upstream.script("a1", [Reply::error(429)]);
    stage.upstream.script("b1", [Reply::error(500)]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_all_failed(&answer, 502, &[("alpha/a1", "http_429"), ("gone/g1", "connection"), ("beta/b1", "http_500")]);
}

#[track_caller]
fn assert_all_failed(answer: &Answer, status: u16, attempts: &[(&str, &str)]) {
    let body = answer.expect(status);
    assert_eq!(body["error"]["type"], "all_attempts_failed", "{body:#}");
    let listed = body["error"]["attempts"].as_array().unwrap_or_else(|| panic!("the attempts are listed: {body:#}"));
    let listed: Vec<_> = listed.iter().map(|a| (a["target"].as_str().expect("target"), a["outcome"].as_str().expect("outcome"))).collect();
    assert_eq!(listed, attempts);
    for attempt in body["error"]["attempts"].as_array().expect("attempts") {
        assert!(attempt["duration_ms"].is_number() || attempt["ms"].is_number(), "each with its milliseconds: {attempt}");
    }
}

#[tokio::test]
async fn a_lone_attempts_own_error_is_passed_on_as_it_is() {
    let stage = stage().await;
    for status in [429, 500, 503] {
        let own = format!("{{\"error\":{{\"message\":\"only one {status}\",\"type\":\"t\",\"param\":null,\"code\":null}}}} ");
        stage.upstream.script("a2", [Reply::json_with(status, &[("retry-after", "9")], own.clone())]);
        let answer = stage.modelux.chat(ask("alpha/a2")).await;
        assert_eq!((answer.status, answer.text()), (status, own.as_str()));
        if status == 429 {
            assert_eq!(answer.header("retry-after"), Some("9"));
            break;
        }
    }
}

#[tokio::test]
async fn a_lone_attempt_that_gets_no_answer_is_502_or_504_with_a_sentence() {
    let stage = Stage::with(&[("slow", json!({"strategy": "single", "model": "alpha/a1", "timeout_ms": 100}))]).await;
    stage.upstream.script("a1", [Reply::hang()]);
    let timed_out = stage.modelux.chat(ask("@slow")).await;
    timed_out.expect(504);
    assert!(timed_out.error_message().contains("alpha/a1"), "{}", timed_out.error_message());
    let refused = stage.modelux.chat(ask("gone/g1")).await;
    refused.expect(502);
    assert!(refused.error_message().contains("gone/g1"), "{}", refused.error_message());
}

#[tokio::test]
async fn a_breaker_opens_after_five_failures_and_the_skip_is_in_the_trace() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    for _ in 0..5 {
        stage.modelux.chat(ask("@production")).await.expect(200);
    }
    let answer = stage.modelux.chat(ask("@production")).await;
    answer.expect(200);
    assert_eq!(stage.upstream.seen_for("a1").len(), 5, "the sixth request must not try it");
    assert_eq!(answer.header("x-modelux-attempts"), Some("1"), "a skip is no attempt");
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(outcomes(&log), ["alpha/a1 skipped", "beta/b1 ok"]);
    let reason = log["trace"]["attempts"][0]["reason"].as_str().expect("why");
    assert!(reason.contains("breaker") || reason.contains("failures"), "{reason}");
    let health = stage.modelux.get("/health").await.expect(200).to_string();
    assert!(health.contains("alpha/a1") && health.contains("open"), "{health}");
}

#[tokio::test]
async fn a_person_can_reset_a_breaker() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    for _ in 0..6 {
        stage.modelux.chat(ask("@production")).await.expect(200);
    }
    assert_eq!(stage.upstream.seen_for("a1").len(), 5);
    let reset = stage.modelux.post("/health/reset", json!({"target": "alpha/a1"})).await;
    assert!(matches!(reset.status, 200 | 204), "{reset:?}");
    stage.upstream.script("a1", [Reply::chat("back")]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "back");
}

#[tokio::test]
async fn the_callers_own_mistakes_do_not_open_a_breaker() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(400)]);
    for _ in 0..8 {
        stage.modelux.chat(ask("@production")).await.expect(400);
    }
    assert_eq!(stage.upstream.seen_for("a1").len(), 8);
}

#[tokio::test]
async fn where_every_breaker_is_open_all_are_tried_in_order() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    stage.upstream.script("b1", [Reply::error(500)]);
    for _ in 0..5 {
        stage.modelux.chat(ask("@production")).await.expect(502);
    }
    stage.upstream.script("a1", [Reply::error(500)]);
    stage.upstream.script("b1", [Reply::chat("well again")]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "well again");
}

#[tokio::test]
async fn a_cool_down_asked_for_by_the_upstream_is_kept_and_told_to_the_caller() {
    let stage = stage().await;
    stage.upstream.script("a2", [Reply::error_with(429, &[("retry-after", "60")])]);
    stage.modelux.chat(ask("alpha/a2")).await.expect(429);
    let answer = stage.modelux.chat(ask("alpha/a2")).await;
    answer.expect(429);
    stage.upstream.only("a2");
    let wait: u64 = answer.header("retry-after").expect("what remains").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
}
