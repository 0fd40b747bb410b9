//! Strategies that mix APIs, as callers of each see them.

use serde_json::json;
use whole::{dialects::Said, upstream::Reply};

use super::{
    callers::{self, Caller},
    post, stage,
};

#[tokio::test]
async fn a_fallback_crosses_apis() {
    for caller in callers::ALL {
        let stage = stage(&[("production", whole::stage::fallback(&["claude/c1", "alpha/a1", "native/n1-codex"]))]).await;
        stage.upstream.script("c1", [Reply::refused(529)]);
        stage.upstream.script("a1", [Reply::refused(503)]);
        let answer = post(&stage.modelux, caller.path(), &caller.ask("@production", false)).await;
        assert_eq!(caller.heard(&answer).text, "hello from n1-codex", "{caller:?}");
        assert_eq!(answer.header("x-modelux-attempts"), Some("3"));
    }
}

#[tokio::test]
async fn an_ensemble_votes_over_answers_of_every_api() {
    let members = json!([{"model": "alpha/a1"}, {"model": "claude/c1"}, {"model": "native/n1-codex"}]);
    let document = json!({"strategy": "ensemble", "aggregation": "majority_vote", "timeout_ms": 20_000, "members": members});
    let stage = stage(&[("vote", document)]).await;
    stage.upstream.script("a1", [Reply::said(Said::text("forty-two"))]);
    stage.upstream.script("c1", [Reply::said(Said::text("seven"))]);
    stage.upstream.script("n1-codex", [Reply::said(Said::text("forty-two"))]);
    for caller in callers::ALL {
        let whole = post(&stage.modelux, caller.path(), &caller.ask("@vote", false)).await;
        assert_eq!(caller.heard(&whole).text, "forty-two", "{caller:?}");
        let streamed = post(&stage.modelux, caller.path(), &caller.ask("@vote", true)).await;
        println!("{caller:?}: {}", streamed.text());
        assert_eq!(caller.heard_streamed(&streamed).text, "forty-two", "{caller:?}");
    }
}

#[tokio::test]
async fn a_cascade_climbs_from_one_api_to_another() {
    let steps = json!([{"model": "alpha/a1", "accept": "response.has_tool_calls"}, {"model": "claude/c1"}]);
    let stage = stage(&[("climb", json!({"strategy": "cascade", "attempts": steps}))]).await;
    stage.upstream.script("a1", [Reply::said(Said::text("I would rather talk"))]);
    stage.upstream.script("c1", [Reply::said(Said::default().call("call_a", "weather", r#"{"city":"Paris"}"#))]);
    for caller in callers::ALL {
        for stream in [false, true] {
            let answer = post(&stage.modelux, caller.path(), &caller.ask_with_tool("@climb", stream)).await;
            let heard = if stream { caller.heard_streamed(&answer) } else { caller.heard(&answer) };
            assert_eq!(heard.calls.len(), 1, "{caller:?}: {heard:?}");
            assert_eq!(heard.calls[0].2, json!({"city": "Paris"}));
        }
    }
}

#[tokio::test]
async fn rules_see_which_endpoint_was_asked() {
    let rules = "if request.endpoint == \"messages\" then use claude/c1\nelse use alpha/a1\n";
    let stage = stage(&[("by", json!({"strategy": "custom_rules", "rules": rules}))]).await;
    for (caller, said) in [(Caller::Messages, "hello from c1"), (Caller::Chat, "hello from a1"), (Caller::Responses, "hello from a1")] {
        let answer = post(&stage.modelux, caller.path(), &caller.ask("@by", false)).await;
        assert_eq!(caller.heard(&answer).text, said, "{caller:?}");
    }
}

#[tokio::test]
async fn an_ensemble_of_embeddings_is_refused() {
    let members = json!([{"model": "alpha/a1"}, {"model": "alpha/a2"}]);
    let document = json!({"strategy": "ensemble", "aggregation": "majority_vote", "timeout_ms": 20_000, "members": members});
    let stage = stage(&[("vote", document)]).await;
    let answer = post(&stage.modelux, "/openai/v1/embeddings", &json!({"model": "@vote", "input": "a"})).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.error_message().contains("ensemble"), "{}", answer.text());
    assert!(stage.upstream.seen().is_empty());
}
