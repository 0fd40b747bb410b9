//! The items of `input` as turns.

use serde_json::{Map, Value};

use super::tools::full_name;
use crate::hub::{Part, Prompt, Role, Source, Turn, Untranslatable};

/// What a signature of another maker's thought is marked with where it travels as `encrypted_content`.
pub(super) const SIGNATURE: &str = "signature:";

/// The same for another maker's thought that only it can read.
pub(super) const REDACTED: &str = "redacted:";

/// What the ids of thoughts begin with that we wrote: OpenAI knows nothing of them.
pub(super) const OUR_THOUGHT: &str = "rs_mlx";

type Item = Map<String, Value>;

/// Reads `input` into the prompt's system part and turns.
pub(super) fn read(prompt: &mut Prompt, input: Value) -> Result<(), Untranslatable> {
    match input {
        Value::Null => {}
        Value::String(text) => prompt.turns.push(Turn { role: Role::User, parts: vec![Part::text(text)] }),
        Value::Array(items) => {
            for (at, item) in items.into_iter().enumerate() {
                let param = format!("input[{at}]");
                let Value::Object(item) = item else {
                    return Err(Untranslatable::new(param, "must be an object"));
                };
                read_item(prompt, item, &param)?;
            }
        }
        _ => return Err(Untranslatable::new("input", "must be a string or an array")),
    }
    Ok(())
}

fn read_item(prompt: &mut Prompt, mut item: Item, param: &str) -> Result<(), Untranslatable> {
    let kind = match item.get("type").and_then(Value::as_str) {
        Some(kind) => kind.to_owned(),
        // The easy form of a message has none.
        None if item.contains_key("role") => "message".to_owned(),
        None => return Err(Untranslatable::new(format!("{param}.type"), "must be a string")),
    };
    match kind.as_str() {
        "message" => message(prompt, item, param)?,
        "reasoning" => say(prompt, Role::Assistant, vec![reasoning(&item)]),
        "function_call" | "custom_tool_call" => {
            let custom = kind == "custom_tool_call";
            let said = if custom { "input" } else { "arguments" };
            let name = needed(&item, "name", param)?;
            let call = Part::ToolCall {
                id: needed(&item, "call_id", param)?,
                name: full_name(item.get("namespace").and_then(Value::as_str), &name),
                arguments: needed(&item, said, param)?,
                custom,
                cache: false,
            };
            say(prompt, Role::Assistant, vec![call]);
        }
        "function_call_output" | "custom_tool_call_output" => {
            let output = item.remove("output").unwrap_or_default();
            let parts = contents(output, &format!("{param}.output"))?;
            let id = needed(&item, "call_id", param)?;
            say(prompt, Role::User, vec![Part::ToolResult { id, parts, is_error: false, cache: false }]);
        }
        "item_reference" => {
            return Err(Untranslatable::new(
                param,
                "refers to an item that OpenAI keeps, and the target is no provider with OpenAI's Responses; send the item itself",
            ));
        }
        _ => {
            let why = format!("is a `{kind}`, which only a provider with OpenAI's Responses takes; leave it out or choose such a target");
            return Err(Untranslatable::new(param, why));
        }
    }
    Ok(())
}

/// Adds parts: what the model says goes into one turn, and so do results of calls that it made at once.
fn say(prompt: &mut Prompt, role: Role, parts: Vec<Part>) {
    let is_result = |parts: &[Part]| matches!(parts.last(), Some(Part::ToolResult { .. }));
    match prompt.turns.last_mut() {
        Some(turn) if turn.role == role && (role == Role::Assistant || is_result(&turn.parts) && is_result(&parts)) => {
            turn.parts.extend(parts);
        }
        _ => prompt.turns.push(Turn { role, parts }),
    }
}

