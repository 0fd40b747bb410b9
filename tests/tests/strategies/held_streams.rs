//! Streams that are asked of strategies which look at answers first.

use serde_json::{Value, json};
use whole::{
    openai,
    stage::{Stage, ask_streamed},
    upstream::{Reply, Step},
};

use crate::{outcomes, stage, stream_behind, streamed_text, text_of};

fn vote() -> Value {
    json!({"strategy": "ensemble", "aggregation": "majority_vote", "timeout_ms": 20_000,
        "members": [{"model": "alpha/a1"}, {"model": "alpha/a2"}, {"model": "beta/b1"}]})
}

/// Streams that wait for the gate `vote`, but for one of `b1` that never says anything.
async fn waiting() -> Stage {
    let stage = stage(vote()).await;
    stage.upstream.script("a1", [stream_behind("vote", &["for", "ty-two"])]);
    stage.upstream.script("a2", [stream_behind("vote", &["Forty", "-Two"])]);
    stage.upstream.script("b1", [Reply::stream().text(openai::role_event()).then(Step::Hang)]);
    stage
}

#[tokio::test]
async fn a_caller_is_kept_company_until_the_decision_and_then_gets_the_winners_stream() {
    let stage = waiting().await;
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["x-modelux-config"], "production:1");
    let id = stream.headers["x-modelux-request-id"].to_str().expect("ASCII").to_owned();
    let first = stream.event().await.expect("a comment");
    assert!(first.starts_with(':'), "nothing is decided yet: {first:?}");
    stage.upstream.release("vote");
    let rest = stream.rest().await;
    let said: String = rest.text().split_inclusive("\n\n").filter(|event| !event.starts_with(':')).collect();
    let (role, finish) = (openai::role_event(), openai::finish_event());
    let own = [role, openai::content_event("for"), openai::content_event("ty-two"), finish, openai::DONE.to_owned()].concat();
    assert_eq!(said, own, "the winner's events as they came, without the usage that nobody asked for");
    assert!(rest.complete);
    stage.upstream.wait_for_hang_up("b1").await;
    let log = stage.modelux.log(&id).await;
    assert_eq!(outcomes(&log), ["alpha/a1 ok", "alpha/a2 ok", "beta/b1 cancelled"]);
    assert_eq!((&log["status"], &log["model"], &log["output_tokens"]), (&json!(200), &json!("a1"), &json!(3)));
}

#[tokio::test]
async fn a_decision_that_comes_soon_has_all_its_headers() {
    let stage = stage(vote()).await;
    for model in ["a1", "a2"] {
        stage.upstream.script(model, [Reply::streamed_chat(&["the", " same"])]);
    }
    stage.upstream.script("b1", [Reply::hang()]);
    let stream = stage.modelux.stream(ask_streamed("@production")).await;
    assert_eq!(stream.headers["x-modelux-model-used"], "a1");
    assert!(stream.headers.contains_key("x-modelux-cost-usd"), "all of it is here, so its cost is known");
    let answer = stream.rest().await;
    assert_eq!(streamed_text(answer.text()), "the same");
    assert!(answer.text().ends_with(openai::DONE) && !answer.text().contains(": keep"), "{}", answer.text());
}

#[tokio::test]
async fn a_failure_that_comes_soon_is_a_plain_error() {
    let stage = stage(vote()).await;
    for model in ["a1", "a2", "b1"] {
        stage.upstream.script(model, [Reply::error(500)]);
    }
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(answer.expect(502)["error"]["type"], "all_attempts_failed");
}

#[tokio::test]
async fn a_failure_that_comes_late_is_an_error_event() {
    let stage = stage(vote()).await;
    for model in ["a1", "a2", "b1"] {
        let mut reply = Reply::new().wait("fail");
        reply.0.extend(Reply::error(503).0);
        stage.upstream.script(model, [reply]);
    }
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    let id = stream.headers["x-modelux-request-id"].to_str().expect("ASCII").to_owned();
    assert!(stream.event().await.expect("a comment").starts_with(':'));
    stage.upstream.release("fail");
    let rest = stream.rest().await;
    let last = rest.text().trim_end().rsplit("\n\n").next().expect("a last event");
    let data = last.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    let event: Value = serde_json::from_str(data).expect("a well-formed event");
    assert_eq!(event["error"]["type"], "all_attempts_failed", "{event:#}");
    assert!(!rest.text().contains("[DONE]"), "a failure must not look finished: {}", rest.text());
    let log = stage.modelux.log(&id).await;
    assert_eq!((&log["status"], &log["error_class"]), (&json!(502), &json!("all_attempts_failed")), "{log:#}");
}

