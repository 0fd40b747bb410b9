use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::chat::to_hub;
use crate::hub::{Part, Role, Source, Turn};
use crate::{Quirks, Thoughts};

const PLAIN: UpstreamEdit<'_> = UpstreamEdit {
    model: "gpt-5",
    params: None,
    include_usage: true,
    max_output: None,
    quirks: Quirks {
        max_completion_tokens: true,
        developer_role: false,
        no_parallel_tool_calls: false,
        no_json_schema: false,
        custom_tools: true,
        random_seed: false,
        no_unknown_members: false,
        nine_letter_ids: false,
        thought_signatures: false,
        thoughts: Thoughts::LeftOut,
    },
};

fn write(prompt: &Prompt, edit: &UpstreamEdit<'_>) -> (Value, Vec<String>) {
    let mut notes = Notes::default();
    let body = from_hub(prompt, edit, &mut notes).unwrap();
    (body.into(), notes.into_warnings())
}

fn refusal(prompt: &Prompt) -> Untranslatable {
    from_hub(prompt, &PLAIN, &mut Notes::default()).unwrap_err()
}

fn user(parts: Vec<Part>) -> Turn {
    Turn { role: Role::User, parts }
}

fn assistant(parts: Vec<Part>) -> Turn {
    Turn { role: Role::Assistant, parts }
}

fn call(id: &str) -> Part {
    Part::ToolCall { id: id.to_owned(), name: "look".to_owned(), arguments: "{}".to_owned(), custom: false, cache: true }
}

fn result(id: &str, parts: Vec<Part>, is_error: bool) -> Part {
    Part::ToolResult { id: id.to_owned(), parts, is_error, cache: false }
}

fn png() -> Part {
    let source = Source::Base64 { media_type: "image/png".to_owned(), data: "AAAA".to_owned() };
    Part::Image { source, detail: None, cache: false }
}

fn talk(turns: Vec<Turn>) -> Prompt {
    Prompt { turns, ..Prompt::default() }
}

