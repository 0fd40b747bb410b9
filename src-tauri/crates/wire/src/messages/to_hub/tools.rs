//! Tools, and whether they are to be called.

use serde_json::{Map, Value, json};

use super::{list, object};
use crate::hub::{Prompt, Tool, ToolChoice, ToolKind, Untranslatable};

/// Reads `tools` and `tool_choice`.
pub(super) fn read(prompt: &mut Prompt, body: &mut Map<String, Value>) -> Result<(), Untranslatable> {
    for (at, tool) in list(body.remove("tools").unwrap_or_default(), "tools")?.into_iter().enumerate() {
        prompt.tools.push(read_tool(tool, &format!("tools[{at}]"))?);
    }
    if let Some(choice) = body.remove("tool_choice").filter(|choice| !choice.is_null()) {
        prompt.tool_choice = Some(read_choice(&choice)?);
        let alone = choice["disable_parallel_tool_use"].as_bool();
        prompt.parallel_tool_calls = alone.map(|alone| !alone);
    }
    Ok(())
}

fn read_tool(tool: Value, path: &str) -> Result<Tool, Untranslatable> {
    let mut tool = object(tool, path)?;
    let Some(name) = tool.get("name").or_else(|| tool.get("mcp_server_name")).and_then(Value::as_str).map(str::to_owned) else {
        return Err(Untranslatable::new(format!("{path}.name"), "must be a string"));
    };
    let cache = tool.get("cache_control").is_some_and(Value::is_object);
    let is_custom = matches!(tool.get("type").and_then(Value::as_str), None | Some("custom"));
    if !is_custom {
        // Bash, the editor, web search …: their schema is known to Anthropic's models alone.
        return Ok(Tool { name, description: None, kind: ToolKind::Hosted { tool: Value::Object(tool) }, strict: None, cache });
    }
    let schema = tool.remove("input_schema").unwrap_or_else(|| json!({"type": "object", "properties": {}}));
    let description = tool.get("description").and_then(Value::as_str).map(str::to_owned);
    let strict = tool.get("strict").and_then(Value::as_bool);
    Ok(Tool { name, description, kind: ToolKind::Function { schema }, strict, cache })
}

fn read_choice(choice: &Value) -> Result<ToolChoice, Untranslatable> {
    match (choice["type"].as_str(), choice["name"].as_str()) {
        (Some("auto"), _) => Ok(ToolChoice::Auto),
        (Some("any"), _) => Ok(ToolChoice::Required),
        (Some("none"), _) => Ok(ToolChoice::None),
        (Some("tool"), Some(name)) => Ok(ToolChoice::Named(name.to_owned())),
        _ => Err(Untranslatable::new("tool_choice.type", "must be \"auto\", \"any\", \"none\", or \"tool\" with a name")),
    }
}
