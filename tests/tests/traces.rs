//! What is recorded of a request, and what the trace says about its way.

use serde_json::{Value, json};
use whole::{
    modelux::APP_KEY,
    openai,
    stage::{Stage, ask, ask_streamed, fallback, single},
    upstream::{Reply, Step},
};

async fn stage() -> Stage {
    Stage::with(&[("production", fallback(&["alpha/a1", "beta/b1"])), ("one", single("alpha/a1"))]).await
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_row_carries_what_traffic_shows() {
    let stage = stage().await;
    let headers = [
        ("x-modelux-user-id", "u_1"),
        ("x-modelux-user-tags", "team=ml, feature=chat"),
        ("x-modelux-trace-id", "t-9"),
        ("x-modelux-conversation-id", "c-3"),
    ];
    stage.upstream.script("a1", [Reply::error(503)]);
    let answer = stage.modelux.chat_with(&headers, ask("@production")).await;
    let row = stage.modelux.log(answer.request_id()).await;
    for (key, expected) in [
        ("id", json!(answer.request_id())),
        ("endpoint", json!("/openai/v1/chat/completions")),
        ("config", json!("production")),
        ("version", json!(1)),
        ("strategy", json!("fallback")),
        ("requested_model", json!("@production")),
        ("provider", json!("beta")),
        ("model", json!("b1")),
        ("status", json!(200)),
        ("error_class", Value::Null),
        ("input_tokens", json!(9)),
        ("output_tokens", json!(3)),
        ("tags", json!({"team": "ml", "feature": "chat"})),
        ("end_user", json!("u_1")),
        ("conversation_id", json!("c-3")),
        ("trace_id", json!("t-9")),
        ("attempts", json!(2)),
    ] {
        assert_eq!(row[key], expected, "{key} of {row:#}");
    }
    assert!(row["app"].is_string(), "every request is attributed to an app");
    assert!(row["latency_ms"].as_f64().expect("a latency") > 0.0);
    assert!((row["cost_usd"].as_f64().expect("a cost") - 0.000_015).abs() < 1e-12, "{}", row["cost_usd"]);
    assert!(row["time"].as_str().expect("a time").ends_with('Z'));
}

#[tokio::test]
async fn the_trace_has_its_contracts_shape() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::error(503)]);
    let answer = stage.modelux.chat(ask("@production")).await;
    let trace = stage.modelux.log(answer.request_id()).await["trace"].clone();
    for key in ["request_id", "resolved", "steps", "attempts", "decision", "total_ms", "overhead_us"] {
        assert!(keys(&trace).contains(&key), "{key} is missing from {trace:#}");
    }
    assert_eq!(trace["request_id"], answer.request_id());
    let step = &trace["steps"][0];
    assert_eq!((&step["config"], &step["version"], &step["strategy"]), (&json!("production"), &json!(1), &json!("fallback")));
    assert!(step["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let attempts = trace["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 2);
    let (first, second) = (&attempts[0], &attempts[1]);
    assert_eq!(
        (&first["n"], &first["target"], &first["outcome"], &first["status"]),
        (&json!(1), &json!("alpha/a1"), &json!("http_503"), &json!(503))
    );
    assert_eq!((&second["n"], &second["target"], &second["outcome"]), (&json!(2), &json!("beta/b1"), &json!("ok")));
    assert_eq!((&second["provider"], &second["model"]), (&json!("beta"), &json!("b1")));
    assert_eq!((&second["input_tokens"], &second["output_tokens"]), (&json!(9), &json!(3)));
    for attempt in attempts {
        assert!(attempt["start_ms"].is_number() && attempt["duration_ms"].is_number(), "{attempt:#}");
    }
    assert!(second["start_ms"].as_f64() >= first["start_ms"].as_f64());
    assert_eq!(trace["decision"]["target"], "beta/b1");
    let candidates: Vec<_> =
        step["candidates"].as_array().expect("candidates").iter().map(|c| (c["target"].clone(), c["chosen"].clone())).collect();
    if !candidates.is_empty() {
        assert_eq!(candidates, [(json!("alpha/a1"), json!(false)), (json!("beta/b1"), json!(true))]);
    }
}

