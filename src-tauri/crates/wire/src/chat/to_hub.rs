//! A request of this dialect in the form between dialects.
//!
//! What has no place there:
//!
//! - Several answers (`n`), `logprobs`, sound as an answer, `web_search_options`: refused, for the answer would be
//!   another one.
//! - System messages amid the conversation: they move to its front, with a warning. No other dialect's conversation
//!   has a third voice.
//! - `name` of a message: left out, with a warning.
//! - `tool_choice` of `allowed_tools`: only those tools are offered, which comes to the same.
//! - A member that is there twice: the last one counts, as for most servers; those that routing reads are refused.

mod messages;
mod tools;

use serde_json::{Map, Value};

use crate::hub::{Effort, Format, Prompt, Thinking, Untranslatable};

/// Reads it.
pub(crate) fn to_hub(body: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    let mut prompt = Prompt::default();
    let mut choice = None;
    for (name, value) in body {
        if value.is_null() {
            continue;
        }
        match name.as_str() {
            // These are read by others.
            "model" | "stream_options" => {}
            "messages" => messages::read(value, &mut prompt)?,
            "tools" => prompt.tools.extend(tools::tools(value)?),
            "functions" => prompt.tools.extend(tools::functions(value)?),
            "tool_choice" | "function_call" => choice = Some((name, value)),
            _ => setting(&mut prompt, name, value)?,
        }
    }
    if let Some((name, value)) = choice {
        prompt.tool_choice = Some(tools::choice(&name, value, &mut prompt.tools)?);
    }
    Ok(prompt)
}

fn setting(prompt: &mut Prompt, name: String, value: Value) -> Result<(), Untranslatable> {
    let param = name.as_str();
    match param {
        "stream" => prompt.stream = value == true,
        "max_completion_tokens" => prompt.max_tokens = Some(count(param, &value)?),
        "max_tokens" => prompt.max_tokens = prompt.max_tokens.or(Some(count(param, &value)?)),
        "temperature" => prompt.temperature = Some(number(param, value)?),
        "top_p" => prompt.top_p = Some(number(param, value)?),
        "top_k" => prompt.top_k = Some(count(param, &value)?),
        "presence_penalty" => prompt.presence_penalty = Some(number(param, value)?),
        "frequency_penalty" => prompt.frequency_penalty = Some(number(param, value)?),
        "seed" => prompt.seed = Some(value.as_i64().ok_or_else(|| must(param, "a whole number"))?),
        "stop" => prompt.stop = stop(value)?,
        "parallel_tool_calls" => prompt.parallel_tool_calls = Some(value.as_bool().ok_or_else(|| must(param, "true or false"))?),
        "response_format" => prompt.format = format(value)?,
        "reasoning_effort" => prompt.thinking = Some(effort(param, &value)?),
        "reasoning" | "thinking" => prompt.thinking = thinking(param, &value)?.or(prompt.thinking.take()),
        "user" => prompt.user = Some(string(param, value)?),
        "safety_identifier" => prompt.user = prompt.user.take().or(Some(string(param, value)?)),
        "n" | "logprobs" | "top_logprobs" | "modalities" | "audio" | "web_search_options" => same_answer(param, &value)?,
        _ => {
            prompt.rest.insert(name, value);
        }
    }
    Ok(())
}

/// Members that ask for what no other dialect can answer, unless they ask for nothing.
fn same_answer(param: &str, value: &Value) -> Result<(), Untranslatable> {
    let why = match (param, value) {
        ("n", value) if value.as_u64() == Some(1) => return Ok(()),
        ("n", _) => "asks for several answers, which only targets that speak OpenAI chat completions give",
        ("logprobs", Value::Bool(false)) => return Ok(()),
        ("top_logprobs", value) if value.as_u64() == Some(0) => return Ok(()),
        ("modalities", Value::Array(list)) if list.iter().all(|kind| kind == "text") => return Ok(()),
        _ => "is taken only by targets that speak OpenAI chat completions",
    };
    Err(Untranslatable::new(param, format!("{why}; leave it out, or choose such a target")))
}