#[test]
fn a_rich_request_is_written() {
    let body: Map<String, Value> = serde_json::from_str(include_str!("../to_hub/rich.json")).unwrap();
    let (body, warnings) = write(&to_hub(body).unwrap(), &PLAIN);
    insta::assert_json_snapshot!(body);
    let expected = [
        "thoughts of earlier turns were left out: the target takes none back",
        "`service_tier` was left out: a target that speaks OpenAI chat completions has nothing like it",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn results_stand_right_behind_the_calls_and_their_images_behind_them() {
    let prompt = talk(vec![
        assistant(vec![Part::text("Wait.")]),
        assistant(vec![call("a")]),
        assistant(vec![call("b")]),
        user(vec![result("a", vec![Part::text("x"), png()], false)]),
        user(vec![Part::text("and?"), result("b", vec![Part::text("no such file")], true)]),
    ]);
    let (body, warnings) = write(&prompt, &PLAIN);
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}});
    let expected = json!([
        {"role": "assistant", "content": "Wait.", "tool_calls": [call("a"), call("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
        {"role": "tool", "tool_call_id": "b", "content": "Error: no such file"},
        {"role": "user", "content": [
            {"type": "text", "text": "The result of the tool call a:"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ]},
        {"role": "user", "content": [{"type": "text", "text": "and?"}]},
    ]);
    assert_eq!(body["messages"], expected);
    assert_eq!(warnings, Vec::<String>::new(), "caching marks need no word");
}

#[test]
fn text_behind_something_else_is_another_paragraph() {
    let thought = Part::Thinking { text: "hm".to_owned(), signature: None, hidden: None };
    let parts = vec![Part::text("a"), Part::text("b"), thought, Part::text("c")];
    let (body, warnings) = write(&talk(vec![assistant(parts), assistant(vec![Part::text("d")])]), &PLAIN);
    assert_eq!(body["messages"], json!([{"role": "assistant", "content": "ab\n\nc\n\nd"}]));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn a_targets_quirks_are_kept_to() {
    let mut prompt = talk(vec![user(vec![Part::text("hi")])]);
    prompt.system = vec![Part::text("A"), Part::text("B")];
    prompt.max_tokens = Some(9);
    prompt.format = Format::Schema { name: None, description: None, schema: json!({"type": "object"}), strict: None };
    let kind = ToolKind::Function { schema: json!({"type": "object"}) };
    prompt.tools = vec![Tool { name: "f".to_owned(), description: None, kind, strict: None, cache: true }];
    prompt.parallel_tool_calls = Some(false);
    let quirks = Quirks {
        max_completion_tokens: false,
        developer_role: true,
        no_parallel_tool_calls: true,
        no_json_schema: true,
        custom_tools: true,
        ..Quirks::default()
    };
    let (body, warnings) = write(&prompt, &UpstreamEdit { model: "m", quirks, ..UpstreamEdit::default() });
    assert_eq!(body["max_tokens"], 9);
    assert_eq!(body["messages"][0]["role"], "developer");
    let system = body["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("A\n\nB\n\nAnswer with one JSON object") && system.ends_with(r#"{"type":"object"}"#), "{system}");
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    assert_eq!(body.get("parallel_tool_calls"), None);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn what_is_left_out_is_said() {
    let mut prompt = talk(vec![user(vec![Part::text("hi")])]);
    prompt.top_k = Some(5);
    prompt.thinking = Some(Thinking::Off);
    prompt.rest.insert("mystery".to_owned(), json!(1));
    let (body, warnings) = write(&prompt, &PLAIN);
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert_eq!(warnings.len(), 3, "{warnings:?}");
}

fn with(model: &str, quirks: Quirks) -> UpstreamEdit<'_> {
    UpstreamEdit { model, quirks, ..UpstreamEdit::default() }
}

#[test]
fn gemini_gets_the_signature_of_its_call_back_from_the_calls_id() {
    let gemini = Quirks { thought_signatures: true, ..Quirks::default() };
    let id = crate::hub::sign("a", "Ci+/=");
    let prompt = talk(vec![assistant(vec![call(&id), call("b")]), user(vec![result(&id, vec![Part::text("x")], false)])]);
    let (body, _) = write(&prompt, &with("gemini-3-pro", gemini));
    let calls = &body["messages"][0]["tool_calls"];
    assert_eq!((&calls[0]["id"], &body["messages"][1]["tool_call_id"]), (&json!("a"), &json!("a")));
    assert_eq!(calls[0]["extra_content"], json!({"google": {"thought_signature": "Ci+/="}}));
    assert_eq!(calls[1].get("extra_content"), None, "only the first of several at once has one");
    // A call of another model.
    let foreign = talk(vec![assistant(vec![call("b")])]);
    let (body, _) = write(&foreign, &with("gemini-3-pro", gemini));
    assert_eq!(body["messages"][0]["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "skip_thought_signature_validator");
    for (model, quirks) in [("gemini-2.5-pro", gemini), ("gpt-5", Quirks::default())] {
        assert_eq!(write(&foreign, &with(model, quirks)).0["messages"][0]["tool_calls"][0].get("extra_content"), None, "{model}");
    }
}

#[test]
fn thoughts_go_back_to_those_who_want_them() {
    let thought = |text: &str, signature: Option<&str>| Part::Thinking {
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
        hidden: None,
    };
    let prompt = talk(vec![
        assistant(vec![thought("one", None), thought("two", Some("sig")), call("a")]),
        user(vec![result("a", vec![], false)]),
        assistant(vec![call("b")]),
    ]);
    let message = |model: &str, thoughts: Thoughts| {
        let (body, warnings) = write(&prompt, &with(model, Quirks { thoughts, ..Quirks::default() }));
        (body["messages"].clone(), warnings.len())
    };
    for (model, thoughts) in [("deepseek-chat", Thoughts::Content), ("moonshotai/Kimi-K2", Thoughts::ByModel)] {
        let (messages, warnings) = message(model, thoughts);
        assert_eq!((&messages[0]["reasoning_content"], warnings), (&json!("one\n\ntwo"), 0), "{model}");
        assert_eq!(messages[2]["reasoning_content"], "", "a call without any is refused");
    }
    let details = json!([
        {"type": "reasoning.text", "text": "one", "index": 0},
        {"type": "reasoning.text", "text": "two", "signature": "sig", "index": 1},
    ]);
    let (messages, warnings) = message("anthropic/claude", Thoughts::Details);
    assert_eq!((&messages[0]["reasoning_details"], warnings), (&details, 0));
    for (model, thoughts) in [("qwen3", Thoughts::ByModel), ("kimi-k2", Thoughts::LeftOut)] {
        let (messages, warnings) = message(model, thoughts);
        assert_eq!((messages[0].get("reasoning_content"), warnings), (None, 1), "{model}");
    }
}

#[test]
fn mistral_gets_its_own_names_and_nothing_that_it_does_not_know() {
    let quirks = Quirks { random_seed: true, no_unknown_members: true, nine_letter_ids: true, ..Quirks::default() };
    let parts = vec![Part::text("No."), Part::Refusal("I will not.".to_owned()), call("call_1")];
    let mut prompt = talk(vec![assistant(parts), user(vec![result("call_1", vec![], false)])]);
    (prompt.seed, prompt.user) = (Some(7), Some("ada".to_owned()));
    prompt.rest.insert("verbosity".to_owned(), json!("low"));
    let (body, warnings) = write(&prompt, &with("mistral-large", quirks));
    let mut members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["messages", "model", "random_seed"]);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let messages = &body["messages"];
    assert_eq!((&messages[0]["content"], messages[0].get("refusal")), (&json!("No.\n\nI will not."), None));
    let id = messages[0]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), messages[1]["tool_call_id"].as_str()), (9, Some(id)));
}

#[test]
fn an_id_that_openai_would_refuse_for_its_length_is_cut_for_the_call_and_its_result_alike() {
    let long = "x".repeat(64);
    let prompt = talk(vec![assistant(vec![call(&long)]), user(vec![result(&long, vec![], false)])]);
    let messages = &write(&prompt, &PLAIN).0["messages"];
    let id = messages[0]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), messages[1]["tool_call_id"].as_str()), (40, Some(id)));
}

