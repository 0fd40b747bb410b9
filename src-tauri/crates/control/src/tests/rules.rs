use super::*;

async fn sent(desk: &Desk, times: usize) {
    desk.control.start().await.unwrap();
    for _ in 0..times {
        desk.done("send_test", json!({})).await;
    }
    desk.control.recorder.flush().await.unwrap();
}

#[tokio::test]
async fn what_a_config_decided_is_counted_by_version() {
    let desk = Desk::new().await;
    sent(&desk, 3).await;
    let decisions = desk.done("get_decisions", json!({ "config": "@production" })).await;
    assert_eq!((&decisions["config"], &decisions["version"], &decisions["requests"]), (&json!("production"), &json!(1), &json!(3)));
    let attempts: Vec<_> = decisions["attempts"].as_array().unwrap().iter().map(|row| row.to_string()).collect();
    let row = |target: &str, position: u32, outcome: &str, requests: u32| {
        json!({ "target": target, "position": position, "outcome": outcome, "requests": requests }).to_string()
    };
    let wanted = [row("sandbox/flaky", 1, "http_429", 1), row("sandbox/flaky", 1, "ok", 2), row("sandbox/fast", 2, "ok", 1)];
    assert_eq!(attempts, wanted, "every third call of sandbox/flaky is refused");
    desk.done("save_version", json!({ "slug": "production", "document": single("sandbox/fast") })).await;
    let fresh = desk.done("get_decisions", json!({ "config": "production" })).await;
    assert_eq!((&fresh["version"], &fresh["requests"], &fresh["attempts"]), (&json!(2), &json!(0), &json!([])));
    let before = desk.done("get_decisions", json!({ "config": "production", "version": 1, "last": "1h" })).await;
    assert_eq!(before["requests"], 3);
    desk.control.shutdown().await;
}

#[tokio::test]
async fn decisions_of_nothing_are_refused_with_what_there_is() {
    let desk = Desk::new().await;
    let refused = desk.refused("get_decisions", json!({ "config": "producton" })).await;
    assert_eq!((refused.code, refused.message.contains("@production")), (Code::NotFound, true), "{}", refused.message);
    let refused = desk.refused("get_decisions", json!({ "config": "production", "version": 9 })).await;
    assert_eq!(refused.message, "Config @production has no version 9; its newest is 1");
    let refused = desk.refused("get_decisions", json!({ "config": "production", "last": "soon" })).await;
    assert_eq!(refused.message, "\"soon\" is not a span of time such as 90m, 24h, 7d or 4w");
}

#[tokio::test]
async fn words_come_with_what_traffic_shows_of_them() {
    let desk = Desk::new().await;
    let words = desk.done("rules_words", json!({})).await;
    assert_eq!((&words["tags"], &words["observed"], &words["end_users"]), (&json!([]), &json!([]), &json!(0)));
    assert_eq!(words["apps"], json!(["my-app"]), "apps that may call are known before they do");
    sent(&desk, 1).await;
    let words = desk.done("rules_words", json!({})).await;
    assert_eq!(words["apps"], json!(["Modelux", "my-app"]));
    let tokens = words["observed"].as_array().unwrap().iter().find(|range| range["name"] == "request.input_tokens").unwrap();
    assert!(tokens["min"].as_f64().unwrap() > 0.0 && tokens["min"] == tokens["max"], "{tokens}");
    desk.control.shutdown().await;
}

const PROGRAM: &str = "# support first\nif tenant=='acme' then use @premium\nelse if sensitivity == \"pii\" then block 'no PII' # by law\nelse use sandbox/fast\n";
const LAID_OUT: &str = "# support first\nif tenant == \"acme\" then use @premium\nelse if sensitivity == \"pii\" then block \"no PII\" # by law\nelse use sandbox/fast\n";

#[tokio::test]
async fn rules_are_laid_out() {
    let desk = Desk::new().await;
    let formatted = desk.done("format_rules", json!({ "text": PROGRAM })).await;
    assert_eq!(formatted, json!({ "text": LAID_OUT, "diagnostics": [] }));
    let condition = desk.done("format_rules", json!({ "text": "response.length>10&&!response.valid_json", "condition": true })).await;
    assert_eq!(condition["text"], "response.length > 10 and not response.valid_json");
    let broken = desk.done("format_rules", json!({ "text": "if budget.used_pc > 1 then use @a\nelse use @b\n" })).await;
    assert_eq!(broken["text"], Value::Null);
    let wanted = json!([{
        "severity": "error", "line": 1, "column": 4, "length": 14, "suggestion": "budget.used_pct",
        "message": "unknown variable budget.used_pc: did you mean budget.used_pct?",
    }]);
    assert_eq!(broken["diagnostics"], wanted);
}

