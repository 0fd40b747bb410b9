//! Rules: who goes where, and who is turned away.

use serde_json::{Value, json};
use whole::{
    stage::{Stage, ask, fallback, single},
    upstream::Reply,
};

use crate::{ask_with, outcomes, text, text_of};

const PROGRAM: &str = "\
# who pays goes first
if tenant == \"enterprise\" then use alpha/a1
else if sensitivity == \"pii\" then block \"PII may not leave this machine\"
else if request.has_tools or end_user == \"u_9\" then use @careful # as agreed
else if not healthy(beta/b1) then use alpha/a2
else use beta/b1
";

async fn stage() -> Stage {
    let production = json!({"strategy": "custom_rules", "rules": PROGRAM});
    Stage::with(&[("careful", fallback(&["alpha/a3", "alpha/a4"])), ("production", production)]).await
}

#[tokio::test]
async fn tags_of_headers_and_bodies_and_users_decide() {
    let stage = stage().await;
    let by_header = stage.modelux.chat_with(&[("x-modelux-user-tags", "tenant=enterprise")], ask("@production")).await;
    assert_eq!(text(&by_header), "hello from a1");
    let by_body = stage.modelux.chat(ask_with(json!({"mlx:tags": {"tenant": "enterprise"}}))).await;
    assert_eq!(text(&by_body), "hello from a1");
    let by_user = stage.modelux.chat_with(&[("x-modelux-user-id", "u_9")], ask("@production")).await;
    assert_eq!(text(&by_user), "hello from a3");
    assert_eq!(text(&stage.modelux.chat(ask_with(json!({"tools": crate::tools()}))).await), "hello from a3");
    assert_eq!(text(&stage.modelux.chat(ask("@production")).await), "hello from b1");
}

#[tokio::test]
async fn the_trace_names_the_rule_its_line_and_what_its_names_were() {
    let stage = stage().await;
    let answer = stage.modelux.chat_with(&[("x-modelux-user-id", "u_9")], ask("@production")).await;
    let log = stage.modelux.log(answer.request_id()).await;
    let steps = log["trace"]["steps"].as_array().expect("steps");
    assert_eq!(
        (&steps[0]["strategy"], &steps[1]["strategy"], &steps[1]["config"]),
        (&json!("custom_rules"), &json!("fallback"), &json!("careful"))
    );
    let rule = &steps[0]["rule"];
    assert_eq!((&rule["index"], &rule["line"]), (&json!(2), &json!(4)), "{rule:#}");
    assert_eq!(rule["values"], json!({"request.has_tools": false, "end_user": "u_9"}), "{rule:#}");
}

#[tokio::test]
async fn a_blocked_request_is_403_names_the_rule_and_calls_nobody() {
    let stage = stage().await;
    for body in
        [ask_with(json!({"mlx:tags": {"sensitivity": "pii"}})), ask_with(json!({"mlx:tags": {"sensitivity": "pii"}, "stream": true}))]
    {
        let answer = stage.modelux.chat(body).await;
        let error = answer.expect(403)["error"].clone();
        assert_eq!((text_of(&error["type"]), text_of(&error["message"])), ("blocked_by_rule", "PII may not leave this machine"));
        assert_eq!(error["rule"]["line"], 3, "{error:#}");
        assert!(text_of(&error["rule"]["text"]).contains("sensitivity == \"pii\""), "{error:#}");
        assert_eq!((answer.header("x-modelux-config"), answer.header("x-modelux-request-id").is_some()), (Some("production:1"), true));
        let log = stage.modelux.log(answer.request_id()).await;
        assert_eq!((&log["status"], &log["error_class"]), (&json!(403), &json!("blocked_by_rule")));
        assert_eq!(log["trace"]["steps"][0]["rule"]["values"], json!({"sensitivity": "pii"}));
    }
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_block_inside_a_fallback_is_not_fallen_back_from() {
    let inner =
        json!({"strategy": "custom_rules", "rules": [{"if": "request.messages > 0", "then": {"block": "closed"}}, {"else": "alpha/a1"}]});
    let stage = Stage::with(&[("inner", inner), ("production", fallback(&["@inner", "beta/b1"]))]).await;
    assert_eq!(stage.modelux.chat(ask("@production")).await.expect(403)["error"]["message"], "closed");
    assert_eq!(stage.upstream.seen().len(), 0, "a rule is a decision, and another target is no way around it");
}

#[tokio::test]
async fn rules_see_the_health_of_targets() {
    let stage = stage().await;
    stage.upstream.script("b1", [Reply::error(500)]);
    for _ in 0..5 {
        stage.modelux.chat(ask("@production")).await.expect(500);
    }
    assert_eq!(text(&stage.modelux.chat(ask("@production")).await), "hello from a2", "its breaker is open after five failures");
}

#[tokio::test]
async fn both_forms_of_rules_mean_the_same() {
    let stage = stage().await;
    let converted = stage.modelux.post("/rules/convert", json!({"rules": PROGRAM})).await.expect(200);
    let list = converted["rules"].clone();
    assert_eq!(list.as_array().map(Vec::len), Some(5), "{converted:#}");
    let document = json!({"strategy": "custom_rules", "rules": list});
    stage.modelux.post("/configs", json!({"slug": "as-list", "document": document})).await.expect(201);
    for tags in [json!({}), json!({"tenant": "enterprise"})] {
        let ask = |model: &str| ask_with(json!({"model": model, "mlx:tags": tags}));
        let (one, other) = (stage.modelux.chat(ask("@production")).await, stage.modelux.chat(ask("@as-list")).await);
        assert_eq!(text(&one), text(&other));
    }
    let stored = stage.modelux.get("/configs/as-list").await.expect(200);
    assert!(stored["document"]["rules"].is_array(), "the form that was written is kept");
}

#[tokio::test]
async fn what_rules_decided_is_counted() {
    let stage = stage().await;
    for tenant in ["enterprise", "enterprise", "other"] {
        let answer = stage.modelux.chat(ask_with(json!({"mlx:tags": {"tenant": tenant}}))).await;
        stage.modelux.log(answer.request_id()).await;
    }
    let decisions = stage.modelux.get("/analytics/decisions?config=production").await.expect(200);
    let counts: Vec<(u64, u64)> = decisions["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| (rule["index"].as_u64().expect("an index"), rule["requests"].as_u64().expect("a count")))
        .filter(|(_, requests)| *requests > 0)
        .collect();
    assert_eq!(counts, [(0, 2), (4, 1)], "{decisions:#}");
}

#[tokio::test]
async fn targets_written_in_place_keep_their_options() {
    let rules = "if request.stream then use {\"model\": \"alpha/a1\", \"params\": {\"temperature\": 0}}\nelse use {\"strategy\": \"fallback\", \"attempts\": [\"alpha/a2\", \"beta/b1\"]}\n";
    let stage = Stage::with(&[("production", json!({"strategy": "custom_rules", "rules": rules})), ("other", single("beta/b2"))]).await;
    stage.upstream.script("a2", [Reply::error(502)]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(text(&answer), "hello from b1");
    assert_eq!(outcomes(&stage.modelux.log(answer.request_id()).await), ["alpha/a2 http_502", "beta/b1 ok"]);
    stage.modelux.chat(whole::stage::ask_streamed("@production")).await;
    assert_eq!(stage.upstream.only("a1").json()["temperature"], Value::from(0));
}
