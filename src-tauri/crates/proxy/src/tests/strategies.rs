//! What callers get of strategies that look at answers.

use routing::{
    outcome::Outcome,
    trace::{Attempt, Trace},
};
use whole::{openai, upstream::Reply as Script};

use super::*;
use crate::recording::{Recording, settle};

fn ensemble(aggregation: &str, more: Value) -> Value {
    let mut document = json!({"strategy": "ensemble", "aggregation": aggregation, "members": ["alpha/a1", "alpha/a2", "beta/b1"]});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

#[tokio::test]
async fn the_cost_of_an_answer_is_that_of_all_calls_made_for_it_and_its_usage_the_winners() {
    let rig = Rig::with(&[("production", ensemble("llm_judge", json!({"judge": "alpha/a3"})))]).await;
    rig.upstream.script("a3", [Script::chat(r#"{"best":"A"}"#)]);
    let answer = rig.chat(&ask("@production")).await;
    let body = answer.expect(200);
    assert_eq!(body["usage"]["prompt_tokens"], 9);
    assert_eq!(answer.header("x-modelux-attempts"), Some("4"));
    // Each call has 9 tokens in and 3 out.
    assert_eq!(answer.header("x-modelux-cost-usd"), Some("0.00006"));
    let record = rig.records.only().await;
    assert_eq!((record.cost.unwrap().total, record.tokens.unwrap().input), (60_000, 9));
    let judged = rig.upstream.only("a3").json();
    assert_eq!(judged["messages"][0]["role"], "system");
    assert!(judged["messages"][1]["content"].as_str().unwrap().contains("user: hi"), "the judge sees the conversation: {judged}");
}

#[tokio::test]
async fn an_average_stands_in_the_heaviest_members_envelope() {
    let members = json!({"members": [{"model": "alpha/a1", "weight": 1}, {"model": "alpha/a2", "weight": 3}]});
    let rig = Rig::with(&[("production", ensemble("weighted_average", members))]).await;
    for stream in [false, true] {
        for (model, number) in [("a1", "10"), ("a2", "20")] {
            let reply = if stream { Script::streamed_chat(&[number]) } else { Script::json(200, openai::completion(model, number)) };
            rig.upstream.script(model, [reply]);
        }
        let mut body = ask("@production");
        body["stream"] = stream.into();
        let answer = rig.chat(&body).await;
        if stream {
            assert_eq!(content(&answer), "17.5");
            assert!(answer.text().ends_with(openai::DONE));
        } else {
            assert_eq!(answer.text(), openai::completion("a2", "17.5"));
        }
        assert_eq!(answer.header("x-modelux-model-used"), Some("a2"));
    }
}

#[tokio::test]
async fn a_variant_is_named_in_a_header() {
    let split = json!({"strategy": "ab_test", "variants": [{"label": "b", "weight": 1, "config": "alpha/a1"}]});
    let rig = Rig::impatient(&[("production", split)]).await;
    for body in [ask("@production"), ask_streamed("@production")] {
        assert_eq!(rig.chat(&body).await.header("x-modelux-ab-variant"), Some("b"));
    }
    for body in [ask("@production"), ask_streamed("@production")] {
        rig.upstream.script("a1", [Script::error(400)]);
        let refused = rig.chat(&body).await;
        assert_eq!((refused.status, refused.header("x-modelux-ab-variant")), (400, Some("b")), "an error is the variant's, too");
    }
}

#[tokio::test]
async fn costs_that_no_number_holds_stay_at_the_highest() {
    let rig = Rig::with(&[]).await;
    let attempt = Attempt {
        target: target("a1"),
        start_us: 0,
        duration_us: 1,
        ttft_us: None,
        outcome: Outcome::Ok,
        status: Some(200),
        input_tokens: None,
        output_tokens: None,
        cost_nanos: Some(u64::MAX),
        reason: None,
    };
    let trace = Trace { attempts: vec![attempt.clone(), attempt], ..Trace::default() };
    let mut recording = Recording::begin(&rig.proxy.shared, "chat.completions", wire::Dialect::OpenAiChat);
    recording.note(|record| settle(record, &trace));
    recording.note(|record| assert_eq!(record.cost.unwrap().total, u64::MAX));
}

#[tokio::test]
async fn a_blocked_request_names_the_rule() {
    let rules = "if request.model == \"@production\" then block \"no PII\"\nelse use alpha/a1";
    let rig = Rig::with(&[("production", json!({"strategy": "custom_rules", "rules": rules}))]).await;
    let error = rig.chat(&ask("@production")).await.expect(403)["error"].clone();
    assert_eq!((&error["type"], &error["message"]), (&json!("blocked_by_rule"), &json!("no PII")));
    assert_eq!(error["rule"]["line"], 1, "{error}");
    assert!(error["rule"]["text"].as_str().unwrap().contains("block"), "{error}");
    assert_eq!(rig.records.only().await.error_class.as_deref(), Some("blocked_by_rule"));
    assert!(rig.upstream.seen().is_empty());
}

#[tokio::test]
async fn a_request_that_no_candidate_can_take_says_why_for_each() {
    let rig = Rig::with(&[(
        "production",
        json!({"strategy": "cost_optimized", "quality_tier": "standard", "allowed_models": ["alpha/a1", "alpha/a2"]}),
    )])
    .await;
    let long = json!({"model": "@production", "messages": [{"role": "user", "content": "word ".repeat(200_000)}]});
    let error = rig.chat(&long).await.expect(400)["error"].clone();
    assert_eq!(error["code"], "no_candidate");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("alpha/a1") && message.contains("alpha/a2"), "{message}");
}

#[tokio::test]
async fn answers_that_were_turned_down_are_listed_where_nobody_answers() {
    let attempts = json!([{"model": "alpha/a1", "accept": "response.length > 1000"}, "alpha/a2"]);
    let rig = Rig::with(&[("production", json!({"strategy": "cascade", "attempts": attempts}))]).await;
    rig.upstream.script("a2", [Script::error(500)]);
    let error = rig.chat(&ask("@production")).await.expect(502)["error"].clone();
    let outcomes: Vec<_> = error["attempts"].as_array().unwrap().iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["rejected", "http_500"], "{error}");
}

#[tokio::test]
async fn a_missed_quorum_says_so_although_somebody_answered() {
    let rig = Rig::with(&[("production", ensemble("first_valid", json!({"quorum": 2, "members": ["alpha/a1", "alpha/a2"]})))]).await;
    rig.upstream.script("a2", [Script::error(500)]);
    let error = rig.chat(&ask("@production")).await.expect(502)["error"].clone();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("quorum is 2") && message.contains("alpha/a1 ok"), "{message}");
}

#[tokio::test]
async fn losers_are_cancelled_once_a_vote_is_decided_and_their_input_is_settled() {
    let rig = Rig::with(&[("production", ensemble("majority_vote", json!({})))]).await;
    rig.upstream.script("a1", [Script::chat("yes")]);
    rig.upstream.script("a2", [Script::chat(" Yes ")]);
    rig.upstream.script("b1", [Script::hang()]);
    let answer = rig.chat(&ask("@production")).await;
    assert_eq!(answer.expect(200)["choices"][0]["message"]["content"], "yes");
    rig.upstream.wait_for_hang_up("b1").await;
    let record = rig.records.only().await;
    let told: Vec<_> = record.trace.attempts.iter().map(|attempt| (attempt.outcome, attempt.cost_nanos)).collect();
    assert_eq!(told, [(Outcome::Ok, Some(15_000)), (Outcome::Ok, Some(15_000)), (Outcome::Cancelled, Some(7_000))]);
    assert_eq!(answer.header("x-modelux-cost-usd"), Some("0.000037"));
}

#[tokio::test]
async fn the_sandbox_judges() {
    let document = json!({"strategy": "ensemble", "aggregation": "llm_judge", "judge": "sandbox/fast",
        "members": [{"model": "alpha/a1", "weight": 5}, "alpha/a2"]});
    let rig = Rig::with(&[("production", document)]).await;
    rig.upstream.script("a1", [Script::chat("short")]);
    rig.upstream.script("a2", [Script::chat("an answer that says much more")]);
    let answer = rig.chat(&ask("@production")).await.expect(200);
    assert_eq!(answer["choices"][0]["message"]["content"], "an answer that says much more");
}

#[tokio::test]
async fn the_cheapest_by_what_was_learned_is_called() {
    let document = json!({"strategy": "cost_optimized", "quality_tier": "standard", "allowed_models": ["alpha/a1", "alpha/a2"]});
    let rig = Rig::with(&[("production", document)]).await;
    let learned = |model: &str, output| {
        ("production".to_owned(), format!("alpha/{model}"), routing::learned::Learned::from_means(9, output, 1.0, 0.0))
    };
    rig.proxy.seed_learned([learned("a1", 900.0), learned("a2", 10.0)]);
    assert_eq!(rig.chat(&ask("@production")).await.header("x-modelux-model-used"), Some("a2"), "a1 writes more for the same price");
}
