//! The scripted upstream itself: a tool that lies would make every other test lie.

use std::net::SocketAddr;

use serde_json::{Value, json};
use whole::{
    client::{self, Answer, Streaming},
    openai,
    stage::{ask, ask_streamed},
    upstream::{Reply, Step, Upstream},
};

async fn send(address: SocketAddr, body: String) -> Result<Streaming, Box<dyn std::error::Error + Send + Sync>> {
    client::send(address, "POST", "/alpha/v1/chat/completions", &[], body).await
}

async fn call(upstream: &Upstream, body: String) -> Answer {
    send(upstream.address(), body).await.expect("an answer").rest().await
}

#[tokio::test]
async fn replies_come_in_turn_and_the_last_one_repeats() {
    let upstream = Upstream::start().await;
    upstream.script("m", [Reply::error(500), Reply::chat("x")]);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(call(&upstream, ask("m")).await.status);
    }
    assert_eq!(statuses, [500, 200, 200]);
    assert_eq!(upstream.seen_for("m")[0].text(), ask("m"));
    assert!(upstream.seen_for("m").iter().all(|seen| seen.finished));
}

#[tokio::test]
async fn an_unscripted_model_answers_and_streams() {
    let upstream = Upstream::start().await;
    assert_eq!(call(&upstream, ask("m")).await.json()["choices"][0]["message"]["content"], "hello from m");
    assert!(call(&upstream, ask_streamed("m")).await.text().ends_with(openai::DONE));
}

#[tokio::test]
async fn a_reset_is_one_before_the_head_and_in_the_body() {
    let upstream = Upstream::start().await;
    upstream.script("m", [Reply::reset(), Reply::stream().parts(&["a"]).then(Step::Reset)]);
    send(upstream.address(), ask("m")).await.expect_err("no head");
    let cut = call(&upstream, ask("m")).await;
    assert!(!cut.complete);
}

#[tokio::test]
async fn a_gate_holds_until_it_is_released_and_a_hang_up_is_seen() {
    let upstream = Upstream::start().await;
    upstream.script("m", [Reply::stream().parts(&["a"]).wait("go").parts(&["b"]).then(Step::Hang)]);
    let mut stream = send(upstream.address(), ask("m")).await.expect("a head");
    assert_eq!(stream.event().await, Some(openai::content_event("a")));
    upstream.release("go");
    assert_eq!(stream.event().await, Some(openai::content_event("b")));
    stream.hang_up();
    upstream.wait_for_hang_up("m").await;
    assert!(!upstream.only("m").finished);
}

#[tokio::test]
async fn it_is_told_and_asked_over_http_too() {
    let upstream = Upstream::start().await;
    let reply = json!([{"do": "head", "status": 418, "headers": [["content-length", "2"]]}, {"do": "text", "text": "{}"}, {"do": "end"}]);
    let script = json!({"model": "m", "replies": [reply]}).to_string();
    let told = client::send(upstream.address(), "POST", "/script", &[], script).await.expect("an answer").rest().await;
    told.expect(200);
    assert_eq!(call(&upstream, ask("m")).await.status, 418);
    let seen: Value = client::send(upstream.address(), "GET", "/seen", &[], "").await.expect("an answer").rest().await.expect(200);
    assert_eq!((&seen["data"][0]["model"], &seen["data"][0]["finished"]), (&json!("m"), &json!(true)));
}
