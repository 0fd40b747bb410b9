//! Writes a stream of this dialect.
//!
//! ```text
//! message_start  (content_block_start content_block_delta* content_block_stop)*  message_delta  message_stop
//! ```
//!
//! One block is open at a time: SDKs put blocks together by their number, but tell their users of each when it
//! stops. Calls that an upstream makes side by side are put one behind the other.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::UNSIGNED;
use super::answer::message_id;
use super::stop;
use crate::Usage;
use crate::chat::json_into;
use crate::hub::{Caller, Encoder, Finish, Piece};
use crate::usage::tokens_for_chars;

/// Bytes that may wait for an open call to be whole: far beyond what any model writes at a time.
const MAX_HELD: usize = 16 * 1024 * 1024;

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    let model = caller.model();
    // What the caller said is not needed any more.
    let caller = Caller { body: bytes::Bytes::new(), ..caller.clone() };
    Box::new(Messages { caller, model, ..Messages::default() })
}

#[derive(Default)]
struct Messages {
    caller: Caller,
    /// As the caller named it.
    model: String,
    is_started: bool,
    /// Number of the next block.
    next: u32,
    open: Option<Open>,
    /// Pieces of other parts that wait for an open call to be whole.
    held: Vec<Piece>,
    held_bytes: usize,
    /// Nothing may follow.
    failed: bool,
    has_calls: bool,
    finish: Option<Finish>,
    usage: Option<Usage>,
    chars: u64,
}

/// Kinds of deltas, and the member that holds the text.
const TEXT: (&str, &str) = ("text_delta", "text");
const THINKING: (&str, &str) = ("thinking_delta", "thinking");
const SIGNATURE: (&str, &str) = ("signature_delta", "signature");
const ARGUMENTS: (&str, &str) = ("input_json_delta", "partial_json");

/// The block that is being written.
struct Open {
    at: u32,
    index: u32,
    kind: Kind,
}

enum Kind {
    Text,
    Thinking {
        signed: bool,
    },
    Call(Json),
    /// A call whose argument is plain text: it is written as the one string of an object.
    CustomCall,
}

/// Follows JSON as it grows: is it a whole value yet?
#[derive(Default)]
struct Json {
    depth: u32,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Json {
    fn grow(&mut self, json: &str) {
        for byte in json.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    self.begun = true;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string
    }
}

impl Encoder for Messages {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        match piece {
            Piece::Start { id, model } => self.start(id.as_deref(), model.as_deref(), out),
            Piece::Finish(finish) => self.finish = Some(finish.clone()),
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::Ping if self.is_started => event("ping", &json!({"type": "ping"}), out),
            Piece::Ping | Piece::Error(_) | Piece::End => {}
            _ => self.part(piece, out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        self.start(None, None, out);
        self.close(out);
        while !self.held.is_empty() {
            self.release(out);
            self.close(out);
        }
        let (reason, sequence) = stop::stop_reason(self.finish.as_ref(), self.has_calls);
        let usage =
            self.usage.unwrap_or(Usage { input: self.caller.input_tokens, output: tokens_for_chars(self.chars), ..Usage::default() });
        let delta = json!({"stop_reason": reason, "stop_sequence": sequence});
        event("message_delta", &json!({"type": "message_delta", "delta": delta, "usage": stop::write_usage(&usage)}), out);
        event("message_stop", &json!({"type": "message_stop"}), out);
    }
}

impl Messages {
    fn start(&mut self, id: Option<&str>, model: Option<&str>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.is_started, true) {
            return;
        }
        // Most upstreams count at the end only.
        let usage = self.usage.unwrap_or(Usage { input: self.caller.input_tokens, ..Usage::default() });
        let message = json!({
            "id": message_id(id, &self.caller),
            "type": "message",
            "role": "assistant",
            "model": model.unwrap_or(&self.model),
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": stop::write_usage(&usage),
        });
        event("message_start", &json!({"type": "message_start", "message": message}), out);
    }

    /// A piece of a part.
    fn part(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        let Some(at) = place(piece) else { return };
        self.start(None, None, out);
        match &self.open {
            Some(Open { at: open, kind: Kind::Call(json), .. }) if *open != at && !json.is_whole() => {
                self.hold(piece, out);
                return;
            }
            Some(open) if open.at != at || !goes_on(&open.kind, piece) => self.close(out),
            _ => {}
        }
        self.piece(at, piece, out);
        if matches!(&self.open, Some(Open { kind: Kind::Call(json), .. }) if json.is_whole()) && !self.held.is_empty() {
            self.close(out);
            self.release(out);
        }
    }

    fn hold(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        self.held_bytes += size_of::<Piece>() + piece.said().len();
        if self.held_bytes > MAX_HELD {
            self.held = Vec::new();
            self.failed = true;
            let message = "a call never became whole, and more than 16 MiB came after it; ask again, or choose another target";
            event("error", &json!({"type": "error", "error": {"type": "api_error", "message": message}}), out);
            return;
        }
        self.held.push(piece.clone());
    }

