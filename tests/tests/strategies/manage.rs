//! Saving, checking and retiring configs of these strategies.

use serde_json::{Value, json};
use whole::stage::{Stage, ask, fallback, single};

use crate::{outcomes, stage, stage_of, text, text_of};

async fn refused(stage: &Stage, document: Value) -> Vec<Value> {
    let answer = stage.modelux.post("/configs", json!({"slug": "wrong", "document": document})).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    let checked = stage.modelux.post("/validate", json!({"document": document})).await.expect(200);
    assert_eq!(checked["valid"], false, "what cannot be saved is not valid: {checked:#}");
    checked["diagnostics"].as_array().expect("diagnostics").clone()
}

#[track_caller]
fn assert_at(diagnostics: &[Value], path: &str, words: &[&str]) {
    let found = diagnostics.iter().find(|each| each["path"] == path).unwrap_or_else(|| panic!("nothing at {path}: {diagnostics:#?}"));
    let said = format!("{} {}", found["message"], found["suggestion"]);
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
}

#[tokio::test]
async fn a_model_without_a_price_cannot_be_weighed_by_cost() {
    let stage = stage_of(&[("production", single("alpha/a1"))], |name, model| {
        if name == "a2" {
            model.as_object_mut().expect("a model").remove("price");
        }
    })
    .await;
    let document = json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["alpha/a1", "alpha/a2"]});
    assert_at(&refused(&stage, document).await, "/allowed_models/1", &["alpha/a2", "price"]);
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_its_place() {
    let stage = stage(single("alpha/a1")).await;
    let ensemble = |fields: Value| {
        let mut document =
            json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [{"model": "alpha/a1"}, {"model": "beta/b1"}]});
        for (name, value) in fields.as_object().expect("fields") {
            document[name] = value.clone();
        }
        document
    };
    assert_at(&refused(&stage, ensemble(json!({"quorum": 3}))).await, "/quorum", &["2"]);
    assert_at(&refused(&stage, ensemble(json!({"aggregation": "llm_judge"}))).await, "", &["judge"]);
    assert_at(&refused(&stage, ensemble(json!({"aggregation": "majorty_vote"}))).await, "/aggregation", &["majority_vote"]);
    assert_at(&refused(&stage, ensemble(json!({"vote_on": "regex:(("}))).await, "/vote_on", &[]);
    assert_at(&refused(&stage, ensemble(json!({"valid_when": "response.lenght > 3"}))).await, "/valid_when", &["response.length"]);
    let split = |weight: Value| json!({"strategy": "ab_test", "variants": [{"weight": weight, "config": "alpha/a1"}, {"weight": 1, "config": "beta/b1"}]});
    assert_at(&refused(&stage, split(json!(0))).await, "/variants/0/weight", &[]);
    assert_at(&refused(&stage, split(json!(-5))).await, "/variants/0/weight", &[]);
    let twice = json!({"strategy": "ab_test", "variants": [{"label": "x", "weight": 1, "config": "alpha/a1"}, {"label": "x", "weight": 1, "config": "beta/b1"}]});
    assert_at(&refused(&stage, twice).await, "/variants/1/label", &["x"]);
    let rules = json!({"strategy": "custom_rules", "rules": "if budget.used_pc > 0.9 then use alpha/a1\nelse use beta/b1"});
    let found = refused(&stage, rules).await;
    assert_at(&found, "/rules", &["budget.used_pc", "budget.used_pct"]);
    assert_eq!(found[0]["text"], json!({"line": 1, "column": 4, "length": 14}), "{found:#?}");
}

#[tokio::test]
async fn rules_are_stored_as_they_are_laid_out() {
    let stage = stage(single("alpha/a1")).await;
    let untidy = "if tenant=='x'  then use   alpha/a1 # why\n\n\nelse   use @production";
    let laid_out = stage.modelux.post("/rules/format", json!({"text": untidy})).await.expect(200)["text"].clone();
    let saved = json!({"slug": "tidy", "document": {"strategy": "custom_rules", "rules": untidy}});
    stage.modelux.post("/configs", saved).await.expect(201);
    let stored = stage.modelux.get("/configs/tidy").await.expect(200)["document"]["rules"].clone();
    assert_eq!(stored, laid_out);
    assert!(text_of(&stored).contains("if tenant == \"x\" then use alpha/a1 # why\n"), "{stored}");
    let again = json!({"document": {"strategy": "custom_rules", "rules": stored}, "base_version": 1});
    assert_eq!(stage.modelux.post("/configs/tidy/versions", again).await.expect(200)["unchanged"], true);
}

