//! Content blocks.

use serde_json::{Map, Value};

use super::super::UNSIGNED;
use super::{list, object};
use crate::hub::{Part, Source, Untranslatable};

/// Reads content, and gathers what has no form between dialects.
pub(super) struct Blocks<'a> {
    pub(super) rest: &'a mut Map<String, Value>,
}

impl Blocks<'_> {
    /// `system`: text, or blocks of text.
    pub(super) fn system(&mut self, content: Value, path: &str) -> Result<Vec<Part>, Untranslatable> {
        let parts = self.parts(content, path)?;
        match parts.iter().position(|part| !matches!(part, Part::Text { .. })) {
            Some(at) => Err(Untranslatable::new(format!("{path}[{at}]"), "must be a block of text")),
            None => Ok(parts),
        }
    }

    /// `content`: text, or blocks.
    pub(super) fn parts(&mut self, content: Value, path: &str) -> Result<Vec<Part>, Untranslatable> {
        if let Value::String(text) = content {
            return Ok(vec![Part::text(text)]);
        }
        let blocks = list(content, path)?.into_iter().enumerate();
        blocks.map(|(at, block)| self.part(block, &format!("{path}[{at}]"))).collect()
    }

    fn part(&mut self, block: Value, path: &str) -> Result<Part, Untranslatable> {
        let mut block = object(block, path)?;
        let cache = block.remove("cache_control").is_some_and(|mark| mark.is_object());
        let kind = string(&mut block, "type", path)?;
        let part = match kind.as_str() {
            "text" => {
                // Of citations in an answer that is sent back, the text is what counts.
                block.remove("citations");
                Part::Text { text: string(&mut block, "text", path)?, cache }
            }
            "image" => Part::Image { source: image(take(&mut block, "source"), &format!("{path}.source"))?, detail: None, cache },
            "document" => self.document(&mut block, path, cache)?,
            "search_result" => self.search_result(&mut block, path, cache)?,
            "thinking" => {
                let signature = optional(&mut block, "signature").filter(|signature| !signature.is_empty() && signature != UNSIGNED);
                Part::Thinking { text: string(&mut block, "thinking", path)?, signature, hidden: None }
            }
            "redacted_thinking" => Part::Thinking { text: String::new(), signature: None, hidden: Some(string(&mut block, "data", path)?) },
            "tool_use" => tool_call(&mut block, path, cache)?,
            "tool_result" => self.tool_result(&mut block, path, cache)?,
            other => return Err(unknown(other, path)),
        };
        for (name, value) in block {
            self.rest.insert(format!("{path}.{name}"), value);
        }
        Ok(part)
    }

    fn tool_result(&mut self, block: &mut Map<String, Value>, path: &str, cache: bool) -> Result<Part, Untranslatable> {
        Ok(Part::ToolResult {
            id: string(block, "tool_use_id", path)?,
            parts: self.parts(take(block, "content"), &format!("{path}.content"))?,
            is_error: take(block, "is_error") == Value::Bool(true),
            cache,
        })
    }

    fn document(&mut self, block: &mut Map<String, Value>, path: &str, cache: bool) -> Result<Part, Untranslatable> {
        let name = optional(block, "title");
        let path = format!("{path}.source");
        let mut source = object(take(block, "source"), &path)?;
        let source = match string(&mut source, "type", &path)?.as_str() {
            "base64" => base64(&mut source, &path)?,
            "url" => Source::Url(string(&mut source, "url", &path)?),
            "file" => Source::File(string(&mut source, "file_id", &path)?),
            "text" => Source::Text(string(&mut source, "data", &path)?),
            "content" => Source::Text(self.text_only(take(&mut source, "content"), &format!("{path}.content"))?),
            _ => {
                return Err(Untranslatable::new(
                    format!("{path}.type"),
                    "is of a kind that other APIs do not have; send base64, url or text",
                ));
            }
        };
        Ok(Part::Document { source, name, cache })
    }

    /// A search result is a document of text elsewhere, named by its title and its source.
    fn search_result(&mut self, block: &mut Map<String, Value>, path: &str, cache: bool) -> Result<Part, Untranslatable> {
        let text = self.text_only(take(block, "content"), &format!("{path}.content"))?;
        let names: Vec<String> = ["title", "source"].into_iter().filter_map(|name| optional(block, name)).collect();
        Ok(Part::Document { source: Source::Text(text), name: Some(names.join(" – ")).filter(|name| !name.is_empty()), cache })
    }

    fn text_only(&mut self, content: Value, path: &str) -> Result<String, Untranslatable> {
        let mut texts = Vec::new();
        for (at, part) in self.parts(content, path)?.into_iter().enumerate() {
            match part {
                Part::Text { text, .. } => texts.push(text),
                _ => {
                    return Err(Untranslatable::new(
                        format!("{path}[{at}]"),
                        "is not text, which alone a document may hold elsewhere; send it beside the document",
                    ));
                }
            }
        }
        Ok(texts.join("\n"))
    }
}

fn tool_call(block: &mut Map<String, Value>, path: &str, cache: bool) -> Result<Part, Untranslatable> {
    // Who called it: the model itself, where it is not a program of Anthropic's.
    block.remove("caller");
    let arguments = match take(block, "input") {
        Value::Null => "{}".to_owned(),
        input => input.to_string(),
    };
    let (id, name) = (string(block, "id", path)?, string(block, "name", path)?);
    Ok(Part::ToolCall { id, name, arguments, custom: false, cache })
}

fn image(source: Value, path: &str) -> Result<Source, Untranslatable> {
    let mut source = object(source, path)?;
    Ok(match string(&mut source, "type", path)?.as_str() {
        "base64" => base64(&mut source, path)?,
        "url" => Source::Url(string(&mut source, "url", path)?),
        "file" => Source::File(string(&mut source, "file_id", path)?),
        _ => return Err(Untranslatable::new(format!("{path}.type"), "is of a kind that other APIs do not have; send base64 or url")),
    })
}

fn base64(source: &mut Map<String, Value>, path: &str) -> Result<Source, Untranslatable> {
    Ok(Source::Base64 { media_type: string(source, "media_type", path)?, data: string(source, "data", path)? })
}

fn unknown(kind: &str, path: &str) -> Untranslatable {
    let why =
        format!("is a `{kind}` block, which only Anthropic's API has; leave it out, or choose a target that speaks Anthropic Messages");
    Untranslatable::new(path, why)
}

fn take(block: &mut Map<String, Value>, name: &str) -> Value {
    block.remove(name).unwrap_or_default()
}

fn optional(block: &mut Map<String, Value>, name: &str) -> Option<String> {
    match take(block, name) {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn string(block: &mut Map<String, Value>, name: &str, path: &str) -> Result<String, Untranslatable> {
    optional(block, name).ok_or_else(|| Untranslatable::new(format!("{path}.{name}"), "must be a string"))
}
