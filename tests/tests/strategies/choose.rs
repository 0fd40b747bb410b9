//! Strategies that choose before they call: by cost, by latency, by share.

use std::collections::BTreeMap;

use serde_json::json;
use whole::{
    stage::{Stage, ask, fallback},
    upstream::{Reply, Step},
};

use crate::{ask_with, outcomes, stage, stage_of, text, text_of, tools};

fn cost(allowed: &[&str]) -> serde_json::Value {
    json!({"strategy": "cost_optimized", "quality_tier": "standard", "allowed_models": allowed})
}

/// a1 is dear, a2 cheap, a3 cheaper but too simple, a4 the cheapest but without tools.
async fn priced() -> Stage {
    stage_of(&[("production", cost(&["alpha/a1", "alpha/a2", "alpha/a3", "alpha/a4"]))], |name, model| match name {
        "a1" => model["price"] = json!({"input": 5.0, "output": 15.0}),
        "a3" => (model["tier"], model["price"]) = (json!("economy"), json!({"input": 0.1, "output": 0.1})),
        "a4" => (model["capabilities"], model["price"]) = (json!(["streaming"]), json!({"input": 0.05, "output": 0.05})),
        _ => {}
    })
    .await
}

#[tokio::test]
async fn the_cheapest_that_can_take_the_request_is_called_and_the_trace_says_why_not_the_others() {
    let stage = priced().await;
    let answer = stage.modelux.chat(ask_with(json!({"tools": tools(), "max_tokens": 100}))).await;
    assert_eq!(text(&answer), "hello from a2");
    let log = stage.modelux.log(answer.request_id()).await;
    let candidates = log["trace"]["steps"][0]["candidates"].as_array().expect("candidates");
    let said: BTreeMap<&str, String> = candidates
        .iter()
        .map(|candidate| (text_of(&candidate["target"]), format!("{} {}", candidate["chosen"], candidate["reason"])))
        .collect();
    assert!(said["alpha/a1"].contains("false") && said["alpha/a1"].contains("cheaper"), "{said:#?}");
    assert!(said["alpha/a2"].contains("true") && said["alpha/a2"].contains("cheapest"), "{said:#?}");
    assert!(said["alpha/a3"].contains("economy"), "{said:#?}");
    assert!(said["alpha/a4"].contains("tools"), "{said:#?}");
    let estimates: Vec<f64> = candidates.iter().map(|candidate| candidate["est_cost_usd"].as_f64().expect("an estimate")).collect();
    assert!(estimates[0] > estimates[1] && estimates[1] > estimates[2] && estimates[2] > estimates[3], "{estimates:?}");
    assert_eq!(log["strategy"], "cost_optimized");
    assert_eq!(stage.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_failure_moves_to_the_next_cheapest() {
    let stage = priced().await;
    stage.upstream.script("a2", [Reply::error(503)]);
    let answer = stage.modelux.chat(ask_with(json!({"tools": tools()}))).await;
    assert_eq!(text(&answer), "hello from a1");
    assert_eq!(outcomes(&stage.modelux.log(answer.request_id()).await), ["alpha/a2 http_503", "alpha/a1 ok"]);
}

#[tokio::test]
async fn where_nothing_fits_the_caller_is_told_of_each_why_not() {
    let stage = stage_of(&[("production", cost(&["alpha/a3", "alpha/a4"]))], |name, model| match name {
        "a3" => model["tier"] = json!("economy"),
        _ => model["capabilities"] = json!(["streaming"]),
    })
    .await;
    let answer = stage.modelux.chat(ask_with(json!({"tools": tools()}))).await;
    let error = answer.expect(400)["error"].clone();
    assert_eq!((text_of(&error["type"]), text_of(&error["code"])), ("invalid_request_error", "no_candidate"));
    let message = text_of(&error["message"]);
    assert!(["alpha/a3", "economy", "alpha/a4", "tools"].iter().all(|word| message.contains(word)), "{message}");
    assert_eq!(stage.upstream.seen().len(), 0);
}

#[tokio::test]
async fn what_models_really_write_changes_what_is_cheapest() {
    let document = cost(&["alpha/a1", "alpha/a2"]);
    let stage = stage_of(&[("production", document)], |name, model| {
        if name == "a1" {
            model["price"] = json!({"input": 1.0, "output": 1.9});
        }
    })
    .await;
    let talkative = r#"{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"much"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5000,"total_tokens":5009}}"#;
    stage.upstream.script("a1", [Reply::json(200, talkative)]);
    assert_eq!(text(&stage.modelux.chat(ask("@production")).await), "much", "it looks cheaper");
    let second = stage.modelux.chat(ask("@production")).await;
    assert_eq!(text(&second), "hello from a2", "it is known to write 5,000 tokens now");
    // Means outlive a restart, as the requests that taught them do.
    stage.modelux.log(second.request_id()).await;
    let modelux = stage.modelux.restart().await;
    assert_eq!(text(&modelux.chat(ask("@production")).await), "hello from a2");
}

#[tokio::test]
async fn the_fastest_is_preferred_once_all_were_measured() {
    let document =
        json!({"strategy": "latency_optimized", "allowed_models": ["alpha/a1", "alpha/a2", "beta/b1"], "min_samples": 1, "explore": 0});
    let stage = stage(document).await;
    let slowly = |ms, content: &str| {
        let mut reply = Reply::new().then(Step::Pause { ms });
        reply.0.extend(Reply::chat(content).0);
        reply
    };
    stage.upstream.script("a1", [slowly(400, "slow")]);
    stage.upstream.script("a2", [Reply::chat("fast")]);
    stage.upstream.script("b1", [slowly(400, "slow, too")]);
    let mut said = Vec::new();
    let mut last = String::new();
    for _ in 0..5 {
        let answer = stage.modelux.chat(ask("@production")).await;
        said.push(text(&answer));
        last = answer.request_id().to_owned();
    }
    assert_eq!(said, ["slow", "fast", "slow, too", "fast", "fast"], "in turn until each has a figure");
    let log = stage.modelux.log(&last).await;
    let candidates = log["trace"]["steps"][0]["candidates"].as_array().expect("candidates");
    let p50: Vec<f64> = candidates.iter().map(|candidate| candidate["p50_ms"].as_f64().expect("a figure")).collect();
    assert!(p50[0] >= 400.0 && p50[1] < p50[0] && p50[2] >= 400.0, "{p50:?}");
}

#[tokio::test]
async fn a_conversation_stays_where_it_is() {
    let document =
        json!({"strategy": "latency_optimized", "allowed_models": ["alpha/a1", "alpha/a2"], "min_samples": 3, "affinity": "conversation"});
    let stage = stage(document).await;
    let mut said = Vec::new();
    for conversation in ["c1", "c2", "c1", "c2", "c1"] {
        said.push(text(&stage.modelux.chat_with(&[("x-modelux-conversation-id", conversation)], ask("@production")).await));
    }
    let (a1, a2) = ("hello from a1", "hello from a2");
    assert_eq!(said, [a1, a2, a1, a2, a1]);
    stage.upstream.script("a1", [Reply::error(500)]);
    let answer = stage.modelux.chat_with(&[("x-modelux-conversation-id", "c1")], ask("@production")).await;
    assert_eq!(text(&answer), a2, "a failure moves it all the same");
}

#[tokio::test]
async fn a_variant_sticks_to_its_user_across_restarts_and_versions() {
    let split = |light: f64, heavy: f64| {
        json!({"strategy": "ab_test", "sticky_by": "end_user", "variants": [
            {"label": "light", "weight": light, "config": "alpha/a1"}, {"label": "heavy", "weight": heavy, "config": "@other"}]})
    };
    let stage = Stage::with(&[("other", fallback(&["beta/b1"])), ("production", split(50.0, 50.0))]).await;
    let users: Vec<String> = (0..24).map(|number| format!("u_{number}")).collect();
    let mut first = BTreeMap::new();
    for user in &users {
        let answer = stage.modelux.chat_with(&[("x-modelux-user-id", user)], ask("@production")).await;
        let variant = answer.header("x-modelux-ab-variant").expect("a variant").to_owned();
        assert_eq!(text(&answer), if variant == "light" { "hello from a1" } else { "hello from b1" });
        first.insert(user, (variant, answer.request_id().to_owned()));
    }
    let light = first.values().filter(|(variant, _)| variant == "light").count();
    assert!((4..=20).contains(&light), "{light} of 24 at 50 %");
    let (variant, id) = &first[&users[0]];
    let log = stage.modelux.log(id).await;
    assert_eq!(&log["trace"]["steps"][0]["variant"], variant.as_str());
    let modelux = stage.modelux.restart().await;
    let moved = json!({"document": split(40.0, 60.0)});
    modelux.post("/configs/production/versions", moved).await.expect(201);
    let mut changed = 0;
    for user in &users {
        let answer = modelux.chat_with(&[("x-modelux-user-id", user)], ask("@production")).await;
        let variant = answer.header("x-modelux-ab-variant").expect("a variant");
        assert!(variant == first[user].0 || first[user].0 == "light", "nobody moves into what has shrunk");
        changed += usize::from(variant != first[user].0);
    }
    assert!(changed <= 8, "a tenth of the users may move, not {changed} of 24");
}

#[tokio::test]
async fn a_variant_of_a_stream_is_in_its_head() {
    let document = json!({"strategy": "ab_test", "variants": [{"label": "all", "weight": 1, "config": "alpha/a1"}]});
    let stage = stage(document).await;
    let stream = stage.modelux.stream(whole::stage::ask_streamed("@production")).await;
    assert_eq!(stream.headers["x-modelux-ab-variant"], "all");
    assert!(stream.rest().await.complete);
}
