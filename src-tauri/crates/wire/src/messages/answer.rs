//! Whole answers: from and to the form between dialects.

use serde_json::{Value, json};

use super::UNSIGNED;
use super::stop::{self, Counts};
use crate::Dialect;
use crate::hub::{Caller, Completion, Part};
use crate::json::{Kind, Scanner};
use crate::reply::Malformed;
use crate::upstream_error::{self, UpstreamFailure};
use crate::usage::Usage;

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(body: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    let mut scan = Scanner::new(text);
    let mut value = scan.value()?;
    scan.end()?;
    if value["type"] == "error" || value.get("error").is_some_and(|error| !error.is_null()) {
        return Ok(Err(upstream_error::in_body(text)));
    }
    let Some(Value::Array(content)) = value.get_mut("content").map(Value::take) else {
        let why = "`content` is missing".to_owned();
        return Err(Malformed::Shape { dialect: Dialect::AnthropicMessages, why });
    };
    let string = |name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Ok(Completion {
        id: string("id"),
        model: string("model"),
        parts: content.into_iter().filter_map(part).collect(),
        finish: string("stop_reason").map(|reason| stop::finish(&reason, string("stop_sequence"))),
        usage: usage(text)?,
    }))
}

fn usage(text: &str) -> Result<Option<Usage>, Malformed> {
    let mut counts = Counts::default();
    Scanner::new(text).object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("usage", Kind::Object) => counts.read(scan),
        _ => scan.skip(),
    })?;
    Ok(counts.seen.then(|| counts.usage()))
}

/// One block. What the provider did on its own (its searches, its code) has no form elsewhere, and what came of
/// it stands in the text.
fn part(mut block: Value) -> Option<Part> {
    let mut string = |name: &str| match block.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    match string("type")?.as_str() {
        "text" => Some(Part::text(string("text")?)),
        "thinking" => {
            let (text, signature) = (string("thinking").unwrap_or_default(), string("signature").filter(|signature| !signature.is_empty()));
            Some(Part::Thinking { text, signature, hidden: None })
        }
        "redacted_thinking" => Some(Part::Thinking { text: String::new(), signature: None, hidden: Some(string("data")?) }),
        "tool_use" => {
            let (id, name) = (string("id")?, string("name")?);
            let arguments = block.get("input").map_or_else(|| "{}".to_owned(), Value::to_string);
            Some(Part::ToolCall { id, name, arguments, custom: false, cache: false })
        }
        _ => None,
    }
}

/// Writes one.
pub(crate) fn write_answer(answer: &Completion, caller: &Caller) -> Value {
    let content: Vec<Value> = answer.parts.iter().filter_map(block).collect();
    let has_calls = answer.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    let (reason, sequence) = stop::stop_reason(answer.finish.as_ref(), has_calls);
    let usage = answer.usage.unwrap_or(Usage { input: caller.input_tokens, ..Usage::default() });
    json!({
        "id": message_id(answer.id.as_deref(), caller),
        "type": "message",
        "role": "assistant",
        "model": answer.model.clone().unwrap_or_else(|| caller.model()),
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": stop::write_usage(&usage),
    })
}

/// The answer's id in Anthropic's form.
pub(super) fn message_id(id: Option<&str>, caller: &Caller) -> String {
    match id.unwrap_or(&caller.id) {
        id if id.starts_with("msg_") => id.to_owned(),
        id => format!("msg_{id}"),
    }
}

fn block(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => (!text.is_empty()).then(|| json!({"type": "text", "text": text})),
        Part::Thinking { hidden: Some(hidden), signature: None, text } if text.is_empty() => {
            Some(json!({"type": "redacted_thinking", "data": hidden}))
        }
        Part::Thinking { text, signature, .. } => {
            Some(json!({"type": "thinking", "thinking": text, "signature": signature.as_deref().unwrap_or(UNSIGNED)}))
        }
        Part::ToolCall { id, name, arguments, custom, .. } => {
            Some(json!({"type": "tool_use", "id": id, "name": name, "input": input(arguments, *custom)}))
        }
        Part::Image { .. } | Part::Document { .. } | Part::Audio { .. } | Part::ToolResult { .. } => None,
    }
}

fn input(arguments: &str, custom: bool) -> Value {
    if custom {
        return json!({ "input": arguments });
    }
    if arguments.trim().is_empty() {
        return json!({});
    }
    // What the model wrote as it should not have is still the caller's to see.
    serde_json::from_str(arguments).unwrap_or_else(|_| json!({ "input": arguments }))
}

#[cfg(test)]
mod tests;
