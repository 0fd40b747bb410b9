//! JSON written as text, member by member: an event of a stream is worth no tree.

use serde_json::Value;

use crate::SyntaxError;
use crate::json::Scanner;

/// A whole text as a tree.
pub(super) fn tree(text: &str) -> Result<Value, SyntaxError> {
    let mut scan = Scanner::new(text);
    let value = scan.value()?;
    scan.end()?;
    Ok(value)
}

/// An object under construction. Nothing but [`Object::end`] closes it.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Object<'a> {
        out.push(b'{');
        Object { out, is_empty: true }
    }

    /// An event of a stream: its name, its type and its number.
    pub(super) fn event(out: &'a mut Vec<u8>, kind: &str, sequence_number: &mut u64) -> Object<'a> {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        let event = Object::new(out).text("type", kind).number("sequence_number", *sequence_number);
        *sequence_number += 1;
        event
    }

    pub(super) fn text(self, name: &str, text: &str) -> Object<'a> {
        self.with(name, |out| string(out, text))
    }

    pub(super) fn optional_text(self, name: &str, text: Option<&str>) -> Object<'a> {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(super) fn number(self, name: &str, number: u64) -> Object<'a> {
        self.with(name, |out| out.extend_from_slice(number.to_string().as_bytes()))
    }

    /// A value that is JSON already.
    pub(super) fn raw(self, name: &str, json: impl AsRef<[u8]>) -> Object<'a> {
        self.with(name, |out| out.extend_from_slice(json.as_ref()))
    }

    /// A value that `write` writes.
    pub(super) fn with(mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) -> Object<'a> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        write(self.out);
        self
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    /// Closes an event.
    pub(super) fn end_event(self) {
        self.out.extend_from_slice(b"}\n\n");
    }
}

/// Writes a JSON string.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    // Writing into memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// Writes a list whose elements are JSON already.
pub(super) fn list<T: AsRef<[u8]>>(out: &mut Vec<u8>, elements: impl IntoIterator<Item = T>) {
    out.push(b'[');
    for (at, element) in elements.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(element.as_ref());
    }
    out.push(b']');
}
