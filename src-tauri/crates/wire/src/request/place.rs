//! Where in the caller's own words something stands that a writer could not translate: writers see turns, in which
//! system messages are missing and results of tools are put together.

use serde_json::{Map, Value};

use super::Request;
use crate::Dialect;
use crate::hub::Untranslatable;

impl Request {
    /// The same error, by the caller's place for `messages[turn].content[part]`.
    pub(super) fn placed(&self, error: Untranslatable) -> Untranslatable {
        let Some((turn, part, rest)) = turn_and_part(&error.param) else { return error };
        let Some(place) = self.place(turn, part) else { return error };
        let why = error.message.strip_prefix(&format!("`{}` ", error.param)).unwrap_or(&error.message);
        Untranslatable::new(format!("{place}{rest}"), why)
    }

    /// The message whose reading makes the part appear. A later one never takes it away, so that halving finds it.
    fn place(&self, turn: usize, part: usize) -> Option<String> {
        let name = if self.dialect == Dialect::OpenAiResponses { "input" } else { "messages" };
        let body: Map<String, Value> = serde_json::from_slice(&self.body).ok()?;
        let all = body.get(name)?.as_array()?;
        let parts_of_first = |count: usize| {
            let mut body = body.clone();
            body.insert(name.to_owned(), all[..count].to_vec().into());
            let prompt = self.read_hub(body).ok();
            prompt.and_then(|prompt| Some(prompt.turns.get(turn)?.parts.len())).unwrap_or(0)
        };
        let counts: Vec<usize> = (0..all.len()).collect();
        let at = counts.partition_point(|at| parts_of_first(at + 1) <= part);
        let content = all.get(at)?.get("content").and_then(Value::as_array);
        let within = part - parts_of_first(at);
        Some(match content.filter(|content| within < content.len()) {
            Some(_) => format!("{name}[{at}].content[{within}]"),
            None => format!("{name}[{at}]"),
        })
    }
}

/// `messages[2].content[0].source` as 2, 0 and `.source`.
fn turn_and_part(param: &str) -> Option<(usize, usize, &str)> {
    let (turn, rest) = param.strip_prefix("messages[")?.split_once("].content[")?;
    let (part, rest) = rest.split_once(']')?;
    Some((turn.parse().ok()?, part.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::UpstreamEdit;

    #[test]
    fn what_cannot_be_translated_is_named_by_the_callers_own_place() {
        let text = json!({"type": "text", "text": "a"});
        let audio = json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}});
        let chat = json!({"model": "m", "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "a"},
            {"role": "user", "content": [text, audio]},
        ]});
        let responses = json!({"model": "m", "input": [
            {"role": "developer", "content": "s"},
            {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
            {"type": "function_call_output", "call_id": "a", "output": "x"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_image", "file_id": "file-1"}]},
        ]});
        let cases = [
            (Dialect::OpenAiChat, &chat, Dialect::AnthropicMessages, "messages[2].content[1]"),
            (Dialect::OpenAiChat, &chat, Dialect::BedrockConverse, "messages[2].content[1]"),
            (Dialect::OpenAiChat, &chat, Dialect::OpenAiResponses, "messages[2].content[1]"),
            (Dialect::OpenAiResponses, &responses, Dialect::AnthropicMessages, "input[3]"),
            (Dialect::OpenAiResponses, &responses, Dialect::BedrockConverse, "input[3]"),
        ];
        for (from, body, to, param) in cases {
            let request = Request::read(from, Bytes::from(body.to_string())).unwrap();
            let error = request.upstream(to, &UpstreamEdit { model: "m", ..UpstreamEdit::default() }).unwrap_err();
            assert_eq!(error.param, param, "{from:?} to {to:?}: {}", error.message);
            assert!(error.message.starts_with(&format!("`{param}` h")), "{}", error.message);
        }
    }
}
