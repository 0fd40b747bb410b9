use serde_json::{Value, json};

use super::*;

fn prompt(model: SandboxModel, text: &str) -> Prompt<'_> {
    Prompt {
        model,
        text,
        seed: 1,
        tools: &[],
        tool_choice: ToolChoice::Auto,
        from_user: true,
        wants_json: false,
        schema: None,
        max_tokens: None,
    }
}

fn weather() -> Tool {
    let parameters = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
        "required": ["city", "unit"],
    });
    Tool { name: "get_weather".to_owned(), parameters }
}

#[test]
fn the_same_prompt_and_seed_give_the_same_answer_and_another_seed_another() {
    for model in SandboxModel::ALL {
        let ask = |seed| answer(&Prompt { seed, ..prompt(model, "Explain routing of requests") });
        assert_eq!(ask(1), ask(1));
        assert!((2..10).any(|seed| ask(seed) != ask(1)), "{model:?}");
    }
}

#[test]
fn answers_stay_the_same_from_release_to_release() {
    let said = answer(&prompt(SandboxModel::Fast, "Explain routing")).text();
    insta::assert_snapshot!(said, @"Of course. About routing, I would say that it depends on what you measure.");
}

#[test]
fn fast_mentions_the_prompts_words_and_smart_says_more() {
    let fast = answer(&prompt(SandboxModel::Fast, "How do volcanoes erupt?")).text();
    assert!(fast.contains("volcanoes") && fast.contains("erupt"), "{fast}");
    let smart = answer(&prompt(SandboxModel::Smart, "How do volcanoes erupt?"));
    assert!(smart.text().contains("volcanoes"), "{}", smart.text());
    assert!(smart.output_tokens > 60, "{}", smart.output_tokens);
    assert_eq!(smart.finish, Finish::Stop);
}

#[test]
fn any_prompt_gets_an_answer() {
    for text in ["", "?", "{claim} {topic} {", "日本語のテスト", "\u{0} \n", &"word ".repeat(50_000)] {
        for model in SandboxModel::ALL {
            assert!(!answer(&prompt(model, text)).text().is_empty(), "{model:?}");
        }
    }
}

#[test]
fn a_limit_cuts_the_answer_and_says_so() {
    let cut = answer(&Prompt { max_tokens: Some(3), ..prompt(SandboxModel::Smart, "Hello there") });
    assert_eq!((cut.pieces.len(), cut.output_tokens, cut.finish), (3, 3, Finish::Length));
}

#[test]
fn json_is_always_json() {
    let said = answer(&prompt(SandboxModel::Json, "List \"three\" things")).text();
    assert!(serde_json::from_str::<Value>(&said).unwrap().is_object());
    let wanted = Prompt { wants_json: true, ..prompt(SandboxModel::Fast, "x") };
    assert!(serde_json::from_str::<Value>(&answer(&wanted).text()).unwrap().is_object());
}

#[test]
fn a_tool_is_called_when_it_has_to_be_or_is_mentioned() {
    let tools = [weather()];
    let ask = |text, tool_choice, from_user| answer(&Prompt { tools: &tools, tool_choice, from_user, ..prompt(SandboxModel::Smart, text) });
    let called = ask("Hi", ToolChoice::Required, true);
    let call = called.tool_call.unwrap();
    assert_eq!((called.finish, call.name.as_str()), (Finish::ToolCalls, "get_weather"));
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
    assert!(arguments["city"].is_string() && ["c", "f"].contains(&arguments["unit"].as_str().unwrap()));
    assert!(ask("Please get weather for Rome", ToolChoice::Auto, true).tool_call.is_some());
    assert!(ask("Hi", ToolChoice::Named("get_weather"), true).tool_call.is_some());
    assert!(ask("Hi", ToolChoice::Auto, true).tool_call.is_none());
    assert!(ask("get_weather", ToolChoice::None, true).tool_call.is_none());
    assert!(ask("get_weather", ToolChoice::Required, false).tool_call.is_none());
}

