//! Streams whose answers are held back: what the caller sees meanwhile, and in the end.

use routing::outcome::Outcome;
use tokio::io::AsyncWriteExt;
use whole::{
    openai,
    upstream::{Reply as Script, Step},
};

use super::*;

/// Takes an answer that says "good", from a1 first.
fn picky() -> Value {
    json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.text contains \"good\""}, "beta/b1"]})
}

fn two() -> Value {
    json!({"strategy": "ensemble", "aggregation": "first_valid", "members": ["alpha/a1", "alpha/a2"], "timeout_ms": 20_000})
}

const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// The next event that is no comment.
async fn next(stream: &mut Streaming) -> Option<String> {
    loop {
        match stream.event().await {
            Some(comment) if comment == KEEP_ALIVE => {}
            event => return event,
        }
    }
}

#[tokio::test]
async fn a_decision_in_time_sends_all_headers_and_the_stream_byte_for_byte() {
    let rig = Rig::with(&[("production", picky())]).await;
    let odd = ": ping\r\n\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so g\\u006fod\"},\"x\":1.50}]}\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n";
    rig.upstream.script("a1", [Script::stream().then(Step::Drip { text: odd.to_owned(), every_ms: 0 }).end()]);
    let answer = rig.chat(&ask_streamed("@production")).await;
    assert_eq!((answer.status, answer.text(), answer.complete), (200, odd, true));
    let header = |name: &str| answer.header(name);
    assert_eq!(header("content-type"), Some("text/event-stream"));
    assert_eq!(header("x-modelux-config"), Some("production:1"));
    assert_eq!(header("x-modelux-model-used"), Some("a1"));
    assert_eq!(header("x-modelux-cost-usd"), Some("0.000011"), "the call is settled: 7 tokens in, 2 out");
    let record = rig.records.only().await;
    assert_eq!((record.status, record.error_class, record.model.as_deref()), (200, None, Some("a1")));
    assert!(record.ttft_us.is_some());
}

#[tokio::test]
async fn a_caller_that_waits_gets_a_head_and_comments_and_then_the_winning_stream() {
    let rig = Rig::impatient(&[("production", two())]).await;
    rig.upstream.script("a1", [Script::stream().wait("a1").parts(&["from a1"]).text(openai::finish_event()).text(openai::DONE).end()]);
    rig.upstream.script("a2", [Script::hang()]);
    let mut stream = rig.send(&ask_streamed("@production")).await;
    assert_eq!(stream.status, 200);
    let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("x-modelux-config").as_deref(), Some("production:1"));
    assert!(header("x-modelux-request-id").is_some());
    assert_eq!(header("x-modelux-model-used"), None, "nobody has won yet");
    for _ in 0..3 {
        assert_eq!(stream.event().await.as_deref(), Some(KEEP_ALIVE));
    }
    rig.upstream.release("a1");
    assert_eq!(next(&mut stream).await, Some(openai::content_event("from a1")));
    let rest = stream.rest().await;
    assert_eq!((rest.text(), rest.complete), (&*(openai::finish_event() + openai::DONE), true));
    rig.upstream.wait_for_hang_up("a2").await;
    let record = rig.records.only().await;
    assert_eq!((record.status, record.error_class, record.model.as_deref()), (200, None, Some("a1")));
    assert_eq!(record.trace.attempts.iter().map(|attempt| attempt.outcome).collect::<Vec<_>>(), [Outcome::Ok, Outcome::Cancelled]);
    assert_eq!(record.trace.attempts[1].cost_nanos, Some(7_000), "the input of a loser costs");
    assert_eq!(record.cost.unwrap().total, 7_000 + 2 * 2_000 + 7_000);
    assert_eq!(record.tokens.unwrap().output, 2, "tokens are the winner's");
    let kept = String::from_utf8(record.response_body.unwrap().to_vec()).unwrap();
    assert!(!kept.contains("keep-alive") && kept.ends_with(openai::DONE), "{kept}");
}

#[tokio::test]
async fn a_stream_may_still_be_live_when_it_wins_after_the_head() {
    let rig = Rig::impatient(&[("production", picky())]).await;
    rig.upstream.script("a1", [Script::stream().wait("a1").parts(&["bad"]).text(openai::finish_event()).text(openai::DONE).end()]);
    rig.upstream
        .script("b1", [Script::stream().parts(&["one"]).wait("b1").parts(&["two"]).text(openai::finish_event()).text(openai::DONE).end()]);
    let mut stream = rig.send(&ask_streamed("@production")).await;
    assert_eq!(stream.event().await.as_deref(), Some(KEEP_ALIVE));
    rig.upstream.release("a1");
    assert_eq!(next(&mut stream).await, Some(openai::content_event("one")), "the last step is not held back");
    rig.upstream.release("b1");
    assert_eq!(stream.event().await, Some(openai::content_event("two")));
    assert!(stream.rest().await.text().ends_with(openai::DONE));
    let record = rig.records.only().await;
    let outcomes: Vec<_> = record.trace.attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!((record.status, outcomes), (200, vec![Outcome::Rejected, Outcome::Ok]));
    assert_eq!(record.cost.unwrap().total, (7_000 + 2_000) + (7_000 + 2 * 2_000), "a rejected answer costs, too");
}

