use serde_json::json;

use super::*;
use crate::Usage;
use crate::hub::Finish;

fn text(at: u32, text: &str) -> Piece {
    Piece::Text { at, text: text.to_owned() }
}

fn call(at: u32, id: &str, name: &str) -> Piece {
    Piece::ToolCall { at, id: id.to_owned(), name: name.to_owned(), custom: false }
}

fn arguments(at: u32, json: &str) -> Piece {
    Piece::Arguments { at, json: json.to_owned() }
}

/// A thought, text, two calls side by side, and the way out.
pub(super) fn rich() -> Vec<Piece> {
    let usage = Usage { input: 12, cached_input: 4, output: 9, reasoning: 3, ..Usage::default() };
    vec![
        Piece::Start { id: Some("msg_01A".to_owned()), model: Some("claude-sonnet-4-5".to_owned()) },
        Piece::Ping,
        Piece::Thinking { at: 0, text: "Let me ".to_owned() },
        Piece::Thinking { at: 0, text: "see.".to_owned() },
        Piece::Signature { at: 0, signature: "EqQB".to_owned() },
        text(1, "I "),
        text(1, "look: \"ü\"\n"),
        call(2, "toolu_1", "shell"),
        arguments(2, "{\"command\":"),
        call(3, "toolu_2", "mcp__git__log"),
        arguments(3, "{}"),
        arguments(2, "[\"ls\"]}"),
        call(4, "toolu_3", "apply_patch"),
        arguments(4, "{\"input\":\"*** Be"),
        arguments(4, "gin\"}"),
        Piece::Finish(Finish::ToolCalls),
        Piece::Usage(usage),
        Piece::End,
    ]
}

#[test]
fn a_stream_has_every_event_of_the_grammar_in_order() {
    let small = json!({"model": "@code", "tools": codex()["tools"], "metadata": {"a": "b"}});
    insta::assert_snapshot!(events(&caller(&small), &rich()));
}

#[test]
fn events_are_numbered_without_gaps_and_named_as_their_type() {
    let written = events(&caller(&codex()), &rich());
    for (at, event) in datas(&written).iter().enumerate() {
        assert_eq!(event["sequence_number"], at);
    }
    let names: Vec<_> = written.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let types: Vec<_> = datas(&written).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, types);
}

#[test]
fn each_item_is_done_as_it_stands_in_the_whole_answer() {
    let events = datas(&events(&caller(&codex()), &rich()));
    let whole = &events.last().unwrap()["response"];
    assert_eq!(whole["status"], "completed");
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).cloned().collect::<Vec<_>>();
    let done = of("response.output_item.done");
    assert_eq!(done.len(), 5);
    for event in &done {
        assert_eq!(whole["output"][event["output_index"].as_u64().unwrap() as usize], event["item"]);
    }
    let added: Vec<_> = of("response.output_item.added").iter().map(|event| event["item"]["id"].clone()).collect();
    assert_eq!(added, done.iter().map(|event| event["item"]["id"].clone()).collect::<Vec<_>>());
}

#[test]
fn a_whole_answer_repeats_the_request() {
    let events = datas(&events(&caller(&codex()), &rich()));
    for event in [&events[0], events.last().unwrap()] {
        for name in ["instructions", "tools", "tool_choice", "temperature", "metadata", "text", "reasoning", "max_output_tokens"] {
            assert_eq!(event["response"][name], codex()[name], "{name}");
        }
    }
}

#[test]
fn an_answer_that_was_cut_off_ends_with_incomplete() {
    for (finish, reason) in [(Finish::Length, "max_output_tokens"), (Finish::ContentFilter, "content_filter")] {
        let events = datas(&events(&caller(&codex()), &[text(0, "half"), Piece::Finish(finish)]));
        let last = events.last().unwrap();
        assert_eq!(last["type"], "response.incomplete");
        assert_eq!(last["response"]["incomplete_details"]["reason"], reason);
        assert_eq!(last["response"]["output"][0]["status"], "incomplete");
    }
}

#[test]
fn text_after_a_refusal_is_another_part_of_the_message() {
    let refusal = Piece::Refusal { at: 1, text: "no".to_owned() };
    let events = datas(&events(&caller(&codex()), &[text(0, "a"), refusal, text(2, "b")]));
    let content = &events.last().unwrap()["response"]["output"][0]["content"];
    assert_eq!((&content[0]["text"], &content[1]["refusal"], &content[2]["text"]), (&json!("a"), &json!("no"), &json!("b")));
}

#[test]
fn a_stream_without_a_beginning_goes_by_the_callers_names() {
    let events = datas(&events(&caller(&codex()), &[text(0, "a")]));
    assert_eq!(events[0]["response"]["id"], "resp_req1");
    assert_eq!(events[0]["response"]["model"], "@code");
    assert_eq!(events[0]["response"]["created_at"], 1_700_000_000);
}

#[test]
fn an_answer_without_usage_has_an_estimate_of_it() {
    let caller = Caller { input_tokens: 7, ..caller(&codex()) };
    let events = datas(&events(&caller, &[text(0, "12345")]));
    let usage = &events.last().unwrap()["response"]["usage"];
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"], &usage["total_tokens"]), (&json!(7), &json!(2), &json!(9)));
}

#[test]
fn an_answer_without_bounds_fails_instead_of_filling_the_memory() {
    let long = "x".repeat(1024 * 1024);
    let pieces: Vec<_> = (0..20).map(|_| text(0, &long)).collect();
    let events = datas(&events(&caller(&codex()), &pieces));
    assert_eq!(events.last().unwrap()["type"], "response.failed");
}

#[test]
fn what_is_written_reads_back_the_same() {
    let small = json!({"model": "m"});
    let pieces: Vec<_> = rich().into_iter().filter(|piece| !matches!(piece, Piece::Ping)).collect();
    let read = pieces_of(&events(&caller(&small), &pieces), 4096).unwrap();
    let said = |pieces: &[Piece]| {
        let mut said = String::new();
        for piece in pieces {
            match piece {
                Piece::Text { text, .. } | Piece::Thinking { text, .. } => said.push_str(text),
                Piece::ToolCall { name, .. } => said.push_str(name),
                Piece::Finish(_) | Piece::Usage(_) => said.push_str(&format!("{piece:?}")),
                _ => {}
            }
        }
        said
    };
    assert_eq!(said(&read), said(&pieces));
}

#[test]
fn a_long_request_is_repeated_the_same() {
    let mut long = codex();
    long["input"] = "x".repeat(100_000).into();
    let of = |body: &Value| datas(&events(&caller(body), &rich())).last().unwrap()["response"].clone();
    assert_eq!(of(&long), of(&codex()));
}

#[test]
fn a_call_without_arguments_has_an_empty_object_wherever_it_is_told() {
    let events = datas(&events(&caller(&codex()), &[call(0, "c", "shell"), Piece::Finish(Finish::ToolCalls)]));
    let of = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap();
    assert_eq!(of("response.function_call_arguments.delta")["delta"], "{}");
    assert_eq!(of("response.function_call_arguments.done")["arguments"], "{}");
    assert_eq!(of("response.output_item.done")["item"]["arguments"], "{}");
    assert_eq!(of("response.completed")["response"]["output"][0]["arguments"], "{}");
}
