//! One item of `output` while it is being written.

use super::echo::Declared;
use super::items::SIGNATURE;
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
        if self.wrapped { unwrapped(&self.arguments) } else { self.arguments.clone() }
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

/// A part of a thought's summary.
pub(super) fn summary(out: &mut Vec<u8>, text: &str) {
    Object::new(out).text("type", "summary_text").text("text", text).end();
}

/// How another maker's signature travels.
pub(super) fn signed(signature: &str) -> String {
    format!("{SIGNATURE}{signature}")
}
