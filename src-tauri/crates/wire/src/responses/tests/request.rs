use serde_json::json;

use super::*;
use crate::hub::{Effort, Format, Part, Role, Source, Thinking, ToolChoice, ToolKind};

#[test]
fn a_codex_request_takes_the_form_between_dialects() {
    insta::assert_debug_snapshot!(hub(&codex()).unwrap());
}

#[test]
fn and_comes_back_as_a_request_of_its_own_dialect() {
    let (body, warnings) = written(&hub(&codex()).unwrap());
    insta::assert_json_snapshot!(body);
    assert_eq!(warnings, ["the tool `web_search` was left out: it is run by another provider than the target's"]);
}

#[test]
fn a_string_is_a_users_message() {
    let prompt = hub(&json!({"model": "m", "input": "hello"})).unwrap();
    assert_eq!(prompt.turns[0].role, Role::User);
    assert_eq!(prompt.turns[0].parts, [Part::text("hello")]);
}

#[test]
fn files_come_as_bytes_addresses_or_ids() {
    let prompt = hub(&json!({"model": "m", "input": [{"role": "user", "content": [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
        {"type": "input_file", "file_url": "https://x.example/a.pdf"},
        {"type": "input_image", "file_id": "file_1"}
    ]}]}))
    .unwrap();
    let base64 = Source::Base64 { media_type: "application/pdf".to_owned(), data: "JVBE".to_owned() };
    let expected = [
        Part::Document { source: base64, name: Some("a.pdf".to_owned()), cache: false },
        Part::Document { source: Source::Url("https://x.example/a.pdf".to_owned()), name: None, cache: false },
        Part::Image { source: Source::File("file_1".to_owned()), detail: None, cache: false },
    ];
    assert_eq!(prompt.turns[0].parts, expected);
}

#[test]
fn what_openai_keeps_is_refused_with_what_to_send_instead() {
    for (name, value) in [("previous_response_id", json!("resp_1")), ("conversation", json!("conv_1")), ("prompt", json!({"id": "p"}))] {
        let error = hub(&json!({"model": "m", "input": "x", name: value})).unwrap_err();
        assert_eq!(error.param, name);
        assert!(error.message.contains("send the whole conversation in `input`"), "{}", error.message);
    }
    assert_eq!(hub(&json!({"model": "m"})).unwrap_err().param, "input");
    assert_eq!(hub(&json!({"model": "m", "input": "x", "background": true})).unwrap_err().param, "background");
}

#[test]
fn items_that_only_openai_takes_are_named_by_their_place() {
    for item in [json!({"type": "item_reference", "id": "x"}), json!({"type": "web_search_call", "id": "x"}), json!({"type": "mcp_call"})] {
        let error = hub(&json!({"model": "m", "input": [{"role": "user", "content": "a"}, item]})).unwrap_err();
        assert_eq!(error.param, "input[1]");
    }
}

#[test]
fn choices_of_a_tool() {
    let choose = |choice: Value| {
        let tools = json!([{"type": "function", "name": "a"}, {"type": "function", "name": "b"}, {"type": "web_search"}]);
        hub(&json!({"model": "m", "input": "x", "tools": tools, "tool_choice": choice}))
    };
    assert_eq!(choose(json!("required")).unwrap().tool_choice, Some(ToolChoice::Required));
    let named = choose(json!({"type": "function", "name": "b"})).unwrap();
    assert_eq!(named.tool_choice, Some(ToolChoice::Named("b".to_owned())));
    let allowed = choose(json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "b"}]})).unwrap();
    assert_eq!((allowed.tools.len(), allowed.tools[0].name.as_str()), (1, "b"));
    assert_eq!(choose(json!({"type": "web_search"})).unwrap_err().param, "tool_choice");
}

#[test]
fn a_tool_that_a_provider_runs_stays_for_the_writer_to_judge() {
    let prompt = hub(&json!({"model": "m", "input": "x", "tools": [{"type": "web_search"}]})).unwrap();
    assert!(matches!(&prompt.tools[0].kind, ToolKind::Hosted { tool } if tool["type"] == "web_search"));
}

#[test]
fn forms_of_thinking_and_of_the_answer() {
    let read = |reasoning: Value, format: Value| {
        let prompt = hub(&json!({"model": "m", "input": "x", "reasoning": reasoning, "text": {"format": format}})).unwrap();
        (prompt.thinking, prompt.format)
    };
    assert_eq!(read(json!({"effort": "none"}), json!({"type": "text"})), (Some(Thinking::Off), Format::Text));
    assert_eq!(read(Value::Null, json!({"type": "json_object"})), (None, Format::Json));
    assert_eq!(read(json!({"effort": "xhigh"}), Value::Null).0, Some(Thinking::Effort(Effort::Max)));
}

#[test]
fn what_another_maker_signed_comes_back_as_a_signature() {
    let item = json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "signature:EqQB"});
    let prompt = hub(&json!({"model": "m", "input": [item]})).unwrap();
    let expected = Part::Thinking { text: "hm".to_owned(), signature: Some("EqQB".to_owned()), hidden: None };
    assert_eq!(prompt.turns[0].parts, [expected]);
}

