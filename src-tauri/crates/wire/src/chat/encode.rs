//! Writes a stream of this dialect.
//!
//! ```text
//! {"role":"assistant","content":""}          with the first piece
//! {"content":"…"} {"reasoning_content":"…"} {"refusal":"…"} {"tool_calls":[{"index":0,…}]}
//! {} + finish_reason                         at the end
//! choices: [] + usage                        for a caller that asked for it
//! [DONE]
//! ```

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::{answer_id, finish_reason, usage_json};
use super::stream::StreamReader;
use crate::Usage;
use crate::hub::{Caller, Encoder, Finish, Piece};

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    Box::new(ChunkEncoder { caller: caller.clone(), ..ChunkEncoder::default() })
}

#[derive(Debug, Default)]
struct ChunkEncoder {
    caller: Caller,
    id: Option<String>,
    model: Option<String>,
    /// Every chunk up to its choices; empty until the first one is written.
    head: Vec<u8>,
    calls: Vec<Call>,
    /// Numbers of the thoughts.
    thoughts: Vec<u32>,
    finish: Option<Finish>,
    usage: Option<Usage>,
    chars: u64,
}

#[derive(Debug)]
struct Call {
    at: u32,
    custom: bool,
    has_arguments: bool,
}

impl Encoder for ChunkEncoder {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Start { id, model } => {
                self.id.clone_from(id);
                self.model.clone_from(model);
            }
            Piece::Text { text, .. } => self.text("content", text, out),
            Piece::Refusal { text, .. } => self.text("refusal", text, out),
            Piece::Thinking { at, text } => self.thought(*at, text, out),
            Piece::Signature { at, signature } => {
                self.detail(*at, &json!({"type": "reasoning.text", "signature": signature, "index": self.thought_index(*at)}), out);
            }
            Piece::HiddenThinking { at, data } => {
                self.detail(*at, &json!({"type": "reasoning.encrypted", "data": data, "index": self.thought_index(*at)}), out);
            }
            Piece::ToolCall { at, id, name, custom } => self.call(*at, id, name, *custom, out),
            Piece::Arguments { at, json } => self.arguments(*at, json, out),
            Piece::Finish(finish) => {
                self.finish.get_or_insert_with(|| finish.clone());
            }
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::Ping => out.extend_from_slice(b": ping\n\n"),
            Piece::Error(_) | Piece::End => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.begin(true, out);
        self.end_calls(out);
        let reason = finish_reason(self.finish.as_ref(), !self.calls.is_empty());
        self.chunk("{}", Some(reason), out);
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

impl ChunkEncoder {
    /// The first chunk, which says the role. OpenAI has an empty text in it where text follows, else null.
    fn begin(&mut self, is_text: bool, out: &mut Vec<u8>) {
        if !self.head.is_empty() {
            return;
        }
        let id = answer_id("chatcmpl-", self.id.as_deref(), &self.caller);
        let model = self.model.take().unwrap_or_else(|| self.caller.model());
        self.head.extend_from_slice(b"data: {\"id\":");
        json_into(&mut self.head, &id);
        let created = self.caller.created;
        self.head.extend_from_slice(format!(",\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":").as_bytes());
        json_into(&mut self.head, &model);
        self.head.extend_from_slice(b",\"choices\":");
        let content = if is_text { "\"\"" } else { "null" };
        self.chunk(&format!("{{\"role\":\"assistant\",\"content\":{content},\"refusal\":null}}"), None, out);
    }

    /// A chunk around `delta`, which is JSON.
    fn chunk(&self, delta: &str, finish: Option<&str>, out: &mut Vec<u8>) {
        self.open_chunk(out);
        out.extend_from_slice(delta.as_bytes());
        self.close_chunk(finish, out);
    }

    fn open_chunk(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"[{\"index\":0,\"delta\":");
    }

    fn close_chunk(&self, finish: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"logprobs\":null,\"finish_reason\":");
        json_into(out, &finish);
        // With usage asked for, every chunk but the last says that it has none.
        out.extend_from_slice(if self.caller.include_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" });
    }

    fn text(&mut self, member: &str, text: &str, out: &mut Vec<u8>) {
        self.chars += text.chars().count() as u64;
        self.begin(true, out);
        self.open_chunk(out);
        out.extend_from_slice(format!("{{\"{member}\":").as_bytes());
        json_into(out, text);
        out.push(b'}');
        self.close_chunk(None, out);
    }

    /// A thought, twice: as plain text, and in the form that takes its proof at its end.
    fn thought(&mut self, at: u32, text: &str, out: &mut Vec<u8>) {
        self.chars += text.chars().count() as u64;
        self.note_thought(at);
        self.begin(false, out);
        self.open_chunk(out);
        out.extend_from_slice(b"{\"reasoning_content\":");
        json_into(out, text);
        out.extend_from_slice(b",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":");
        json_into(out, text);
        out.extend_from_slice(format!(",\"index\":{}}}]}}", self.thought_index(at)).as_bytes());
        self.close_chunk(None, out);
    }

    fn detail(&mut self, at: u32, detail: &Value, out: &mut Vec<u8>) {
        self.note_thought(at);
        self.begin(false, out);
        self.chunk(&format!("{{\"reasoning_details\":[{detail}]}}"), None, out);
    }

    fn note_thought(&mut self, at: u32) {
        if self.thoughts.last() != Some(&at) {
            self.thoughts.push(at);
        }
    }

    /// The thought's own number: that of a new one, where it is not noted yet.
    fn thought_index(&self, at: u32) -> usize {
        self.thoughts.iter().rposition(|known| *known == at).unwrap_or(self.thoughts.len())
    }

    fn call(&mut self, at: u32, id: &str, name: &str, custom: bool, out: &mut Vec<u8>) {
        self.chars += name.chars().count() as u64;
        self.begin(false, out);
        let index = self.calls.len();
        self.calls.push(Call { at, custom, has_arguments: false });
        let call = if custom {
            json!({"index": index, "id": id, "type": "custom", "custom": {"name": name, "input": ""}})
        } else {
            json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}})
        };
        self.chunk(&format!("{{\"tool_calls\":[{call}]}}"), None, out);
    }

    fn arguments(&mut self, at: u32, json: &str, out: &mut Vec<u8>) {
        let Some(index) = self.calls.iter().rposition(|call| call.at == at) else { return };
        if json.is_empty() {
            return;
        }
        self.chars += json.chars().count() as u64;
        self.calls[index].has_arguments = true;
        self.write_arguments(index, json, out);
    }

    fn write_arguments(&self, index: usize, json: &str, out: &mut Vec<u8>) {
        self.open_chunk(out);
        let place = if self.calls[index].custom { "\"custom\":{\"input\":" } else { "\"function\":{\"arguments\":" };
        out.extend_from_slice(format!("{{\"tool_calls\":[{{\"index\":{index},{place}").as_bytes());
        json_into(out, json);
        out.extend_from_slice(b"}}]}");
        self.close_chunk(None, out);
    }

    /// A call without arguments has an empty object of them: every client parses them.
    fn end_calls(&self, out: &mut Vec<u8>) {
        for (index, call) in self.calls.iter().enumerate() {
            if !call.custom && !call.has_arguments {
                self.write_arguments(index, "{}", out);
            }
        }
    }
}

/// Strings and JSON values always serialise, and a Vec takes every write.
pub(crate) fn json_into<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let written = serde_json::to_writer(&mut *out, value);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests;
