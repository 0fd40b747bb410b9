//! The texts of a request, for those who count its tokens.

use super::Request;
use crate::SyntaxError;
use crate::json::{Kind, Scanner};

/// Members that hold what the model reads.
const READ: [&[u8]; 5] = [b"messages", b"input", b"prompt", b"system", b"instructions"];
/// Of these, every word is read, schemas with them.
const READ_WHOLE: [&[u8]; 2] = [b"tools", b"functions"];
/// Within them, what is text; anything else is a type, an id, or bytes.
const TEXTS: [&str; 12] = [
    "text",
    "content",
    "arguments",
    "input",
    "output",
    "thinking",
    "reasoning",
    "reasoning_content",
    "refusal",
    "summary",
    "name",
    "title",
];

impl Request {
    /// Calls `each` with every text that the model reads, as it stands between its quotes, escapes included.
    pub fn texts(&self, mut each: impl FnMut(&str)) {
        let Ok(body) = std::str::from_utf8(&self.body) else { return };
        for member in &self.members {
            let (name, value) = (member.name(&self.body), &body[member.value.clone()]);
            // All of it was read before, so that nothing can be wrong with it.
            let _ = if READ.contains(&name) {
                walk(&mut Scanner::new(value), true, &mut each)
            } else if READ_WHOLE.contains(&name) {
                each(value);
                Ok(())
            } else {
                Ok(())
            };
        }
    }
}

fn walk(scan: &mut Scanner<'_>, is_text: bool, each: &mut impl FnMut(&str)) -> Result<(), SyntaxError> {
    match scan.kind()? {
        Kind::String => {
            let text = scan.string()?;
            if is_text && !text.is_empty() {
                each(text.raw);
            }
            Ok(())
        }
        Kind::Array => scan.array(|scan| walk(scan, is_text, each)),
        Kind::Object => scan.object(|scan, key| {
            let key = key.decode();
            // Arguments of a call may be an object: all of it is read.
            if matches!(&*key, "input" | "arguments") && scan.kind()? == Kind::Object {
                each(scan.raw()?);
                return Ok(());
            }
            // What is within the content of a message says by its own names what it is.
            walk(scan, TEXTS.contains(&&*key), each)
        }),
        Kind::Number | Kind::Bool | Kind::Null => scan.skip(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use crate::{Dialect, Request};

    fn texts(dialect: Dialect, body: &serde_json::Value) -> Vec<String> {
        let request = Request::read(dialect, Bytes::from(body.to_string())).unwrap();
        let mut all = Vec::new();
        request.texts(|text| all.push(text.to_owned()));
        all
    }

    #[test]
    fn a_chats_texts_are_read_and_its_ids_roles_and_images_are_not() {
        let body = json!({"model": "m", "user": "u", "messages": [
            {"role": "system", "content": "be short"},
            {"role": "user", "content": [{"type": "text", "text": "a \"b\""}, {"type": "image_url", "image_url": {"url": "data:x"}}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "done"},
        ], "tools": [{"type": "function"}]});
        let expected = ["be short", r#"a \"b\""#, "f", "{}", "done", r#"[{"type":"function"}]"#];
        assert_eq!(texts(Dialect::OpenAiChat, &body), expected);
    }

    #[test]
    fn so_are_those_of_messages_and_of_responses() {
        let messages = json!({"model": "m", "max_tokens": 1, "system": [{"type": "text", "text": "s"}], "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "r"}]},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
        ]});
        assert_eq!(texts(Dialect::AnthropicMessages, &messages), ["s", "hi", "f", r#"{"a":1}"#, "r"]);
        let responses = json!({"model": "m", "instructions": "i", "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
        ]});
        assert_eq!(texts(Dialect::OpenAiResponses, &responses), ["i", "hi", "42"]);
        assert_eq!(texts(Dialect::OpenAiEmbeddings, &json!({"model": "m", "input": ["a", "b"]})), ["a", "b"]);
    }
}
