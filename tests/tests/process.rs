//! The process itself: its line, its port, its lock, its end.

use std::time::Duration;

use serde_json::json;
use whole::{
    modelux::Launch,
    openai,
    stage::{Stage, ask, ask_streamed, single},
    upstream::{Reply, Step},
};

#[tokio::test]
async fn a_second_instance_on_the_same_data_refuses_and_says_who_has_it() {
    let first = Launch::new().start().await;
    let failure = first.launch.clone().try_start().await.expect_err("the directory is taken");
    assert_eq!(failure.status.and_then(|status| status.code()), Some(4));
    assert!(failure.said.contains(&first.pid().to_string()), "the pid of the holder: {}", failure.said);
    first.chat(ask("sandbox/fast")).await.expect(200);
}

#[tokio::test]
async fn a_killed_instance_leaves_no_lock_behind() {
    let first = Launch::new().start().await;
    let launch = first.kill().await;
    launch.start().await.chat(ask("sandbox/fast")).await.expect(200);
}

#[tokio::test]
async fn a_taken_port_is_said_with_its_holder_and_a_free_one() {
    let holder = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let failure = Launch::new().port(port).try_start().await.expect_err("the port is taken");
    assert_eq!(failure.status.and_then(|status| status.code()), Some(3));
    assert!(failure.said.contains(&port.to_string()), "{}", failure.said);
    assert!(!failure.said.contains("panicked"));
    let own_pid = std::process::id().to_string();
    assert!(failure.said.contains(&own_pid), "this test ({own_pid}) holds it: {}", failure.said);
    assert!(failure.said.contains("--port"), "it offers a way out: {}", failure.said);
}

#[tokio::test]
async fn sigterm_lets_a_stream_in_flight_come_to_its_end_then_exits_with_0() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    let reply =
        Reply::stream().parts(&["before"]).wait("stopping").parts(&[" and after"]).text(openai::finish_event()).text(openai::DONE).end();
    stage.upstream.script("a1", [reply]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    stream.event().await.expect("the first event");
    stage.modelux.terminate();
    // Draining has begun once new connections are refused.
    while tokio::net::TcpStream::connect(stage.modelux.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stage.upstream.release("stopping");
    let rest = stream.rest().await;
    assert!(rest.complete && rest.text().ends_with(openai::DONE), "{}", rest.text());
    let launch = stage.modelux.launch.clone();
    let (status, said) = stage.modelux.ended().await;
    assert_eq!(status.code(), Some(0), "{said}");
    let again = launch.start().await;
    let rows = again.logs(1).await;
    assert_eq!(rows[0]["status"], 200, "what was in flight is in the log");
}

#[tokio::test]
async fn sigterm_ends_an_idle_process_with_open_connections_at_once() {
    let modelux = Launch::new().start().await;
    let _idle = tokio::net::TcpStream::connect(modelux.address).await.expect("it listens");
    modelux.terminate();
    assert_eq!(modelux.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_stream_that_never_ends_does_not_hold_the_stop_up_for_ever() {
    let stage = Stage::with(&[("production", single("alpha/a1"))]).await;
    stage.upstream.script("a1", [Reply::stream().parts(&["forever"]).then(Step::Hang)]);
    let mut stream = stage.modelux.stream(ask_streamed("@production")).await;
    stream.event().await.expect("the first event");
    stage.modelux.terminate();
    stage.modelux.terminate();
    // `ended` fails the test where this takes longer than its patience.
    let (status, said) = stage.modelux.ended().await;
    assert!(status.code().is_some(), "{said}");
}

#[tokio::test]
async fn the_line_with_the_address_is_the_truth() {
    let modelux = Launch::new().start().await;
    let line = modelux.said().lines().next().expect("a line").to_owned();
    assert!(line.contains(&format!("http://{}", modelux.address)), "{line}");
    assert_eq!(modelux.call("GET", "/healthz", &[], "").await.status, 200);
    let status = modelux.get("/status").await.expect(200);
    assert_eq!(status["address"], json!(format!("http://{}", modelux.address)));
}

#[tokio::test]
async fn a_paused_proxy_answers_503_until_it_is_resumed() {
    let modelux = Launch::new().start().await;
    modelux.post("/proxy/pause", json!({"paused": true})).await.expect(200);
    let answer = modelux.chat(ask("sandbox/fast")).await;
    answer.expect(503);
    assert!(answer.error_message().contains("paused"), "{}", answer.error_message());
    modelux.post("/proxy/pause", json!({"paused": false})).await.expect(200);
    modelux.chat(ask("sandbox/fast")).await.expect(200);
}
