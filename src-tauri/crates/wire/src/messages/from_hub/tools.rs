//! Tools, and whether they are to be called.

use serde_json::{Map, Value, json};

use super::{Claude, Thought, mark, schema};
use crate::hub::{Notes, Prompt, Tool, ToolChoice, ToolKind, Untranslatable, custom_schema};

/// Writes `tools` and `tool_choice`.
pub(super) fn write(
    body: &mut Map<String, Value>,
    prompt: &Prompt,
    claude: Claude,
    thought: &Thought,
    notes: &mut Notes,
) -> Result<(), Untranslatable> {
    if prompt.tools.is_empty() {
        return Ok(());
    }
    let mut tools = Vec::with_capacity(prompt.tools.len());
    for (at, tool) in prompt.tools.iter().enumerate() {
        match write_tool(tool, claude, notes) {
            Some(tool) => tools.push(tool),
            None => prompt.leave_out_hosted(at, notes)?,
        }
    }
    if tools.is_empty() {
        return Ok(());
    }
    body.insert("tools".to_owned(), Value::Array(tools));
    let mut choice = match &prompt.tool_choice {
        Some(ToolChoice::None) => json!({"type": "none"}),
        Some(ToolChoice::Required) => json!({"type": "any"}),
        Some(ToolChoice::Named(name)) => json!({"type": "tool", "name": name}),
        Some(ToolChoice::Auto) => json!({"type": "auto"}),
        None if prompt.parallel_tool_calls == Some(false) => json!({"type": "auto"}),
        None => return Ok(()),
    };
    debug_assert!(!thought.is_on() || matches!(choice["type"].as_str(), Some("auto" | "none")));
    if let (Some(parallel), true) = (prompt.parallel_tool_calls, choice["type"] != "none") {
        choice["disable_parallel_tool_use"] = (!parallel).into();
    }
    body.insert("tool_choice".to_owned(), choice);
    Ok(())
}

/// `None` for a tool of another provider.
fn write_tool(tool: &Tool, claude: Claude, notes: &mut Notes) -> Option<Value> {
    let mut written = json!({"name": tool.name});
    let description = tool.description.clone();
    match &tool.kind {
        ToolKind::Hosted { tool: hosted } => return write_hosted(hosted, notes),
        // They are functions by now.
        ToolKind::Custom { .. } => written["input_schema"] = custom_schema(),
        ToolKind::Function { schema } => {
            let schema = typed(schema);
            let is_strict = tool.strict == Some(true) && claude.takes_schema();
            let closed = if is_strict { schema::strict(&schema) } else { None };
            if closed.is_some() {
                written["strict"] = true.into();
            } else if is_strict {
                let name = &tool.name;
                notes.warn(format!("`strict` of the tool `{name}` was left out: the target is strict only where all members are named"));
            }
            written["input_schema"] = closed.unwrap_or(schema);
        }
    }
    if let Some(description) = description {
        written["description"] = description.into();
    }
    Some(mark(written, tool.cache))
}

/// Arguments are an object; OpenAI's tools may leave their schema out.
pub(crate) fn typed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "object") => schema.clone(),
        Value::Object(object) => {
            let mut object = object.clone();
            object.insert("type".to_owned(), "object".into());
            object.entry("properties").or_insert_with(|| json!({}));
            Value::Object(object)
        }
        _ => json!({"type": "object", "properties": {}}),
    }
}

/// A tool that the provider runs: Anthropic's own are passed on, OpenAI's web search becomes Anthropic's.
fn write_hosted(tool: &Value, notes: &mut Notes) -> Option<Value> {
    let kind = tool["type"].as_str().unwrap_or_default();
    let is_dated = kind.rsplit_once('_').is_some_and(|(_, date)| date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()));
    if is_dated || kind == "mcp_toolset" {
        return Some(tool.clone());
    }
    if kind.starts_with("web_search") {
        notes.warn("the web search is Anthropic's; where its answer came from is left out of the translation");
        let mut search = json!({"type": "web_search_20250305", "name": "web_search"});
        if let Some(domains) = tool.pointer("/filters/allowed_domains").filter(|domains| domains.is_array()) {
            search["allowed_domains"] = domains.clone();
        }
        return Some(search);
    }
    None
}
