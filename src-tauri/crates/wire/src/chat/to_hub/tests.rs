use serde_json::json;

use super::*;
use crate::hub::{Part, ToolChoice};
use crate::{Dialect, Request, UpstreamEdit};

fn read(body: Value) -> Result<Prompt, Untranslatable> {
    to_hub(body.as_object().cloned().unwrap())
}

fn with(member: &str, value: Value) -> Result<Prompt, Untranslatable> {
    read(json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], member: value}))
}

#[test]
fn a_rich_request_takes_the_form_between_dialects() {
    let body: Value = serde_json::from_str(include_str!("rich.json")).unwrap();
    insta::assert_debug_snapshot!(read(body).unwrap());
}

#[test]
fn what_no_other_dialect_has_is_named() {
    let message = |message: Value| json!([{"role": "user", "content": "hi"}, message]);
    let cases = [
        ("n", json!(3), "n"),
        ("logprobs", json!(true), "logprobs"),
        ("top_logprobs", json!(5), "top_logprobs"),
        ("modalities", json!(["text", "audio"]), "modalities"),
        ("audio", json!({"voice": "alloy", "format": "wav"}), "audio"),
        ("web_search_options", json!({}), "web_search_options"),
        ("messages", json!("hi"), "messages"),
        ("messages", json!(["hi"]), "messages[0]"),
        ("messages", message(json!({"role": "ghost", "content": "x"})), "messages[1].role"),
        ("messages", message(json!({"role": "user", "content": 7})), "messages[1].content"),
        ("messages", message(json!({"role": "user", "content": [{"type": "video_url"}]})), "messages[1].content[0]"),
        ("messages", message(json!({"role": "user", "content": [{"type": "text"}]})), "messages[1].content[0].text"),
        (
            "messages",
            message(json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]})),
            "messages[1].content[0].image_url.url",
        ),
        ("messages", message(json!({"role": "user", "content": [{"type": "file", "file": {}}]})), "messages[1].content[0].file"),
        (
            "messages",
            message(json!({"role": "system", "content": [{"type": "image_url", "image_url": "https://a"}]})),
            "messages[1].content[0]",
        ),
        ("messages", message(json!({"role": "tool", "content": "x"})), "messages[1].tool_call_id"),
        ("messages", message(json!({"role": "assistant", "audio": {"id": "a"}})), "messages[1].audio"),
        ("messages", message(json!({"role": "assistant", "tool_calls": [{"id": "a"}]})), "messages[1].tool_calls[0].function"),
        ("tools", json!([{"type": "function", "function": {}}]), "tools[0].function.name"),
        ("tools", json!([{"type": "function", "function": {"name": "f", "parameters": 1}}]), "tools[0].function.parameters"),
        ("tool_choice", json!("maybe"), "tool_choice"),
        (
            "tool_choice",
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}),
            "tool_choice.allowed_tools.tools",
        ),
        ("temperature", json!("hot"), "temperature"),
        ("seed", json!(1.5), "seed"),
        ("stop", json!(["a", 1]), "stop[1]"),
        ("max_tokens", json!(-1), "max_tokens"),
        ("reasoning_effort", json!("extreme"), "reasoning_effort"),
        ("response_format", json!({"type": "grammar"}), "response_format.type"),
        ("response_format", json!({"type": "json_schema", "json_schema": {"name": "a"}}), "response_format.json_schema.schema"),
    ];
    for (member, value, param) in cases {
        let error = with(member, value.clone()).expect_err(&format!("{member}: {value}"));
        assert_eq!(error.param, param, "{member}: {value}");
        assert!(error.message.starts_with(&format!("`{param}` ")), "{error}");
    }
}

#[test]
fn what_asks_for_nothing_is_no_trouble() {
    let asked =
        [("n", json!(1)), ("logprobs", json!(false)), ("modalities", json!(["text"])), ("audio", json!(null)), ("tools", json!(null))];
    for (member, value) in asked {
        let prompt = with(member, value).unwrap();
        assert!(prompt.rest.is_empty() && prompt.warnings.is_empty(), "{member}");
    }
}

#[test]
fn unknown_members_are_kept_for_those_who_write() {
    let prompt = with("service_tier", json!("flex")).unwrap();
    assert_eq!(prompt.rest["service_tier"], "flex");
}

#[test]
fn a_system_message_amid_the_conversation_moves_to_its_front_with_a_warning() {
    let prompt = read(json!({"messages": [
        {"role": "system", "content": "A"}, {"role": "user", "content": "hi"}, {"role": "system", "content": "B"}]}));
    let prompt = prompt.unwrap();
    assert_eq!(prompt.system, [Part::text("A"), Part::text("B")]);
    assert_eq!(prompt.turns.len(), 1);
    assert!(prompt.warnings[0].contains("`messages[2]`"), "{:?}", prompt.warnings);
}

