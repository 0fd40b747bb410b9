//! What is not routed: everything else of a provider's API is passed through, tokens are counted, and answers that
//! are gone on with stay with who gave them.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use whole::{
    modelux::{APP_KEY, Launch, Modelux},
    stage::{ALPHA_SECRET, BETA_SECRET, provider, single},
    upstream::{Reply, Step, Upstream},
};

const SPARE_SECRET: &str = "spare-secret-0cc175b9c0f1b6a831c399e269772661";

/// `openai` and `anthropic` under mounts of their names, `gamma` another one of OpenAI's shape.
async fn stage() -> (Modelux, Upstream) {
    let upstream = Upstream::start().await;
    let of_kind = |name: &str, kind: &str, key: &str, models: &[&str]| {
        let base = upstream.base_url(name);
        let base = if kind == "anthropic" { base.trim_end_matches("/v1").to_owned() } else { base };
        let mut provider = provider(name, &base, key, models);
        provider["kind"] = kind.into();
        provider
    };
    let bundle = json!({
        "modelux": 1,
        "providers": [
            of_kind("openai", "openai", "ALPHA_KEY", &["o1", "o2"]),
            of_kind("anthropic", "anthropic", "BETA_KEY", &["c1"]),
            of_kind("gamma", "openai_compatible", "ALPHA_KEY", &["g1"]),
        ],
        "configs": [
            {"slug": "claude", "document": single("anthropic/c1")},
            {"slug": "gpt", "document": single("openai/o1")},
            {"slug": "either", "document": {"strategy": "ab_test", "variants": [
                {"label": "one", "weight": 50, "config": "openai/o1"}, {"label": "two", "weight": 50, "config": "anthropic/c1"},
            ]}},
            {"slug": "chain", "document": {"strategy": "fallback", "attempts": [
                "anthropic/c1", {"model": "openai/o1", "params": {"temperature": 0.25}},
            ]}},
            {"slug": "guarded", "document": {"strategy": "custom_rules", "rules": "if tags.team == \"x\" then block \"not today\"\nelse use @chain\n"}},
            {"slug": "spare", "document": {"strategy": "single", "model": {"model": "openai/o1", "credential": "spare"}}},
            {"slug": "panel", "document": {
                "strategy": "ensemble", "aggregation": "majority_vote", "members": [{"model": "openai/o1"}, {"model": "openai/o2"}],
            }},
        ],
    });
    let mut bundle = bundle;
    bundle["providers"][0]["credentials"] = json!({"spare": {"env": "SPARE_KEY"}});
    let launch = Launch::new().env("SPARE_KEY", SPARE_SECRET).bundle(&bundle).env("ALPHA_KEY", ALPHA_SECRET).env("BETA_KEY", BETA_SECRET);
    (launch.start().await, upstream)
}

fn key() -> String {
    format!("Bearer {APP_KEY}")
}

