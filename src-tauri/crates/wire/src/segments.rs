//! A body as a short list of byte slices, so that an edit does not copy what it leaves alone.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

/// Bodies below this many bytes are copied into one piece: cheaper than several writes.
const FLATTEN_BELOW: usize = 16 * 1024;

/// Pieces whose concatenation is the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    parts: Vec<Bytes>,
    len: usize,
}

impl Segments {
    /// Total bytes: the body's `content-length`.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True for a body of no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The pieces in order; exactly one for a body below 16 KiB.
    pub fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// The pieces in order, by value.
    pub fn into_parts(self) -> Vec<Bytes> {
        self.parts
    }

    /// The body in one piece; copies only where there are several.
    pub fn into_bytes(mut self) -> Bytes {
        if self.parts.len() == 1 {
            return self.parts.remove(0);
        }
        let mut whole = BytesMut::with_capacity(self.len);
        for part in &self.parts {
            whole.extend_from_slice(part);
        }
        whole.freeze()
    }

    fn push(&mut self, part: Bytes) {
        if !part.is_empty() {
            self.len += part.len();
            self.parts.push(part);
        }
    }
}

impl From<Bytes> for Segments {
    fn from(body: Bytes) -> Segments {
        Segments { len: body.len(), parts: vec![body] }
    }
}

/// Replacements to make in a body. Ranges must not overlap; their order does not matter.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// Replaced range of the source, and the range of `text` that replaces it.
    list: Vec<(Range<usize>, Range<usize>)>,
    text: Vec<u8>,
}

impl Edits {
    /// Replaces `range` with whatever `write` appends to the buffer.
    pub(crate) fn replace(&mut self, range: Range<usize>, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.list.push((range, start..self.text.len()));
    }

    pub(crate) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, |_| ());
    }

    /// The source with all edits made.
    pub(crate) fn apply(mut self, source: &Bytes) -> Segments {
        if self.list.is_empty() {
            return source.clone().into();
        }
        // Stable: two insertions at one place stay in the order in which they were asked for.
        self.list.sort_by_key(|(range, _)| (range.start, range.end));
        let text = Bytes::from(self.text);
        let mut out = Segments { parts: Vec::with_capacity(2 * self.list.len() + 1), len: 0 };
        let mut at = 0;
        for (range, replacement) in self.list {
            out.push(source.slice(at..range.start));
            out.push(text.slice(replacement));
            at = range.end;
        }
        out.push(source.slice(at..));
        if out.len < FLATTEN_BELOW { out.into_bytes().into() } else { out }
    }
}
