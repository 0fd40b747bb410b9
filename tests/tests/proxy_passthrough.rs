//! Same dialect in and out: bytes pass through, but for the model's name and what is ours.

use serde_json::{Value, json};
use whole::{
    modelux::APP_KEY,
    openai,
    stage::{ALPHA_SECRET, Stage, ask, ask_streamed, fallback, single},
    upstream::{Reply, Upstream},
};

/// A body that no JSON library would write like this.
const ODD: &str = "{\n\t\"messages\" : [ {\"content\":\"caf\\u00e9 \\ud83d\\ude00 \\/ é 😀 \\ud800\",\"role\":\"user\", \"model\":\"@production\"} ],\r\n  \
    \"model\"  :\t\"@production\" , \"unheard_of\": {\"z\":1,\"a\":[1.0,1e2,1E+2,-0,12345678901234567890123,0.1000]},\
    \"metadata\":{\"model\":\"@production\"},\"seed\":9007199254740993, \"empty\":{ } }\n";

async fn stage() -> Stage {
    Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"])), ("other", single("beta/b1"))]).await
}

#[tokio::test]
async fn a_body_reaches_the_upstream_byte_for_byte_but_for_the_model() {
    let stage = stage().await;
    stage.modelux.chat(ODD).await.expect(200);
    let expected = ODD.replace("\"model\"  :\t\"@production\"", "\"model\"  :\t\"a1\"");
    assert_eq!(stage.upstream.only("a1").text(), expected);
}