    /// Writes what waited, part by part; behind a call that is not whole yet the rest waits on.
    fn release(&mut self, out: &mut Vec<u8>) {
        let mut held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        held.sort_by_key(place);
        for piece in &held {
            self.part(piece, out);
        }
    }

    fn piece(&mut self, at: u32, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Text { text, .. } | Piece::Refusal { text, .. } if !text.is_empty() => {
                self.open(at, json!({"type": "text", "text": ""}), || Kind::Text, out);
                self.delta(TEXT, text, text, out);
            }
            Piece::Thinking { text, .. } if !text.is_empty() => {
                self.open(at, thinking(), || Kind::Thinking { signed: false }, out);
                self.delta(THINKING, text, text, out);
            }
            Piece::Signature { signature, .. } => {
                self.open(at, thinking(), || Kind::Thinking { signed: false }, out);
                self.delta(SIGNATURE, signature, "", out);
                if let Some(Open { kind: Kind::Thinking { signed }, .. }) = &mut self.open {
                    *signed = true;
                }
            }
            Piece::HiddenThinking { data, .. } => {
                self.close(out);
                self.open(at, json!({"type": "redacted_thinking", "data": data}), || Kind::Text, out);
                self.close(out);
            }
            Piece::ToolCall { id, name, custom, .. } => {
                self.close(out);
                self.has_calls = true;
                let kind = || if *custom { Kind::CustomCall } else { Kind::Call(Json::default()) };
                self.open(at, json!({"type": "tool_use", "id": id, "name": name, "input": {}}), kind, out);
                if *custom {
                    self.delta(ARGUMENTS, "{\"input\":\"", "", out);
                }
            }
            Piece::Arguments { json, .. } if !json.is_empty() => self.arguments(json, out),
            _ => {}
        }
    }

    fn arguments(&mut self, more: &str, out: &mut Vec<u8>) {
        let partial = match self.open.as_mut().map(|open| &mut open.kind) {
            Some(Kind::Call(json)) => {
                json.grow(more);
                Cow::Borrowed(more)
            }
            Some(Kind::CustomCall) => {
                let quoted = Value::from(more).to_string();
                Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
            }
            // Of a call that never began.
            _ => return,
        };
        self.delta(ARGUMENTS, &partial, more, out);
    }

    /// Begins a block, unless it is open.
    fn open(&mut self, at: u32, block: Value, kind: impl FnOnce() -> Kind, out: &mut Vec<u8>) {
        if self.open.is_some() {
            return;
        }
        let index = self.next;
        self.next += 1;
        self.open = Some(Open { at, index, kind: kind() });
        event("content_block_start", &json!({"type": "content_block_start", "index": index, "content_block": block}), out);
    }

    /// More of the open block; `said` is what of it the model wrote. Written without a tree: most events of a stream are this.
    fn delta(&mut self, (kind, member): (&str, &str), value: &str, said: &str, out: &mut Vec<u8>) {
        let Some(open) = &self.open else { return };
        self.chars += said.chars().count() as u64;
        out.extend_from_slice(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
        json_into(out, &open.index);
        for part in [",\"delta\":{\"type\":\"", kind, "\",\"", member, "\":"] {
            out.extend_from_slice(part.as_bytes());
        }
        json_into(out, value);
        out.extend_from_slice(b"}}\n\n");
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if matches!(&self.open, Some(Open { kind: Kind::CustomCall, .. })) {
            self.delta(ARGUMENTS, "\"}", "", out);
        }
        if matches!(&self.open, Some(Open { kind: Kind::Thinking { signed: false }, .. })) {
            self.delta(SIGNATURE, UNSIGNED, "", out);
        }
        if let Some(open) = self.open.take() {
            event("content_block_stop", &json!({"type": "content_block_stop", "index": open.index}), out);
        }
    }
}

/// Does a piece of the same part belong into the block that is open for it?
fn goes_on(kind: &Kind, piece: &Piece) -> bool {
    match kind {
        Kind::Text => matches!(piece, Piece::Text { .. } | Piece::Refusal { .. }),
        // Behind its signature a thought is done.
        Kind::Thinking { signed } => !signed && matches!(piece, Piece::Thinking { .. } | Piece::Signature { .. }),
        Kind::Call(_) | Kind::CustomCall => matches!(piece, Piece::Arguments { .. }),
    }
}

fn place(piece: &Piece) -> Option<u32> {
    match piece {
        Piece::Text { at, .. }
        | Piece::Thinking { at, .. }
        | Piece::Signature { at, .. }
        | Piece::HiddenThinking { at, .. }
        | Piece::ToolCall { at, .. }
        | Piece::Arguments { at, .. }
        | Piece::Refusal { at, .. } => Some(*at),
        Piece::Start { .. } | Piece::Finish(_) | Piece::Usage(_) | Piece::Ping | Piece::Error(_) | Piece::End => None,
    }
}

fn thinking() -> Value {
    json!({"type": "thinking", "thinking": "", "signature": ""})
}

fn event(name: &str, data: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    // A Vec takes every write.
    let written = serde_json::to_writer(&mut *out, data);
    debug_assert!(written.is_ok());
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
