//! The same answer with another text.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::Segments;
use crate::SyntaxError;
use crate::json::{Kind, Scanner};
use crate::segments::Edits;

/// Puts one message that says `text` in the place of all of `output` (and of the SDK's `output_text`, where some
/// server writes it). What is no Response comes back unchanged.
pub(crate) fn with_text(body: &Bytes, text: &str) -> Segments {
    let mut edits = Edits::default();
    match std::str::from_utf8(body).map(|json| edit(json, text, &mut edits)) {
        Ok(Ok(true)) => edits.apply(body),
        _ => body.clone().into(),
    }
}

/// Whether there is an `output`.
fn edit(json: &str, text: &str, edits: &mut Edits) -> Result<bool, SyntaxError> {
    let mut scan = Scanner::new(json);
    let mut found = false;
    if scan.kind()? != Kind::Object {
        return Ok(false);
    }
    scan.object(|scan, key| {
        let (name, kind) = (key.decode(), scan.kind()?);
        let raw = scan.raw()?;
        let range = scan.pos() - raw.len()..scan.pos();
        match (&*name, kind) {
            ("output", Kind::Array) => {
                found = true;
                let output = json!([message(raw, text)]).to_string();
                edits.replace(range, |out| out.extend_from_slice(output.as_bytes()));
            }
            ("output_text", Kind::String) => {
                let value = Value::from(text).to_string();
                edits.replace(range, |out| out.extend_from_slice(value.as_bytes()));
            }
            _ => {}
        }
        Ok::<_, SyntaxError>(())
    })?;
    Ok(found)
}

/// A message under the id of the one that it takes the place of.
fn message(output: &str, text: &str) -> Value {
    let output = super::text::tree(output).unwrap_or_default();
    let items = || output.as_array().into_iter().flatten();
    let before = items().find(|item| item["type"] == "message").or_else(|| items().next());
    let id = before.and_then(|item| item["id"].as_str()).filter(|id| id.starts_with("msg_")).unwrap_or("msg_0");
    let content = json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    json!({"id": id, "type": "message", "status": "completed", "role": "assistant", "content": [content]})
}