#[tokio::test]
async fn a_text_becomes_a_list_and_the_same_text_again() {
    let desk = Desk::new().await;
    let list = desk.done("convert_rules", json!({ "rules": PROGRAM })).await;
    assert_eq!(list["text"], LAID_OUT);
    let wanted = json!([
        { "comment": "support first", "if": "tenant == \"acme\"", "then": "@premium" },
        { "if": "sensitivity == \"pii\"", "then": { "block": "no PII" }, "comment_beside": "by law" },
        { "else": "sandbox/fast" },
    ]);
    assert_eq!(list["rules"], wanted);
    let text = desk.done("convert_rules", json!({ "rules": wanted })).await;
    assert_eq!(text, list);
    let broken = desk.done("convert_rules", json!({ "rules": [{ "if": "true", "then": "@a" }, { "if": "x ==", "then": "@a" }] })).await;
    assert_eq!((&broken["text"], &broken["rules"]), (&Value::Null, &Value::Null));
    assert!(broken["diagnostics"].as_array().unwrap().iter().all(|found| found["rule"] == 1), "{broken}");
    let refused = desk.refused("convert_rules", json!({ "rules": 7 })).await;
    assert_eq!((refused.code, refused.message.as_str()), (Code::InvalidRequest, "Rules are a program's text, or a list of rules"));
}

#[tokio::test]
async fn a_program_is_taken_apart_rule_by_rule() {
    let desk = Desk::new().await;
    let tree = desk.done("rules_tree", json!({ "text": PROGRAM })).await;
    let wanted = json!([
        {
            "index": 0, "line": 2, "text": "if tenant == \"acme\" then use @premium",
            "condition": "tenant == \"acme\"", "action": { "use": "@premium" },
        },
        {
            "index": 1, "line": 3, "text": "else if sensitivity == \"pii\" then block \"no PII\"",
            "condition": "sensitivity == \"pii\"", "action": { "block": "no PII" },
        },
        { "index": 2, "line": 4, "text": "else use sandbox/fast", "condition": null, "action": { "use": "sandbox/fast" } },
    ]);
    assert_eq!(tree["rules"], wanted);
    let broken = desk.done("rules_tree", json!({ "text": "if" })).await;
    assert_eq!(broken["rules"], json!([]));
    assert_eq!(broken["diagnostics"][0]["severity"], "error");
}

#[tokio::test]
async fn every_word_has_a_type_and_an_example() {
    let desk = Desk::new().await;
    let words = desk.done("rules_words", json!({})).await;
    let words = words["words"].as_array().unwrap();
    let word = words.iter().find(|word| word["name"] == "budget.used_pct").unwrap();
    assert_eq!((&word["kind"], &word["type"], &word["response_only"]), (&json!("variable"), &json!("number"), &json!(false)));
    assert!(words.iter().any(|word| word["name"] == "response.text" && word["response_only"] == true));
}

fn rules(text: &str) -> Value {
    json!({ "strategy": "custom_rules", "rules": text })
}

#[tokio::test]
async fn what_is_wrong_in_a_program_is_found_in_its_text_and_in_the_documents() {
    let desk = Desk::new().await;
    let text = "# \"first\"\nif budget.used_pc >= 0.9 then use @production\nelse use sandbox/fats\n";
    let checked = desk.done("validate", json!({ "document": rules(text) })).await;
    assert_eq!(checked["valid"], false);
    let wrong = &checked["diagnostics"][0];
    assert_eq!((&wrong["path"], &wrong["text"]), (&json!("/rules"), &json!({ "line": 2, "column": 4, "length": 14 })));
    assert_eq!((&wrong["line"], &wrong["column"], &wrong["length"]), (&json!(2), &json!(4), &json!(14)), "without a source, that place");
    let source = format!("{{\n  \"strategy\": \"custom_rules\",\n  \"rules\": {}\n}}", json!(text));
    let checked = desk.done("validate", json!({ "source": source })).await;
    let wrong = &checked["diagnostics"][0];
    assert_eq!(wrong["text"], json!({ "line": 2, "column": 4, "length": 14 }));
    let line = source.lines().nth(wrong["line"].as_u64().unwrap() as usize - 1).unwrap();
    let column = wrong["column"].as_u64().unwrap() as usize - 1;
    assert_eq!(&line[column..column + wrong["length"].as_u64().unwrap() as usize], "budget.used_pc");
}

