//! Reads a stream of this dialect.
//!
//! ```text
//! message_start  (content_block_start content_block_delta* content_block_stop)*  message_delta  message_stop
//! ```
//!
//! `ping` and `error` may come anywhere; events and blocks of kinds that are not known say nothing.

use super::stop::{self, Counts};
use crate::SyntaxError;
use crate::hub::{Decoder, Piece};
use crate::json::{Kind, Scanner};
use crate::sse::Event;
use crate::upstream_error;

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    Box::<Messages>::default()
}

#[derive(Default)]
struct Messages {
    counts: Counts,
    /// Blocks that are calls of the caller's tools. JSON comes for those of the provider's own tools as well,
    /// which nobody else has a word for.
    calls: Vec<u32>,
}

/// What an event says, whatever its type.
#[derive(Default)]
struct Read {
    kind: String,
    index: u32,
    id: Option<String>,
    model: Option<String>,
    block: Fields,
    delta: Fields,
    has_usage: bool,
}

/// Members of blocks and deltas.
#[derive(Default)]
struct Fields {
    kind: String,
    id: String,
    name: String,
    /// `text`, `thinking`, `partial_json`, `signature` or `data`.
    text: String,
    signature: String,
    /// A call's whole input, where it comes with its start.
    input: Option<String>,
    stop_reason: Option<String>,
    stop_sequence: Option<String>,
}

impl Decoder for Messages {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), String> {
        let Some(data) = &event.data else { return Ok(()) };
        let text = std::str::from_utf8(data).map_err(|_| "the upstream sent an event that is not valid UTF-8".to_owned())?;
        if text.trim() == "[DONE]" {
            // Some servers end it as OpenAI's streams end.
            return Ok(());
        }
        let read = self.event(text).map_err(|error| format!("the upstream sent an event that is not valid JSON: {error}"))?;
        self.pieces(read, text, out);
        Ok(())
    }
}

impl Messages {
    fn event(&mut self, text: &str) -> Result<Read, SyntaxError> {
        let mut read = Read::default();
        let mut scan = Scanner::new(text);
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("type", Kind::String) => read.kind = string(scan)?,
                ("index", Kind::Number) => read.index = scan.number()?.parse().unwrap_or(0),
                ("message", Kind::Object) => self.message(scan, &mut read)?,
                ("content_block", Kind::Object) => fields(scan, &mut read.block)?,
                ("delta", Kind::Object) => fields(scan, &mut read.delta)?,
                ("usage", Kind::Object) => {
                    read.has_usage = true;
                    self.counts.read(scan)?;
                }
                // OpenAI's form of an error.
                ("error", Kind::Object) => {
                    read.kind = "error".to_owned();
                    scan.skip()?;
                }
                _ => scan.skip()?,
            }
            Ok::<_, SyntaxError>(())
        })?;
        scan.end()?;
        Ok(read)
    }

    fn message(&mut self, scan: &mut Scanner<'_>, read: &mut Read) -> Result<(), SyntaxError> {
        scan.object(|scan, key| {
            match (&*key.decode(), scan.kind()?) {
                ("id", Kind::String) => read.id = Some(string(scan)?),
                ("model", Kind::String) => read.model = Some(string(scan)?),
                ("usage", Kind::Object) => {
                    read.has_usage = true;
                    self.counts.read(scan)?;
                }
                _ => scan.skip()?,
            }
            Ok(())
        })
    }

    fn pieces(&mut self, read: Read, text: &str, out: &mut Vec<Piece>) {
        match read.kind.as_str() {
            "message_start" => out.push(Piece::Start { id: read.id, model: read.model.filter(|model| !model.is_empty()) }),
            "content_block_start" => {
                if read.block.kind == "tool_use" {
                    self.calls.push(read.index);
                }
                begin(read.index, read.block, out);
            }
            "content_block_delta" if read.delta.kind == "input_json_delta" && !self.calls.contains(&read.index) => {}
            "content_block_delta" => delta(read.index, read.delta, out),
            "message_delta" => {
                let finish = read.delta.stop_reason.map(|reason| Piece::Finish(stop::finish(&reason, read.delta.stop_sequence)));
                out.extend(finish);
            }
            "message_stop" => out.push(Piece::End),
            "ping" => out.push(Piece::Ping),
            "error" => out.push(Piece::Error(upstream_error::in_body(text))),
            _ => {}
        }
        if read.has_usage {
            out.push(Piece::Usage(self.counts.usage()));
        }
    }
}

fn begin(at: u32, block: Fields, out: &mut Vec<Piece>) {
    match block.kind.as_str() {
        "text" if !block.text.is_empty() => out.push(Piece::Text { at, text: block.text }),
        "thinking" => {
            if !block.text.is_empty() {
                out.push(Piece::Thinking { at, text: block.text });
            }
            if !block.signature.is_empty() {
                out.push(Piece::Signature { at, signature: block.signature });
            }
        }
        "redacted_thinking" => out.push(Piece::HiddenThinking { at, data: block.text }),
        "tool_use" => {
            out.push(Piece::ToolCall { at, id: block.id, name: block.name, custom: false });
            out.extend(block.input.map(|json| Piece::Arguments { at, json }));
        }
        _ => {}
    }
}

fn delta(at: u32, delta: Fields, out: &mut Vec<Piece>) {
    match delta.kind.as_str() {
        "text_delta" => out.push(Piece::Text { at, text: delta.text }),
        "thinking_delta" => out.push(Piece::Thinking { at, text: delta.text }),
        "signature_delta" => out.push(Piece::Signature { at, signature: delta.signature }),
        "input_json_delta" if !delta.text.is_empty() => out.push(Piece::Arguments { at, json: delta.text }),
        _ => {}
    }
}

fn fields(scan: &mut Scanner<'_>, fields: &mut Fields) -> Result<(), SyntaxError> {
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("type", Kind::String) => fields.kind = string(scan)?,
            ("text" | "thinking" | "partial_json" | "data", Kind::String) => fields.text = string(scan)?,
            ("signature", Kind::String) => fields.signature = string(scan)?,
            ("id", Kind::String) => fields.id = string(scan)?,
            ("name", Kind::String) => fields.name = string(scan)?,
            ("input", Kind::Object) => fields.input = Some(scan.raw()?.to_owned()).filter(|input| !is_empty_object(input)),
            ("stop_reason", Kind::String) => fields.stop_reason = Some(string(scan)?),
            ("stop_sequence", Kind::String) => fields.stop_sequence = Some(string(scan)?),
            _ => scan.skip()?,
        }
        Ok(())
    })
}

fn is_empty_object(json: &str) -> bool {
    json.trim_matches(['{', '}', ' ', '\n', '\r', '\t']).is_empty()
}

fn string(scan: &mut Scanner<'_>) -> Result<String, SyntaxError> {
    Ok(scan.string()?.decode().into_owned())
}

#[cfg(test)]
pub(super) mod tests;
