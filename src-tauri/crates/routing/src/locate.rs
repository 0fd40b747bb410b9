//! Where in a JSON text a path stands, so that diagnostics can point at it.

use std::collections::HashMap;

/// A place in a text, counted as editors count: from 1, in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// UTF-16 units on that line.
    pub length: u32,
}

/// Byte ranges of every key and value of a text, by JSON pointer.
#[derive(Debug, Default)]
pub struct Places<'a> {
    text: &'a str,
    values: HashMap<String, (usize, usize)>,
    keys: HashMap<String, (usize, usize)>,
}

impl<'a> Places<'a> {
    /// Scans a text; stops quietly where it is no JSON.
    pub fn of(text: &'a str) -> Self {
        let mut scanner = Scanner { text, at: 0, places: Self { text, ..Self::default() } };
        scanner.value("", 0);
        scanner.places
    }

    /// Where the value of that path stands, or its key; the nearest parent where the path itself is not there.
    pub fn find(&self, pointer: &str, about_key: bool) -> Option<Position> {
        if about_key && let Some(range) = self.keys.get(pointer) {
            return Some(self.position(*range));
        }
        let mut pointer = pointer;
        loop {
            if let Some(range) = self.values.get(pointer) {
                return Some(self.position(*range));
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// A byte range as an editor counts it; what spans lines is cut at the first one's end.
    pub fn position(&self, (start, end): (usize, usize)) -> Position {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let marked = self.text.get(start..end).unwrap_or("");
        let marked = marked.split('\n').next().unwrap_or("");
        Position { line: count(before.matches('\n').count()) + 1, column: units(&before[line_start..]) + 1, length: units(marked).max(1) }
    }
}

/// Where a parser's line and column (from 1, in bytes) stand, as editors count.
pub fn syntax_error(text: &str, line: usize, byte_column: usize) -> Position {
    let content = text.split('\n').nth(line.saturating_sub(1)).unwrap_or("");
    let cut = content.char_indices().map(|(at, _)| at).take_while(|at| *at < byte_column.saturating_sub(1)).last().map_or(0, |at| at);
    let cut = content.get(..cut).map_or(0, |_| cut);
    let before = content.get(..byte_column.saturating_sub(1).min(content.len())).or_else(|| content.get(..cut)).unwrap_or("");
    Position { line: count(line.max(1)), column: units(before) + 1, length: 1 }
}

fn units(text: &str) -> u32 {
    count(text.encode_utf16().count())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    places: Places<'a>,
}

/// Deeper than any document may nest; keeps a hostile text from exhausting the stack.
const MAX_SCAN_DEPTH: usize = 128;

impl Scanner<'_> {
    fn value(&mut self, pointer: &str, depth: usize) -> Option<()> {
        self.space();
        let start = self.at;
        match self.peek()? {
            b'{' if depth < MAX_SCAN_DEPTH => self.object(pointer, depth)?,
            b'[' if depth < MAX_SCAN_DEPTH => self.array(pointer, depth)?,
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => return None,
            _ => self.at += self.rest().find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(self.rest().len()),
        }
        self.places.values.insert(pointer.to_owned(), (start, self.at));
        (self.at > start).then_some(())
    }

    fn object(&mut self, pointer: &str, depth: usize) -> Option<()> {
        self.at += 1;
        loop {
            self.space();
            match self.peek()? {
                b'}' => break self.at += 1,
                b',' => self.at += 1,
                _ => {
                    let start = self.at;
                    let raw = self.string()?;
                    let key = serde_json::from_str::<String>(raw).ok()?;
                    let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    self.places.keys.insert(below.clone(), (start, self.at));
                    self.space();
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.at += 1;
                    self.value(&below, depth + 1)?;
                }
            }
        }
        Some(())
    }

    fn array(&mut self, pointer: &str, depth: usize) -> Option<()> {
        self.at += 1;
        let mut index = 0;
        loop {
            self.space();
            match self.peek()? {
                b']' => break self.at += 1,
                b',' => self.at += 1,
                _ => {
                    self.value(&format!("{pointer}/{index}"), depth + 1)?;
                    index += 1;
                }
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<&str> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if self.at > bytes.len() {
                return None;
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }

    fn space(&mut self) {
        self.at += self.rest().bytes().take_while(u8::is_ascii_whitespace).count();
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"strategy\": \"fallback\",\n  \"attempts\": [\n    { \"model\": \"é/ü\", \"timeout\": 5 }\n  ]\n}";

    #[test]
    fn values_and_keys_are_found_by_their_path() {
        let places = Places::of(TEXT);
        assert_eq!(places.find("/strategy", false), Some(Position { line: 2, column: 15, length: 10 }));
        assert_eq!(places.find("/attempts/0/timeout", true), Some(Position { line: 4, column: 23, length: 9 }));
        assert_eq!(places.find("/attempts/0/timeout", false), Some(Position { line: 4, column: 34, length: 1 }));
    }

    #[test]
    fn a_path_that_is_not_there_points_at_its_nearest_parent() {
        assert_eq!(Places::of(TEXT).find("/attempts/0/model/model", false).map(|p| p.line), Some(4));
    }

    #[test]
    fn broken_and_hostile_texts_are_scanned_as_far_as_they_go() {
        for text in ["", "{", "{\"a\"", "{\"a\":", "[[[", "\"\\", "{\"a\":1,}", &"[".repeat(100_000)] {
            let _ = Places::of(text).find("/a", false);
        }
    }
}
