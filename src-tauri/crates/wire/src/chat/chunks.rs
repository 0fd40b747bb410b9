//! What chunks of OpenAI's streams have around their choices: chat's, and the old completions'.

use serde::Serialize;

use super::answer::{answer_id, usage_json};
use super::stream::StreamReader;
use crate::Usage;
use crate::hub::{Caller, Finish, Piece};

/// The frame of one stream's chunks, and what its end says.
#[derive(Debug)]
pub(crate) struct Chunks {
    caller: Caller,
    id_prefix: &'static str,
    object: &'static str,
    id: Option<String>,
    model: Option<String>,
    /// Every chunk up to its choices; empty until the first one is written.
    head: Vec<u8>,
    /// Why it ends.
    pub(crate) finish: Option<Finish>,
    usage: Option<Usage>,
    /// Characters written so far: what usage is estimated from where the upstream tells none.
    pub(crate) chars: u64,
}

impl Chunks {
    pub(crate) fn new(caller: &Caller, id_prefix: &'static str, object: &'static str) -> Chunks {
        let (caller, head) = (caller.clone(), Vec::new());
        Chunks { caller, id_prefix, object, id: None, model: None, head, finish: None, usage: None, chars: 0 }
    }

    /// Takes a piece that says something of the answer as a whole.
    pub(crate) fn note(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Start { id, model } => {
                self.id.clone_from(id);
                self.model.clone_from(model);
            }
            Piece::Finish(finish) => {
                self.finish.get_or_insert_with(|| finish.clone());
            }
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::Ping => out.extend_from_slice(b": ping\n\n"),
            _ => {}
        }
    }

    /// Makes the head. False where it is there already.
    pub(crate) fn begin(&mut self) -> bool {
        if !self.head.is_empty() {
            return false;
        }
        let id = answer_id(self.id_prefix, self.id.as_deref(), &self.caller);
        let model = self.model.take().unwrap_or_else(|| self.caller.model());
        self.head.extend_from_slice(b"data: {\"id\":");
        json_into(&mut self.head, &id);
        let (object, created) = (self.object, self.caller.created);
        self.head.extend_from_slice(format!(",\"object\":\"{object}\",\"created\":{created},\"model\":").as_bytes());
        json_into(&mut self.head, &model);
        self.head.extend_from_slice(b",\"choices\":");
        true
    }

    /// A chunk up to the first members of its choice.
    pub(crate) fn open(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"[{");
    }

    /// The rest of a chunk that was opened.
    pub(crate) fn close(&self, finish: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"logprobs\":null,\"finish_reason\":");
        json_into(out, &finish);
        // With usage asked for, every chunk but the last says that it has none.
        out.extend_from_slice(if self.caller.include_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" });
    }

    /// The usage, for a caller that asked for it, and the terminal event.
    pub(crate) fn end(&self, out: &mut Vec<u8>) {
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

/// Strings and JSON values always serialise, and a Vec takes every write.
pub(crate) fn json_into<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let written = serde_json::to_writer(&mut *out, value);
    debug_assert!(written.is_ok());
}
