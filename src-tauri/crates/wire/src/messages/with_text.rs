//! Another text in an answer, everything else byte for byte.

use std::ops::Range;

use bytes::Bytes;
use serde_json::json;

use crate::json::{Kind, Scanner};
use crate::segments::Edits;
use crate::{Segments, SyntaxError};

/// The same answer with another text: in place of its first block of text, all others of which go. A body of
/// another shape comes back unchanged.
pub(crate) fn with_text(body: &Bytes, text: &str) -> Segments {
    let mut edits = Edits::default();
    let block = json!({"type": "text", "text": text}).to_string();
    let content = std::str::from_utf8(body).ok().and_then(|text| content(&mut Scanner::new(text)).ok().flatten());
    if let Some(Content { blocks, end }) = content {
        replace(&blocks, end, &block, &mut edits);
    }
    edits.apply(body)
}

fn replace(blocks: &[(Range<usize>, bool)], end: usize, block: &str, edits: &mut Edits) {
    let Some(first) = blocks.iter().position(|(_, is_text)| *is_text) else {
        let comma = if blocks.is_empty() { "" } else { "," };
        // Thoughts go before it, calls would go behind it: it is put where nothing has to move.
        return edits.replace(end..end, |out| out.extend_from_slice(format!("{comma}{block}").as_bytes()));
    };
    edits.replace(blocks[first].0.clone(), |out| out.extend_from_slice(block.as_bytes()));
    for (at, (place, is_text)) in blocks.iter().enumerate().skip(first + 1) {
        if *is_text {
            // With the comma before it.
            edits.remove(blocks[at - 1].0.end..place.end);
        }
    }
}

struct Content {
    /// Where each block stands, and whether it is text.
    blocks: Vec<(Range<usize>, bool)>,
    /// Where the list's bracket closes.
    end: usize,
}

fn content(scan: &mut Scanner<'_>) -> Result<Option<Content>, SyntaxError> {
    let mut found = None;
    if scan.kind()? != Kind::Object {
        return Ok(None);
    }
    scan.object(|scan, key| {
        if &*key.decode() != "content" || scan.kind()? != Kind::Array {
            return scan.skip();
        }
        let mut blocks = Vec::new();
        scan.array(|scan| {
            let start = scan.pos();
            let is_text = is_text(scan)?;
            blocks.push((start..scan.pos(), is_text));
            Ok::<_, SyntaxError>(())
        })?;
        found = Some(Content { blocks, end: scan.pos() - 1 });
        Ok(())
    })?;
    Ok(found)
}

fn is_text(scan: &mut Scanner<'_>) -> Result<bool, SyntaxError> {
    let mut is_text = false;
    if scan.kind()? != Kind::Object {
        scan.skip()?;
        return Ok(false);
    }
    scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("type", Kind::String) => {
            is_text = scan.string()?.raw == "text";
            Ok(())
        }
        _ => scan.skip(),
    })?;
    Ok(is_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        String::from_utf8(with_text(&Bytes::copy_from_slice(body.as_bytes()), "a \"b\"").into_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_first_text_is_another_one_and_the_others_go() {
        assert_eq!(
            said(
                r#"{"x": 1e400, "content": [ {"type":"thinking"}, {"text":"1","type":"text"} , {"type":"tool_use"}, {"type":"text","text":"2"} ],"usage":{}}"#
            ),
            r#"{"x": 1e400, "content": [ {"type":"thinking"}, {"type":"text","text":"a \"b\""} , {"type":"tool_use"} ],"usage":{}}"#,
        );
    }

    #[test]
    fn an_answer_without_text_gets_one() {
        assert_eq!(said(r#"{"content":[]}"#), r#"{"content":[{"type":"text","text":"a \"b\""}]}"#);
        assert_eq!(said(r#"{"content":[{"type":"x"}]}"#), r#"{"content":[{"type":"x"},{"type":"text","text":"a \"b\""}]}"#);
    }

    #[test]
    fn another_body_stays_as_it_is() {
        for body in [r#"{"type":"error"}"#, r#"{"content":"x"}"#, "[]", "x", r#"{"content":["#] {
            assert_eq!(said(body), body);
        }
    }
}
