//! Tags: small key-value labels that a caller puts on a request.

use std::collections::BTreeMap;

use crate::RequestError;

/// A request's tags, by key.
pub type Tags = BTreeMap<String, String>;

/// Tags a request may carry.
pub const MAX_TAGS: usize = 32;
/// Characters in a tag's key.
pub const MAX_KEY_CHARS: usize = 64;
/// Characters in a tag's value.
pub const MAX_VALUE_CHARS: usize = 256;

/// Adds a tag; a key that is there already takes the new value.
///
/// # Errors
/// Names the key where it is empty or too long, its value too long, or the tag one too many.
pub fn insert(tags: &mut Tags, key: &str, value: &str) -> Result<(), RequestError> {
    let refuse = |problem| {
        let key = key.chars().take(MAX_KEY_CHARS).collect();
        Err(RequestError::Tag { key, problem })
    };
    if key.is_empty() {
        return refuse("the key is empty");
    }
    if longer_than(key, MAX_KEY_CHARS) {
        return refuse("the key is longer than 64 characters");
    }
    if longer_than(value, MAX_VALUE_CHARS) {
        return refuse("the value is longer than 256 characters");
    }
    if tags.len() >= MAX_TAGS && !tags.contains_key(key) {
        return refuse("a request may carry at most 32 tags");
    }
    tags.insert(key.to_owned(), value.to_owned());
    Ok(())
}

/// Reads `X-Modelux-User-Tags: k=v,k2=v2`. White space around keys and values is dropped; a value
/// may hold `=` but no comma.
///
/// # Errors
/// The rules of [`insert`], and an entry without `=`.
pub fn parse_tag_header(header: &str) -> Result<Tags, RequestError> {
    let mut tags = Tags::new();
    for entry in header.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let Some((key, value)) = entry.split_once('=') else {
            let key = entry.chars().take(MAX_KEY_CHARS).collect();
            return Err(RequestError::Tag { key, problem: "`=` and a value are missing" });
        };
        insert(&mut tags, key.trim(), value.trim())?;
    }
    Ok(tags)
}

fn longer_than(text: &str, chars: usize) -> bool {
    text.len() > chars && text.chars().count() > chars
}

#[cfg(test)]
mod tests;
