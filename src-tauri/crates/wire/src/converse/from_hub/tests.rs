use serde_json::json;

use super::*;
use crate::hub::{Effort, Role, Source, Tool, ToolChoice, ToolKind, Turn};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

fn says(role: Role, parts: Vec<Part>) -> Turn {
    Turn { role, parts }
}

fn hi() -> Prompt {
    Prompt { turns: vec![says(Role::User, vec![Part::text("hi")])], ..Prompt::default() }
}

fn written(prompt: &Prompt, model: &str) -> (Value, Vec<String>) {
    let mut notes = Notes::default();
    let body = from_hub(prompt, &UpstreamEdit { model, ..UpstreamEdit::default() }, &mut notes).unwrap();
    (body.into(), notes.into_warnings())
}

fn refusal(parts: Vec<Part>) -> Untranslatable {
    let prompt = Prompt { turns: vec![says(Role::User, parts)], ..Prompt::default() };
    from_hub(&prompt, &UpstreamEdit::default(), &mut Notes::default()).unwrap_err()
}

fn base64(media_type: &str) -> Source {
    Source::Base64 { media_type: media_type.to_owned(), data: "QUJD".to_owned() }
}

#[test]
fn a_rich_request_is_written_in_bedrocks_words() {
    let number = |text: &str| serde_json::from_str(text).ok();
    let tool = |name: &str, cache| Tool {
        name: name.to_owned(),
        description: Some("Does it.".to_owned()),
        kind: ToolKind::Function { schema: json!({"type": "object", "properties": {}}) },
        strict: Some(true),
        cache,
    };
    let prompt = Prompt {
        system: vec![Part::Text { text: "Be brief.".to_owned(), cache: true }],
        turns: vec![
            says(
                Role::User,
                vec![
                    Part::Image { source: base64("image/jpg"), detail: None, cache: false },
                    Part::Document { source: base64("application/pdf"), name: Some("The/report: v2.pdf".to_owned()), cache: true },
                    Part::Document { source: Source::Text("ABC".to_owned()), name: None, cache: false },
                ],
            ),
            says(
                Role::Assistant,
                vec![
                    Part::Thinking { text: "Hm.".to_owned(), signature: Some("sig".to_owned()), hidden: None },
                    Part::ToolCall {
                        id: "call|1".to_owned(),
                        name: "look".to_owned(),
                        arguments: r#"{"at":1}"#.to_owned(),
                        custom: false,
                        cache: false,
                    },
                ],
            ),
            says(
                Role::User,
                vec![
                    Part::text("Well?"),
                    Part::ToolResult { id: "call|1".to_owned(), parts: vec![Part::text("bad")], is_error: true, cache: true },
                ],
            ),
        ],
        tools: vec![tool("look", false), tool("see", true)],
        tool_choice: Some(ToolChoice::Required),
        max_tokens: Some(100),
        temperature: number("1.5"),
        top_p: number("0.5"),
        top_k: Some(3),
        stop: vec!["END".to_owned(), " ".to_owned()],
        ..Prompt::default()
    };
    let (body, warnings) = written(&prompt, CLAUDE);
    insta::assert_json_snapshot!(body);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn thinking_goes_to_the_model_that_knows_it() {
    let prompt = Prompt { thinking: Some(Thinking::Effort(Effort::Medium)), ..hi() };
    let (body, _) = written(&prompt, CLAUDE);
    assert_eq!(body["additionalModelRequestFields"], json!({"thinking": {"type": "enabled", "budget_tokens": 8_192}}));
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 12_288}));
    let (body, _) = written(&prompt, "anthropic.claude-opus-4-6-v1");
    assert_eq!(body["additionalModelRequestFields"], json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}}));
    let (body, _) = written(&prompt, "openai.gpt-oss-120b-1:0");
    assert_eq!(body["additionalModelRequestFields"], json!({"reasoning_effort": "medium"}));
    let (body, warnings) = written(&prompt, "meta.llama3-3-70b-instruct-v1:0");
    assert_eq!((body.get("additionalModelRequestFields"), warnings.len()), (None, 1));
}

