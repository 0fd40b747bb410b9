//! Reads a stream of this dialect.
//!
//! ```text
//! messageStart  (contentBlockStart? contentBlockDelta* contentBlockStop)*  messageStop  metadata
//! ```
//!
//! `metadata`, which has the usage, is the last one; an exception may come in place of any.

use serde_json::Value;

use super::stop;
use crate::hub::{Decoder, Piece};
use crate::json::Scanner;
use crate::sse::Event;
use crate::upstream_error;

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    Box::<Converse>::default()
}

#[derive(Default)]
struct Converse {
    /// The call that has begun and was given no arguments yet.
    bare: Option<u32>,
}

impl Decoder for Converse {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), String> {
        let (Some(name), Some(data)) = (&event.name, &event.data) else { return Ok(()) };
        let name = String::from_utf8_lossy(name);
        let text = std::str::from_utf8(data).map_err(|_| "the upstream sent an event that is not valid UTF-8".to_owned())?;
        let known =
            matches!(&*name, "messageStart" | "contentBlockStart" | "contentBlockDelta" | "contentBlockStop" | "messageStop" | "metadata");
        if !known {
            // New events say nothing; what failed is named so.
            let has_failed = name.ends_with("Exception") || name.ends_with("Error");
            out.extend(has_failed.then(|| Piece::Error(upstream_error::named(&name, text))));
            return Ok(());
        }
        let value = Scanner::new(text).value().map_err(|error| format!("the upstream sent an event that is not valid JSON: {error}"))?;
        let before = out.len();
        pieces(&name, &value, out);
        self.whole(&name, before, out);
        Ok(())
    }
}

impl Converse {
    /// A call that ends without arguments has an empty object: writers that put calls one behind the other know by it
    /// that this one is whole.
    fn whole(&mut self, name: &str, before: usize, out: &mut Vec<Piece>) {
        match out.get(before) {
            Some(Piece::ToolCall { at, .. }) => self.bare = Some(*at),
            Some(Piece::Arguments { .. }) => self.bare = None,
            _ if name == "contentBlockStop" => {
                out.extend(self.bare.take().map(|at| Piece::Arguments { at, json: "{}".to_owned() }));
            }
            _ => {}
        }
    }
}

fn pieces(name: &str, value: &Value, out: &mut Vec<Piece>) {
    let at = value["contentBlockIndex"].as_u64().and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
    match name {
        "messageStart" => out.push(Piece::Start { id: None, model: None }),
        "contentBlockStart" => {
            let call = &value["start"]["toolUse"];
            if let (Some(id), Some(name)) = (call["toolUseId"].as_str(), call["name"].as_str()) {
                out.push(Piece::ToolCall { at, id: id.to_owned(), name: name.to_owned(), custom: false });
            }
        }
        "contentBlockDelta" => delta(at, &value["delta"], out),
        "messageStop" => out.extend(value["stopReason"].as_str().map(|reason| Piece::Finish(stop::finish(reason)))),
        "metadata" => {
            out.extend(stop::usage(&value["usage"]).map(Piece::Usage));
            out.push(Piece::End);
        }
        _ => {}
    }
}

/// A union, of which one member is there.
fn delta(at: u32, delta: &Value, out: &mut Vec<Piece>) {
    let string = |value: &Value| value.as_str().map(str::to_owned);
    let thought = &delta["reasoningContent"];
    out.extend(string(&delta["text"]).map(|text| Piece::Text { at, text }));
    out.extend(string(&delta["toolUse"]["input"]).filter(|json| !json.is_empty()).map(|json| Piece::Arguments { at, json }));
    out.extend(string(&thought["text"]).map(|text| Piece::Thinking { at, text }));
    out.extend(string(&thought["signature"]).map(|signature| Piece::Signature { at, signature }));
    out.extend(string(&thought["redactedContent"]).map(|data| Piece::HiddenThinking { at, data }));
}

#[cfg(test)]
mod tests;