#[test]
fn of_allowed_tools_only_those_are_offered() {
    let function = |name: &str| json!({"type": "function", "function": {"name": name}});
    let prompt = read(json!({
        "messages": [], "tools": [function("a"), function("b"), function("c")],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [function("c"), function("a")]}},
    }))
    .unwrap();
    assert_eq!(prompt.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(prompt.tool_choice, Some(ToolChoice::Required));
}

#[test]
fn the_newer_limit_wins_whichever_comes_first() {
    for body in [json!({"max_tokens": 1, "max_completion_tokens": 2}), json!({"max_completion_tokens": 2, "max_tokens": 1})] {
        assert_eq!(read(body).unwrap().max_tokens, Some(2));
    }
}

#[test]
fn degrees_of_thinking_are_read_in_every_form() {
    let cases = [
        ("reasoning_effort", json!("none"), Thinking::Off),
        ("reasoning_effort", json!("xhigh"), Thinking::Effort(Effort::Max)),
        ("reasoning", json!({"effort": "high"}), Thinking::Effort(Effort::High)),
        ("reasoning", json!({"max_tokens": 2000}), Thinking::Budget(2000)),
        ("reasoning", json!({"enabled": false}), Thinking::Off),
        ("thinking", json!({"type": "enabled", "budget_tokens": 1024}), Thinking::Budget(1024)),
        ("thinking", json!({"type": "enabled"}), Thinking::Adaptive),
        ("thinking", json!({"type": "disabled"}), Thinking::Off),
    ];
    for (member, value, thinking) in cases {
        assert_eq!(with(member, value.clone()).unwrap().thinking, Some(thinking), "{member}: {value}");
    }
}

#[test]
fn a_thoughts_proof_comes_back_with_it() {
    let prompt = read(json!({"messages": [{"role": "assistant", "content": "x", "reasoning_content": "ab", "reasoning_details": [
        {"type": "reasoning.text", "text": "a", "signature": "s", "index": 0}, {"type": "reasoning.encrypted", "data": "d", "index": 1}]}]}));
    let thought = |text: &str, signature: Option<&str>, hidden: Option<&str>| Part::Thinking {
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
        hidden: hidden.map(str::to_owned),
    };
    assert_eq!(prompt.unwrap().turns[0].parts, [thought("a", Some("s"), None), thought("", None, Some("d")), Part::text("x")]);
}

#[test]
fn a_caching_mark_on_a_message_is_one_on_its_last_part() {
    let prompt = read(json!({"messages": [{"role": "user", "content": "long", "cache_control": {"type": "ephemeral"}}]})).unwrap();
    assert_eq!(prompt.turns[0].parts, [Part::Text { text: "long".to_owned(), cache: true }]);
}

fn upstream(body: &str) -> Result<crate::Outgoing, Untranslatable> {
    let request = Request::read(Dialect::OpenAiCompletions, bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap();
    request.upstream(Dialect::OpenAiChat, &UpstreamEdit { model: "m", ..UpstreamEdit::default() })
}

#[test]
fn a_lone_surrogate_is_refused_where_the_body_has_to_be_translated() {
    let error = upstream(r#"{"model":"x","prompt":"\ud83d"}"#).unwrap_err();
    assert_eq!(error.param, "body");
    assert!(error.message.contains("lone surrogates"), "{error}");
}

#[test]
fn a_number_beyond_f64_is_refused_where_the_body_has_to_be_translated() {
    assert_eq!(upstream(r#"{"model":"x","prompt":"a","temperature":1e999}"#).unwrap_err().param, "body");
}

#[test]
fn of_a_member_that_is_there_twice_the_last_one_counts() {
    let out = upstream(r#"{"model":"x","prompt":"a","temperature":0,"temperature":1}"#).unwrap();
    let body: Value = serde_json::from_slice(&out.body.into_bytes()).unwrap();
    assert_eq!(body["temperature"], 1);
}

#[test]
fn the_deltas_of_a_thought_that_a_client_gathered_are_one() {
    let text = |index: u64, text: &str| json!({"type": "reasoning.text", "text": text, "index": index});
    let details = json!([
        text(0, "a"), text(0, "b"), {"type": "reasoning.text", "signature": "SIG", "index": 0},
        {"type": "reasoning.encrypted", "data": "d", "index": 1},
        text(2, "c"),
        {"type": "reasoning.text", "text": "x", "signature": "S"}, {"type": "reasoning.text", "text": "y"},
    ]);
    let message = json!({"role": "assistant", "content": "hi", "reasoning_content": "ab", "reasoning_details": details});
    let prompt = read(json!({"model": "m", "messages": [message]})).unwrap();
    let thought = |text: &str, signature: Option<&str>, hidden: Option<&str>| Part::Thinking {
        text: text.to_owned(),
        signature: signature.map(str::to_owned),
        hidden: hidden.map(str::to_owned),
    };
    let expected = [
        thought("ab", Some("SIG"), None),
        thought("", None, Some("d")),
        thought("c", None, None),
        thought("x", Some("S"), None),
        thought("y", None, None),
        Part::text("hi"),
    ];
    assert_eq!(prompt.turns[0].parts, expected);
}