#[tokio::test]
async fn bodies_are_kept_as_they_were() {
    let stage = stage().await;
    let sent = "{ \"model\":\"@production\", \"messages\":[{\"role\":\"user\",\"content\":\"caf\\u00e9\"}]}";
    let answer = stage.modelux.chat(sent).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["request_body"]["text"], sent, "{log:#}");
    assert_eq!(log["response_body"]["text"], answer.text());
}

#[tokio::test]
async fn a_streamed_answer_is_kept_and_joined() {
    let stage = stage().await;
    let answer = stage.modelux.chat(ask_streamed("@production")).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["stream"], true);
    assert_eq!(log["response_body"]["joined"], "hello from a1", "{log:#}");
    assert!(log["ttft_ms"].as_f64().expect("a first token") <= log["latency_ms"].as_f64().expect("a latency"));
}

#[tokio::test]
async fn no_store_keeps_the_content_of_this_call_out_of_the_log() {
    let stage = stage().await;
    let secret = "the cake is a lie";
    let body = json!({"model": "@production", "messages": [{"role": "user", "content": secret}]}).to_string();
    let answer = stage.modelux.chat_with(&[("cache-control", "no-store")], body).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert!(log.get("request_body").is_none_or(Value::is_null), "{log:#}");
    assert!(log.get("response_body").is_none_or(Value::is_null));
    assert!(!log.to_string().contains(secret));
    assert_eq!(log["output_tokens"], 3, "its figures are recorded all the same");
}

#[tokio::test]
async fn refused_requests_are_recorded_too() {
    let stage = stage().await;
    for (body, status) in [(ask("@nothing"), 404), ("{".to_owned(), 400), (ask("nothing-known"), 400)] {
        let answer = stage.modelux.chat(body).await;
        answer.expect(status);
        let log = stage.modelux.log(answer.request_id()).await;
        assert_eq!(log["status"], status);
        assert!(log["error_class"].is_string(), "{log:#}");
    }
}

#[tokio::test]
async fn an_upstream_that_reports_no_usage_is_counted_here_and_marked() {
    let stage = stage().await;
    let without = json!({"id": "x", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "one two three"}, "finish_reason": "stop"}]});
    stage.upstream.script("a1", [Reply::json(200, without.to_string())]);
    let answer = stage.modelux.chat(ask("@one")).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["tokens_estimated"], true, "{log:#}");
    assert!(log["output_tokens"].as_u64().expect("a count") >= 2);
    assert!(log["cost_usd"].as_f64().expect("a cost") > 0.0);
}

#[tokio::test]
async fn a_model_that_the_upstream_swapped_silently_is_shown() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::json(200, openai::completion("a1-mini", "cheaper"))]);
    let answer = stage.modelux.chat(ask("@one")).await;
    assert_eq!(stage.modelux.log(answer.request_id()).await["answered_model"], "a1-mini");
}

#[tokio::test]
async fn tags_and_users_may_come_in_the_body_as_well() {
    let stage = stage().await;
    let body = json!({"model": "@one", "messages": [], "mlx:tags": {"team": "ml", "n": "3"}, "mlx:end_user": "u_2", "metadata": {"trace_id": "t-1", "conversation_id": "c-1"}});
    let answer = stage.modelux.chat(body.to_string()).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(log["tags"], json!({"team": "ml", "n": "3"}));
    assert_eq!((&log["end_user"], &log["trace_id"], &log["conversation_id"]), (&json!("u_2"), &json!("t-1"), &json!("c-1")));
}

#[tokio::test]
async fn the_list_is_newest_first_in_pages_that_meet() {
    let stage = stage().await;
    let mut sent = Vec::new();
    for _ in 0..7 {
        sent.push(stage.modelux.chat(ask("@one")).await.request_id().to_owned());
    }
    stage.modelux.logs(7).await;
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.modelux.get(&format!("/logs?limit=3{cursor}")).await.expect(200);
        listed.extend(page["data"].as_array().expect("rows").iter().map(|row| row["id"].as_str().expect("an id").to_owned()));
        if page["has_more"] == false {
            assert_eq!(page["next_cursor"], Value::Null);
            break;
        }
        cursor = format!("&cursor={}", page["next_cursor"].as_str().expect("a cursor"));
    }
    sent.reverse();
    assert_eq!(listed, sent);
}

