//! Writes a stream of this dialect: chunks with `text`, one with the reason for the end, the usage for a caller that
//! asked for it, `[DONE]`.

use crate::chat::{Chunks, finish_reason, json_into};
use crate::hub::{Caller, Encoder, Piece};

/// A writer of a new stream.
pub(crate) fn encoder(caller: &Caller) -> Box<dyn Encoder> {
    Box::new(TextEncoder { chunks: Chunks::new(caller, super::ID_PREFIX, "text_completion") })
}

#[derive(Debug)]
struct TextEncoder {
    chunks: Chunks,
}

impl Encoder for TextEncoder {
    fn write(&mut self, piece: &Piece, out: &mut Vec<u8>) {
        match piece {
            Piece::Text { text, .. } | Piece::Refusal { text, .. } => {
                self.chunks.chars += text.chars().count() as u64;
                self.chunk(text, None, out);
            }
            // Thoughts have no place here, and nobody can have asked for calls.
            _ => self.chunks.note(piece, out),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let reason = finish_reason(self.chunks.finish.as_ref(), false);
        self.chunk("", Some(reason), out);
        self.chunks.end(out);
    }
}

impl TextEncoder {
    fn chunk(&mut self, text: &str, finish: Option<&str>, out: &mut Vec<u8>) {
        self.chunks.begin();
        self.chunks.open(out);
        out.extend_from_slice(b"\"text\":");
        json_into(out, text);
        out.extend_from_slice(b",\"index\":0");
        self.chunks.close(finish, out);
    }
}
