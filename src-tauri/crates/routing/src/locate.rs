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

    /// Where a place inside the string at that path stands: `place` counts in the string's own text, the answer in the
    /// whole one, where a line break is written `\\n` and a quote `\\"`. `None` where there is no string at that path.
    pub fn find_inside(&self, pointer: &str, place: Position) -> Option<Position> {
        let (start, end) = *self.values.get(pointer)?;
        let inner = self.text.get(start..end)?.strip_prefix('"')?.strip_suffix('"')?;
        let (from, to) = written(inner, place);
        Some(self.position((start + 1 + from, start + 1 + to)))
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

/// Bytes of the inside of a JSON string that a place in what it says is written with.
fn written(inner: &str, place: Position) -> (usize, usize) {
    let (mut line, mut column, mut from) = (1, 1, None);
    let mut at = 0;
    while let Some((bytes, unit, is_break)) = element(inner, at) {
        let next = if is_break { u32::MAX } else { column + unit };
        let done = is_break || (line, column) >= (place.line, place.column.saturating_add(place.length.max(1)));
        if done && from.is_some() {
            break;
        }
        if from.is_none() && (line, next) > (place.line, place.column) {
            from = Some(at);
        }
        at += bytes;
        (line, column) = if is_break { (line + 1, 1) } else { (line, column + unit) };
    }
    (from.unwrap_or(at), at)
}

/// One character of a JSON string as it is written: its bytes, its UTF-16 units, and whether it is a line break.
/// A surrogate pair is two of them.
fn element(inner: &str, at: usize) -> Option<(usize, u32, bool)> {
    let rest = inner.get(at..)?;
    let first = rest.chars().next()?;
    if first != '\\' {
        return Some((first.len_utf8(), count(first.len_utf16()), false));
    }
    let bytes = match rest.as_bytes().get(1) {
        Some(b'u') => rest.len().min(6),
        _ => rest.len().min(2),
    };
    let escape = rest.get(..bytes)?;
    Some((bytes, 1, escape == "\\n" || escape.eq_ignore_ascii_case("\\u000a")))
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

    /// What is marked in the whole text, for a place in the string at `/rules`.
    fn marked(text: &str, line: u32, column: u32, length: u32) -> (Position, String) {
        let found = Places::of(text).find_inside("/rules", Position { line, column, length }).unwrap();
        let content: Vec<u16> = text.split('\n').nth(found.line as usize - 1).unwrap().encode_utf16().collect();
        let start = found.column as usize - 1;
        (found, String::from_utf16(&content[start..start + found.length as usize]).unwrap())
    }

    #[test]
    fn a_place_in_a_string_is_found_where_it_is_written() {
        let text = "{\n  \"rules\": \"if é == \\\"ü\\\" then use a\\nelse use bad/model\"\n}";
        assert_eq!(marked(text, 1, 4, 1), (Position { line: 2, column: 16, length: 1 }, "é".to_owned()));
        assert_eq!(marked(text, 1, 9, 3).1, r#"\"ü\""#, "escapes are longer than what they say");
        assert_eq!(marked(text, 2, 10, 9).1, "bad/model", "the second line of the string is on the same line of the text");
        assert_eq!(marked(text, 2, 1, 4).1, "else");
    }

    #[test]
    fn escapes_count_as_what_they_say() {
        let text = r#"{"rules":"\u0061\\\u000Ax\t\ud83d\ude00😀y\/z"}"#;
        assert_eq!(marked(text, 1, 1, 1).1, r"\u0061");
        assert_eq!(marked(text, 1, 2, 1).1, r"\\");
        assert_eq!(marked(text, 2, 1, 1).1, "x");
        assert_eq!(marked(text, 2, 2, 1).1, r"\t");
        assert_eq!(marked(text, 2, 3, 2).1, r"\ud83d\ude00");
        assert_eq!(marked(text, 2, 5, 2).1, "😀");
        assert_eq!(marked(text, 2, 7, 3).1, r"y\/z");
        assert_eq!(marked(text, 1, 9, 5).1, r"\u000A", "past a line's end stands its break");
        assert_eq!(marked(text, 1, 2, 5).1, r"\\", "what is marked ends with its line");
    }

    #[test]
    fn a_place_at_the_strings_end_marks_its_quote() {
        let text = r#"{"rules":"if a"}"#;
        assert_eq!(marked(text, 1, 5, 1).1, "\"");
        assert_eq!(marked(text, 7, 1, 1).1, "\"", "and so does one beyond it");
        assert_eq!(marked(text, 1, 4, 99).1, "a");
        assert_eq!(marked(r#"{"rules":""}"#, 1, 1, 1).1, "\"");
    }

    #[test]
    fn what_is_no_string_has_no_inside() {
        let first = Position { line: 1, column: 1, length: 1 };
        for text in [r#"{"rules":[1]}"#, r#"{"rules":7}"#, r#"{"rules":"open"#, "{}"] {
            assert_eq!(Places::of(text).find_inside("/rules", first), None, "{text}");
        }
        for text in [r#"{"rules":"\u12"}"#, r#"{"rules":"\uzzé"}"#, r#"{"rules":"\é"}"#] {
            let _ = Places::of(text).find_inside("/rules", Position { line: 1, column: 3, length: 9 });
        }
    }

    #[test]
    fn broken_and_hostile_texts_are_scanned_as_far_as_they_go() {
        for text in ["", "{", "{\"a\"", "{\"a\":", "[[[", "\"\\", "{\"a\":1,}", &"[".repeat(100_000)] {
            let _ = Places::of(text).find("/a", false);
        }
    }
}
