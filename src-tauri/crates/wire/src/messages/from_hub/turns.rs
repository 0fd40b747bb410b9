//! The conversation as Anthropic (and Bedrock) wants it: user and model take turns, results of tools come first in
//! the user's turn, and nothing is empty.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::mark;
use crate::hub::{Notes, OPENAI_ENCRYPTED, Part, Prompt, Role, Source, Untranslatable};

/// One side's turn, neighbours of one role in one.
#[derive(Debug)]
pub(crate) struct Said<'a> {
    pub(crate) role: Role,
    pub(crate) parts: Vec<&'a Part>,
}

/// What a conversation that the model begins is begun with: [`CONTINUE`], which no part of a request is mistaken
/// for, as blank ones are left out.
const BEGIN: &Part = &Part::Text { text: String::new(), cache: false };
const CONTINUE: &str = "(continue)";

/// Takes what is empty, or cannot be taken back, out of the turns; merges and sorts them.
///
/// # Errors
/// A request that says nothing.
pub(crate) fn turns<'a>(prompt: &'a Prompt, notes: &mut Notes) -> Result<Vec<Said<'a>>, Untranslatable> {
    let mut all: Vec<Said<'a>> = Vec::new();
    for turn in &prompt.turns {
        let parts = turn.parts.iter().filter(|part| is_kept(part, notes));
        match all.last_mut().filter(|last| last.role == turn.role) {
            Some(last) => last.parts.extend(parts),
            None => all.push(Said { role: turn.role, parts: parts.collect() }),
        }
        all.pop_if(|last| last.parts.is_empty());
    }
    if all.is_empty() && prompt.turns.is_empty() {
        let parts: Vec<&Part> = prompt.system.iter().filter(|part| is_kept(part, notes)).collect();
        if !parts.is_empty() {
            notes.warn("the system prompt is sent as the user's message: the target needs one");
            all.push(Said { role: Role::User, parts });
        }
    }
    if all.is_empty() {
        return Err(Untranslatable::new("messages", "says nothing; send at least one message that is not empty"));
    }
    if all.first().is_some_and(|first| first.role == Role::Assistant) {
        notes.warn("a user's message was put before the first one: the target wants the user to begin");
        all.insert(0, Said { role: Role::User, parts: vec![BEGIN] });
    }
    for said in &mut all {
        // Stable: results among themselves, and all else, stay in their order.
        said.parts.sort_by_key(|part| !matches!(part, Part::ToolResult { .. }) && said.role == Role::User);
    }
    Ok(all)
}

fn is_kept(part: &Part, notes: &mut Notes) -> bool {
    match part {
        // Blank text is refused.
        Part::Text { text, .. } | Part::Refusal(text) => !text.trim().is_empty(),
        Part::Thinking { hidden: Some(hidden), signature: None, .. } if hidden.starts_with(OPENAI_ENCRYPTED) => {
            notes.warn("earlier thoughts were left out: only the provider that made them can read them");
            false
        }
        Part::Thinking { signature: None, hidden: None, text } => {
            if !text.is_empty() {
                notes.warn("earlier thoughts were left out: the target takes back only its own");
            }
            false
        }
        _ => true,
    }
}

/// Writes `messages`.
pub(super) fn write(prompt: &Prompt, said: &[Said<'_>], notes: &mut Notes) -> Result<Value, Untranslatable> {
    let mut messages = Vec::new();
    for (at, turn) in said.iter().enumerate() {
        let mut blocks = Vec::new();
        for part in &turn.parts {
            write_part(part, &mut blocks, notes).map_err(|error| prompt.placed(error, part))?;
        }
        let is_prefill = turn.role == Role::Assistant && at + 1 == said.len();
        if let Some(Value::String(text)) = blocks.last_mut().filter(|_| is_prefill).and_then(|last| last.get_mut("text")) {
            // An answer that is to be gone on with must not end in white space.
            text.truncate(text.trim_end().len());
        }
        let role = if turn.role == Role::User { "user" } else { "assistant" };
        messages.push(json!({"role": role, "content": super::plain_or_blocks(blocks)}));
    }
    Ok(messages.into())
}

/// A block of text; none for what is blank or no text.
pub(super) fn text_block(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text, cache } if !text.trim().is_empty() => Some(mark(json!({"type": "text", "text": text}), *cache)),
        _ => None,
    }
}

