//! Cheap first, dear last.

use serde_json::json;
use whole::{stage::ask, upstream::Reply};

use crate::{ask_with, assert_cost, outcomes, stage, text, text_of, tools};

#[tokio::test]
async fn an_answer_that_is_not_accepted_climbs_on_and_all_of_it_costs() {
    let document = json!({"strategy": "cascade", "attempts": [
        {"model": "alpha/a1", "accept": "response.valid_json"},
        {"model": "alpha/a2", "accept": "response.valid_json and response.finish_reason == \"stop\""},
        {"model": "beta/b1"}]});
    let stage = stage(document).await;
    stage.upstream.script("a1", [Reply::chat("well …")]);
    stage.upstream.script("a2", [Reply::error(500)]);
    stage.upstream.script("b1", [Reply::chat("the last word")]);
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(text(&answer), "the last word");
    assert_eq!((answer.header("x-modelux-attempts"), answer.header("x-modelux-model-used")), (Some("3"), Some("b1")));
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(outcomes(&log), ["alpha/a1 rejected", "alpha/a2 http_500", "beta/b1 ok"]);
    let why = text_of(&log["trace"]["attempts"][0]["reason"]);
    assert!(why.contains("response.valid_json = false"), "{why}");
    assert_cost(&answer, &log, 0.000_030);
    let health = stage.modelux.get("/health").await.expect(200);
    assert!(!health.to_string().contains("\"open\""), "an answer that is turned down is no failure of its target: {health:#}");
}

#[tokio::test]
async fn the_first_answer_that_is_accepted_is_the_reply_as_it_came() {
    let document =
        json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.output_tokens >= 3"}, {"model": "beta/b1"}]});
    let stage = stage(document).await;
    let own = whole::openai::completion("its own", "good");
    stage.upstream.script("a1", [Reply::json(200, own.clone())]);
    assert_eq!(stage.modelux.chat(ask("@production")).await.text(), own);
    assert!(stage.upstream.seen_for("b1").is_empty());
}

#[tokio::test]
async fn tools_go_through_every_step() {
    let document =
        json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.has_tool_calls"}, {"model": "beta/b1"}]});
    let stage = stage(document).await;
    let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]});
    stage.upstream.script("a1", [Reply::chat("I would rather talk")]);
    let body = json!({"id": "x", "choices": [{"index": 0, "message": call, "finish_reason": "tool_calls"}]});
    stage.upstream.script("b1", [Reply::json(200, body.to_string())]);
    let answer = stage.modelux.chat(ask_with(json!({"tools": tools()}))).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "look_up");
    for model in ["a1", "b1"] {
        assert_eq!(stage.upstream.only(model).json()["tools"], tools(), "{model}");
    }
}

#[tokio::test]
async fn where_even_the_last_is_turned_down_the_caller_hears_of_all() {
    let document = json!({"strategy": "cascade", "attempts": [
        {"model": "alpha/a1", "accept": "response.length > 100"}, {"model": "beta/b1", "accept": "response.length > 100"}]});
    let stage = stage(document).await;
    let answer = stage.modelux.chat(ask("@production")).await;
    let error = answer.expect(502)["error"].clone();
    assert_eq!((text_of(&error["type"]), error["attempts"].as_array().map(Vec::len)), ("all_attempts_failed", Some(2)), "{error:#}");
    assert_eq!(error["attempts"][1]["outcome"], "rejected");
}

#[tokio::test]
async fn a_dry_run_climbs_past_an_answer_that_is_assumed_to_be_turned_down() {
    let stage =
        stage(json!({"strategy": "cascade", "attempts": [{"model": "alpha/a1", "accept": "response.valid_json"}, {"model": "beta/b1"}]}))
            .await;
    let request = json!({"model": "@production", "messages": [{"role": "user", "content": "hi"}]});
    let sample = json!({"request": request, "assume": [{"target": "alpha/a1", "outcome": "rejected"}]});
    stage.modelux.chat(ask("beta/b1")).await.expect(200);
    let run = stage.modelux.post("/dry-run", sample.clone()).await.expect(200);
    assert_eq!(outcomes(&run), ["alpha/a1 rejected", "beta/b1 ok"], "{run:#}");
    assert_eq!(run["explanation"], "alpha/a1 is turned down, so beta/b1 answers.");
    let [first, second] = [&run["trace"]["attempts"][0], &run["trace"]["attempts"][1]];
    assert_eq!(first["reason"], "assumed: its answer is turned down");
    assert!(first["cost_usd"].as_f64() > Some(0.0), "an answer that is turned down costs, too: {run:#}");
    assert_eq!((&first["cost_usd"], &first["output_tokens"]), (&second["cost_usd"], &second["output_tokens"]), "as much as any");
    assert!(run["est_latency_ms"].is_null(), "nothing is known of how long alpha/a1 takes to answer: {run:#}");
    stage.modelux.chat(ask("alpha/a1")).await.expect(200);
    let run = stage.modelux.post("/dry-run", sample).await.expect(200);
    assert!(run["est_latency_ms"].is_number(), "both were measured: {run:#}");
}
