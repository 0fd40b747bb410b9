//! OpenAI Responses, with every event that its streams have for text, thoughts and calls.

use serde_json::{Value, json};

use super::{Call, Said, named, split};

pub(super) fn answer(model: &str, said: &Said) -> Value {
    let mut output = Vec::new();
    if !said.thinking.is_empty() {
        output.push(reasoning(json!([summary(&said.thinking)])));
    }
    if !said.text.is_empty() {
        output.push(message("completed", json!([output_text(&said.text)])));
    }
    output.extend(said.calls.iter().enumerate().map(|(n, call)| function_call(n, call, &call.arguments, "completed")));
    let mut response = response(model, if said.cut { "incomplete" } else { "completed" }, json!(output));
    if said.cut {
        response["incomplete_details"] = json!({"reason": "max_output_tokens"});
    }
    response["usage"] = json!({
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 12});
    response
}

fn response(model: &str, status: &str, output: Value) -> Value {
    json!({
        "id": "resp_scripted", "object": "response", "created_at": 1_700_000_000, "status": status, "background": false,
        "error": null, "incomplete_details": null, "instructions": null, "max_output_tokens": null, "metadata": {},
        "model": model, "output": output, "parallel_tool_calls": true, "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null}, "store": true, "temperature": 1.0, "text": {"format": {"type": "text"}},
        "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "usage": null, "user": null,
    })
}

fn reasoning(summary: Value) -> Value {
    json!({"id": "rs_scripted", "type": "reasoning", "summary": summary, "encrypted_content": null})
}

fn summary(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

fn message(status: &str, content: Value) -> Value {
    json!({"id": "msg_scripted", "type": "message", "status": status, "role": "assistant", "content": content})
}

fn output_text(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn function_call(n: usize, call: &Call, arguments: &str, status: &str) -> Value {
    json!({
        "id": format!("fc_scripted_{n}"), "type": "function_call", "status": status, "call_id": call.id, "name": call.name,
        "arguments": arguments})
}

/// Numbers events as they are said.
struct Stream {
    events: Vec<String>,
    item: usize,
}

impl Stream {
    fn say(&mut self, mut event: Value) {
        event["sequence_number"] = json!(self.events.len());
        self.events.push(named(&event));
    }

    /// An item from its first event to its last; between them come events that all name it.
    fn item(&mut self, begun: Value, inner: Vec<Value>, done: Value) {
        self.say(json!({"type": "response.output_item.added", "output_index": self.item, "item": begun}));
        for mut event in inner {
            event["item_id"] = done["id"].clone();
            event["output_index"] = json!(self.item);
            self.say(event);
        }
        self.say(json!({"type": "response.output_item.done", "output_index": self.item, "item": done}));
        self.item += 1;
    }
}

pub(super) fn events(model: &str, said: &Said) -> Vec<String> {
    let mut stream = Stream { events: Vec::new(), item: 0 };
    for kind in ["response.created", "response.in_progress"] {
        stream.say(json!({"type": kind, "response": response(model, "in_progress", json!([]))}));
    }
    if !said.thinking.is_empty() {
        stream.item(reasoning(json!([])), thought(&said.thinking), reasoning(json!([summary(&said.thinking)])));
    }
    if !said.text.is_empty() {
        stream.item(message("in_progress", json!([])), spoken(&said.text), message("completed", json!([output_text(&said.text)])));
    }
    for (n, call) in said.calls.iter().enumerate() {
        let (first, second) = call.halves();
        let delta = |text: &str| json!({"type": "response.function_call_arguments.delta", "delta": text});
        let done = json!({"type": "response.function_call_arguments.done", "name": call.name, "arguments": call.arguments});
        let whole = function_call(n, call, &call.arguments, "completed");
        stream.item(function_call(n, call, "", "in_progress"), vec![delta(first), delta(second), done], whole);
    }
    let last = if said.cut { "response.incomplete" } else { "response.completed" };
    stream.say(json!({"type": last, "response": answer(model, said)}));
    stream.events
}

fn thought(text: &str) -> Vec<Value> {
    vec![
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 0, "part": summary("")}),
        json!({"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": text}),
        json!({"type": "response.reasoning_summary_text.done", "summary_index": 0, "text": text}),
        json!({"type": "response.reasoning_summary_part.done", "summary_index": 0, "part": summary(text)}),
    ]
}

fn spoken(text: &str) -> Vec<Value> {
    let mut events = vec![json!({"type": "response.content_part.added", "content_index": 0, "part": output_text("")})];
    let delta = |part| json!({"type": "response.output_text.delta", "content_index": 0, "delta": part, "logprobs": []});
    events.extend(split(text).into_iter().map(delta));
    events.push(json!({"type": "response.output_text.done", "content_index": 0, "text": text, "logprobs": []}));
    events.push(json!({"type": "response.content_part.done", "content_index": 0, "part": output_text(text)}));
    events
}
