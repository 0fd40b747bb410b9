//! Writes a stream of this dialect.
//!
//! ```text
//! {"role":"assistant","content":""}          with the first piece
//! {"content":"…"} {"reasoning_content":"…"} {"refusal":"…"} {"tool_calls":[{"index":0,…}]} {"function_call":…}
//! {} + finish_reason                         at the end
//! choices: [] + usage                        for a caller that asked for it
//! [DONE]
//! ```

use serde_json::{Value, json};

use super::answer::{OURS, finish_reason};
use super::asked::Asked;
use super::chunks::{Chunks, json_into};
use crate::hub::{Caller, Encoder, Piece, unwrapped};

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    let chunks = Chunks::new(caller, "chatcmpl-", "chat.completion.chunk");
    Box::new(ChunkEncoder { chunks, asked: Asked::of(caller), calls: Vec::new(), thoughts: Vec::new() })
}

#[derive(Debug)]
struct ChunkEncoder {
    chunks: Chunks,
    asked: Asked,
    calls: Vec<Call>,
    /// Numbers of the thoughts.
    thoughts: Vec<u32>,
}

#[derive(Debug)]
struct Call {
    at: u32,
    form: Form,
    has_arguments: bool,
}

/// How a call is written.
#[derive(Debug)]
enum Form {
    Function,
    Custom,
    /// The caller's tool takes plain text, the target wrote it into an object: all of it, so far.
    Wrapped(String),
    /// `function_call`, of which there is one.
    Old,
    /// A second one of those.
    LeftOut,
}

impl Encoder for ChunkEncoder {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Text { text, .. } => self.text("content", text, out),
            Piece::Refusal { text, .. } => self.text("refusal", text, out),
            Piece::Thinking { at, text } => self.thought(*at, text, out),
            Piece::Signature { at, signature } => {
                let index = self.thought_index(*at);
                self.detail(*at, &json!({"type": "reasoning.text", "signature": signature, "id": OURS, "index": index}), out);
            }
            Piece::HiddenThinking { at, data } => {
                let index = self.thought_index(*at);
                self.detail(*at, &json!({"type": "reasoning.encrypted", "data": data, "id": OURS, "index": index}), out);
            }
            Piece::ToolCall { at, id, name, custom } => self.call(*at, id, name, *custom, out),
            Piece::Arguments { at, json } => self.arguments(*at, json, out),
            _ => self.chunks.note(piece, out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.begin(true, out);
        self.end_calls(out);
        let reason = finish_reason(self.chunks.finish.as_ref(), !self.calls.is_empty());
        self.chunk("{}", Some(self.asked.finish_reason(reason)), out);
        self.chunks.end(out);
    }
}

impl ChunkEncoder {
    /// The first chunk, which says the role. OpenAI has an empty text in it where text follows, else null.
    fn begin(&mut self, is_text: bool, out: &mut Vec<u8>) {
        if self.chunks.begin() {
            let content = if is_text { "\"\"" } else { "null" };
            self.chunk(&format!("{{\"role\":\"assistant\",\"content\":{content},\"refusal\":null}}"), None, out);
        }
    }

    /// A chunk around `delta`, which is JSON.
    fn chunk(&self, delta: &str, finish: Option<&str>, out: &mut Vec<u8>) {
        self.open_chunk(out);
        out.extend_from_slice(delta.as_bytes());
        self.chunks.close(finish, out);
    }

    fn open_chunk(&self, out: &mut Vec<u8>) {
        self.chunks.open(out);
        out.extend_from_slice(b"\"index\":0,\"delta\":");
    }

    fn text(&mut self, member: &str, text: &str, out: &mut Vec<u8>) {
        self.chunks.chars += text.chars().count() as u64;
        self.begin(true, out);
        self.open_chunk(out);
        out.extend_from_slice(format!("{{\"{member}\":").as_bytes());
        json_into(out, text);
        out.push(b'}');
        self.chunks.close(None, out);
    }

    /// A thought, twice: as plain text, and in the form that takes its proof at its end.
    fn thought(&mut self, at: u32, text: &str, out: &mut Vec<u8>) {
        self.chunks.chars += text.chars().count() as u64;
        self.note_thought(at);
        self.begin(false, out);
        self.open_chunk(out);
        out.extend_from_slice(b"{\"reasoning_content\":");
        json_into(out, text);
        out.extend_from_slice(b",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":");
        json_into(out, text);
        out.extend_from_slice(format!(",\"id\":\"{OURS}\",\"index\":{}}}]}}", self.thought_index(at)).as_bytes());
        self.chunks.close(None, out);
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
        self.chunks.chars += name.chars().count() as u64;
        self.begin(false, out);
        let index = self.calls.len();
        let form = self.form(name, custom);
        let delta = match form {
            Form::LeftOut => None,
            Form::Old => Some(json!({"function_call": {"name": name, "arguments": ""}})),
            Form::Custom | Form::Wrapped(_) => {
                Some(json!({"tool_calls": [{"index": index, "id": id, "type": "custom", "custom": {"name": name, "input": ""}}]}))
            }
            Form::Function => {
                Some(json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}]}))
            }
        };
        self.calls.push(Call { at, form, has_arguments: false });
        if let Some(delta) = delta {
            self.chunk(&delta.to_string(), None, out);
        }
    }

    fn form(&self, name: &str, custom: bool) -> Form {
        match () {
            () if custom => Form::Custom,
            () if self.asked.is_custom(name) => Form::Wrapped(String::new()),
            () if !self.asked.function_call => Form::Function,
            () if self.calls.is_empty() => Form::Old,
            () => Form::LeftOut,
        }
    }

    fn arguments(&mut self, at: u32, json: &str, out: &mut Vec<u8>) {
        let Some(index) = self.calls.iter().rposition(|call| call.at == at) else { return };
        if json.is_empty() {
            return;
        }
        self.chunks.chars += json.chars().count() as u64;
        self.calls[index].has_arguments = true;
        if let Form::Wrapped(held) = &mut self.calls[index].form {
            held.push_str(json);
            return;
        }
        self.write_arguments(index, json, out);
    }

    fn write_arguments(&self, index: usize, json: &str, out: &mut Vec<u8>) {
        let (begin, end) = match self.calls[index].form {
            Form::LeftOut => return,
            Form::Old => ("{\"function_call\":{\"arguments\":".to_owned(), "}}"),
            Form::Custom | Form::Wrapped(_) => (format!("{{\"tool_calls\":[{{\"index\":{index},\"custom\":{{\"input\":"), "}}]}"),
            Form::Function => (format!("{{\"tool_calls\":[{{\"index\":{index},\"function\":{{\"arguments\":"), "}}]}"),
        };
        self.open_chunk(out);
        out.extend_from_slice(begin.as_bytes());
        json_into(out, json);
        out.extend_from_slice(end.as_bytes());
        self.chunks.close(None, out);
    }

    /// A call without arguments has an empty object of them: every client parses them. What was held is whole now.
    fn end_calls(&self, out: &mut Vec<u8>) {
        for (index, call) in self.calls.iter().enumerate() {
            match &call.form {
                Form::Wrapped(held) if !held.is_empty() => self.write_arguments(index, &unwrapped(held), out),
                Form::Function | Form::Old if !call.has_arguments => self.write_arguments(index, "{}", out),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
