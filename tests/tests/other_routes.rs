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
                {"label": "one", "weight": 50, "config": "openai/o1"}, {"label": "two", "weight": 50, "config": "openai/o2"},
            ]}},
            {"slug": "panel", "document": {
                "strategy": "ensemble", "aggregation": "majority_vote", "members": [{"model": "openai/o1"}, {"model": "openai/o2"}],
            }},
        ],
    });
    let launch = Launch::new().bundle(&bundle).env("ALPHA_KEY", ALPHA_SECRET).env("BETA_KEY", BETA_SECRET);
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

#[tokio::test]
async fn an_answer_that_is_gone_on_with_leads_to_who_gave_it() {
    let (modelux, upstream) = stage().await;
    let authorization = key();
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let first =
        modelux.call("POST", "/openai/v1/responses", &headers, json!({"model": "openai/o2", "input": "hi"}).to_string()).await.expect(200);
    let id = first["id"].as_str().expect("an id").to_owned();
    for _ in 0..6 {
        let next = json!({"model": "@either", "input": "go on", "previous_response_id": id}).to_string();
        modelux.call("POST", "/openai/v1/responses", &headers, next).await.expect(200);
    }
    assert_eq!((upstream.seen_for("o1").len(), upstream.seen_for("o2").len()), (0, 7));
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
