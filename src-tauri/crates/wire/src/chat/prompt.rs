//! The parts of a request that a model of our own answers by: the sandbox.
//!
//! Parses the whole body into a tree, which requests to real upstreams never are.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Request;

/// What a request asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PromptParts {
    /// The text of the last message.
    pub text: String,
    /// Whether the last message is the user's (and no tool's result, say).
    pub from_user: bool,
    /// Name and parameter schema of each function that is offered.
    pub tools: Vec<(String, Value)>,
    /// `tool_choice`.
    pub tool_choice: ChosenTool,
    /// The JSON schema of `response_format`.
    pub schema: Option<Value>,
}

/// `tool_choice`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ChosenTool {
    /// `auto`, or nothing.
    #[default]
    Auto,
    /// `none`.
    None,
    /// `required`.
    Required,
    /// One function by its name.
    Named(String),
}

impl Request {
    /// What the request asks for. Parts that cannot be decoded (a lone surrogate anywhere in the
    /// body) are as if they were not there.
    pub fn prompt(&self) -> PromptParts {
        let Ok(body) = serde_json::from_slice::<Value>(self.body()) else {
            return PromptParts::default();
        };
        let last = body["messages"].as_array().and_then(|messages| messages.last());
        let tools = body["tools"].as_array();
        PromptParts {
            text: last.map(|message| text(&message["content"])).unwrap_or_default(),
            from_user: last.is_some_and(|message| message["role"] == "user"),
            tools: tools.into_iter().flatten().filter_map(tool).collect(),
            tool_choice: tool_choice(&body["tool_choice"]),
            schema: body.pointer("/response_format/json_schema/schema").cloned(),
        }
    }
}

impl Request {
    /// The conversation as plain text, `role: what was said` for each message: what a judge is shown.
    /// Empty where the body cannot be decoded.
    pub fn conversation(&self) -> String {
        let body: Value = serde_json::from_slice(self.body()).unwrap_or_default();
        let mut all = String::new();
        for message in body["messages"].as_array().into_iter().flatten() {
            let role = message["role"].as_str().unwrap_or("user");
            let _ = writeln!(all, "{role}: {}", shown(&message["content"]));
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let function = &call["function"];
                let (name, arguments) = (function["name"].as_str().unwrap_or_default(), function["arguments"].as_str().unwrap_or_default());
                let _ = writeln!(all, "{role} calls {name}({arguments})");
            }
        }
        all
    }
}

/// The text of a message; of what is no text, its kind.
fn shown(content: &Value) -> String {
    let Value::Array(parts) = content else { return text(content) };
    let part = |part: &Value| match (part["text"].as_str(), part["type"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, kind) => format!("[{}]", kind.unwrap_or("part").trim_end_matches("_url")),
    };
    parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<_> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

fn tool(tool: &Value) -> Option<(String, Value)> {
    let function = tool.get("function")?;
    Some((function["name"].as_str()?.to_owned(), function["parameters"].clone()))
}

fn tool_choice(choice: &Value) -> ChosenTool {
    match choice.as_str() {
        Some("none") => ChosenTool::None,
        Some("required") => ChosenTool::Required,
        Some(_) => ChosenTool::Auto,
        None => match choice.pointer("/function/name").and_then(Value::as_str) {
            Some(name) => ChosenTool::Named(name.to_owned()),
            None => ChosenTool::Auto,
        },
    }
}

#[cfg(test)]
mod tests;
