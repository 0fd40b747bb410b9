//! Tools, and which of them is to be called.

use serde_json::{Map, Value, json};

use super::{array, cache, must, object, string};
use crate::hub::{Tool, ToolChoice, ToolKind, Untranslatable};

pub(super) fn tools(value: Value) -> Result<Vec<Tool>, Untranslatable> {
    let list = array("tools", value)?.into_iter().enumerate();
    list.map(|(at, value)| tool(&format!("tools[{at}]"), value)).collect()
}

/// The tools of old.
pub(super) fn functions(value: Value) -> Result<Vec<Tool>, Untranslatable> {
    let list = array("functions", value)?.into_iter().enumerate();
    list.map(|(at, value)| {
        let param = format!("functions[{at}]");
        function(&param, object(&param, value)?, false)
    })
    .collect()
}

fn tool(param: &str, value: Value) -> Result<Tool, Untranslatable> {
    let mut tool = object(param, value)?;
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or("function").to_owned();
    let cache = cache(&tool);
    match kind.as_str() {
        "function" => {
            let param = format!("{param}.function");
            function(&param, object(&param, tool.remove("function").unwrap_or_default())?, cache)
        }
        "custom" => {
            let param = format!("{param}.custom");
            let mut custom = object(&param, tool.remove("custom").unwrap_or_default())?;
            let (name, description) = name(&param, &mut custom)?;
            let kind = ToolKind::Custom { format: custom.remove("format").unwrap_or_default() };
            Ok(Tool { name, description, kind, strict: None, cache })
        }
        _ => Ok(Tool { name: kind, description: None, kind: ToolKind::Hosted { tool: tool.into() }, strict: None, cache }),
    }
}

fn function(param: &str, mut function: Map<String, Value>, cache: bool) -> Result<Tool, Untranslatable> {
    let (name, description) = name(param, &mut function)?;
    let schema = match function.remove("parameters") {
        Some(schema @ Value::Object(_)) => schema,
        None | Some(Value::Null) => json!({"type": "object", "properties": {}}),
        Some(_) => return Err(must(&format!("{param}.parameters"), "a JSON schema")),
    };
    let strict = function.get("strict").and_then(Value::as_bool);
    Ok(Tool { name, description, kind: ToolKind::Function { schema }, strict, cache })
}

fn name(param: &str, tool: &mut Map<String, Value>) -> Result<(String, Option<String>), Untranslatable> {
    let name = string(&format!("{param}.name"), tool.remove("name").unwrap_or_default())?;
    let description = tool.remove("description").and_then(|value| value.as_str().map(str::to_owned));
    Ok((name, description))
}

/// `tool_choice`, or `function_call` of old. Of `allowed_tools`, the others are taken out of `tools`.
pub(super) fn choice(param: &str, value: Value, tools: &mut Vec<Tool>) -> Result<ToolChoice, Untranslatable> {
    if let Some(word) = value.as_str() {
        return mode(param, word);
    }
    let choice = object(param, value)?;
    if let Some(allowed) = choice.get("allowed_tools") {
        let names: Vec<_> = allowed["tools"].as_array().into_iter().flatten().filter_map(named).collect();
        tools.retain(|tool| names.contains(&tool.name.as_str()));
        if tools.is_empty() {
            return Err(Untranslatable::new(format!("{param}.allowed_tools.tools"), "names none of the tools that are offered"));
        }
        return mode(&format!("{param}.allowed_tools.mode"), allowed["mode"].as_str().unwrap_or("auto"));
    }
    let choice = Value::Object(choice);
    let name = named(&choice).ok_or_else(|| must(param, "`auto`, `none`, `required`, or name one of the tools"))?;
    Ok(ToolChoice::Named(name.to_owned()))
}

/// The name in `{"type":"function","function":{"name":…}}`, in `custom` likewise, or right in it; a hosted tool's type.
fn named(choice: &Value) -> Option<&str> {
    let place = choice.get("function").or_else(|| choice.get("custom")).unwrap_or(choice);
    place.get("name").or_else(|| choice.get("type")).and_then(Value::as_str)
}

fn mode(param: &str, word: &str) -> Result<ToolChoice, Untranslatable> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        // `any` is Mistral's word.
        "required" | "any" => Ok(ToolChoice::Required),
        _ => Err(must(param, "`auto`, `none` or `required`, or name one of the tools")),
    }
}
