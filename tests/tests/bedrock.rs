//! Amazon Bedrock from outside: Converse, signed, its answers and its binary streams in the caller's words.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use whole::{
    modelux::{APP_KEY, Launch, Modelux},
    stage::{ask, ask_streamed},
    upstream::{Reply, Step, Upstream},
};

const SECRET: &str = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";

async fn stage() -> (Modelux, Upstream) {
    let upstream = Upstream::start().await;
    let bundle = json!({
        "modelux": 1,
        "providers": [{
            "name": "bedrock", "kind": "bedrock", "base_url": format!("http://{}/aws", upstream.address()),
            "credential": {"env": "BEDROCK"}, "options": {"region": "eu-west-1"},
            "models": [{"name": "amazon.nova:0", "context": 128_000, "max_output": 4096, "price": {"input": 1.0, "output": 2.0},
                "capabilities": ["tools", "streaming"]}],
        }],
        "configs": [{"slug": "production", "document": {"strategy": "single", "model": "bedrock/amazon.nova:0"}}],
    });
    let launch = Launch::new().bundle(&bundle).env("BEDROCK", &format!("AKIDEXAMPLE:{SECRET}"));
    (launch.start().await, upstream)
}

fn answer() -> String {
    json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7},
    })
    .to_string()
}

fn frame(kind: &'static str, name: &'static str, payload: &Value) -> Vec<u8> {
    let text = |value: &'static str| HeaderValue::String(value.into());
    let of_kind = if kind == "exception" { ":exception-type" } else { ":event-type" };
    let headers = vec![Header::new(of_kind, text(name)), Header::new(":message-type", text(kind))];
    let mut bytes = Vec::new();
    write_message_to(&Message::new_from_parts(headers, payload.to_string().into_bytes()), &mut bytes).expect("a frame");
    bytes
}

fn stream(frames: &[Vec<u8>]) -> Reply {
    let head = Reply::new().head(200, &[("content-type", "application/vnd.amazon.eventstream")]);
    // Cut where no frame ends.
    let all = frames.concat();
    all.chunks(17).fold(head, |reply, piece| reply.then(Step::Bytes { base64: STANDARD.encode(piece) })).end()
}

const CONVERSE: &str = "POST /aws/model/amazon.nova%3A0/converse";
const CONVERSE_STREAM: &str = "POST /aws/model/amazon.nova%3A0/converse-stream";

#[tokio::test]
async fn a_chat_becomes_a_signed_converse_and_its_answer_a_chat() {
    let (modelux, upstream) = stage().await;
    upstream.script(CONVERSE, [Reply::json(200, answer())]);
    let answer = modelux.chat(ask("@production")).await;
    let body = answer.expect(200);
    assert_eq!((&body["choices"][0]["message"]["content"], &body["choices"][0]["finish_reason"]), (&json!("hello"), &json!("stop")));
    assert_eq!((&body["usage"]["prompt_tokens"], &body["usage"]["completion_tokens"]), (&json!(5), &json!(2)));
    assert_eq!(answer.header("x-modelux-cost-usd"), Some("0.000009"));
    let seen = upstream.seen().remove(0);
    assert_eq!(seen.json()["messages"], json!([{"role": "user", "content": [{"text": "hi"}]}]));
    let signature = seen.header("authorization").expect("a signature");
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") && signature.contains("/eu-west-1/bedrock/aws4_request"));
    assert!(!format!("{seen:?}").contains(SECRET), "the secret itself never goes out");
}

#[tokio::test]
async fn its_binary_stream_becomes_the_callers_events() {
    let (modelux, upstream) = stage().await;
    let frames = [
        frame("event", "messageStart", &json!({"role": "assistant"})),
        frame("event", "contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": "hel"}})),
        frame("event", "contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": "lo"}})),
        frame("event", "contentBlockStop", &json!({"contentBlockIndex": 0})),
        frame("event", "messageStop", &json!({"stopReason": "end_turn"})),
        frame("event", "metadata", &json!({"usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}})),
    ];
    upstream.script(CONVERSE_STREAM, [stream(&frames)]);
    let chat = modelux.stream(ask_streamed("@production")).await.rest().await;
    assert!(chat.complete && chat.text().ends_with("data: [DONE]\n\n"), "{}", chat.text());
    let said: String = chat
        .text()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(said, "hello");
    let headers = [("x-api-key", APP_KEY), ("content-type", "application/json")];
    let body = json!({"model": "@production", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "hi"}]});
    let messages = modelux.call("POST", "/anthropic/v1/messages", &headers, body.to_string()).await;
    let text = messages.text();
    for event in ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"] {
        assert!(text.contains(&format!("event: {event}\n")), "{event} in {text}");
    }
}

#[tokio::test]
async fn an_exception_in_its_stream_is_the_callers_error_and_a_refusal_keeps_its_status() {
    let (modelux, upstream) = stage().await;
    let frames = [
        frame("event", "messageStart", &json!({"role": "assistant"})),
        frame("event", "contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": "hel"}})),
        frame("exception", "throttlingException", &json!({"message": "Too many tokens"})),
    ];
    upstream.script(CONVERSE_STREAM, [stream(&frames)]);
    let broken = modelux.stream(ask_streamed("@production")).await.rest().await;
    assert!(broken.text().contains("Too many tokens") && !broken.text().contains("[DONE]"), "{}", broken.text());
    upstream.script(CONVERSE, [Reply::json_with(429, &[("x-amzn-errortype", "ThrottlingException")], r#"{"message":"Slow down"}"#)]);
    let refused = modelux.chat(ask("@production")).await;
    assert_eq!((refused.status, refused.error_message().contains("Slow down")), (429, true), "{}", refused.text());
}