#[tokio::test]
async fn a_name_in_a_program_is_looked_up_where_it_stands() {
    let desk = Desk::new().await;
    let text = "if request.stream then use @producton\nelse use sandbox/fats\n";
    let checked = desk.done("validate", json!({ "document": rules(text) })).await;
    let found: Vec<_> = checked["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["line"].as_u64().unwrap(), found["column"].as_u64().unwrap(), found["suggestion"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(1, 28, "@production"), (2, 10, "sandbox/fast")], "{checked}");
}

#[tokio::test]
async fn a_tag_that_nobody_sends_is_a_warning_once_there_is_traffic() {
    let desk = Desk::new().await;
    let document = rules("if tenant == \"acme\" or tema == \"x\" then use sandbox/smart\nelse use sandbox/fast\n");
    let checked = desk.done("validate", json!({ "document": document })).await;
    assert_eq!((&checked["valid"], &checked["diagnostics"]), (&json!(true), &json!([])), "nothing was recorded yet");
    desk.done("create_key", json!({ "name": "tagged", "default_tags": { "team": "a" } })).await;
    sent(&desk, 1).await;
    let checked = desk.done("validate", json!({ "document": document })).await;
    assert_eq!(checked["valid"], true);
    let found = checked["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{checked}");
    assert!(found.iter().all(|found| found["severity"] == "warning" && found["text"]["line"] == 1), "{checked}");
    assert_eq!(found[1]["suggestion"], "team", "what an app's key adds counts as sent: {checked}");
    desk.control.shutdown().await;
}

#[tokio::test]
async fn a_model_without_a_price_is_not_weighed_by_cost() {
    let desk = Desk::new().await;
    desk.done(
        "create_provider",
        json!({ "name": "own", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "models": [{ "name": "m" }] }),
    )
    .await;
    let document = json!({ "strategy": "cost_optimized", "quality_tier": "economy", "allowed_models": ["sandbox/fast", "own/m"] });
    let checked = desk.done("validate", json!({ "document": document })).await;
    assert_eq!(checked["diagnostics"][0]["path"], "/allowed_models/1", "{checked}");
    assert!(checked["diagnostics"][0]["message"].as_str().unwrap().starts_with("own/m has no known price"), "{checked}");
    desk.done("put_model", json!({ "provider": "own", "model": "m", "price": { "input": 1.0, "output": 2.0 } })).await;
    assert_eq!(desk.done("validate", json!({ "document": document })).await["valid"], true);
}

#[tokio::test]
async fn a_target_that_is_resting_is_a_warning() {
    let desk = Desk::new().await;
    sent(&desk, 3).await;
    let checked = desk.done("validate", json!({ "document": single("sandbox/flaky") })).await;
    let said = "sandbox/flaky is not well now: it is cooling down: it answered 429 and said when to come back";
    let found = checked["diagnostics"].as_array().unwrap();
    // The rest is half a second long; where that is over already, there is nothing to say.
    assert!(found.is_empty() || found[0]["message"] == said, "{checked}");
    desk.control.shutdown().await;
}

#[tokio::test]
async fn rules_that_matched_are_counted_with_their_text() {
    let desk = Desk::new().await;
    let program = "# who streams\nif request.stream then use sandbox/smart\nelse if request.messages == 1 then use sandbox/fast\nelse use sandbox/json\n";
    let list = desk.done("convert_rules", json!({ "rules": program })).await["rules"].clone();
    for (version, document) in [(2, rules(program)), (3, json!({ "strategy": "custom_rules", "rules": list }))] {
        desk.done("save_version", json!({ "slug": "production", "document": document })).await;
        sent(&desk, 2).await;
        let decisions = desk.done("get_decisions", json!({ "config": "production" })).await;
        let rule = &decisions["rules"][0];
        assert_eq!((&decisions["version"], &rule["index"], &rule["requests"]), (&json!(version), &json!(1), &json!(2)), "{decisions}");
        assert_eq!(rule["text"], "else if request.messages == 1 then use sandbox/fast", "{decisions}");
        assert!(rule["cost_usd"].as_f64().unwrap() > 0.0, "{decisions}");
    }
    desk.control.shutdown().await;
}
