//! Writes a stream of this dialect: chunks with `text`, one with the reason for the end, the usage for a caller that
//! asked for it, `[DONE]`.

use crate::Usage;
use crate::chat::{StreamReader, answer_id, finish_reason, json_into, usage_json};
use crate::hub::{Caller, Encoder, Finish, Piece};

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    Box::new(TextEncoder { caller: caller.clone(), ..TextEncoder::default() })
}

#[derive(Debug, Default)]
struct TextEncoder {
    caller: Caller,
    id: Option<String>,
    model: Option<String>,
    /// Every chunk up to its choices; empty until the first one is written.
    head: Vec<u8>,
    finish: Option<Finish>,
    usage: Option<Usage>,
    chars: u64,
}

impl Encoder for TextEncoder {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Start { id, model } => {
                self.id.clone_from(id);
                self.model.clone_from(model);
            }
            Piece::Text { text, .. } | Piece::Refusal { text, .. } => {
                self.chars += text.chars().count() as u64;
                self.chunk(text, None, out);
            }
            Piece::Finish(finish) => {
                self.finish.get_or_insert_with(|| finish.clone());
            }
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::Ping => out.extend_from_slice(b": ping\n\n"),
            // Thoughts have no place here, and nobody can have asked for calls.
            _ => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let reason = finish_reason(self.finish.as_ref(), false);
        self.chunk("", Some(reason), out);
        if self.caller.include_usage {
            let usage = self.usage.unwrap_or_else(|| Usage::estimate(self.caller.input_tokens, self.chars));
            out.extend_from_slice(&self.head);
            out.extend_from_slice(b"[],\"usage\":");
            json_into(out, &usage_json(&usage));
            out.extend_from_slice(b"}\n\n");
        }
        out.extend_from_slice(StreamReader::DONE);
    }
}

impl TextEncoder {
    fn begin(&mut self) {
        if !self.head.is_empty() {
            return;
        }
        let id = answer_id(super::ID_PREFIX, self.id.as_deref(), &self.caller);
        let model = self.model.take().unwrap_or_else(|| self.caller.model());
        self.head.extend_from_slice(b"data: {\"id\":");
        json_into(&mut self.head, &id);
        let created = self.caller.created;
        self.head.extend_from_slice(format!(",\"object\":\"text_completion\",\"created\":{created},\"model\":").as_bytes());
        json_into(&mut self.head, &model);
        self.head.extend_from_slice(b",\"choices\":");
    }

    fn chunk(&mut self, text: &str, finish: Option<&str>, out: &mut Vec<u8>) {
        self.begin();
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"[{\"text\":");
        json_into(out, text);
        out.extend_from_slice(b",\"index\":0,\"logprobs\":null,\"finish_reason\":");
        json_into(out, &finish);
        out.extend_from_slice(if self.caller.include_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" });
    }
}