#[test]
fn a_schema_is_kept_by_models_that_can_and_told_to_others() {
    let format = Format::Schema { name: Some("pet".to_owned()), description: None, schema: json!({"type": "object"}), strict: None };
    let prompt = Prompt { format, ..hi() };
    let (body, warnings) = written(&prompt, "anthropic.claude-haiku-4-5-20251001-v1:0");
    let structure = json!({"jsonSchema": {"schema": "{\"type\":\"object\"}", "name": "pet"}});
    assert_eq!((&body["outputConfig"]["textFormat"]["structure"], warnings.len()), (&structure, 0));
    let (body, warnings) = written(&prompt, "amazon.nova-pro-v1:0");
    assert_eq!((body.get("outputConfig"), warnings.len()), (None, 1));
    assert!(body["system"][0]["text"].as_str().unwrap().contains("{\"type\":\"object\"}"));
}

#[test]
fn tools_that_were_called_before_stay_known() {
    let call = Part::ToolCall { id: "1".to_owned(), name: "look".to_owned(), arguments: String::new(), custom: false, cache: false };
    let result = Part::ToolResult { id: "1".to_owned(), parts: vec![Part::text("")], is_error: false, cache: false };
    let turns = vec![says(Role::User, vec![Part::text("a")]), says(Role::Assistant, vec![call]), says(Role::User, vec![result])];
    let (body, _) = written(&Prompt { turns, ..Prompt::default() }, CLAUDE);
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["name"], "look");
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["content"], json!([]));
    let tool = Tool { name: "f".to_owned(), description: None, kind: ToolKind::Custom { format: Value::Null }, strict: None, cache: false };
    let (body, _) = written(&Prompt { tools: vec![tool], tool_choice: Some(ToolChoice::None), ..hi() }, CLAUDE);
    assert_eq!(body.get("toolConfig"), None);
}

#[test]
fn tools_of_another_provider_alone_leave_those_that_were_called() {
    let call = Part::ToolCall { id: "1".to_owned(), name: "look".to_owned(), arguments: String::new(), custom: false, cache: false };
    let turns = vec![says(Role::User, vec![Part::text("a")]), says(Role::Assistant, vec![call]), says(Role::User, vec![Part::text("b")])];
    let kind = ToolKind::Hosted { tool: json!({"type": "web_search"}) };
    let tool = Tool { name: "web_search".to_owned(), description: None, kind, strict: None, cache: false };
    let (body, _) = written(&Prompt { turns, tools: vec![tool], tool_choice: Some(ToolChoice::None), ..Prompt::default() }, CLAUDE);
    let tools = body["toolConfig"]["tools"].as_array().unwrap();
    assert_eq!((tools.len(), &tools[0]["toolSpec"]["name"]), (1, &json!("look")));
}

#[test]
fn what_bedrock_does_not_take_is_refused_by_name() {
    let image = |source| Part::Image { source, detail: None, cache: false };
    let document = |source| Part::Document { source, name: None, cache: false };
    for part in [
        image(Source::Url("https://x".to_owned())),
        document(Source::File("file-1".to_owned())),
        document(base64("application/zip")),
        Part::Audio { data: String::new(), format: "mp3".to_owned() },
    ] {
        assert_eq!(refusal(vec![part]).param, "messages[0].content[0]");
    }
}

#[test]
fn a_targets_own_parameters_take_their_place() {
    let (body, _) = written(&Prompt { max_tokens: Some(5), ..hi() }, CLAUDE);
    let mut body = body.as_object().cloned().unwrap();
    for (name, value) in [
        ("max_tokens", json!(9)),
        ("temperature", json!(0)),
        ("stop", json!("END")),
        ("top_k", json!(2)),
        ("guardrailConfig", json!({"guardrailIdentifier": "g"})),
    ] {
        override_member(&mut body, name, &value);
    }
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 9, "temperature": 0, "stopSequences": ["END"]}));
    assert_eq!(body["additionalModelRequestFields"], json!({"top_k": 2}));
    assert_eq!(body["guardrailConfig"]["guardrailIdentifier"], "g");
}