#[tokio::test]
async fn an_answer_comes_back_byte_for_byte() {
    let stage = stage().await;
    let odd = "{ \"id\":\"x\",\n\t\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\\u0041\\ud800 é\"},\"finish_reason\":\"stop\"}],\
        \"new_field\":[1.50,1e400],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\n";
    stage.upstream.script("a1", [Reply::json(200, odd)]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!((answer.status, answer.text()), (200, odd));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_models_name_is_swapped_whatever_escapes_it_is_written_with() {
    let stage = stage().await;
    stage.modelux.chat(r#"{"model":"\u0040production","messages":[]}"#).await.expect(200);
    assert_eq!(stage.upstream.only("a1").text(), r#"{"model":"a1","messages":[]}"#);
}

#[tokio::test]
async fn every_attempt_gets_its_own_model_its_own_key_and_its_own_host() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    stage.modelux.chat(ODD).await.expect(200);
    let (first, second) = (stage.upstream.only("a1"), stage.upstream.only("b1"));
    assert_eq!(first.path, "/alpha/v1/chat/completions");
    assert_eq!(second.path, "/beta/v1/chat/completions");
    assert_eq!(first.header("authorization"), Some(format!("Bearer {ALPHA_SECRET}").as_str()));
    assert_eq!(second.header("authorization"), Some(format!("Bearer {}", whole::stage::BETA_SECRET).as_str()));
    assert_eq!(second.text(), first.text().replace("\"model\"  :\t\"a1\"", "\"model\"  :\t\"b1\""));
    for seen in [first, second] {
        assert_eq!(seen.header("host"), Some(stage.upstream.address().to_string().as_str()));
    }
}

#[tokio::test]
async fn what_is_ours_in_the_body_is_removed_wherever_it_stands() {
    let stage = stage().await;
    for (sent, received) in [
        (r#"{"mlx:tags":{"a":"b"},"model":"alpha/a1","messages":[],"x":1}"#, json!({"model": "a1", "messages": [], "x": 1})),
        (r#"{"model":"alpha/a2", "mlx:end_user" : "u,}{" , "messages":[],"x":1}"#, json!({"model": "a2", "messages": [], "x": 1})),
        (
            r#"{"model":"alpha/a3","messages":[],"x":1,"mlx:tags":{"k":"v"},"mlx:trace":false}"#,
            json!({"model": "a3", "messages": [], "x": 1}),
        ),
        (
            r#"{"mlx:end_user":"u","mlx:trace":false,"messages":[],"model":"alpha/a4","mlx:tags":{"\"}":"]"}}"#,
            json!({"messages": [], "model": "a4"}),
        ),
    ] {
        stage.modelux.chat(sent).await.expect(200);
        let model = received["model"].as_str().expect("a model").to_owned();
        assert_eq!(stage.upstream.only(&model).json(), received, "sent {sent}");
    }
}

#[tokio::test]
async fn what_only_looks_like_ours_is_left_alone() {
    let stage = stage().await;
    let body = r#"{"messages":[{"role":"user","content":"say \"mlx:tags\": {} and \"model\":\"@production\""}],"metadata":{"mlx:tags":"inner"},"model":"alpha/a1"}"#;
    stage.modelux.chat(body).await.expect(200);
    assert_eq!(stage.upstream.only("a1").text(), body.replace("alpha/a1", "a1"));
}

#[tokio::test]
async fn no_header_of_the_caller_that_is_ours_or_secret_goes_upstream() {
    let stage = stage().await;
    let headers = [
        ("x-modelux-user-id", "u_1"),
        ("x-modelux-user-tags", "team=ml"),
        ("x-modelux-trace-id", "t"),
        ("x-modelux-anything", "else"),
        ("x-api-key", APP_KEY),
        ("cookie", "session=1"),
    ];
    stage.modelux.chat_with(&headers, ask("@production")).await.expect(200);
    let seen = stage.upstream.only("a1");
    let all = format!("{:?}", seen.headers).to_lowercase();
    assert!(!all.contains("x-modelux"), "{all}");
    assert!(!all.contains("mlx_"), "the caller's key must never leave: {all}");
    assert!(!all.contains("session=1"), "{all}");
}

#[tokio::test]
async fn a_providers_own_headers_go_along() {
    let upstream = Upstream::start().await;
    let mut bundle = whole::stage::bundle(&upstream, &[]);
    bundle["providers"][0]["headers"] = json!({"x-gateway-project": "blue"});
    let modelux = whole::stage::launch(&upstream, &[]).bundle(&bundle).start().await;
    modelux.chat(ask("alpha/a1")).await.expect(200);
    modelux.chat(ask("beta/b1")).await.expect(200);
    assert_eq!(upstream.only("a1").header("x-gateway-project"), Some("blue"));
    assert_eq!(upstream.only("b1").header("x-gateway-project"), None, "nothing of one target goes out with another's");
}

#[tokio::test]
async fn params_of_a_target_override_the_request_for_that_target_only() {
    let document = json!({"strategy": "fallback", "attempts": [
        {"model": "alpha/a1", "params": {"temperature": 0, "max_tokens": 7}}, "beta/b1"]});
    let stage = Stage::with(&[("tuned", document)]).await;
    stage.upstream.script("a1", [Reply::error(503)]);
    let body = r#"{"temperature": 1.50, "model":"@tuned","messages":[]}"#;
    stage.modelux.chat(body).await.expect(200);
    assert_eq!(stage.upstream.only("a1").json(), json!({"temperature": 0, "model": "a1", "messages": [], "max_tokens": 7}));
    assert_eq!(stage.upstream.only("b1").text(), body.replace("@tuned", "b1"));
}

#[tokio::test]
async fn usage_is_asked_for_upstream_and_its_chunk_hidden_from_who_did_not_ask() {
    let stage = stage().await;
    let events = [openai::role_event(), openai::content_event("a"), openai::finish_event()].concat();
    let with_usage = Reply::stream().text(events.clone()).text(openai::usage_event()).text(openai::DONE).end();
    stage.upstream.script("a1", [with_usage]);
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    assert_eq!(answer.text(), events + openai::DONE);
    assert_eq!(stage.upstream.only("a1").json()["stream_options"], json!({"include_usage": true}));
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!((&log["input_tokens"], &log["output_tokens"]), (&json!(9), &json!(3)));
}

#[tokio::test]
async fn who_asks_for_usage_gets_the_chunk_and_keeps_the_other_stream_options() {
    let stage = stage().await;
    let sent = r#"{"model":"@production","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},"messages":[]}"#;
    let answer = stage.modelux.chat(sent).await;
    assert!(answer.text().contains(r#""usage":{"prompt_tokens":9"#), "{}", answer.text());
    assert_eq!(stage.upstream.only("a1").text(), sent.replace("@production", "a1"));
}

#[tokio::test]
async fn who_asked_for_no_usage_gets_none_but_it_is_known() {
    let stage = stage().await;
    let sent = r#"{"model":"@production","stream":true,"stream_options":{"include_usage":false,"x":1},"messages":[]}"#;
    let answer = stage.modelux.chat(sent).await;
    assert!(!answer.text().contains("usage"), "{}", answer.text());
    assert_eq!(stage.upstream.only("a1").json()["stream_options"], json!({"include_usage": true, "x": 1}));
    assert_eq!(stage.modelux.log(answer.request_id()).await["output_tokens"], 3);
}

#[tokio::test]
async fn a_request_that_is_not_streamed_gets_no_stream_options() {
    let stage = stage().await;
    stage.modelux.chat(r#"{"model":"alpha/a1","stream":false,"messages":[]}"#).await.expect(200);
    assert_eq!(stage.upstream.only("a1").text(), r#"{"model":"a1","stream":false,"messages":[]}"#);
}

#[tokio::test]
async fn the_headers_say_who_answered_under_which_version_and_at_what_cost() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(500)]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert!(answer.request_id().starts_with("req_"), "{}", answer.request_id());
    assert_eq!(answer.header("x-modelux-config"), Some("production:1"));
    assert_eq!(answer.header("x-modelux-provider-used"), Some("beta"));
    assert_eq!(answer.header("x-modelux-model-used"), Some("b1"));
    assert_eq!(answer.header("x-modelux-attempts"), Some("2"));
    let cost: f64 = answer.header("x-modelux-cost-usd").expect("a cost").parse().expect("a number");
    assert!((cost - 0.000_015).abs() < 1e-12, "9 tokens at 1 USD and 3 at 2 USD a million: {cost}");
}

#[tokio::test]
async fn the_trace_comes_back_with_the_answer_when_asked_for() {
    let stage = stage().await;
    let answer = stage.modelux.chat(r#"{"model":"@production","messages":[],"mlx:trace":true}"#).await.expect(200);
    assert_eq!(answer["choices"][0]["message"]["content"], "hello from a1");
    assert_eq!(answer["mlx:trace"]["decision"]["target"], "alpha/a1");
    assert!(!stage.upstream.only("a1").text().contains("mlx:"));
}

#[tokio::test]
async fn a_callers_own_provider_key_is_used_for_this_call_and_never_stored() {
    let stage = stage().await;
    let own = "sk-callers-own-0123456789abcdef";
    let answer = stage.modelux.chat_with(&[("x-modelux-provider-key", own)], ask("alpha/a1")).await;
    answer.expect(200);
    let seen = stage.upstream.only("a1");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {own}").as_str()));
    let log = stage.modelux.log(answer.request_id()).await.to_string();
    assert!(!log.contains(own), "{log}");
}

#[tokio::test]
async fn a_redirect_is_never_followed_with_the_credential() {
    let stage = stage().await;
    let elsewhere = Upstream::start().await;
    let location = format!("http://{}/alpha/v1/chat/completions", elsewhere.address());
    stage.upstream.script("a1", [Reply::json_with(307, &[("location", &location)], "{}")]);
    let answer = stage.modelux.chat(ask("alpha/a1")).await;
    assert!(!(200..300).contains(&answer.status), "{answer:?}");
    assert_eq!(elsewhere.seen().len(), 0, "a redirect must not carry a key to another host");
}

#[tokio::test]
async fn sandbox_answers_without_key_or_network() {
    let stage = Stage::with(&[("demo", single("sandbox/fast"))]).await;
    let answer = stage.modelux.chat(ask("@demo")).await;
    let body: Value = answer.expect(200);
    assert_eq!(body["object"], "chat.completion");
    assert!(!body["choices"][0]["message"]["content"].as_str().expect("text").is_empty());
    assert!(body["usage"]["completion_tokens"].as_u64().expect("usage") > 0);
    assert_eq!(answer.header("x-modelux-provider-used"), Some("sandbox"));
    let streamed = stage.modelux.chat(ask_streamed("sandbox/smart")).await;
    assert!(streamed.text().ends_with(openai::DONE), "{}", streamed.text());
}
