//! The dialect as a whole: rich requests and answers, through the form between dialects and back.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::hub::{Caller, Notes, Piece, Prompt, Untranslatable};
use crate::sse::Splitter;
use crate::{Dialect, Request, UpstreamEdit};

mod answer;
mod decode;
mod encode;
mod facts;
mod request;

/// What Codex sends: its own instructions, a freeform tool, functions in a namespace, a search that OpenAI runs.
pub(super) fn codex() -> Value {
    json!({
        "model": "@code",
        "instructions": "You are a coding agent.",
        "input": [
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Sandbox: workspace-write."}]},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "Fix the test."},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "high"}
            ]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Look first."}], "encrypted_content": "gAAAA"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
            {"type": "function_call", "name": "shell", "arguments": "{\"command\":[\"ls\"]}", "call_id": "call_1"},
            {"type": "function_call", "namespace": "mcp__git__", "name": "log", "arguments": "{}", "call_id": "call_2"},
            {"type": "function_call_output", "call_id": "call_1", "output": "a.rs"},
            {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "ab12"}]},
            {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin Patch", "call_id": "call_3"},
            {"type": "custom_tool_call_output", "call_id": "call_3", "output": "Done"}
        ],
        "tools": [
            {"type": "function", "name": "shell", "description": "Runs.", "strict": false,
             "parameters": {"type": "object", "properties": {"command": {"type": "array"}}}},
            {"type": "custom", "name": "apply_patch", "description": "Patches.",
             "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}},
            {"type": "namespace", "name": "mcp__git__", "description": "Git.",
             "tools": [{"type": "function", "name": "log", "parameters": {"type": "object"}}]},
            {"type": "web_search", "external_web_access": false}
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": true,
        "reasoning": {"effort": "medium", "summary": "auto"},
        "store": false,
        "stream": true,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "0199",
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "fix", "schema": {"type": "object"}, "strict": true}},
        "metadata": {"trace_id": "t1", "conversation_id": "c1"},
        "max_output_tokens": 900,
        "temperature": 0.5,
        "top_p": 0.9,
        "truncation": "disabled",
        "safety_identifier": "u-1"
    })
}

fn request(body: &Value) -> Request {
    Request::read(Dialect::OpenAiResponses, Bytes::from(body.to_string())).unwrap()
}

fn hub(body: &Value) -> Result<Prompt, Untranslatable> {
    request(body).hub()
}

fn written(prompt: &Prompt) -> (Value, Vec<String>) {
    let mut notes = Notes::default();
    let edit = UpstreamEdit { model: "gpt-5.4", ..UpstreamEdit::default() };
    let body = super::from_hub(prompt, &edit, &mut notes).unwrap();
    (Value::Object(body), notes.into_warnings())
}

fn caller(body: &Value) -> Caller {
    Caller { body: Bytes::from(body.to_string()), created: 1_700_000_000, id: "req1".to_owned(), ..Caller::default() }
}

/// The events that the pieces become.
fn events(caller: &Caller, pieces: &[Piece]) -> String {
    let (mut encoder, mut out) = (super::encoder(caller), Vec::new());
    for piece in pieces {
        encoder.write(piece, &mut out);
    }
    encoder.end(&mut out);
    String::from_utf8(out).unwrap()
}

/// The data of each event.
fn datas(events: &str) -> Vec<Value> {
    events.lines().filter_map(|line| line.strip_prefix("data: ")).map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// The pieces of a stream that arrives `step` bytes at a time.
fn pieces_of(stream: &str, step: usize) -> Result<Vec<Piece>, String> {
    let (mut splitter, mut decoder, mut all) = (Splitter::new(), super::decoder(), Vec::new());
    for chunk in stream.as_bytes().chunks(step) {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next_event().unwrap() {
            decoder.read(&event, &mut all)?;
        }
    }
    Ok(all)
}
