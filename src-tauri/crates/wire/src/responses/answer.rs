//! Whole answers: from and to the form between dialects.

use serde_json::Value;

use super::encode::Writer;
use super::text::tree;
use super::usage;
use crate::Dialect;
use crate::hub::{Caller, Completion, Encoder, Finish, Part, pieces};
use crate::json::{Kind, Scanner};
use crate::reply::Malformed;
use crate::upstream_error::{self, UpstreamFailure};

/// Reads one; the inner error is the upstream's own, inside its 200.
pub(crate) fn read_answer(body: &[u8]) -> Result<Result<Completion, UpstreamFailure>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    let mut scan = Scanner::new(text);
    let is_object = scan.kind()? == Kind::Object;
    let answer = tree(text)?;
    if !is_object {
        return Err(shape("it is no object"));
    }
    if let Some(failure) = failure(&answer) {
        return Ok(Err(failure));
    }
    if !answer["output"].is_array() {
        return Err(shape("`output` is missing"));
    }
    Ok(Ok(completion(&answer)))
}

fn shape(why: &str) -> Malformed {
    Malformed::Shape { dialect: Dialect::OpenAiResponses, why: why.to_owned() }
}

/// The error of a Response that failed, or of a body that is nothing else.
pub(super) fn failure(answer: &Value) -> Option<UpstreamFailure> {
    let failed = answer["status"] == "failed" || answer["type"] == "error";
    match answer.get("error").filter(|error| !error.is_null()) {
        Some(error) => Some(upstream_error::in_body(&error.to_string())),
        None if failed => Some(upstream_error::in_body(&answer.to_string())),
        None => None,
    }
}

fn completion(answer: &Value) -> Completion {
    let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mut parts = Vec::new();
    for item in answer["output"].as_array().into_iter().flatten() {
        parts_of(item, &mut parts);
    }
    let finish = finish(answer, parts.iter().any(|part| matches!(part, Part::ToolCall { .. })));
    Completion { id: text("id"), model: text("model"), finish, usage: usage::read(&answer["usage"]), parts }
}

/// Why a Response ended; nothing where it has not.
pub(super) fn finish(answer: &Value, has_calls: bool) -> Option<Finish> {
    match answer["status"].as_str() {
        Some("incomplete") => Some(match answer["incomplete_details"]["reason"].as_str() {
            None | Some("max_output_tokens") => Finish::Length,
            Some("content_filter") => Finish::ContentFilter,
            Some(other) => Finish::Other(other.to_owned()),
        }),
        // Some that speak the dialect leave the status out.
        None | Some("completed") if has_calls => Some(Finish::ToolCalls),
        None | Some("completed") => Some(Finish::Stop),
        Some(other) => Some(Finish::Other(other.to_owned())),
    }
}

fn parts_of(item: &Value, parts: &mut Vec<Part>) {
    match item["type"].as_str() {
        Some("message") => {
            for part in item["content"].as_array().into_iter().flatten() {
                match (part["text"].as_str(), part["refusal"].as_str()) {
                    (Some(text), _) => parts.push(Part::text(text)),
                    (None, Some(refusal)) => parts.push(Part::Refusal(refusal.to_owned())),
                    (None, None) => {}
                }
            }
        }
        Some("reasoning") => thought(item, parts),
        _ => parts.extend(called(item).map(|call| Part::ToolCall {
            arguments: call.arguments(item),
            id: call.id,
            name: call.name,
            custom: call.custom,
            cache: false,
        })),
    }
}

/// The summary and the encrypted thought are parts of their own: other dialects have no part that is both.
fn thought(item: &Value, parts: &mut Vec<Part>) {
    let texts = |name: &str| {
        let parts = item[name].as_array().into_iter().flatten();
        parts.filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n\n")
    };
    let (summary, content) = (texts("summary"), texts("content"));
    let text = if summary.is_empty() { content } else { summary };
    if !text.is_empty() {
        parts.push(Part::Thinking { text, signature: None, hidden: None });
    }
    if let Some(hidden) = item["encrypted_content"].as_str().filter(|hidden| !hidden.is_empty()) {
        parts.push(Part::Thinking { text: String::new(), signature: None, hidden: Some(super::items::unmarked(hidden).to_owned()) });
    }
}

/// A call that an item makes.
pub(super) struct Called {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) custom: bool,
    /// The member that holds what it is called with; none for one that has a form of its own.
    arguments: Option<&'static str>,
}

impl Called {
    /// What it is called with.
    pub(super) fn arguments(&self, item: &Value) -> String {
        match self.arguments {
            Some(name) => item[name].as_str().unwrap_or_default().to_owned(),
            None => item["action"].to_string(),
        }
    }
}

/// The call that an item makes of its caller. What the provider runs by itself is none.
pub(super) fn called(item: &Value) -> Option<Called> {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let kind = item["type"].as_str()?;
    let (name, custom, arguments) = match kind {
        "function_call" => (text("name"), false, Some("arguments")),
        "custom_tool_call" => (text("name"), true, Some("input")),
        "computer_call" | "local_shell_call" | "shell_call" | "apply_patch_call" | "mcp_approval_request" => (kind.to_owned(), false, None),
        _ => return None,
    };
    let namespace = item["namespace"].as_str();
    let id = item["call_id"].as_str().unwrap_or(item["id"].as_str().unwrap_or_default()).to_owned();
    Some(Called { id, name: super::tools::full_name(namespace, &name), custom, arguments })
}

/// Writes one, as JSON.
pub(crate) fn write_answer(answer: &Completion, caller: &Caller) -> Vec<u8> {
    let (mut writer, mut events) = (Writer::new(caller), Vec::new());
    for piece in pieces(answer) {
        writer.write(&piece, &mut events);
        events.clear();
    }
    writer.end(&mut events);
    writer.whole()
}
