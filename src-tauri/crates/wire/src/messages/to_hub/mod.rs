//! A request of this dialect in the form between dialects.
//!
//! Members that have no form there go into [`Prompt::rest`] under their path, so that whoever writes the request
//! for another dialect says what becomes of them.

mod blocks;
mod tools;

use serde_json::{Map, Value};

use self::blocks::Blocks;
use crate::hub::{Effort, Format, Prompt, Role, Thinking, Turn, Untranslatable};

/// Reads it.
pub(crate) fn to_hub(mut body: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    let mut prompt = Prompt::default();
    body.remove("model");
    prompt.stream = body.remove("stream").is_some_and(|stream| stream == Value::Bool(true));
    prompt.max_tokens = body.remove("max_tokens").as_ref().and_then(Value::as_u64);
    let mut rest = Map::new();
    let mut blocks = Blocks { rest: &mut rest };
    if let Some(system) = body.remove("system") {
        prompt.system = blocks.system(system, "system")?;
    }
    read_messages(&mut prompt, &mut blocks, body.remove("messages").unwrap_or_default())?;
    tools::read(&mut prompt, &mut body)?;
    sampling(&mut prompt, &mut body)?;
    thinking(&mut prompt, &mut body, &mut rest);
    metadata(&mut prompt, &mut body);
    rest.extend(body);
    prompt.rest = rest;
    Ok(prompt)
}

fn read_messages(prompt: &mut Prompt, blocks: &mut Blocks<'_>, messages: Value) -> Result<(), Untranslatable> {
    for (at, message) in list(messages, "messages")?.into_iter().enumerate() {
        let path = format!("messages[{at}]");
        let mut message = object(message, &path)?;
        let content = message.remove("content").unwrap_or_default();
        let content_path = format!("{path}.content");
        let role = match message.get("role").and_then(Value::as_str) {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            // Newer models take instructions between the turns; elsewhere they all stand in front.
            Some("system") => {
                prompt.instruct(&path, blocks.system(content, &content_path)?);
                continue;
            }
            _ => return Err(Untranslatable::new(format!("{path}.role"), "must be \"user\" or \"assistant\"")),
        };
        prompt.turns.push(Turn { role, parts: blocks.parts(content, &content_path)? });
    }
    Ok(())
}

fn sampling(prompt: &mut Prompt, body: &mut Map<String, Value>) -> Result<(), Untranslatable> {
    for (name, field) in [("temperature", &mut prompt.temperature), ("top_p", &mut prompt.top_p)] {
        *field = match body.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => Some(number),
            Some(_) => return Err(Untranslatable::new(name, "must be a number")),
        };
    }
    prompt.top_k = body.remove("top_k").as_ref().and_then(Value::as_u64);
    for (at, stop) in list(body.remove("stop_sequences").unwrap_or_default(), "stop_sequences")?.into_iter().enumerate() {
        let Value::String(stop) = stop else {
            return Err(Untranslatable::new(format!("stop_sequences[{at}]"), "must be a string"));
        };
        prompt.stop.push(stop);
    }
    Ok(())
}

/// `thinking`, and what `output_config` (and `output_format`, its form before that) says.
fn thinking(prompt: &mut Prompt, body: &mut Map<String, Value>, rest: &mut Map<String, Value>) {
    let mut config = match body.remove("output_config") {
        Some(Value::Object(config)) => config,
        _ => Map::new(),
    };
    let old_format = body.remove("output_format");
    if let Some(format) = config.remove("format").or(old_format).filter(|format| !format.is_null()) {
        prompt.format = read_format(format);
    }
    let mut thinking = match body.remove("thinking") {
        Some(Value::Object(thinking)) => thinking,
        _ => Map::new(),
    };
    let kind = thinking.remove("type");
    let budget = thinking.remove("budget_tokens").as_ref().and_then(Value::as_u64);
    let effort = config.get("effort").and_then(Value::as_str).and_then(Effort::from_name);
    prompt.thinking = match (kind.as_ref().and_then(Value::as_str), budget, effort) {
        (Some("disabled"), ..) => Some(Thinking::Off),
        (Some("enabled"), Some(budget), _) => Some(Thinking::Budget(budget)),
        (_, _, Some(effort)) => Some(Thinking::Effort(effort)),
        (Some(_), ..) => Some(Thinking::Adaptive),
        (None, ..) => None,
    };
    if matches!(prompt.thinking, Some(Thinking::Effort(_))) {
        config.remove("effort");
    }
    let prefixed =
        |prefix: &'static str, map: Map<String, Value>| map.into_iter().map(move |(name, value)| (format!("{prefix}.{name}"), value));
    rest.extend(prefixed("output_config", config));
    rest.extend(prefixed("thinking", thinking));
}

fn read_format(mut format: Value) -> Format {
    match format.get_mut("schema").map(Value::take) {
        Some(schema) => Format::Schema { name: None, description: None, schema, strict: Some(true) },
        None => Format::Text,
    }
}

/// `user_id` is the end user's; `trace_id` and `conversation_id` are ours, and were read before.
fn metadata(prompt: &mut Prompt, body: &mut Map<String, Value>) {
    let Some(Value::Object(metadata)) = body.get_mut("metadata") else { return };
    if let Some(Value::String(user)) = metadata.remove("user_id") {
        prompt.user = Some(user);
    }
    metadata.retain(|name, _| !matches!(name.as_str(), "trace_id" | "conversation_id"));
    if metadata.is_empty() {
        body.remove("metadata");
    }
}

pub(super) fn list(value: Value, path: &str) -> Result<Vec<Value>, Untranslatable> {
    match value {
        Value::Array(list) => Ok(list),
        Value::Null => Ok(Vec::new()),
        _ => Err(Untranslatable::new(path, "must be a list")),
    }
}

pub(super) fn object(value: Value, path: &str) -> Result<Map<String, Value>, Untranslatable> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Untranslatable::new(path, "must be an object")),
    }
}

#[cfg(test)]
mod tests;
