//! Whole answers.

use serde_json::Value;

use super::stop;
use crate::Dialect;
use crate::hub::{Completion, Part};
use crate::json::Scanner;
use crate::reply::Malformed;
use crate::upstream_error::{self, UpstreamFailure};

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(body: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    let mut scan = Scanner::new(text);
    let mut value = scan.value()?;
    scan.end()?;
    let Some(Value::Array(content)) = value.pointer_mut("/output/message/content").map(Value::take) else {
        if value.get("message").is_some_and(Value::is_string) {
            return Ok(Err(upstream_error::in_body(text)));
        }
        let why = "`output.message.content` is missing".to_owned();
        return Err(Malformed::Shape { dialect: Dialect::BedrockConverse, why });
    };
    Ok(Ok(Completion {
        id: None,
        model: None,
        parts: content.into_iter().filter_map(part).collect(),
        finish: value["stopReason"].as_str().map(stop::finish),
        usage: stop::usage(&value["usage"]),
    }))
}

/// One block: a union, of which one member is there.
fn part(mut block: Value) -> Option<Part> {
    let string = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(text) = string(&block["text"]) {
        return Some(Part::text(text));
    }
    if let Some(Value::Array(cited)) = block.pointer_mut("/citationsContent/content").map(Value::take) {
        let text: String = cited.iter().filter_map(|part| part["text"].as_str()).collect();
        return Some(Part::text(text));
    }
    let call = &block["toolUse"];
    if let (Some(id), Some(name)) = (string(&call["toolUseId"]), string(&call["name"])) {
        let arguments = call.get("input").map_or_else(|| "{}".to_owned(), Value::to_string);
        return Some(Part::ToolCall { id, name, arguments, custom: false, cache: false });
    }
    let thought = block.get("reasoningContent")?;
    let (text, signature) = (string(&thought["reasoningText"]["text"]), string(&thought["reasoningText"]["signature"]));
    let hidden = string(&thought["redactedContent"]);
    Some(Part::Thinking { text: text.unwrap_or_default(), signature, hidden })
}

#[cfg(test)]
mod tests;