#[test]
fn stop_strings_are_refused_and_penalties_left_out_with_a_warning() {
    let prompt = Prompt { seed: Some(1), top_k: Some(3), ..Prompt::default() };
    assert_eq!(written(&prompt).1.len(), 2);
    let prompt = Prompt { stop: vec!["END".to_owned()], ..Prompt::default() };
    let error = crate::responses::from_hub(&prompt, &UpstreamEdit::default(), &mut Notes::default()).unwrap_err();
    assert_eq!(error.param, "stop");
}

#[test]
fn what_no_other_dialect_includes_is_left_out_with_a_warning() {
    let prompt = hub(&json!({"model": "m", "input": "x", "top_logprobs": 2,
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"]}))
    .unwrap();
    assert_eq!(prompt.warnings.len(), 2);
    assert!(!prompt.rest.contains_key("top_logprobs"));
}

#[test]
fn a_summary_whose_thought_is_encrypted_is_left_out_in_silence() {
    let thought =
        |text: &str, hidden: Option<&str>| Part::Thinking { text: text.to_owned(), signature: None, hidden: hidden.map(str::to_owned) };
    let turn = |parts| Prompt { turns: vec![crate::hub::Turn { role: Role::Assistant, parts }], ..Prompt::default() };
    let (body, warnings) = written(&turn(vec![thought("hm", None), thought("", Some("gAAAA"))]));
    assert_eq!((body["input"].as_array().unwrap().len(), warnings.len()), (1, 0));
    let (body, warnings) = written(&turn(vec![thought("hm", None)]));
    assert_eq!((body["input"].as_array().unwrap().len(), warnings.len()), (0, 1));
}

#[test]
fn a_codex_request_goes_to_other_dialects_too() {
    let mut plain = codex();
    // What is signed by nobody, or run by OpenAI alone, is for the writers to leave out.
    plain["input"].as_array_mut().unwrap().remove(2);
    for to in [Dialect::OpenAiChat, Dialect::AnthropicMessages] {
        let edit = UpstreamEdit { model: "m", ..UpstreamEdit::default() };
        let sent = request(&plain).upstream(to, &edit).unwrap();
        let body: Value = serde_json::from_slice(&sent.body.into_bytes()).unwrap();
        let text = body.to_string();
        for needed in ["You are a coding agent.", "Sandbox: workspace-write.", "iVBO", "mcp__git__log", "apply_patch", "call_1", "ab12"] {
            assert!(text.contains(needed), "{to:?} lacks {needed}: {text}");
        }
    }
}

#[test]
fn a_limit_that_openai_refuses_is_raised_and_thinking_is_not_turned_off() {
    let (body, warnings) = written(&Prompt { max_tokens: Some(1), thinking: Some(Thinking::Off), ..Prompt::default() });
    assert_eq!((&body["max_output_tokens"], &body["reasoning"], warnings.len()), (&json!(16), &Value::Null, 2));
}

#[test]
fn only_thoughts_that_openai_encrypted_go_back_to_it() {
    let thought = |hidden: &str| Part::Thinking { text: String::new(), signature: None, hidden: Some(hidden.to_owned()) };
    let parts = vec![thought("gAAAAB"), thought("EmwKAh")];
    let (body, warnings) = written(&Prompt { turns: vec![crate::hub::Turn { role: Role::Assistant, parts }], ..Prompt::default() });
    assert_eq!(body["input"], json!([{"type": "reasoning", "summary": [], "encrypted_content": "gAAAAB"}]));
    assert_eq!(warnings, Vec::<String>::new(), "what is left out stands encrypted beside it");
    let turns = vec![crate::hub::Turn { role: Role::Assistant, parts: vec![thought("EmwKAh"), Part::text("a")] }];
    let (body, warnings) = written(&Prompt { turns, ..Prompt::default() });
    assert_eq!((body["input"].as_array().unwrap().len(), warnings.len()), (1, 1));
}

#[test]
fn the_failure_of_a_tool_and_the_title_of_a_text_are_said_in_words() {
    let image = Part::Image { source: Source::Url("https://x.example/a.png".to_owned()), detail: None, cache: false };
    let result = |parts| Part::ToolResult { id: "c".to_owned(), parts, is_error: true, cache: false };
    let text = Part::Document { source: Source::Text("a".to_owned()), name: Some("Notes".to_owned()), cache: false };
    let parts = vec![result(vec![Part::text("no disk")]), result(vec![image]), result(Vec::new()), text];
    let (body, _) = written(&Prompt { turns: vec![crate::hub::Turn { role: Role::User, parts }], ..Prompt::default() });
    assert_eq!(body["input"][0]["output"], "Error: no disk");
    assert_eq!(body["input"][1]["output"][0], json!({"type": "input_text", "text": "Error: "}));
    assert_eq!(body["input"][2]["output"], "Error: ");
    assert_eq!(body["input"][3]["content"][0]["text"], "<document name=\"Notes\">\na\n</document>");
}

#[test]
fn instructions_amid_the_conversation_are_moved_and_that_is_said() {
    let says = |role: &str| json!({"role": role, "content": "x"});
    let prompt = hub(&json!({"model": "m", "input": [says("developer"), says("user"), says("developer"), says("system")]})).unwrap();
    assert_eq!((prompt.system.len(), prompt.turns.len(), prompt.warnings.len()), (3, 1, 2));
    assert!(prompt.warnings[0].starts_with("`input[2]`, a system message"), "{}", prompt.warnings[0]);
}