fn stop(value: Value) -> Result<Vec<String>, Untranslatable> {
    match value {
        Value::Array(list) => {
            let text = |(at, value): (usize, Value)| string(&format!("stop[{at}]"), value);
            list.into_iter().enumerate().map(text).collect()
        }
        value => Ok(vec![string("stop", value)?]),
    }
}

fn format(value: Value) -> Result<Format, Untranslatable> {
    let mut format = object("response_format", value)?;
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::Json),
        Some("json_schema") => {
            let param = "response_format.json_schema";
            let mut schema = object(param, format.remove("json_schema").unwrap_or_default())?;
            let mut text = |name: &str| schema.remove(name).and_then(|value| value.as_str().map(str::to_owned));
            let (name, description) = (text("name"), text("description"));
            let strict = schema.get("strict").and_then(Value::as_bool);
            let schema = schema.remove("schema").filter(Value::is_object);
            let schema = schema.ok_or_else(|| must("response_format.json_schema.schema", "a JSON schema"))?;
            Ok(Format::Schema { name, description, schema, strict })
        }
        _ => Err(must("response_format.type", "`text`, `json_object` or `json_schema` to be translated for this target")),
    }
}

fn effort(param: &str, value: &Value) -> Result<Thinking, Untranslatable> {
    match value.as_str() {
        Some("none") => Some(Thinking::Off),
        Some(word) => Effort::from_name(word).map(Thinking::Effort),
        None => None,
    }
    .ok_or_else(|| must(param, "`none`, `minimal`, `low`, `medium`, `high` or `xhigh`"))
}

/// Others' forms: OpenRouter's `reasoning`, Anthropic's and DeepSeek's `thinking`.
fn thinking(param: &str, value: &Value) -> Result<Option<Thinking>, Untranslatable> {
    let says = |name: &str, word: &str| value.get(name).is_some_and(|value| value == word);
    if says("type", "disabled") || value.get("enabled") == Some(&Value::Bool(false)) {
        return Ok(Some(Thinking::Off));
    }
    if let Some(word) = value.get("effort").filter(|word| !word.is_null()) {
        return effort(&format!("{param}.effort"), word).map(Some);
    }
    let budget = value.get("budget_tokens").or_else(|| value.get("max_tokens")).and_then(Value::as_u64);
    let is_on = says("type", "enabled") || says("type", "adaptive") || value.get("enabled") == Some(&Value::Bool(true));
    Ok(budget.map(Thinking::Budget).or(is_on.then_some(Thinking::Adaptive)))
}

/// The member `param` has to be `what`.
pub(super) fn must(param: &str, what: &str) -> Untranslatable {
    Untranslatable::new(param, format!("must be {what}"))
}

pub(super) fn string(param: &str, value: Value) -> Result<String, Untranslatable> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(must(param, "a string")),
    }
}

pub(super) fn object(param: &str, value: Value) -> Result<Map<String, Value>, Untranslatable> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(must(param, "an object")),
    }
}

pub(super) fn array(param: &str, value: Value) -> Result<Vec<Value>, Untranslatable> {
    match value {
        Value::Array(list) => Ok(list),
        _ => Err(must(param, "an array")),
    }
}

fn count(param: &str, value: &Value) -> Result<u64, Untranslatable> {
    value.as_u64().ok_or_else(|| must(param, "a whole number of zero or more"))
}

fn number(param: &str, value: Value) -> Result<serde_json::Number, Untranslatable> {
    match value {
        Value::Number(number) => Ok(number),
        _ => Err(must(param, "a number")),
    }
}

/// A caching mark, which OpenAI's own API does not have but Anthropic's users write here, too.
pub(super) fn cache(member: &Map<String, Value>) -> bool {
    member.get("cache_control").is_some_and(Value::is_object)
}

#[cfg(test)]
mod tests;