#[tokio::test]
async fn a_config_that_was_archived_after_it_was_referred_to_is_passed_over_and_traced() {
    let stage =
        Stage::with(&[("old", single("alpha/a1")), ("production", fallback(&["@old", "beta/b1"])), ("alone", single("@old"))]).await;
    for slug in ["production", "alone"] {
        let newer = json!({"document": single("beta/b1")});
        stage.modelux.post(&format!("/configs/{slug}/versions"), newer).await.expect(201);
    }
    stage.modelux.manage("DELETE", "/configs/old", None).await.expect(200);
    let answer = stage.modelux.chat(ask("@production:1")).await;
    assert_eq!(text(&answer), "hello from b1");
    let log = stage.modelux.log(answer.request_id()).await;
    assert_eq!(outcomes(&log), ["beta/b1 ok"]);
    let candidate = &log["trace"]["steps"][0]["candidates"][0];
    assert!(text_of(&candidate["target"]) == "@old" && text_of(&candidate["reason"]).contains("not there any more"), "{candidate:#}");
    let alone = stage.modelux.chat(ask("@alone:1")).await;
    let error = alone.expect(404)["error"].clone();
    assert!(text_of(&error["message"]).contains("@old"), "{error:#}");
    assert_eq!(stage.modelux.log(alone.request_id()).await["trace"]["steps"][0]["strategy"], "single");
}

#[tokio::test]
async fn strategies_nest_in_each_other() {
    let vote = json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [
        {"model": "@cheap"}, {"model": {"strategy": "fallback", "attempts": ["alpha/a3", "alpha/a4"]}}, {"model": "beta/b1"}]});
    let rules = json!({"strategy": "custom_rules", "rules": [{"if": "request.stream", "then": "alpha/a1"}, {"else": vote}]});
    let cheap = json!({"strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["alpha/a2", "alpha/a1"]});
    let production = json!({"strategy": "ab_test", "variants": [{"label": "only", "weight": 1, "config": {"strategy": "cascade", "attempts": [
        {"model": "beta/b2", "accept": "response.length > 100"}, {"model": "@rules"}]}}]});
    let stage = Stage::with(&[("cheap", cheap), ("rules", rules), ("production", production)]).await;
    for model in ["a2", "a3"] {
        stage.upstream.script(model, [whole::upstream::Reply::chat("deep")]);
    }
    let answer = stage.modelux.chat(ask("@production")).await;
    assert_eq!(text(&answer), "deep");
    assert_eq!((answer.header("x-modelux-config"), answer.header("x-modelux-ab-variant")), (Some("production:1"), Some("only")));
    let log = stage.modelux.log(answer.request_id()).await;
    let steps: Vec<&str> = log["trace"]["steps"].as_array().expect("steps").iter().map(|step| text_of(&step["strategy"])).collect();
    assert_eq!(steps, ["ab_test", "cascade", "custom_rules", "ensemble", "cost_optimized", "fallback"]);
}

#[tokio::test]
async fn a_dry_run_decides_without_a_call() {
    let vote = json!({"strategy": "ensemble", "aggregation": "majority_vote", "members": [{"model": "alpha/a1"}, {"model": "beta/b1"}]});
    let stage = Stage::with(&[
        ("production", vote),
        ("split", json!({"strategy": "ab_test", "variants": [{"label": "v", "weight": 1, "config": "alpha/a2"}]})),
    ])
    .await;
    let request = |model: &str| json!({"request": {"model": model, "messages": [{"role": "user", "content": "hi"}]}});
    let both = stage.modelux.post("/dry-run", request("@production")).await.expect(200);
    assert_eq!(both["trace"]["attempts"].as_array().map(Vec::len), Some(2), "{both:#}");
    let split = stage.modelux.post("/dry-run", request("@split")).await.expect(200);
    assert_eq!(split["trace"]["steps"][0]["variant"], "v");
    assert!(both["est_cost_usd"].as_f64() > split["est_cost_usd"].as_f64(), "two calls cost more than one");
    assert_eq!(stage.upstream.seen().len(), 0);
}
