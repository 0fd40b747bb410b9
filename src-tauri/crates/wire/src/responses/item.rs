//! One item of `output` while it is being written.

use super::echo::Declared;
use super::items::{REDACTED, SIGNATURE};
use super::text::{Object, list};

/// An item that is not done.
pub(super) struct Item {
    /// The part of the answer that it is writing.
    pub(super) at: u32,
    /// Its place in `output`.
    pub(super) index: u32,
    pub(super) id: String,
    pub(super) body: Body,
}

/// What it is.
pub(super) enum Body {
    /// Text and refusals; the last part is open.
    Message(Vec<Content>),
    /// A thought; its text stands as a summary, which is what clients show.
    Reasoning { text: String, encrypted: Option<String> },
    /// A call.
    Call(Call),
}

/// A part of a message.
pub(super) struct Content {
    pub(super) is_refusal: bool,
    pub(super) text: String,
}

/// A call of a function or of a custom tool.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) custom: bool,
    /// The target knows no custom tools: it writes JSON with the text in it.
    pub(super) wrapped: bool,
    pub(super) arguments: String,
}

impl Call {
    /// A call by a name in the form between dialects.
    pub(super) fn new(id: &str, name: &str, custom: bool, declared: Option<&Declared>) -> Call {
        Call {
            id: id.to_owned(),
            name: declared.map_or(name, |tool| &tool.name).to_owned(),
            namespace: declared.and_then(|tool| tool.namespace.clone()),
            custom: custom || declared.is_some_and(|tool| tool.custom),
            wrapped: !custom && declared.is_some_and(|tool| tool.custom),
            arguments: String::new(),
        }
    }

    /// What goes into the item: a custom tool's text out of its wrapping.
    pub(super) fn said(&self) -> String {
        if self.wrapped {
            return unwrapped(&self.arguments);
        }
        if self.says_nothing() { "{}".to_owned() } else { self.arguments.clone() }
    }

    /// A function that was called without arguments: its callers parse them all the same.
    fn says_nothing(&self) -> bool {
        !self.custom && self.arguments.trim().is_empty()
    }
}

/// The text in `{"input": …}`; where a model wrote something else, its only string, or all of it.
fn unwrapped(arguments: &str) -> String {
    use serde_json::Value;
    match serde_json::from_str::<Value>(arguments) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(map)) => {
            let only = if map.len() == 1 { map.values().next() } else { None };
            map.get("input").or(only).and_then(Value::as_str).unwrap_or(arguments).to_owned()
        }
        _ => arguments.to_owned(),
    }
}

impl Content {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let part = Object::new(out);
        if self.is_refusal {
            part.text("type", "refusal").text("refusal", &self.text).end();
        } else {
            part.text("type", "output_text").text("text", &self.text).raw("annotations", "[]").raw("logprobs", "[]").end();
        }
    }
}

impl Item {
    pub(super) fn is_call(&self) -> bool {
        matches!(self.body, Body::Call(_))
    }

    /// Writes that what it says is done.
    pub(super) fn close(&self, sequence: &mut u64, out: &mut Vec<u8>) {
        match &self.body {
            Body::Message(parts) => {
                if let Some(last) = parts.last() {
                    close_part(last, parts.len() - 1, &self.id, self.index, sequence, out);
                }
            }
            Body::Reasoning { text, .. } if text.is_empty() => {}
            Body::Reasoning { text, .. } => {
                Object::event(out, "response.reasoning_summary_text.done", sequence)
                    .text("item_id", &self.id)
                    .number("output_index", self.index.into())
                    .number("summary_index", 0)
                    .text("text", text)
                    .end_event();
                Object::event(out, "response.reasoning_summary_part.done", sequence)
                    .text("item_id", &self.id)
                    .number("output_index", self.index.into())
                    .number("summary_index", 0)
                    .with("part", |out| summary(out, text))
                    .end_event();
            }
            Body::Call(call) => close_call(call, self, sequence, out),
        }
    }

    /// The item as it stands in `output_item.added` (without its text) or `output_item.done`.
    pub(super) fn write(&self, out: &mut Vec<u8>, status: &str, is_whole: bool) {
        let item = Object::new(out).text("id", &self.id);
        match &self.body {
            Body::Message(parts) => item
                .text("type", "message")
                .text("status", status)
                .text("role", "assistant")
                .with("content", |out| {
                    let parts = if is_whole { parts.as_slice() } else { &[] };
                    list(
                        out,
                        parts.iter().map(|part| {
                            let mut written = Vec::new();
                            part.write(&mut written);
                            written
                        }),
                    );
                })
                .end(),
            Body::Reasoning { text, encrypted } => item
                .text("type", "reasoning")
                .with("summary", |out| {
                    let mut parts = Vec::new();
                    if is_whole && !text.is_empty() {
                        let mut part = Vec::new();
                        summary(&mut part, text);
                        parts.push(part);
                    }
                    list(out, parts);
                })
                .optional_text("encrypted_content", encrypted.as_deref().filter(|_| is_whole))
                .end(),
            Body::Call(call) => {
                let said = if is_whole { call.said() } else { String::new() };
                let (kind, arguments) = if call.custom { ("custom_tool_call", "input") } else { ("function_call", "arguments") };
                item.text("type", kind)
                    .text("status", status)
                    .text("call_id", &call.id)
                    .text("name", &call.name)
                    .optional_text("namespace", call.namespace.as_deref())
                    .text(arguments, &said)
                    .end();
            }
        }
    }
}

/// Writes that a part of a message is done.
pub(super) fn close_part(part: &Content, content_index: usize, item: &str, output_index: u32, sequence: &mut u64, out: &mut Vec<u8>) {
    let (kind, name) = if part.is_refusal { ("response.refusal.done", "refusal") } else { ("response.output_text.done", "text") };
    let done = Object::event(out, kind, sequence)
        .text("item_id", item)
        .number("output_index", output_index.into())
        .number("content_index", content_index as u64)
        .text(name, &part.text);
    if part.is_refusal {
        done.end_event()
    } else {
        done.raw("logprobs", "[]").end_event()
    }
    Object::event(out, "response.content_part.done", sequence)
        .text("item_id", item)
        .number("output_index", output_index.into())
        .number("content_index", content_index as u64)
        .with("part", |out| part.write(out))
        .end_event();
}

/// Writes that a call is done.
fn close_call(call: &Call, item: &Item, sequence: &mut u64, out: &mut Vec<u8>) {
    let said = call.said();
    let event = |out: &mut Vec<u8>, kind: &str, name: &str, sequence: &mut u64| {
        Object::event(out, kind, sequence)
            .text("item_id", &item.id)
            .number("output_index", item.index.into())
            .text(name, &said)
            .end_event();
    };
    match call.custom {
        true => {
            if call.wrapped && !said.is_empty() {
                event(out, "response.custom_tool_call_input.delta", "delta", sequence);
            }
            event(out, "response.custom_tool_call_input.done", "input", sequence);
        }
        false => {
            if call.says_nothing() {
                event(out, "response.function_call_arguments.delta", "delta", sequence);
            }
            event(out, "response.function_call_arguments.done", "arguments", sequence);
        }
    }
}

/// A part of a thought's summary.
pub(super) fn summary(out: &mut Vec<u8>, text: &str) {
    Object::new(out).text("type", "summary_text").text("text", text).end();
}

/// How another maker's signature travels.
pub(super) fn signed(signature: &str) -> String {
    format!("{SIGNATURE}{signature}")
}

/// How another maker's hidden thought travels.
pub(super) fn redacted(data: &str) -> String {
    format!("{REDACTED}{data}")
}
