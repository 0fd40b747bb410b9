//! The parts of a request that a model of our own answers by: the sandbox.
//!
//! Parses the whole body into a tree, which requests to real upstreams never are.

use serde_json::Value;

use super::ChatRequest;

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

impl ChatRequest {
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
