//! What is said, as Bedrock's blocks. Each is a union: one member says which it is.

use serde_json::{Value, json};

use crate::hub::{Notes, Part, Prompt, Role, Source, Untranslatable};
use crate::messages::shared::{Said, another_providers_file, input, tool_id};

/// Writes `messages`.
pub(super) fn messages(prompt: &Prompt, said: &[Said<'_>], notes: &mut Notes) -> Result<Value, Untranslatable> {
    let mut messages = Vec::new();
    let mut documents = 0;
    for turn in said {
        let mut blocks = Vec::new();
        for part in &turn.parts {
            write(part, &mut blocks, &mut documents, notes).map_err(|error| prompt.placed(error, part))?;
        }
        let has = |name: &str| blocks.iter().any(|block| block.get(name).is_some());
        if has("document") && !has("text") {
            // Bedrock refuses a document without a word beside it.
            blocks.push(json!({"text": "(see the document)"}));
        }
        let role = if turn.role == Role::User { "user" } else { "assistant" };
        messages.push(json!({"role": role, "content": blocks}));
    }
    Ok(messages.into())
}

/// A mark behind a prefix that is worth caching.
pub(super) fn mark(blocks: &mut Vec<Value>, cache: bool) {
    if cache {
        blocks.push(json!({"cachePoint": {"type": "default"}}));
    }
}

fn write(part: &Part, blocks: &mut Vec<Value>, documents: &mut u32, notes: &mut Notes) -> Result<(), Untranslatable> {
    let (block, cache) = match part {
        Part::Text { text, cache } => (json!({"text": if text.is_empty() { "(continue)" } else { text }}), *cache),
        Part::Refusal(text) => (json!({ "text": text }), false),
        Part::Image { source, cache, .. } => (json!({"image": image(source)?}), *cache),
        Part::Document { source, name, cache } => {
            *documents += 1;
            (json!({"document": document(source, name.as_deref(), *documents)?}), *cache)
        }
        Part::Audio { .. } => {
            return Err(Untranslatable::new(
                "messages",
                "hold sound, which Bedrock's Converse API does not take; send a transcript, or choose a target that hears",
            ));
        }
        Part::Thinking { signature: Some(signature), text, .. } => {
            (json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}), false)
        }
        Part::Thinking { hidden: Some(hidden), .. } => (json!({"reasoningContent": {"redactedContent": hidden}}), false),
        Part::Thinking { .. } => return Ok(()),
        Part::ToolCall { id, name, arguments, cache, .. } => {
            let input = input(name, arguments, notes);
            (json!({"toolUse": {"toolUseId": tool_id(id), "name": name, "input": input}}), *cache)
        }
        Part::ToolResult { id, parts, is_error, cache } => {
            let mut content = Vec::new();
            for part in parts.iter().filter(|part| !matches!(part, Part::Thinking { .. })) {
                write_result(part, &mut content, documents, notes)?;
            }
            let mut result = json!({"toolUseId": tool_id(id), "content": content});
            if *is_error {
                result["status"] = "error".into();
            }
            (json!({ "toolResult": result }), *cache)
        }
    };
    blocks.push(block);
    mark(blocks, cache);
    Ok(())
}

/// Within a result there are no marks, and blank text says nothing.
fn write_result(part: &Part, content: &mut Vec<Value>, documents: &mut u32, notes: &mut Notes) -> Result<(), Untranslatable> {
    let is_blank = matches!(part, Part::Text { text, .. } if text.trim().is_empty());
    if !is_blank {
        write(part, content, documents, notes)?;
        content.retain(|block| block.get("cachePoint").is_none());
    }
    Ok(())
}

fn image(source: &Source) -> Result<Value, Untranslatable> {
    let Source::Base64 { media_type, data } = source else { return Err(not_here(source, "an image")) };
    let format = match media_type.strip_prefix("image/").unwrap_or(media_type) {
        "jpg" => "jpeg",
        other => other,
    };
    Ok(json!({"format": format, "source": {"bytes": data}}))
}

fn document(source: &Source, name: Option<&str>, number: u32) -> Result<Value, Untranslatable> {
    use base64::Engine as _;
    let (format, bytes) = match source {
        Source::Base64 { media_type, data } => (format(media_type)?, data.clone()),
        Source::Text(text) => ("txt", base64::engine::general_purpose::STANDARD.encode(text)),
        other => return Err(not_here(other, "a document")),
    };
    Ok(json!({"format": format, "name": document_name(name, number), "source": {"bytes": bytes}}))
}

fn not_here(source: &Source, what: &str) -> Untranslatable {
    match source {
        Source::File(id) => another_providers_file(id),
        _ => Untranslatable::new("messages", format!("hold {what} by its address, which Bedrock does not fetch; send its bytes in base64")),
    }
}

fn format(media_type: &str) -> Result<&'static str, Untranslatable> {
    Ok(match media_type.split(';').next().unwrap_or_default().trim() {
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "text/html" => "html",
        "text/markdown" => "md",
        "application/json" => "txt",
        text if text.starts_with("text/") => "txt",
        other => {
            let why = format!("hold a document of the type `{other}`, which Bedrock does not take; send a PDF, an office document or text");
            return Err(Untranslatable::new("messages", why));
        }
    })
}

/// Bedrock wants a name of letters, digits, single spaces, hyphens, parentheses and brackets, each once.
fn document_name(name: Option<&str>, number: u32) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-()[]".contains(c) { c } else { ' ' };
    let words: String = name.unwrap_or("document").chars().take(150).map(plain).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    format!("{} {number}", if words.is_empty() { "document".to_owned() } else { words.join(" ") })
}
