//! JSON's escapes, as far as a count of tokens needs them.

use std::borrow::Cow;

/// The text that a part of a JSON string stands for. An escape cut off at the end is dropped; what is none stays.
pub(super) fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = raw.iter().position(|byte| *byte == b'\\') else { return Cow::Borrowed(raw) };
    let mut text = Vec::with_capacity(raw.len());
    text.extend_from_slice(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let Some((escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'n' => text.push(b'\n'),
            b't' => text.push(b'\t'),
            b'r' => text.push(b'\r'),
            b'b' | b'f' => text.push(b' '),
            b'u' => rest = unicode(rest, &mut text),
            other => text.push(*other),
        }
    }
    Cow::Owned(text)
}

/// Reads the digits after `\u`, and those of a second half, and says what is left.
fn unicode<'r>(rest: &'r [u8], text: &mut Vec<u8>) -> &'r [u8] {
    let Some((high, after)) = unit(rest) else { return &rest[rest.len().min(4)..] };
    let pair = after.strip_prefix(b"\\u").and_then(unit);
    let (character, after) = match pair {
        Some((low, after)) if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low) => {
            (char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)), after)
        }
        _ => (char::from_u32(high), after),
    };
    let mut buffer = [0; 4];
    text.extend_from_slice(character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut buffer).as_bytes());
    after
}

fn unit(rest: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, after) = rest.split_at_checked(4)?;
    let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((value, after))
}
