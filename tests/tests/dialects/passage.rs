//! The same API on both sides: bytes go through.

use serde_json::json;
use whole::upstream::Reply;

use super::{bare, post_with, stage};

/// Members that nobody has heard of, numbers and escapes that no JSON library would write like this.
const ODD: &str = "\"unheard_of\" : {\"z\":1,\"a\":[1.0,1e2,-0,12345678901234567890123]},\r\n\t\"x\":\"caf\\u00e9 \\/ \\ud800 😀\"";

#[tokio::test]
async fn a_request_reaches_an_upstream_of_its_own_api_byte_for_byte_but_for_the_model() {
    let stage = stage(&[]).await;
    for (path, model, rest) in [
        ("/anthropic/v1/messages", "claude/c1", r#""max_tokens":8, "messages": [ {"role":"user","content":"hi"} ]"#),
        ("/openai/v1/responses", "native/n1-codex", r#""input":  "hi", "store" : false"#),
        ("/openai/v1/embeddings", "alpha/a1", r#""input":["hi" ,"ho"]"#),
        ("/openai/v1/completions", "alpha/a2", r#""prompt": "hi""#),
        ("/openai/v1/chat/completions", "alpha/a3", r#""messages":[]"#),
    ] {
        let body = format!("{{ \"model\" :\"{model}\", {rest},{ODD} }}");
        post_with(&stage.modelux, path, &[], body.clone()).await.expect(200);
        assert_eq!(stage.upstream.only(bare(model)).text(), body.replace(model, bare(model)), "{path}");
    }
}

#[tokio::test]
async fn an_answer_of_the_callers_own_api_comes_back_byte_for_byte() {
    let stage = stage(&[]).await;
    let body = "{ \"id\":\"msg_1\",\n\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"\\u0041 \\ud800\"}],\
        \"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"new_field\":[1.50],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}\n";
    stage.upstream.script("c1", [Reply::json(200, body)]);
    let ask = r#"{"model":"claude/c1","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(post_with(&stage.modelux, "/anthropic/v1/messages", &[], ask.to_owned()).await.text(), body);

    let events = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1},\"odd\":1.50}}\n\n\
        event: ping\ndata: {\"type\": \"ping\"}\n\n: a comment\n\n\
        event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"caf\\u00e9\"}}\n\n\
        event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
        event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n\
        event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    stage.upstream.script("c1", [Reply::stream().text(events).end()]);
    let streamed = ask.replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\"");
    assert_eq!(post_with(&stage.modelux, "/anthropic/v1/messages", &[], streamed).await.text(), events);
}

#[tokio::test]
async fn the_apis_own_headers_go_along_and_the_callers_key_does_not() {
    let stage = stage(&[]).await;
    let headers = [("anthropic-beta", "context-1m-2025-08-07"), ("anthropic-version", "2023-06-01"), ("x-modelux-user-id", "u1")];
    let ask = json!({"model": "claude/c1", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}).to_string();
    post_with(&stage.modelux, "/anthropic/v1/messages", &headers, ask).await.expect(200);
    let seen = stage.upstream.only("c1");
    assert_eq!(seen.header("anthropic-beta"), Some("context-1m-2025-08-07"));
    assert_eq!(seen.header("x-api-key"), Some(whole::stage::ALPHA_SECRET));
    let all = format!("{:?}", seen.headers).to_lowercase();
    assert!(!all.contains("mlx_") && !all.contains("x-modelux"), "{all}");
}
