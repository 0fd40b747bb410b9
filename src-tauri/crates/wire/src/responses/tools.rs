//! Tools and the choice among them, to and from the form between dialects.

use serde_json::{Map, Value, json};

use crate::hub::{Notes, Prompt, Tool, ToolChoice, ToolKind, Untranslatable};

/// A tool's name in the form between dialects: that of its namespace goes first, since no other dialect has any.
pub(super) fn full_name(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        None | Some("") => name.to_owned(),
        Some(namespace) if namespace.ends_with('_') => format!("{namespace}{name}"),
        Some(namespace) => format!("{namespace}__{name}"),
    }
}

/// Reads `tools`.
pub(super) fn read(tools: Value) -> Result<Vec<Tool>, Untranslatable> {
    let mut all = Vec::new();
    match tools {
        Value::Null => {}
        Value::Array(tools) => {
            for (at, tool) in tools.into_iter().enumerate() {
                read_one(tool, None, &format!("tools[{at}]"), &mut all)?;
            }
        }
        _ => return Err(Untranslatable::new("tools", "must be an array")),
    }
    Ok(all)
}

fn read_one(tool: Value, namespace: Option<&str>, param: &str, all: &mut Vec<Tool>) -> Result<(), Untranslatable> {
    let Value::Object(mut tool) = tool else {
        return Err(Untranslatable::new(param, "must be an object"));
    };
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = |tool: &Map<String, Value>, name: &str| tool.get(name).and_then(Value::as_str).map(str::to_owned);
    match kind.as_str() {
        "namespace" => {
            let name = text(&tool, "name");
            let inner = tool.remove("tools").unwrap_or_default();
            for (at, inner) in inner.as_array().into_iter().flatten().enumerate() {
                read_one(inner.clone(), name.as_deref(), &format!("{param}.tools[{at}]"), all)?;
            }
        }
        "function" | "custom" => {
            let name = text(&tool, "name").ok_or_else(|| Untranslatable::new(format!("{param}.name"), "must be a string"))?;
            let kind = if kind == "custom" {
                ToolKind::Custom { format: nested(tool.remove("format").unwrap_or_default()) }
            } else {
                let schema = tool.remove("parameters").filter(Value::is_object);
                ToolKind::Function { schema: schema.unwrap_or_else(|| json!({"type": "object", "properties": {}})) }
            };
            let strict = tool.get("strict").and_then(Value::as_bool);
            all.push(Tool { name: full_name(namespace, &name), description: text(&tool, "description"), kind, strict, cache: false });
        }
        "" => return Err(Untranslatable::new(format!("{param}.type"), "must be a string")),
        _ => {
            let description = text(&tool, "description");
            let kind_of = ToolKind::Hosted { tool: Value::Object(tool) };
            all.push(Tool { name: kind, description, kind: kind_of, strict: None, cache: false });
        }
    }
    Ok(())
}

/// Reads `tool_choice`; one that allows some of the tools leaves only those in the prompt.
pub(super) fn read_choice(prompt: &mut Prompt, choice: Value) -> Result<(), Untranslatable> {
    let wrong = || Untranslatable::new("tool_choice", "must be `auto`, `none`, `required` or the choice of a tool");
    prompt.tool_choice = match choice {
        Value::Null => None,
        Value::String(word) => Some(by_word(&word).ok_or_else(wrong)?),
        Value::Object(choice) => match choice.get("type").and_then(Value::as_str) {
            Some("function" | "custom") => Some(ToolChoice::Named(chosen_name(&choice).ok_or_else(wrong)?)),
            Some("allowed_tools") => {
                let allowed = choice.get("tools").and_then(Value::as_array).ok_or_else(wrong)?;
                let is_allowed = |tool: &Tool| allowed.iter().filter_map(Value::as_object).any(|one| is_it(one, tool));
                prompt.tools.retain(is_allowed);
                let mode = choice.get("mode").and_then(Value::as_str).unwrap_or("auto");
                Some(by_word(mode).ok_or_else(wrong)?)
            }
            Some(hosted) => {
                let why = format!("forces `{hosted}`, which only a provider with OpenAI's Responses runs; choose `auto` or another target");
                return Err(Untranslatable::new("tool_choice", why));
            }
            None => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    Ok(())
}

fn chosen_name(choice: &Map<String, Value>) -> Option<String> {
    let namespace = choice.get("namespace").and_then(Value::as_str);
    Some(full_name(namespace, choice.get("name")?.as_str()?))
}

fn is_it(allowed: &Map<String, Value>, tool: &Tool) -> bool {
    match tool.kind {
        ToolKind::Hosted { .. } => allowed.get("type").and_then(Value::as_str) == Some(&tool.name),
        _ => chosen_name(allowed).as_ref() == Some(&tool.name),
    }
}

fn by_word(word: &str) -> Option<ToolChoice> {
    Some(match word {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" => ToolChoice::Required,
        _ => return None,
    })
}

/// Writes `tools`.
pub(super) fn write(tools: &[Tool], notes: &mut Notes) -> Vec<Value> {
    tools.iter().filter_map(|tool| write_one(tool, notes)).collect()
}

fn write_one(tool: &Tool, notes: &mut Notes) -> Option<Value> {
    let mut written = match &tool.kind {
        ToolKind::Function { schema } => {
            // Unlike chat, Responses takes a tool without `strict` for a strict one.
            json!({"type": "function", "name": tool.name, "parameters": schema, "strict": tool.strict.unwrap_or(false)})
        }
        ToolKind::Custom { format } if format.is_null() => json!({"type": "custom", "name": tool.name}),
        ToolKind::Custom { format } => json!({"type": "custom", "name": tool.name, "format": custom_format(format)}),
        ToolKind::Hosted { .. } => {
            notes.warn(format!("the tool `{}` was left out: it is run by another provider than the target's", tool.name));
            return None;
        }
    };
    if let Some(description) = &tool.description {
        written["description"] = description.as_str().into();
    }
    Some(written)
}

/// A grammar stands flat here; the form between dialects has it as chat does.
fn nested(format: Value) -> Value {
    if format["type"] != "grammar" || format.get("grammar").is_some() {
        return format;
    }
    json!({"type": "grammar", "grammar": {"syntax": format["syntax"], "definition": format["definition"]}})
}

/// Chat nests a grammar that stands flat here.
fn custom_format(format: &Value) -> Value {
    let Some(grammar) = format.get("grammar").and_then(Value::as_object) else { return format.clone() };
    let mut flat = Map::from_iter([("type".to_owned(), Value::from("grammar"))]);
    flat.extend(grammar.clone());
    Value::Object(flat)
}

/// Writes `tool_choice`.
pub(super) fn write_choice(choice: &ToolChoice, tools: &[Tool]) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => {
            let is_custom = tools.iter().any(|tool| tool.name == *name && matches!(tool.kind, ToolKind::Custom { .. }));
            json!({"type": if is_custom { "custom" } else { "function" }, "name": name})
        }
    }
}