#[tokio::test]
async fn the_filter_language_finds_and_points_at_what_it_does_not_understand() {
    let stage = stage().await;
    stage.upstream.script("a2", [Reply::error(400)]);
    let tagged = [("x-modelux-user-tags", "tenant=acme")];
    let good = stage.modelux.chat_with(&tagged, ask("@one")).await.request_id().to_owned();
    let bad = stage.modelux.chat(ask("alpha/a2")).await.request_id().to_owned();
    stage.modelux.logs(2).await;
    for (filter, expected) in [
        ("status:error", vec![&bad]),
        ("status:2xx", vec![&good]),
        ("config:one", vec![&good]),
        ("-config:one", vec![&bad]),
        ("model:a2", vec![&bad]),
        ("provider:alpha", vec![&bad, &good]),
        ("tag.tenant:acme", vec![&good]),
        ("cost>1", vec![]),
        ("tokens>4 status:200", vec![&good]),
    ] {
        let filter_text = filter.replace('>', "%3E").replace(' ', "%20").replace(':', "%3A");
        let page = stage.modelux.get(&format!("/logs?q={filter_text}")).await.expect(200);
        let ids: Vec<_> = page["data"].as_array().expect("rows").iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    let wrong = stage.modelux.get("/logs?q=latency%3Ebanana").await;
    wrong.expect(400);
    assert!(wrong.text().contains("column") || wrong.text().contains("position"), "it says where: {}", wrong.text());
}

#[tokio::test]
async fn a_caller_that_hung_up_is_recorded_with_what_it_cost() {
    let stage = stage().await;
    stage.upstream.script("a1", [Reply::stream().parts(&["some", "thing"]).then(Step::Hang)]);
    let mut stream = stage.modelux.stream(ask_streamed("@one")).await;
    stream.event().await.expect("the first event");
    let id = stream.headers["x-modelux-request-id"].to_str().expect("ASCII").to_owned();
    stream.hang_up();
    let log = stage.modelux.log(&id).await;
    assert_eq!((&log["status"], &log["error_class"]), (&json!(499), &json!("cancelled")));
    assert_eq!(log["tokens_estimated"], true);
    assert!(log["input_tokens"].as_u64().expect("an estimate") > 0);
}

#[tokio::test]
async fn a_dry_run_decides_and_calls_nobody() {
    let stage = stage().await;
    let headers = [("x-modelux-dry-run", "true")];
    let answer = stage.modelux.chat_with(&headers, ask("@production")).await.expect(200);
    assert_eq!(answer["trace"]["decision"]["target"], "alpha/a1", "{answer:#}");
    assert_eq!(answer["trace"]["steps"][0]["config"], "production");
    assert!(answer["est_cost_usd"].as_f64().expect("a known price") > 0.0);
    let request = json!({"model": "@production", "messages": [{"role": "user", "content": "hi"}]});
    let by_api = stage.modelux.post("/dry-run", json!({"request": request})).await.expect(200);
    assert_eq!(by_api["trace"]["decision"], answer["trace"]["decision"]);
    let draft = stage.modelux.post("/dry-run", json!({"request": request, "document": single("beta/b2")})).await.expect(200);
    assert_eq!(draft["trace"]["decision"]["target"], "beta/b2");
    assert_eq!(stage.upstream.seen().len(), 0);
    let unknown = stage.modelux.chat_with(&headers, ask("@nothing")).await;
    unknown.expect(404);
}

#[tokio::test]
async fn a_request_that_comes_back_to_us_is_508() {
    let stage = stage().await;
    let own = format!("http://{}/openai/v1", stage.modelux.address);
    let provider = whole::stage::provider("mirror", &own, "MIRROR", &["m"]);
    let refused = stage.modelux.post("/providers", provider.clone()).await;
    if refused.status == 400 {
        assert!(refused.text().contains("itself") || refused.text().contains("this"), "{}", refused.text());
        return;
    }
    stage.upstream.script("a1", [Reply::chat("x")]);
    let answer = stage.modelux.chat(ask("mirror/@one")).await;
    assert_ne!(answer.status, 200, "a loop must be noticed: {}", answer.text());
}

#[tokio::test]
async fn what_an_app_calls_itself_is_on_its_rows() {
    let stage = stage().await;
    let answer = stage.modelux.chat_with(&[("x-api-key", APP_KEY)], ask("@one")).await;
    let log = stage.modelux.log(answer.request_id()).await;
    assert!(!log.to_string().contains(APP_KEY), "a key is not a name");
}