#[tokio::test]
async fn hanging_up_while_nothing_is_decided_cancels_every_member() {
    let stage = waiting().await;
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    let id = stream.headers["x-modelux-request-id"].to_str().expect("ASCII").to_owned();
    assert!(stream.event().await.expect("a comment").starts_with(':'));
    stream.hang_up();
    for model in ["a1", "a2", "b1"] {
        stage.upstream.wait_for_hang_up(model).await;
    }
    let log = stage.modelux.log(&id).await;
    assert_eq!(log["status"], 499);
    assert!(outcomes(&log).iter().all(|outcome| outcome.ends_with("cancelled")), "{log:#}");
}

#[tokio::test]
async fn a_streamed_average_is_a_stream() {
    let document =
        json!({"strategy": "ensemble", "aggregation": "weighted_average", "members": [{"model": "alpha/a1"}, {"model": "alpha/a2"}]});
    let stage = stage(document).await;
    stage.upstream.script("a1", [Reply::streamed_chat(&["1", "0"])]);
    stage.upstream.script("a2", [Reply::streamed_chat(&["11"])]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(streamed_text(answer.text()), "10.5");
    assert!(answer.text().ends_with(openai::DONE));
}

#[tokio::test]
async fn a_cascade_streams_its_last_step_through_as_it_comes() {
    let document =
        json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.length > 100"}, {"model": "beta/b1"}]});
    let stage = stage(document).await;
    stage.upstream.script("a1", [Reply::streamed_chat(&["too", " short"])]);
    let last = Reply::stream().text(openai::role_event()).parts(&["first"]).wait("more").parts(&[" second"]);
    stage.upstream.script("b1", [last.text(openai::finish_event()).text(openai::DONE).end()]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    assert_eq!(stream.headers["x-modelux-model-used"], "b1");
    assert_eq!(stream.event().await, Some(openai::role_event()));
    assert_eq!(stream.event().await, Some(openai::content_event("first")), "it is not held back");
    stage.upstream.release("more");
    let rest = stream.rest().await;
    assert_eq!(streamed_text(rest.text()), " second");
    assert!(!rest.text().contains("short"), "nothing of what was turned down may show");
}

#[tokio::test]
async fn a_cascade_holds_back_the_steps_before_its_last() {
    let document =
        json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.length > 3"}, {"model": "beta/b1"}]});
    let stage = stage(document).await;
    stage.upstream.script("a1", [stream_behind("all of it", &["good", " enough"])]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    assert!(stream.event().await.expect("a comment").starts_with(':'));
    stage.upstream.release("all of it");
    let rest = stream.rest().await;
    assert_eq!(streamed_text(rest.text()), "good enough");
    assert!(stage.upstream.seen_for("b1").is_empty());
}

#[tokio::test]
async fn a_trace_that_was_asked_for_comes_with_a_held_stream() {
    let stage = stage(vote()).await;
    for model in ["a1", "a2"] {
        stage.upstream.script(model, [Reply::streamed_chat(&["same"])]);
    }
    stage.upstream.script("b1", [Reply::hang()]);
    let body = json!({"model": "@production", "stream": true, "mlx:trace": true, "messages": [{"role": "user", "content": "hi"}]});
    let answer = stage.modelux.chat(body.to_string()).await;
    let traced = answer.text().lines().filter_map(|line| line.strip_prefix("data: ")).find(|data| data.contains("mlx:trace"));
    let event: Value = serde_json::from_str(traced.expect("an event with the trace")).expect("JSON");
    assert_eq!(text_of(&event["mlx:trace"]["decision"]["target"]), "alpha/a1", "{event:#}");
}
