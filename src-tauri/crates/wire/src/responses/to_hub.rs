//! A request of this dialect in the form between dialects.
//!
//! State that OpenAI keeps (`previous_response_id`, `conversation`, `prompt`, `item_reference`) has no form: it is
//! refused with a sentence that says what to send instead. Tools that a provider runs by itself stay in the list as
//! [`ToolKind::Hosted`](crate::hub::ToolKind): agents offer a web search with every request, so a writer whose target
//! cannot run one leaves it out with a warning. They are refused only where `tool_choice` forces one.

use serde_json::{Map, Value};

use super::items;
use super::tools;
use crate::hub::{Effort, Format, Part, Prompt, Thinking, Untranslatable};

/// Reads it.
pub(crate) fn to_hub(mut body: Map<String, Value>) -> Result<Prompt, Untranslatable> {
    refuse_state(&mut body)?;
    if body.get("input").is_none_or(Value::is_null) {
        return Err(Untranslatable::new("input", "is missing; send the conversation in it"));
    }
    let mut prompt = Prompt::default();
    for name in ["model", "include", "stream_options", "input", "instructions", "tools", "tool_choice"] {
        if let Some(value) = body.remove(name) {
            member(&mut prompt, name, value)?;
        }
    }
    prompt.parallel_tool_calls = take_bool(&mut body, "parallel_tool_calls")?;
    prompt.max_tokens = take(&mut body, "max_output_tokens", "a whole number", Value::as_u64)?;
    prompt.temperature = take(&mut body, "temperature", "a number", |value| value.as_number().cloned())?;
    prompt.top_p = take(&mut body, "top_p", "a number", |value| value.as_number().cloned())?;
    prompt.stream = take_bool(&mut body, "stream")?.unwrap_or(false);
    let safety_identifier = take_text(&mut body, "safety_identifier")?;
    prompt.user = take_text(&mut body, "user")?.or(safety_identifier);
    prompt.thinking = thinking(body.remove("reasoning"))?;
    if body.remove("top_logprobs").is_some_and(|count| count.as_u64().unwrap_or(0) > 0) {
        prompt.warnings.push("`top_logprobs` was left out: log probabilities are not translated".to_owned());
    }
    let verbosity = text(&mut prompt, body.remove("text"))?;
    body.extend(verbosity.map(|verbosity| ("verbosity".to_owned(), verbosity)));
    body.retain(|name, value| !is_default(name, value));
    prompt.rest.extend(body);
    Ok(prompt)
}

fn member(prompt: &mut Prompt, name: &str, value: Value) -> Result<(), Untranslatable> {
    match (name, value) {
        ("input", value) => items::read(prompt, value)?,
        ("instructions", Value::String(text)) => prompt.system.insert(0, Part::text(text)),
        ("instructions", Value::Null) => {}
        ("instructions", _) => return Err(Untranslatable::new(name, "must be a string")),
        ("tools", value) => prompt.tools = tools::read(value)?,
        ("tool_choice", value) => tools::read_choice(prompt, value)?,
        ("include", Value::Array(included)) => {
            let wanted = included.iter().filter_map(Value::as_str).filter(|name| *name != "reasoning.encrypted_content");
            let left_out = wanted.map(|name| format!("`include` of `{name}` was left out: only a provider with OpenAI's Responses has it"));
            prompt.warnings.extend(left_out);
        }
        // The model is the target's; padding of streams says nothing.
        _ => {}
    }
    Ok(())
}

fn refuse_state(body: &mut Map<String, Value>) -> Result<(), Untranslatable> {
    for name in ["previous_response_id", "conversation", "prompt"] {
        match body.remove(name) {
            None | Some(Value::Null) => {}
            Some(_) => {
                return Err(Untranslatable::new(
                    name,
                    "refers to what OpenAI keeps, and the target is no provider with OpenAI's Responses; \
                     leave it out and send the whole conversation in `input`",
                ));
            }
        }
    }
    match body.remove("background") {
        Some(Value::Bool(true)) => Err(Untranslatable::new(
            "background",
            "can only be had of a provider with OpenAI's Responses; leave it out, or choose a target that has it",
        )),
        _ => Ok(()),
    }
}

/// What says no more than leaving it out does.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "truncation" => value == "disabled",
        "service_tier" => value == "auto" || value == "default",
        _ => false,
    }
}

fn thinking(reasoning: Option<Value>) -> Result<Option<Thinking>, Untranslatable> {
    let effort = match reasoning {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(mut reasoning)) => reasoning.remove("effort").unwrap_or_default(),
        Some(_) => return Err(Untranslatable::new("reasoning", "must be an object")),
    };
    match effort.as_str() {
        None if effort.is_null() => Ok(None),
        Some("none") => Ok(Some(Thinking::Off)),
        Some(name) if Effort::from_name(name).is_some() => Ok(Effort::from_name(name).map(Thinking::Effort)),
        _ => Err(Untranslatable::new("reasoning.effort", "must be `none`, `minimal`, `low`, `medium`, `high` or `xhigh`")),
    }
}

/// Reads `text`; gives its `verbosity`, which chat has as a member of its own.
fn text(prompt: &mut Prompt, text: Option<Value>) -> Result<Option<Value>, Untranslatable> {
    let mut text = match text {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(text)) => text,
        Some(_) => return Err(Untranslatable::new("text", "must be an object")),
    };
    if let Some(Value::Object(format)) = text.remove("format") {
        prompt.format = read_format(format)?;
    }
    Ok(text.remove("verbosity").filter(|verbosity| !verbosity.is_null()))
}

fn read_format(mut format: Map<String, Value>) -> Result<Format, Untranslatable> {
    let kind = format.remove("type").unwrap_or_default();
    match kind.as_str() {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::Json),
        Some("json_schema") => {
            let schema = format.remove("schema").filter(Value::is_object);
            Ok(Format::Schema {
                name: take_text(&mut format, "name")?,
                description: take_text(&mut format, "description")?,
                schema: schema.ok_or_else(|| Untranslatable::new("text.format.schema", "must be a JSON schema"))?,
                strict: take_bool(&mut format, "strict")?,
            })
        }
        _ => Err(Untranslatable::new("text.format.type", "must be `text`, `json_object` or `json_schema`")),
    }
}

/// Takes a member of the type that `read` wants; null is nothing.
fn take<T>(
    body: &mut Map<String, Value>,
    name: &str,
    wanted: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, Untranslatable> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(&value).map(Some).ok_or_else(|| Untranslatable::new(name, format!("must be {wanted}"))),
    }
}

fn take_bool(body: &mut Map<String, Value>, name: &str) -> Result<Option<bool>, Untranslatable> {
    take(body, name, "true or false", Value::as_bool)
}

fn take_text(body: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Untranslatable> {
    take(body, name, "a string", |value| value.as_str().map(str::to_owned))
}