#[test]
fn a_budget_for_thinking_becomes_a_degree() {
    for (tokens, word) in [(1_024, "low"), (8_000, "medium"), (32_000, "high")] {
        let prompt = Prompt { thinking: Some(Thinking::Budget(tokens)), ..Prompt::default() };
        assert_eq!(write(&prompt, &PLAIN).0["reasoning_effort"], word);
    }
}

#[test]
fn a_model_that_does_not_think_is_not_asked_to() {
    let prompt = Prompt { thinking: Some(Thinking::Budget(8_000)), ..Prompt::default() };
    for model in ["gpt-4o", "meta-llama/Llama-3.3-70B", "gpt-5-chat-latest"] {
        let (body, warnings) = write(&prompt, &UpstreamEdit { model, ..PLAIN });
        assert_eq!((body.get("reasoning_effort"), warnings.len()), (None, 1), "{model}");
    }
    for model in ["gpt-5", "o3", "openai/gpt-oss-120b", "deepseek-r1"] {
        assert_eq!(write(&prompt, &UpstreamEdit { model, ..PLAIN }).0["reasoning_effort"], "medium", "{model}");
    }
}

#[test]
fn a_tool_of_another_provider_is_left_out_only_where_there_are_others() {
    let hosted = Tool {
        name: "web_search".to_owned(),
        description: None,
        kind: ToolKind::Hosted { tool: json!({"type": "web_search"}) },
        strict: None,
        cache: false,
    };
    let own = Tool { name: "f".to_owned(), kind: ToolKind::Function { schema: json!({}) }, ..hosted.clone() };
    let alone = Prompt { tools: vec![hosted.clone()], ..Prompt::default() };
    assert_eq!(refusal(&alone).param, "tools[0]");
    let beside = Prompt { tools: vec![own, hosted], ..Prompt::default() };
    let (body, warnings) = write(&beside, &PLAIN);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert!(warnings[0].contains("web_search"));
    let named = Prompt { tool_choice: Some(ToolChoice::Named("web_search".to_owned())), ..beside };
    assert_eq!(refusal(&named).param, "tools[1]");
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    let document = |source| Part::Document { source, name: None, cache: false };
    let at = |part| refusal(&talk(vec![user(vec![Part::text("a")]), user(vec![Part::text("b"), part])])).param;
    assert_eq!(at(document(Source::Url("https://a/b.pdf".to_owned()))), "messages[1].content[1]");
    assert_eq!(at(Part::Image { source: Source::File("f".to_owned()), detail: None, cache: false }), "messages[1].content[1]");
    assert_eq!(refusal(&talk(vec![assistant(vec![png()])])).param, "messages[0].content[0]");
    let mut prompt = talk(vec![]);
    prompt.rest.insert("previous_response_id".to_owned(), json!("resp_1"));
    assert_eq!(refusal(&prompt).param, "previous_response_id");
}

