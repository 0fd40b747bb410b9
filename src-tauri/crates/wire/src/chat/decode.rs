//! Reads a stream of this dialect.

use super::pieces::PieceReader;
use crate::hub::{Decoder, Piece};
use crate::sse::Event;
use crate::upstream_error;

/// A reader of a new stream.
pub(crate) fn decoder() -> Box<dyn Decoder> {
    Box::new(ChunkDecoder::default())
}

#[derive(Debug, Default)]
struct ChunkDecoder {
    reader: PieceReader,
}

impl Decoder for ChunkDecoder {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), String> {
        let data = event.data.as_deref().map(<[u8]>::trim_ascii).unwrap_or_default();
        if data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            out.push(Piece::End);
            return Ok(());
        }
        let text = std::str::from_utf8(data).map_err(|_| "the upstream sent an event that is not valid UTF-8".to_owned())?;
        if event.name.as_deref() == Some(b"error") {
            out.push(Piece::Error(upstream_error::in_body(text)));
            return Ok(());
        }
        if !text.starts_with('{') {
            return Err("the upstream sent an event that is no JSON object".to_owned());
        }
        let read = self.reader.read(text, out);
        read.map(|_| ()).map_err(|fault| format!("the upstream sent an event that is not valid JSON: {fault}"))
    }
}

#[cfg(test)]
mod tests;
