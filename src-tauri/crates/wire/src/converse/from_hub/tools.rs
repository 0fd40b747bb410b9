//! Tools, and whether they are to be called.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::blocks::mark;
use crate::hub::{Notes, Part, Prompt, Tool, ToolChoice, ToolKind, Untranslatable, custom_schema};
use crate::messages::shared::{Claude, Said, typed};

/// Writes `toolConfig`.
pub(super) fn write(
    body: &mut Map<String, Value>,
    prompt: &Prompt,
    said: &[Said<'_>],
    claude: Claude,
    notes: &mut Notes,
) -> Result<(), Untranslatable> {
    let called = called(said);
    let is_none = prompt.tool_choice == Some(ToolChoice::None);
    if called.is_empty() && (is_none || prompt.tools.is_empty()) {
        return Ok(());
    }
    let mut tools = Vec::new();
    for (at, tool) in prompt.tools.iter().enumerate() {
        match spec(tool, claude) {
            Some(spec) => {
                tools.push(spec);
                mark(&mut tools, tool.cache);
            }
            None => prompt.leave_out_hosted(at, notes)?,
        }
    }
    let are_offered = !tools.is_empty();
    if !are_offered {
        // Earlier calls have to be of tools that are there.
        let schema = json!({"type": "object", "properties": {}});
        tools.extend(called.iter().map(|name| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}})));
    }
    if tools.is_empty() {
        // Bedrock refuses an empty list.
        return Ok(());
    }
    let mut config = json!({ "tools": tools });
    match &prompt.tool_choice {
        Some(ToolChoice::Required) => config["toolChoice"] = json!({"any": {}}),
        Some(ToolChoice::Named(name)) => config["toolChoice"] = json!({"tool": {"name": name}}),
        Some(ToolChoice::None) => notes.warn("the model may call a tool although `tool_choice` says none: the target cannot be told"),
        Some(ToolChoice::Auto) | None => {}
    }
    if prompt.parallel_tool_calls == Some(false) && are_offered {
        notes.warn("the model may make several calls at once: the target cannot be told not to");
    }
    body.insert("toolConfig".to_owned(), config);
    Ok(())
}

/// Names of the tools that were called before.
fn called<'a>(said: &[Said<'a>]) -> BTreeSet<&'a str> {
    let parts = said.iter().flat_map(|said| &said.parts);
    parts.filter_map(|part| if let Part::ToolCall { name, .. } = part { Some(name.as_str()) } else { None }).collect()
}

/// `None` for a tool of another provider.
fn spec(tool: &Tool, claude: Claude) -> Option<Value> {
    let schema = match &tool.kind {
        ToolKind::Function { schema } => typed(schema),
        ToolKind::Custom { .. } => custom_schema(),
        ToolKind::Hosted { .. } => return None,
    };
    let mut spec = json!({"name": tool.name, "inputSchema": {"json": schema}});
    if let Some(description) = tool.description.as_ref().filter(|text| !text.is_empty()) {
        spec["description"] = description.as_str().into();
    }
    if tool.strict == Some(true) && claude.takes_schema() {
        spec["strict"] = true.into();
    }
    Some(json!({ "toolSpec": spec }))
}