#[test]
fn an_instance_keeps_to_its_schema() {
    let schema = json!({
        "type": "object",
        "required": ["name", "age", "tags", "address", "kind", "ratio", "maybe", "extra"],
        "properties": {
            "name": {"type": "string", "minLength": 20, "maxLength": 24},
            "age": {"type": "integer", "minimum": 18, "exclusiveMaximum": 20},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 3, "maxItems": 3},
            "address": {"$ref": "#/$defs/address"},
            "kind": {"const": "person"},
            "ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.1},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
        },
        "$defs": {"address": {"allOf": [
            {"type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"]},
            {"properties": {"mail": {"type": ["null", "string"], "format": "email"}}, "required": ["mail"]},
        ]}},
    });
    for seed in 0..50 {
        let made = instance(&schema, seed);
        let name = made["name"].as_str().unwrap().chars().count();
        assert!((20..=24).contains(&name), "{made}");
        assert!([18, 19].contains(&made["age"].as_i64().unwrap()), "{made}");
        let tags = made["tags"].as_array().unwrap();
        assert!(tags.len() == 3 && tags.iter().all(|tag| tag == "a" || tag == "b"), "{made}");
        assert!(made["address"]["street"].is_string(), "{made}");
        assert_eq!(made["address"]["mail"], "ada@example.com");
        assert_eq!(made["kind"], "person");
        let ratio = made["ratio"].as_f64().unwrap();
        assert!(ratio > 0.0 && ratio <= 0.1, "{made}");
        assert!(made["maybe"].is_boolean() && made["extra"].is_string(), "{made}");
    }
}

#[test]
fn a_schema_that_never_ends_still_does() {
    let node = json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {
            "type": "object",
            "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}},
            "required": ["left", "right"],
        }},
    });
    assert!(instance(&node, 1).is_object());
    let itself = json!({"$ref": "#"});
    assert!(instance(&itself, 1).is_null());
    let huge = json!({"type": "array", "minItems": 1_000_000_000, "items": {"type": "string", "minLength": 1_000_000_000}});
    assert!(instance(&huge, 1).to_string().len() < 1_000_000);
    for odd in [json!(null), json!(7), json!([]), json!({"type": 5}), json!({"enum": []})] {
        instance(&odd, 1);
    }
}

#[test]
fn tokens_are_due_as_each_model_promises() {
    let due = |model: SandboxModel, at| model.behaviour().token_due_us(at, 11);
    assert_eq!((due(SandboxModel::Fast, 0), due(SandboxModel::Fast, 10)), (20_000, 40_000));
    assert_eq!((due(SandboxModel::Smart, 0), due(SandboxModel::Smart, 2)), (250_000, 280_000));
    assert_eq!(due(SandboxModel::Slow, 0), 3_000_000);
    assert_eq!(SandboxModel::Fast.behaviour().token_due_us(0, 0), 20_000);
}

#[test]
fn flaky_refuses_every_third_call() {
    let refused: Vec<_> = (1..=7).filter(|call| SandboxModel::Flaky.behaviour().refuses(*call).is_some()).collect();
    assert_eq!(refused, [3, 6]);
    assert!((1..=7).all(|call| SandboxModel::Fast.behaviour().refuses(call).is_none()));
}

#[test]
fn every_model_has_a_price_so_that_costs_can_be_seen() {
    for model in models() {
        assert!(model.price.is_some() && model.context == Some(128_000));
        assert!(SandboxModel::from_name(&model.name).is_some());
    }
}

#[test]
fn any_model_judges_answers_the_same_whatever_their_order() {
    let (a, b) = (json!({"label": "A", "text": "short"}), json!({"label": "B", "text": "a longer answer"}));
    for model in SandboxModel::ALL {
        for answers in [json!([a, b]), json!([b, a])] {
            let said = answer(&prompt(model, &json!({"question": "which?", "answers": answers}).to_string())).text();
            assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), json!({"best": "B"}), "{model:?}");
        }
    }
}