fn write_part(part: &Part, blocks: &mut Vec<Value>, notes: &mut Notes) -> Result<(), Untranslatable> {
    let block = match part {
        Part::Text { text, cache } => {
            let text = if text.is_empty() { CONTINUE } else { text };
            mark(json!({"type": "text", "text": text}), *cache)
        }
        Part::Refusal(text) => json!({"type": "text", "text": text}),
        Part::Image { source, cache, .. } => mark(json!({"type": "image", "source": image(source)?}), *cache),
        Part::Document { source, name, cache } => {
            let mut block = json!({"type": "document", "source": document(source)?});
            if let Some(name) = name {
                block["title"] = name.as_str().into();
            }
            mark(block, *cache)
        }
        Part::Audio { .. } => {
            return Err(Untranslatable::new(
                "messages",
                "hold sound, which Anthropic's models do not hear; send a transcript, or choose a target that hears",
            ));
        }
        Part::Thinking { text, signature, hidden } => {
            if let Some(hidden) = hidden.as_ref().filter(|_| signature.is_none()) {
                blocks.push(json!({"type": "redacted_thinking", "data": hidden}));
            }
            let Some(signature) = signature else { return Ok(()) };
            json!({"type": "thinking", "thinking": text, "signature": signature})
        }
        Part::ToolCall { id, name, arguments, cache, .. } => {
            let input = input(name, arguments, notes);
            mark(json!({"type": "tool_use", "id": tool_id(id), "name": name, "input": input}), *cache)
        }
        Part::ToolResult { id, parts, is_error, cache } => {
            let mut block = json!({"type": "tool_result", "tool_use_id": tool_id(id)});
            let mut content = Vec::new();
            for part in parts.iter().filter(|part| is_kept(part, notes)).collect::<Vec<_>>() {
                write_part(part, &mut content, notes)?;
            }
            if !content.is_empty() {
                block["content"] = super::plain_or_blocks(content);
            }
            if *is_error {
                block["is_error"] = true.into();
            }
            mark(block, *cache)
        }
    };
    blocks.push(block);
    Ok(())
}

/// Arguments as the object that they have to be here.
pub(crate) fn input(name: &str, arguments: &str, notes: &mut Notes) -> Value {
    if arguments.trim().is_empty() {
        return json!({});
    }
    match serde_json::from_str::<Map<String, Value>>(arguments) {
        Ok(input) => Value::Object(input),
        Err(_) => {
            notes.warn(format!("the arguments of an earlier call of `{name}` are no JSON object; they are sent as its `input`"));
            json!({ "input": arguments })
        }
    }
}

/// Anthropic's ids are of `[a-zA-Z0-9_-]`. Another one is rewritten, the same way wherever it stands, and two
/// different ones stay different.
pub(crate) fn tool_id(id: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.chars().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let plain: String = id.chars().take(40).map(|c| if is_plain(c) { c } else { '_' }).collect();
    // FNV-1a: short, and the same in every run.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    Cow::Owned(format!("{plain}_{hash:016x}"))
}

fn image(source: &Source) -> Result<Value, Untranslatable> {
    match source {
        Source::Text(_) => Err(Untranslatable::new("messages", "hold an image that is text; send base64 or a URL")),
        other => bytes(other),
    }
}

fn document(source: &Source) -> Result<Value, Untranslatable> {
    match source {
        Source::Text(text) => Ok(json!({"type": "text", "media_type": "text/plain", "data": text})),
        Source::Base64 { media_type, data } if media_type.starts_with("text/") || media_type == "application/json" => {
            Ok(json!({"type": "text", "media_type": "text/plain", "data": decoded(data)?}))
        }
        other => bytes(other),
    }
}

fn bytes(source: &Source) -> Result<Value, Untranslatable> {
    match source {
        Source::Url(url) => Ok(json!({"type": "url", "url": url})),
        Source::Base64 { media_type, data } => {
            // As some clients write it.
            let media_type = if media_type == "image/jpg" { "image/jpeg" } else { media_type };
            Ok(json!({"type": "base64", "media_type": media_type, "data": data}))
        }
        Source::File(id) if id.starts_with("file_") => Ok(json!({"type": "file", "file_id": id})),
        Source::File(id) => Err(another_providers_file(id)),
        Source::Text(_) => Ok(Value::Null),
    }
}

pub(crate) fn another_providers_file(id: &str) -> Untranslatable {
    Untranslatable::new(
        "messages",
        format!("hold the file `{id}`, which lies with another provider; send its content instead, or choose that provider"),
    )
}

/// The text of a text file.
fn decoded(data: &str) -> Result<String, Untranslatable> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(data.trim()).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Untranslatable::new("messages", "hold a text file that is not UTF-8 in base64"))
}