#[test]
fn documents_go_as_files_and_plain_text_as_text() {
    let pdf = Source::Base64 { media_type: "application/pdf".to_owned(), data: "JVBE".to_owned() };
    let parts = vec![
        Part::Document { source: pdf, name: None, cache: false },
        Part::Document { source: Source::Text("x".to_owned()), name: Some("a.txt".to_owned()), cache: false },
    ];
    let (body, _) = write(&talk(vec![user(parts)]), &PLAIN);
    let expected = json!([
        {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
        {"type": "text", "text": "<document name=\"a.txt\">\nx\n</document>"},
    ]);
    assert_eq!(body["messages"][0]["content"], expected);
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 \"\\\\\n\u{e4}\u{1f600}]{1,12}"
}

fn user_part() -> impl Strategy<Value = Part> {
    let source = prop_oneof![
        "https://[a-z]{1,8}".prop_map(Source::Url),
        "[A-Za-z0-9+/]{4}".prop_map(|data| Source::Base64 { media_type: "image/png".to_owned(), data }),
    ];
    let file = prop_oneof![
        "file-[a-z]{4}".prop_map(|id| (Source::File(id), None)),
        ("[A-Za-z0-9]{4}", "[a-z]{1,8}")
            .prop_map(|(data, name)| { (Source::Base64 { media_type: "application/pdf".to_owned(), data }, Some(name)) }),
    ];
    prop_oneof![
        word().prop_map(Part::text),
        (source, option::of(Just("high".to_owned()))).prop_map(|(source, detail)| Part::Image { source, detail, cache: false }),
        file.prop_map(|(source, name)| Part::Document { source, name, cache: false }),
        "[A-Za-z0-9]{4}".prop_map(|data| Part::Audio { data, format: "mp3".to_owned() }),
    ]
}

/// What the user says, the model's answer with calls, and the calls' results.
fn exchange() -> impl Strategy<Value = Vec<Turn>> {
    let calls = vec((word(), any::<bool>()), 0..3);
    (vec(user_part(), 1..4), option::of(word()), calls, option::of(word())).prop_map(|(said, text, calls, refused)| {
        let mut parts: Vec<_> = text.map(Part::text).into_iter().collect();
        parts.extend(refused.map(Part::Refusal));
        let mut results = Vec::new();
        for (at, (arguments, custom)) in calls.into_iter().enumerate() {
            let id = format!("call_{at}");
            results.push(result(&id, vec![Part::text(arguments.clone())], false));
            parts.push(Part::ToolCall { id, name: "look".to_owned(), arguments, custom, cache: false });
        }
        let mut turns = vec![user(said)];
        if !parts.is_empty() {
            turns.push(assistant(parts));
        }
        if !results.is_empty() {
            turns.push(user(results));
        }
        turns
    })
}

fn prompts() -> impl Strategy<Value = Prompt> {
    let format = prop_oneof![
        Just(Format::Text),
        Just(Format::Json),
        option::of(any::<bool>()).prop_map(|strict| Format::Schema {
            name: Some("answer".to_owned()),
            description: None,
            schema: json!({"type": "object"}),
            strict,
        }),
    ];
    let effort = prop_oneof![Just(Effort::Minimal), Just(Effort::Low), Just(Effort::Medium), Just(Effort::High), Just(Effort::Max)];
    let tool = (any::<bool>(), option::of(word()), option::of(any::<bool>())).prop_map(|(custom, description, strict)| Tool {
        name: "look".to_owned(),
        description,
        strict: strict.filter(|_| !custom),
        kind: if custom { ToolKind::Custom { format: Value::Null } } else { ToolKind::Function { schema: json!({"type": "object"}) } },
        cache: false,
    });
    let choice =
        prop_oneof![Just(ToolChoice::Auto), Just(ToolChoice::None), Just(ToolChoice::Required), Just(ToolChoice::Named("look".to_owned()))];
    let offered = option::of((tool, option::of(choice), option::of(any::<bool>())));
    let numbers = (option::of(any::<u32>()), option::of(0u32..200), option::of(any::<i64>()), vec(word(), 0..3));
    (option::of(word()), vec(exchange(), 0..4), offered, numbers, format, option::of(effort), any::<bool>()).prop_map(
        |(system, exchanges, offered, (max_tokens, temperature, seed, stop), format, effort, stream)| {
            let mut prompt = Prompt {
                system: system.map(Part::text).into_iter().collect(),
                turns: exchanges.into_iter().flatten().collect(),
                max_tokens: max_tokens.map(u64::from),
                temperature: temperature.and_then(|hundredths| serde_json::Number::from_f64(f64::from(hundredths) / 100.0)),
                seed,
                stop,
                format,
                thinking: effort.map(Thinking::Effort),
                stream,
                ..Prompt::default()
            };
            if let Some((tool, choice, parallel)) = offered {
                prompt.tools = vec![tool];
                (prompt.tool_choice, prompt.parallel_tool_calls) = (choice, parallel);
            }
            prompt
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same(prompt in prompts()) {
        let mut notes = Notes::default();
        let body = from_hub(&prompt, &PLAIN, &mut notes).unwrap();
        prop_assert_eq!(notes.into_warnings(), Vec::<String>::new());
        // As it goes over the wire.
        let body: Map<String, Value> = serde_json::from_slice(&serde_json::to_vec(&body).unwrap()).unwrap();
        prop_assert_eq!(to_hub(body).unwrap(), prompt);
    }
}
