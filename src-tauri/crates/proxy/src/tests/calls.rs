//! Single calls, as strategies make them of the live world.

use routing::{
    health::Admission,
    latency::{Look, Measure, Seen},
    learned::Learned,
    outcome::Outcome,
    response::ToolCall,
    world::{Question, World},
};
use whole::{
    openai,
    upstream::{Reply as Script, Step},
};

use super::*;
use crate::reply::Reply;

fn tool_stream() -> Script {
    let call = |delta: &str| {
        format!("data: {{\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{delta}]}},\"finish_reason\":null}}]}}\n\n")
    };
    Script::stream()
        .text(": ping\r\n\r\n")
        .text(openai::role_event())
        .text(call(r#"{"index":0,"id":"c1","function":{"name":"look","arguments":"{\"at\":"}}"#))
        .text(call(r#"{"index":0,"function":{"arguments":"1}"}}"#))
        .text("data: {\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":{\"content\":[{\"logprob\":-0.5}]},\"finish_reason\":\"tool_calls\"}]}\n\n")
        .text(openai::usage_event())
        .text(openai::DONE)
        .end()
}

#[tokio::test]
async fn a_whole_answer_tells_conditions_what_they_ask() {
    let rig = Rig::with(&[]).await;
    let body = r#"{"id":"c","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"4"},{"type":"text","text":"2"}],"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":{"content":[{"logprob":-1},{"logprob":-2}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}"#;
    rig.upstream.script("a1", [Script::json(200, body)]);
    let world = rig.world(&ask("alpha/a1"));
    let target = target("a1");
    let reply = world.attempt(call(&target)).await.result.unwrap();
    let response = world.response(&reply).unwrap();
    assert_eq!((&*response.text, response.finish_reason.as_deref()), ("42", Some("stop")));
    assert_eq!(response.tool_calls, [ToolCall { name: "f".to_owned(), arguments: "{}".to_owned() }]);
    assert_eq!((response.output_tokens, response.logprob_mean), (Some(5), Some(-1.5)));
    assert_eq!(response.cost_usd, Some(0.000_020));
    assert!(response.latency_ms > 0.0);
}

#[tokio::test]
async fn a_stream_that_is_held_tells_the_same_and_stays_byte_for_byte() {
    let rig = Rig::with(&[]).await;
    rig.upstream.script("a1", [tool_stream()]);
    let mut body = ask_streamed("alpha/a1");
    body["stream_options"] = json!({"include_usage": true});
    let world = rig.world(&body);
    let target = target("a1");
    let attempted = world.attempt(call(&target)).await;
    assert!(attempted.figures.ttft_us.is_some(), "its first content was timed");
    let reply = attempted.result.unwrap();
    let response = world.response(&reply).unwrap();
    assert_eq!((&*response.text, response.finish_reason.as_deref()), ("", Some("tool_calls")));
    assert_eq!(response.tool_calls, [ToolCall { name: "look".to_owned(), arguments: r#"{"at":1}"#.to_owned() }]);
    assert_eq!((response.output_tokens, response.logprob_mean), (Some(3), Some(-0.5)));
    let Reply::Kept { kept, spent, .. } = &reply else { panic!("a stream was asked for") };
    assert_eq!(spent.cost.unwrap().total.0, 9_000 + 3 * 2_000, "the call is settled");
    let all: Vec<u8> = kept.events.concat();
    assert_eq!(String::from_utf8(all).unwrap(), ": ping\r\n\r\n".to_owned() + &tool_stream_text());
    assert!(rig.upstream.only("a1").json()["stream"].as_bool().unwrap(), "the upstream was asked for a stream");
}

fn tool_stream_text() -> String {
    let texts = tool_stream().0.into_iter().filter_map(|step| if let Step::Text { text } = step { Some(text) } else { None });
    texts.skip(1).collect()
}

#[tokio::test]
async fn a_held_stream_that_breaks_is_a_failure_and_costs_what_was_seen_of_it() {
    let rig = Rig::with(&[]).await;
    let target = target("a1");
    for (reply, outcome) in [
        (Script::stream().parts(&["a long beginning of an answer"]).then(Step::Close), Outcome::Connection),
        (Script::stream().parts(&["a long beginning of an answer"]).end(), Outcome::Connection),
    ] {
        rig.upstream.script("a1", [reply]);
        let attempted = rig.world(&ask_streamed("alpha/a1")).attempt(call(&target)).await;
        assert_eq!(attempted.result.err().map(|failure| failure.outcome), Some(outcome));
        assert_eq!(attempted.figures.output_tokens, Some(8), "29 characters were seen");
    }
}

#[tokio::test]
async fn the_timeout_of_a_whole_call_bounds_all_of_it() {
    let rig = Rig::with(&[]).await;
    rig.upstream.script("a1", [Script::stream().parts(&["and then"]).then(Step::Hang)]);
    let (world, target) = (rig.world(&ask_streamed("alpha/a1")), target("a1"));
    let deadline_us = world.now_us() + 300_000;
    let attempted = world.attempt(Call { deadline_us, ..call(&target) }).await;
    assert_eq!(attempted.result.err().map(|failure| failure.outcome), Some(Outcome::Timeout));
    assert_eq!((attempted.figures.input_tokens, attempted.figures.output_tokens), (Some(7), Some(2)), "it costs what it came to");
    rig.upstream.wait_for_hang_up("a1").await;
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection_and_harms_no_health() {
    let rig = Rig::with(&[]).await;
    let target = target("a1");
    for reply in [Script::hang(), Script::stream().parts(&["x"]).then(Step::Hang)] {
        for _ in 0..6 {
            rig.upstream.script("a1", [reply.clone()]);
            let called = rig.upstream.seen_for("a1").len();
            let world = rig.world(&ask_streamed("alpha/a1"));
            tokio::select! {
                _ = world.attempt(call(&target)) => panic!("it never ends"),
                () = rig.upstream.wait_for_calls("a1", called + 1) => {}
            }
            rig.upstream.wait_for_hang_ups("a1", called + 1).await;
        }
    }
    assert_eq!(rig.world(&ask("alpha/a1")).peek(&target), Admission::Ready);
    let look = Look { measure: Measure::Total, window_ms: Look::WINDOW_MS, percentile: 50 };
    assert_eq!(rig.proxy.shared.health.latency(&target, look), Seen::default(), "they are no evidence");
}

#[tokio::test]
async fn another_text_goes_into_the_envelope_of_the_answer() {
    let rig = Rig::with(&[]).await;
    let target = target("a1");
    rig.upstream.script("a1", [Script::chat("41")]);
    let world = rig.world(&ask("alpha/a1"));
    let reply = world.attempt(call(&target)).await.result.unwrap();
    assert_eq!(world.response(&reply).unwrap().text, "41");
    let reply = world.with_text(reply, "42.5");
    assert_eq!(world.response(&reply).unwrap().text, "42.5");
    let Reply::Whole { whole, .. } = reply else { panic!("no stream was asked for") };
    assert_eq!(whole.body, openai::completion("scripted", "42.5"));

    rig.upstream.script("a1", [Script::streamed_chat(&["4", "1"])]);
    let world = rig.world(&ask_streamed("alpha/a1"));
    let reply = world.attempt(call(&target)).await.result.unwrap();
    let reply = world.with_text(reply, "42.5");
    assert_eq!(world.response(&reply).unwrap().text, "42.5");
    let Reply::Kept { kept, .. } = reply else { panic!("a stream was asked for") };
    let text = String::from_utf8(kept.events.concat()).unwrap();
    assert!(text.contains(r#""id":"chatcmpl-scripted""#) && text.contains("42.5") && text.ends_with(openai::DONE), "{text}");
}

#[tokio::test]
async fn a_question_of_our_own_goes_out_as_a_plain_chat_and_teaches_nothing() {
    let rig = Rig::with(&[]).await;
    rig.upstream.script("a1", [Script::chat(r#"{"best":"A"}"#)]);
    let question = Question { system: "You judge.".to_owned(), user: "Which?".to_owned(), max_tokens: 64 };
    let (world, target) = (rig.world(&ask_streamed("alpha/a1")), target("a1"));
    let params = json!({"top_p": 0.5, "temperature": 0.2}).as_object().cloned().map(Arc::new);
    let attempted = world.attempt(Call { ask: Some(Arc::new(question)), params, ..call(&target) }).await;
    let reply = attempted.result.unwrap();
    assert_eq!(world.response(&reply).unwrap().text, r#"{"best":"A"}"#);
    let messages = json!([{"role": "system", "content": "You judge."}, {"role": "user", "content": "Which?"}]);
    let wanted = json!({"model": "a1", "messages": messages, "max_tokens": 64, "temperature": 0.2, "top_p": 0.5});
    assert_eq!(rig.upstream.only("a1").json(), wanted);
    assert_eq!(rig.proxy.shared.learned.get("production", "alpha/a1"), None);
}

#[tokio::test]
async fn answers_teach_what_the_next_ones_will_come_to() {
    let rig = Rig::with(&[]).await;
    let (world, target) = (rig.world(&ask("alpha/a1")), target("a1"));
    let estimate = || world.observe(&target, Some("production")).cost_nanos;
    assert_eq!(estimate(), Some(7_000 + 256 * 2_000), "nothing is known yet");
    world.attempt(call(&target)).await.result.unwrap();
    assert_eq!(estimate(), Some(7_000 + 3 * 2_000), "the answer had 3 tokens");
    assert_eq!(world.observe(&target, Some("other")).cost_nanos, Some(7_000 + 256 * 2_000));
    rig.proxy.seed_learned([("other".to_owned(), "alpha/a1".to_owned(), Learned::from_means(9, 50.0, 10.0, 10.0))]);
    assert_eq!(world.observe(&target, Some("other")).cost_nanos, Some(3_500 + 50 * 2_000), "all of the input came from the cache");
}

#[tokio::test]
async fn answers_are_measured_and_streams_by_their_first_content_too() {
    let rig = Rig::with(&[]).await;
    let target = target("a1");
    let looks = [Measure::Total, Measure::FirstToken].map(|measure| Look { measure, window_ms: Look::WINDOW_MS, percentile: 50 });
    let seen = || looks.map(|look| rig.world(&ask("x/y")).latency(&target, look).samples);
    rig.world(&ask("alpha/a1")).attempt(call(&target)).await.result.unwrap();
    assert_eq!(seen(), [1, 0]);
    rig.world(&ask_streamed("alpha/a1")).attempt(call(&target)).await.result.unwrap();
    assert_eq!(seen(), [2, 1]);
    rig.chat(&ask_streamed("alpha/a1")).await;
    assert_eq!(seen(), [3, 2], "a stream that is passed on counts at its end");
}

#[tokio::test]
async fn what_is_remembered_is_recalled_by_later_requests() {
    let rig = Rig::with(&[]).await;
    let key = routing::memory::Key::of("production", "c1");
    assert_eq!(rig.world(&ask("a/x")).recall(key), None);
    rig.world(&ask("a/x")).remember(key, &"alpha/a2".into());
    assert_eq!(rig.world(&ask("a/x")).recall(key).as_deref(), Some("alpha/a2"));
}

#[tokio::test]
async fn randomness_comes_from_the_options() {
    let options = ProxyOptions { draw: Arc::new(|| 0.25), ..ProxyOptions::default() };
    let rig = Rig::new(&[], options).await;
    assert_eq!(rig.world(&ask("a/x")).draw(), 0.25);
}

#[tokio::test]
async fn the_answers_of_one_request_share_their_room() {
    let options = ProxyOptions { max_held: 3_000, ..ProxyOptions::default() };
    let rig = Rig::new(&[], options).await;
    let long = "long ".repeat(300);
    let (a1, a2) = (target("a1"), target("a2"));
    for (body, target, other) in [(ask("alpha/a1"), &a1, &a2), (ask_streamed("alpha/a1"), &a2, &a1)] {
        let script = |stream: bool| if stream { Script::streamed_chat(&[&long]) } else { Script::chat(&long) };
        let stream = body["stream"] == true;
        for target in [target, other] {
            rig.upstream.script(target.model(), [script(stream)]);
        }
        let world = rig.world(&body);
        let first = world.attempt(call(target)).await.result.unwrap_or_else(|_| panic!("one has room"));
        let failure = world.attempt(call(other)).await.result.err().expect("two have not");
        assert_eq!(failure.outcome, Outcome::Connection);
        let why = failure.reason.to_string();
        assert!(why.starts_with("the answers held for this request are larger than 3000 bytes together"), "{why}");
        drop(first);
        rig.upstream.script(other.model(), [script(stream)]);
        assert!(world.attempt(call(other)).await.result.is_ok(), "an answer that was let go of makes room");
        assert!(rig.world(&body).attempt(call(target)).await.result.is_ok(), "another request has its own");
    }
}