fn message(prompt: &mut Prompt, mut item: Item, param: &str) -> Result<(), Untranslatable> {
    let role = needed(&item, "role", param)?;
    let inside = format!("{param}.content");
    let parts = contents(item.remove("content").unwrap_or_default(), &inside)?;
    match role.as_str() {
        "user" => say(prompt, Role::User, parts),
        "assistant" => say(prompt, Role::Assistant, parts),
        "system" | "developer" if parts.iter().all(|part| matches!(part, Part::Text { .. })) => prompt.instruct(param, parts),
        "system" | "developer" => return Err(Untranslatable::new(inside, "must be text where the role is `system` or `developer`")),
        _ => return Err(Untranslatable::new(format!("{param}.role"), "must be `user`, `assistant`, `system` or `developer`")),
    }
    Ok(())
}

/// A string, or a list of parts.
fn contents(content: Value, param: &str) -> Result<Vec<Part>, Untranslatable> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![Part::text(text)]),
        Value::Array(parts) => {
            let read = |(at, part)| part_of(part, &format!("{param}[{at}]"));
            parts.into_iter().enumerate().map(read).collect()
        }
        _ => Err(Untranslatable::new(param, "must be a string or an array")),
    }
}

fn part_of(part: Value, param: &str) -> Result<Part, Untranslatable> {
    let Value::Object(part) = part else {
        return Err(Untranslatable::new(param, "must be an object"));
    };
    let kind = needed(&part, "type", param)?;
    let text = |name: &str| part.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    match kind.as_str() {
        "input_text" | "output_text" | "text" | "summary_text" => Ok(Part::text(needed(&part, "text", param)?)),
        "refusal" => Ok(Part::Refusal(needed(&part, "refusal", param)?)),
        "input_image" => {
            let source = text("image_url").map(|url| source_of(&url)).or_else(|| text("file_id").map(Source::File));
            let source = source.ok_or_else(|| Untranslatable::new(param, "needs `image_url` or `file_id`"))?;
            Ok(Part::Image { source, detail: text("detail"), cache: false })
        }
        "input_file" => {
            let source = text("file_data")
                .map(|data| file_of(&data))
                .or_else(|| text("file_url").map(Source::Url))
                .or_else(|| text("file_id").map(Source::File))
                .ok_or_else(|| Untranslatable::new(param, "needs `file_data`, `file_url` or `file_id`"))?;
            Ok(Part::Document { source, name: text("filename"), cache: false })
        }
        "input_audio" => {
            let audio = part.get("input_audio").and_then(Value::as_object).unwrap_or(&part);
            Ok(Part::Audio { data: needed(audio, "data", param)?, format: needed(audio, "format", param)? })
        }
        _ => Err(Untranslatable::new(param, format!("is a `{kind}`, which only a provider with OpenAI's Responses takes"))),
    }
}

/// An address, or the bytes that a `data:` one holds.
fn source_of(url: &str) -> Source {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match inline {
        Some((media_type, data)) => Source::Base64 { media_type: media_type.to_owned(), data: data.to_owned() },
        None => Source::Url(url.to_owned()),
    }
}

/// `file_data` is a `data:` address; some send bare base64, which PDFs are meant by.
fn file_of(data: &str) -> Source {
    match source_of(data) {
        Source::Url(bare) => Source::Base64 { media_type: "application/pdf".to_owned(), data: bare },
        inline => inline,
    }
}

fn reasoning(item: &Item) -> Part {
    let texts = |name: &str| {
        let parts = item.get(name).and_then(Value::as_array).into_iter().flatten();
        parts.filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>().join("\n\n")
    };
    let (summary, content) = (texts("summary"), texts("content"));
    let hidden = item.get("encrypted_content").and_then(Value::as_str).filter(|hidden| !hidden.is_empty());
    let signature = hidden.and_then(|hidden| hidden.strip_prefix(SIGNATURE)).map(str::to_owned);
    let hidden = hidden.map(unmarked);
    Part::Thinking {
        text: if content.is_empty() { summary } else { content },
        hidden: hidden.filter(|_| signature.is_none()).map(str::to_owned),
        signature,
    }
}

fn needed(item: &Item, name: &str, param: &str) -> Result<String, Untranslatable> {
    let text = item.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| Untranslatable::new(format!("{param}.{name}"), "must be a string"))
}

/// A hidden thought as its maker made it.
pub(super) fn unmarked(encrypted: &str) -> &str {
    encrypted.strip_prefix(REDACTED).unwrap_or(encrypted)
}