#[tokio::test]
async fn a_file_goes_through_both_ways_byte_for_byte() {
    let (modelux, upstream) = stage().await;
    upstream.script(
        "POST /openai/v1/files?purpose=x",
        [Reply::json_with(201, &[("x-request-id", "up_1"), ("set-cookie", "a=b")], "{ \"id\" : \"file-1\" }")],
    );
    let body = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\x00\xff\xfe\r\n--b--\r\n".to_vec();
    let (authorization, kind) = (key(), "multipart/form-data; boundary=b");
    let headers = [("authorization", authorization.as_str()), ("content-type", kind), ("x-modelux-user-tags", "team=ml")];
    let answer = modelux.call("POST", "/openai/v1/files?purpose=x", &headers, body.clone()).await;
    assert_eq!((answer.status, answer.text()), (201, "{ \"id\" : \"file-1\" }"));
    assert_eq!((answer.header("x-request-id"), answer.header("set-cookie")), (Some("up_1"), None));
    assert_eq!(answer.header("x-modelux-provider-used"), Some("openai"));
    let seen = upstream.seen().remove(0);
    assert_eq!(seen.header("content-type"), Some(kind));
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn the_upstream_gets_its_own_key_and_nothing_of_ours() {
    let (modelux, upstream) = stage().await;
    upstream.script("GET /anthropic/v1/files", [Reply::json(200, "{}")]);
    let headers = [("x-api-key", APP_KEY), ("x-modelux-user-tags", "team=ml"), ("cookie", "c=1"), ("anthropic-beta", "files-api")];
    modelux.call("GET", "/anthropic/v1/files", &headers, "").await.expect(200);
    let seen = upstream.seen().remove(0);
    assert_eq!(seen.header("x-api-key"), Some(BETA_SECRET));
    assert_eq!((seen.header("anthropic-version"), seen.header("anthropic-beta")), (Some("2023-06-01"), Some("files-api")));
    for gone in ["x-modelux-user-tags", "cookie", "authorization"] {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn what_is_passed_through_is_in_the_log_without_its_content() {
    let (modelux, upstream) = stage().await;
    upstream.script("DELETE /openai/v1/files/file-9", [Reply::json(404, r#"{"error":{"message":"No such file"}}"#)]);
    let authorization = key();
    let headers = [("authorization", authorization.as_str()), ("x-modelux-user-tags", "team=ml")];
    let answer = modelux.call("DELETE", "/openai/v1/files/file-9", &headers, "").await;
    assert_eq!(answer.expect(404)["error"]["message"], "No such file", "the upstream's own error stays as it is");
    let row = modelux.log(answer.request_id()).await;
    assert_eq!((&row["endpoint"], &row["provider"]), (&json!("/openai/v1/files/file-9"), &json!("openai")), "{row}");
    assert_eq!((&row["status"], &row["tags"], &row["cost_usd"]), (&json!(404), &json!({"team": "ml"}), &Value::Null), "{row}");
    assert_eq!(row["response_body"], Value::Null);
}

#[tokio::test]
async fn without_such_a_provider_a_404_says_so_in_the_callers_words() {
    let upstream = Upstream::start().await;
    let modelux = whole::stage::launch(&upstream, &[]).start().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str())];
    let openai = modelux.call("GET", "/openai/v1/files", &headers, "").await.expect(404);
    assert_eq!(openai["error"]["code"], "no_provider");
    assert!(openai["error"]["message"].as_str().is_some_and(|text| text.contains("OpenAI") && text.contains("Providers")), "{openai}");
    let anthropic = modelux.call("GET", "/anthropic/v1/files", &headers, "").await.expect(404);
    assert_eq!((&anthropic["type"], &anthropic["error"]["type"]), (&json!("error"), &json!("not_found_error")), "{anthropic}");
}

#[tokio::test]
async fn no_path_climbs_out_of_the_api_and_no_redirect_is_followed() {
    let (modelux, upstream) = stage().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str())];
    for path in ["/openai/v1/../../admin", "/openai/v1/%2e%2e/admin", "/openai/v1//evil.example/x"] {
        assert_eq!(modelux.call("GET", path, &headers, "").await.status, 400, "{path}");
    }
    assert!(upstream.seen().is_empty());
    upstream.script("GET /openai/v1/files", [Reply::json_with(302, &[("location", "http://127.0.0.1:1/steal")], "{}")]);
    let answer = modelux.call("GET", "/openai/v1/files", &headers, "").await.expect(502);
    assert_eq!(answer["error"]["code"], "redirected");
}

#[tokio::test]
async fn without_a_key_nothing_is_passed_on() {
    let (modelux, upstream) = stage().await;
    let openai = modelux.call("GET", "/openai/v1/files", &[], "").await.expect(401);
    assert_eq!(openai["error"]["code"], "invalid_api_key");
    let anthropic = modelux.call("GET", "/anthropic/v1/files", &[], "").await.expect(401);
    assert_eq!(anthropic["error"]["type"], "authentication_error");
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn tokens_are_counted_by_the_provider_or_estimated_here() {
    let (modelux, upstream) = stage().await;
    let headers = [("x-api-key", APP_KEY), ("anthropic-version", "2023-06-01")];
    let ask =
        |model: &str| json!({"model": model, "mlx:tags": {"a": "b"}, "messages": [{"role": "user", "content": "hello there"}]}).to_string();
    let counted = modelux.call("POST", "/anthropic/v1/messages/count_tokens", &headers, ask("@claude")).await;
    assert_eq!(counted.expect(200), json!({"input_tokens": 42}));
    let seen = upstream.only("c1");
    assert_eq!(seen.path, "/anthropic/v1/messages/count_tokens");
    assert_eq!(seen.json(), json!({"model": "c1", "messages": [{"role": "user", "content": "hello there"}]}));
    let estimated = modelux.call("POST", "/anthropic/v1/messages/count_tokens", &headers, ask("@gpt")).await;
    assert!(estimated.expect(200)["input_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
    assert!(estimated.header("x-modelux-warning").is_some_and(|warning| warning.contains("estimated")));
    let unknown = modelux.call("POST", "/anthropic/v1/messages/count_tokens", &headers, ask("@nobody")).await.expect(404);
    assert_eq!(unknown["error"]["type"], "not_found_error");
}

#[tokio::test]
async fn models_are_listed_in_the_form_that_the_caller_knows() {
    let (modelux, _) = stage().await;
    let headers = [("x-api-key", APP_KEY)];
    let openai = modelux.call("GET", "/openai/v1/models", &headers, "").await.expect(200);
    assert_eq!(openai["object"], "list");
    let anthropic = modelux.call("GET", "/anthropic/v1/models", &headers, "").await.expect(200);
    let ids = |list: &Value| -> Vec<String> {
        list["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(ids(&openai), ids(&anthropic));
    assert_eq!((&anthropic["data"][0]["type"], &anthropic["has_more"]), (&json!("model"), &json!(false)));
    let one = modelux.call("GET", "/anthropic/v1/models/@claude", &headers, "").await.expect(200);
    assert_eq!((&one["type"], &one["id"]), (&json!("model"), &json!("@claude")));
}

#[tokio::test]
async fn an_ensemble_of_embeddings_is_refused() {
    let (modelux, upstream) = stage().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = json!({"model": "@panel", "input": "hi"}).to_string();
    let refused = modelux.call("POST", "/openai/v1/embeddings", &headers, body).await.expect(400);
    assert_eq!((&refused["error"]["code"], &refused["error"]["param"]), (&json!("embeddings_not_routable"), &json!("model")));
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn a_compressed_answer_is_read_and_a_strange_compression_is_told() {
    let (modelux, upstream) = stage().await;
    let steps = vec![
        Step::Head {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into()), ("content-encoding".into(), "gzip".into())],
        },
        Step::Bytes { base64: gzip_of_completion() },
        Step::End,
    ];
    upstream.script("o1", [Reply(steps)]);
    let body = json!({"model": "openai/o1", "messages": [{"role": "user", "content": "hi"}]}).to_string();
    let answer = modelux.chat(body.clone()).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "squeezed");
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(upstream.only("o1").header("accept-encoding"), Some("identity"));
    upstream.script("o2", [Reply::json_with(200, &[("content-encoding", "snappy")], "{}")]);
    let strange = modelux.chat(body.replace("o1", "o2")).await;
    assert_eq!(strange.status, 502);
    assert!(strange.error_message().contains("snappy"), "{}", strange.text());
}

/// Asks for an answer, and for more behind the one of that id.
async fn respond(modelux: &Modelux, model: &str, previous: Option<&str>, tags: &str) -> whole::client::Answer {
    let authorization = key();
    let mut headers = vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
    headers.extend((!tags.is_empty()).then_some(("x-modelux-user-tags", tags)));
    let mut body = json!({"model": model, "input": "hi"});
    if let Some(previous) = previous {
        body["previous_response_id"] = previous.into();
    }
    modelux.call("POST", "/openai/v1/responses", &headers, body.to_string()).await
}

async fn first_answer(modelux: &Modelux, model: &str) -> String {
    respond(modelux, model, None, "").await.expect(200)["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_config_goes_on_with_an_answer_at_whoever_keeps_it_by_its_own_rules_and_params() {
    let (modelux, upstream) = stage().await;
    let id = first_answer(&modelux, "openai/o2").await;
    for _ in 0..6 {
        respond(&modelux, "@either", Some(&id), "").await.expect(200);
    }
    assert_eq!((upstream.seen_for("o1").len(), upstream.seen_for("c1").len()), (6, 0), "the variant that can go on with it is taken");
    let answer = respond(&modelux, "@guarded", Some(&id), "").await;
    answer.expect(200);
    let seen = upstream.seen_for("o1").pop().expect("a call");
    assert_eq!((&seen.json()["temperature"], upstream.seen_for("c1").len()), (&json!(0.25), 0));
    let row = modelux.log(answer.request_id()).await;
    let attempts = row["trace"]["attempts"].as_array().expect("attempts").clone();
    assert_eq!((&attempts[0]["target"], &attempts[0]["outcome"]), (&json!("anthropic/c1"), &json!("skipped")));
    assert_eq!(attempts[0]["reason"], "openai keeps the answer that this request goes on from");
    respond(&modelux, "@guarded", Some(&id), "team=x").await.expect(403);
    let refused = respond(&modelux, "@claude", Some(&id), "").await.expect(400);
    assert_eq!(
        (&refused["error"]["param"], &refused["error"]["code"]),
        (&json!("previous_response_id"), &json!("previous_response_elsewhere"))
    );
    assert_eq!(upstream.seen_for("c1").len(), 0);
}

#[tokio::test]
async fn a_model_that_a_request_names_goes_on_with_another_models_answer_by_the_key_that_it_was_given_by() {
    let (modelux, upstream) = stage().await;
    let id = first_answer(&modelux, "openai/o2").await;
    respond(&modelux, "openai/o1", Some(&id), "").await.expect(200);
    assert_eq!((upstream.seen_for("o1").len(), upstream.seen_for("o2").len()), (1, 1));
    let spare = first_answer(&modelux, "@spare").await;
    respond(&modelux, "openai/o2", Some(&spare), "").await.expect(200);
    let with_spare = format!("Bearer {SPARE_SECRET}");
    assert_eq!(upstream.seen_for("o2").pop().expect("a call").header("authorization"), Some(with_spare.as_str()));
    respond(&modelux, "@gpt", Some(&spare), "").await.expect(400);
    let path = format!("/openai/v1/responses/{spare}");
    upstream.script(&format!("GET {path}"), [Reply::json(200, "{}")]);
    let authorization = key();
    modelux.call("GET", &path, &[("authorization", &authorization)], "").await.expect(200);
    let other = modelux.post("/keys", json!({"name": "other"})).await.expect(201);
    let other = format!("Bearer {}", other["secret"].as_str().expect("a secret"));
    modelux.call("GET", &path, &[("authorization", &other)], "").await.expect(200);
    let keys: Vec<_> =
        upstream.seen().iter().filter(|seen| seen.path == path).map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(keys, [Some(with_spare), Some(format!("Bearer {ALPHA_SECRET}"))], "what another app was told is nothing to go by");
}

#[tokio::test]
async fn no_other_way_to_write_a_routed_path_leads_past_the_routing() {
    let (modelux, upstream) = stage().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = json!({"model": "o1", "messages": []}).to_string();
    for path in [
        "/openai/v1/%63hat/completions",
        "/openai/v1/chat/completions/",
        "/openai/v1/chat//completions",
        "/openai/v1/chat%2Fcompletions",
        "/anthropic/v1/chat/completions",
    ] {
        let refused = modelux.call("POST", path, &headers, body.clone()).await.expect(404);
        assert!(refused.to_string().contains("/openai/v1/chat/completions"), "{path}: {refused}");
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn reading_what_is_stored_passes_through_below_the_routed_paths_too() {
    let (modelux, upstream) = stage().await;
    let headers = [("x-api-key", APP_KEY)];
    for (method, path, kind) in [
        ("GET", "/openai/v1/chat/completions?limit=2", "openai"),
        ("DELETE", "/openai/v1/responses/resp_1", "openai"),
        ("DELETE", "/openai/v1/models/ft:1", "openai"),
    ] {
        upstream.script(&format!("{method} {path}"), [Reply::json(200, "{}")]);
        let answer = modelux.call(method, path, &headers, "").await;
        answer.expect(200);
        assert_eq!(answer.header("x-modelux-provider-used"), Some(kind), "{path}");
    }
    upstream.script("GET /anthropic/v1/messages/batches", [Reply::json(200, "{}")]);
    let batches = modelux.call("GET", "/v1/messages/batches", &headers, "").await;
    assert_eq!(batches.header("x-modelux-provider-used"), Some("anthropic"), "the path alone says whose API it is");
}

#[tokio::test]
async fn a_call_says_which_way_it_came_and_one_that_was_here_before_ends() {
    let (modelux, upstream) = stage().await;
    upstream.script("GET /openai/v1/files", [Reply::json(200, "{}")]);
    let body = json!({"model": "openai/o1", "messages": [{"role": "user", "content": "hi"}]}).to_string();
    modelux.chat_with(&[("via", "1.1 squid")], body.clone()).await.expect(200);
    modelux.call("GET", "/openai/v1/files", &[("x-api-key", APP_KEY), ("via", "1.1 squid")], "").await.expect(200);
    let ways: Vec<String> = upstream.seen().iter().map(|seen| seen.header("via").expect("a way").to_owned()).collect();
    assert!(ways[0].starts_with("1.1 squid, 1.1 modelux-"), "{ways:?}");
    assert_eq!(ways[0], ways[1]);
    let back = format!("{}, 1.1 modelux-0123456789abcdef, 1.1 squid", ways[0]);
    assert_eq!(modelux.chat_with(&[("via", &back)], body).await.expect(508)["error"]["code"], "loop_detected");
    modelux.call("GET", "/openai/v1/files", &[("x-api-key", APP_KEY), ("via", &back)], "").await.expect(508);
    assert_eq!(upstream.seen().len(), 2);
}

#[tokio::test]
async fn a_key_that_an_upstream_repeats_reaches_no_app() {
    let (modelux, upstream) = stage().await;
    let own = "sk-own-a87ff679a2f3e71d9181a67b7542122c";
    let told = format!("{ALPHA_SECRET} and {own} are wrong");
    let error = json!({"error": {"message": told, "type": "x", "param": null, "code": null}}).to_string();
    upstream.script("GET /openai/v1/files", [Reply::json(401, error.clone())]);
    upstream.script("o1", [Reply::json(200, error.clone())]);
    let broken = Reply::stream().text(whole::openai::role_event()).parts(&["a"]).text(format!("data: {error}\n\n")).end();
    upstream.script("o2", [broken]);
    let body =
        |model: &str, stream: bool| json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}).to_string();
    let own_key = [("x-modelux-provider-key", own)];
    let answers = [
        modelux.call("GET", "/openai/v1/files", &[("x-api-key", APP_KEY), own_key[0]], "").await,
        modelux.chat_with(&own_key, body("openai/o1", false)).await,
        modelux.chat_with(&own_key, body("openai/o1", true)).await,
        modelux.chat_with(&own_key, body("openai/o2", true)).await,
    ];
    for (number, answer) in answers.iter().enumerate() {
        let row = modelux.log(answer.request_id()).await.to_string();
        for text in [answer.text(), &row] {
            assert!(!text.contains(ALPHA_SECRET) && !text.contains(own), "{number}: {text}");
        }
        assert!(answer.text().contains("[redacted] and [redacted] are wrong"), "{number}: {}", answer.text());
    }
    assert_eq!(answers[0].status, 401, "the upstream's own status");
}

#[tokio::test]
async fn a_callers_own_key_goes_with_what_is_passed_on_and_counted() {
    let (modelux, upstream) = stage().await;
    upstream.script("GET /openai/v1/files", [Reply::json(200, "{}")]);
    let own = "sk-own-e4da3b7fbbce2345d7772b0674a318d5";
    let headers = [("x-api-key", APP_KEY), ("x-modelux-provider-key", own)];
    modelux.call("GET", "/openai/v1/files", &headers, "").await.expect(200);
    let ask = json!({"model": "@claude", "messages": [{"role": "user", "content": "hello"}]}).to_string();
    modelux.call("POST", "/anthropic/v1/messages/count_tokens", &headers, ask).await.expect(200);
    let seen = upstream.seen();
    assert_eq!((seen[0].header("authorization"), seen[1].header("x-api-key")), (Some(format!("Bearer {own}").as_str()), Some(own)));
}

#[tokio::test]
async fn a_large_upload_that_is_refused_gets_its_answer() {
    let (modelux, upstream) = stage().await;
    let answer = modelux.call("POST", "/openai/v1/files", &[("authorization", "Bearer mlx_sk_wrong")], vec![b'x'; 26 << 20]).await;
    assert_eq!(answer.expect(401)["error"]["code"], "invalid_api_key");
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn counting_tokens_asks_for_a_key_its_configs_and_its_minute_and_records_what_goes_wrong() {
    let (modelux, _upstream) = stage().await;
    let path = "/anthropic/v1/messages/count_tokens";
    let ask = |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "hello"}]}).to_string();
    let refused = modelux.call("POST", path, &[("x-api-key", "mlx_sk_wrong")], ask("@claude")).await;
    assert_eq!(refused.expect(401)["error"]["type"], "authentication_error");
    let row = modelux.log(refused.request_id()).await;
    assert_eq!((&row["endpoint"], &row["status"]), (&json!(path), &json!(401)), "{row}");
    let made = modelux.post("/keys", json!({"name": "narrow", "allowed_configs": ["claude"], "per_minute": 2})).await.expect(201);
    let narrow = made["secret"].as_str().expect("a secret");
    modelux.call("POST", path, &[("x-api-key", narrow)], ask("@gpt")).await.expect(403);
    modelux.call("POST", path, &[("x-api-key", narrow)], ask("@claude")).await.expect(200);
    modelux.call("POST", path, &[("x-api-key", narrow)], ask("@claude")).await.expect(429);
}

#[tokio::test]
async fn a_state_that_a_target_does_not_keep_is_refused_by_name() {
    let (modelux, upstream) = stage().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = json!({"model": "@claude", "input": "go on", "previous_response_id": "resp_elsewhere"}).to_string();
    let refused = modelux.call("POST", "/openai/v1/responses", &headers, body).await.expect(400);
    assert_eq!(refused["error"]["param"], "previous_response_id", "{refused}");
    assert!(upstream.seen().is_empty());
}

/// A completion that says `squeezed`, as gzip in base64.
fn gzip_of_completion() -> String {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(whole::openai::completion("o1", "squeezed").as_bytes()).expect("a Vec takes every write");
    STANDARD.encode(coder.finish().expect("a Vec takes every write"))
}