#[tokio::test]
async fn a_failure_after_the_head_is_an_error_event_and_no_done() {
    let rig = Rig::impatient(&[("production", two())]).await;
    rig.upstream.script("a1", [Script::new().wait("go").head(500, &[("content-length", "0")]).end()]);
    rig.upstream.script("a2", [Script::new().wait("go").head(503, &[("content-length", "0")]).end()]);
    let mut stream = rig.send(&ask_streamed("@production")).await;
    assert_eq!((stream.status, stream.event().await.as_deref()), (200, Some(KEEP_ALIVE)));
    rig.upstream.release("go");
    let event = next(&mut stream).await.unwrap();
    let error: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap().trim_end()).unwrap();
    assert_eq!(error["error"]["type"], "all_attempts_failed");
    assert_eq!(error["error"]["attempts"].as_array().unwrap().len(), 2, "{error}");
    let rest = stream.rest().await;
    assert_eq!((rest.text(), rest.complete), ("", true), "nothing follows the error");
    let record = rig.records.only().await;
    assert_eq!((record.status, record.error_class.as_deref()), (502, Some("all_attempts_failed")));
}

#[tokio::test]
async fn a_failure_in_time_is_a_real_error_status() {
    let rig = Rig::with(&[("production", two())]).await;
    rig.upstream.script("a1", [Script::error(500)]);
    rig.upstream.script("a2", [Script::error(503)]);
    let answer = rig.chat(&ask_streamed("@production")).await;
    assert_eq!((answer.status, answer.header("content-type")), (502, Some("application/json")));
}

#[tokio::test]
async fn a_caller_that_hangs_up_meanwhile_cancels_every_call_and_is_recorded_as_499_with_its_cost() {
    let rig = Rig::impatient(&[("production", two())]).await;
    rig.upstream.script("a1", [Script::stream().parts(&["a beginning"]).then(Step::Hang)]);
    rig.upstream.script("a2", [Script::hang()]);
    let mut stream = rig.send(&ask_streamed("@production")).await;
    assert_eq!(stream.event().await.as_deref(), Some(KEEP_ALIVE));
    rig.upstream.wait_for_calls("a1", 1).await;
    rig.upstream.wait_for_calls("a2", 1).await;
    stream.hang_up();
    rig.upstream.wait_for_hang_up("a1").await;
    rig.upstream.wait_for_hang_up("a2").await;
    let record = rig.records.only().await;
    assert_eq!((record.status, record.error_class.as_deref()), (499, Some("cancelled")));
    assert_eq!(record.trace.attempts.iter().map(|attempt| attempt.outcome).collect::<Vec<_>>(), [Outcome::Cancelled; 2]);
    assert_eq!(record.trace.attempts[1].cost_nanos, Some(7_000));
    assert!(record.cost.unwrap().total >= 14_000);
}

#[tokio::test]
async fn a_caller_that_hangs_up_before_the_head_cancels_every_call_too() {
    let rig = Rig::with(&[("production", two())]).await;
    for model in ["a1", "a2"] {
        rig.upstream.script(model, [Script::hang()]);
    }
    let body = ask_streamed("@production").to_string();
    let head = format!(
        "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        rig.address,
        body.len()
    );
    let mut caller = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    caller.write_all((head + &body).as_bytes()).await.unwrap();
    for model in ["a1", "a2"] {
        rig.upstream.wait_for_calls(model, 1).await;
    }
    drop(caller);
    for model in ["a1", "a2"] {
        rig.upstream.wait_for_hang_up(model).await;
    }
    let record = rig.records.only().await;
    assert_eq!((record.status, record.cost.unwrap().total), (499, 14_000), "the input of both costs");
}

#[tokio::test]
async fn a_trace_that_was_asked_for_comes_before_the_end_of_a_held_stream() {
    for rig in [Rig::with(&[("production", two())]).await, Rig::impatient(&[("production", two())]).await] {
        rig.upstream.script("a2", [Script::hang()]);
        let mut body = ask_streamed("@production");
        body["mlx:trace"] = true.into();
        let answer = rig.chat(&body).await;
        let text = answer.text();
        assert_eq!(content(&answer), "hello from a1");
        let (trace, done) = (text.find("mlx:trace").expect("a trace"), text.find(openai::DONE).expect("an end"));
        assert!(trace < done && text.ends_with(openai::DONE), "{text}");
    }
}

#[tokio::test]
async fn a_plain_stream_of_a_strategy_that_may_hold_waits_for_its_own_head() {
    let rules = json!({"strategy": "custom_rules", "rules": [{"if": "tenant == \"x\"", "then": "@picky"}, {"else": "alpha/a1"}]});
    let rig = Rig::impatient(&[("production", rules), ("picky", picky())]).await;
    rig.upstream.script("a1", [Script::new().then(Step::Pause { ms: 120 }).head(429, &[("content-length", "0")]).end()]);
    let answer = rig.chat(&ask_streamed("@production")).await;
    assert_eq!(answer.status, 429, "nothing was held back, so there is no head before the decision");
}

#[tokio::test]
async fn a_caller_without_any_patience_is_not_kept_busy() {
    let options = ProxyOptions { head_after: Duration::ZERO, beat: Duration::ZERO, ..ProxyOptions::default() };
    let rig = Rig::new(&[("production", two())], options).await;
    let options = &rig.proxy.shared.options;
    assert_eq!((options.head_after, options.beat), (Duration::from_millis(1), Duration::from_millis(1)));
    rig.upstream.script("a2", [Script::hang()]);
    assert_eq!(content(&rig.chat(&ask_streamed("@production")).await), "hello from a1");
}
