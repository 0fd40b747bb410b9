//! A request in this dialect, out of the form between dialects.
//!
//! | asked | written |
//! |---|---|
//! | no limit on the answer | `max_tokens`: what the model can write, else 4,096 (Anthropic needs one) |
//! | a degree of thinking | `thinking` by budget, below `max_tokens`; by `output_config.effort` where the model takes that |
//! | JSON by a schema | `output_config.format`; an instruction for models that lack it, or where it names not all members, with a warning |
//! | some JSON | an instruction, with a warning |
//! | a custom tool | a function whose one argument `input` is the text |
//! | temperature above 1 | 1, with a warning |

mod claude;
mod schema;
mod thinking;
mod tools;
mod turns;

use serde_json::{Map, Value, json};

pub(crate) use self::claude::Claude;
pub(crate) use self::thinking::{Thought, thought};
pub(crate) use self::tools::typed;
pub(crate) use self::turns::{Said, another_providers_file, input, tool_id, turns};
use crate::UpstreamEdit;
use crate::hub::{Format, Notes, Part, Prompt, Untranslatable};

/// What the API is called in messages.
const NAME: &str = "Anthropic's API";

/// What is asked for where nobody sets a limit and the model's own is not known.
const DEFAULT_MAX_TOKENS: u64 = 4_096;

/// Members of other dialects without which the answer would be another one.
pub(crate) const FATAL: &[&str] = &[
    "n",
    "logprobs",
    "top_logprobs",
    "audio",
    "web_search_options",
    "previous_response_id",
    "conversation",
    "background",
    "prompt",
    "best_of",
    "echo",
    "suffix",
];

/// Members of Anthropic's own.
const OWN: &[&str] = &["container", "mcp_servers", "context_management", "inference_geo"];

/// Writes it.
pub(crate) fn from_hub(prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<Map<String, Value>, Untranslatable> {
    let prompt = &*prompt.custom_as_functions(notes);
    let claude = Claude::of(edit.model);
    let mut body = Map::new();
    body.insert("model".to_owned(), edit.model.into());
    let said = turns(prompt, notes)?;
    let thought = thought(prompt, edit, claude, &said, notes);
    body.insert("max_tokens".to_owned(), thought.max_tokens.into());
    let schema = match &prompt.format {
        Format::Schema { schema, .. } if claude.takes_schema() && !edit.quirks.no_json_schema => schema::strict(schema),
        _ => None,
    };
    let by_schema = schema.is_some();
    let system = system(prompt, by_schema, notes);
    if !system.is_empty() {
        body.insert("system".to_owned(), plain_or_blocks(system));
    }
    body.insert("messages".to_owned(), turns::write(prompt, &said, notes)?);
    tools::write(&mut body, prompt, claude, &thought, notes)?;
    let mut output = Map::new();
    if let Some(schema) = schema {
        output.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    thought.write(&mut body, &mut output);
    if !output.is_empty() {
        body.insert("output_config".to_owned(), output.into());
    }
    sampling(&mut body, prompt, claude, &thought, notes);
    others(&mut body, prompt, notes)?;
    if prompt.stream {
        body.insert("stream".to_owned(), true.into());
    }
    Ok(body)
}

/// The system prompt, and what has to be said in words because there is no member for it.
fn system(prompt: &Prompt, by_schema: bool, notes: &mut Notes) -> Vec<Value> {
    let mut blocks: Vec<Value> = prompt.system.iter().filter_map(turns::text_block).collect();
    if prompt.turns.is_empty() {
        // It went into the user's turn, which there has to be.
        blocks.clear();
    }
    if let Some(words) = format_in_words(&prompt.format, by_schema, notes) {
        blocks.push(json!({"type": "text", "text": words}));
    }
    blocks
}

/// The form of the answer as an instruction, where the API cannot be told otherwise.
pub(crate) fn format_in_words(format: &Format, by_schema: bool, notes: &mut Notes) -> Option<String> {
    match format {
        Format::Text => None,
        Format::Schema { .. } if by_schema => None,
        Format::Schema { schema, .. } => {
            notes.warn("the JSON schema of the answer is given to the model as an instruction, which it may break: the target cannot be held to it");
            Some(format!(
                "Answer with one JSON value and nothing else: no code fence, no text around it. It must keep to this JSON schema:\n{schema}"
            ))
        }
        Format::Json => {
            notes.warn("JSON mode is given to the model as an instruction, which it may break: the target has none");
            Some("Answer with one JSON object and nothing else: no code fence, no text around it.".to_owned())
        }
    }
}

/// One block of text without a mark is written as text.
fn plain_or_blocks(blocks: Vec<Value>) -> Value {
    match <[Value; 1]>::try_from(blocks) {
        Ok([mut only]) if only.get("cache_control").is_none() && only.get("text").is_some() => only["text"].take(),
        Ok(one) => Value::Array(one.into()),
        Err(blocks) => Value::Array(blocks),
    }
}

fn sampling(body: &mut Map<String, Value>, prompt: &Prompt, claude: Claude, thought: &Thought, notes: &mut Notes) {
    let mut left_out = |name: &str, why: &str| notes.warn(format!("`{name}` was left out: {why}"));
    let is_fixed = thought.is_on() || claude.refuses_sampling();
    let why = if thought.is_on() { "Anthropic's models take it only without thinking" } else { "this model does not take it" };
    let temperature = prompt.temperature.as_ref().filter(|number| !(is_fixed && number.as_f64() == Some(1.0)));
    match temperature {
        Some(_) if is_fixed => left_out("temperature", why),
        Some(number) if number.as_f64().is_some_and(|number| number > 1.0) => {
            body.insert("temperature".to_owned(), 1.into());
            notes.warn("`temperature` was lowered to 1, the highest that Anthropic's API takes");
        }
        Some(number) => {
            body.insert("temperature".to_owned(), number.clone().into());
        }
        None => {}
    }
    let mut left_out = |name: &str, why: &str| notes.warn(format!("`{name}` was left out: {why}"));
    match prompt.top_p.as_ref().filter(|number| number.as_f64() != Some(1.0)) {
        Some(_) if is_fixed => left_out("top_p", why),
        Some(_) if body.contains_key("temperature") && claude.takes_one_of_temperature_and_top_p() => {
            left_out("top_p", "this model takes either it or `temperature`");
        }
        Some(number) => {
            body.insert("top_p".to_owned(), number.clone().into());
        }
        None => {}
    }
    match prompt.top_k {
        Some(_) if is_fixed => left_out("top_k", why),
        Some(k) => {
            body.insert("top_k".to_owned(), k.into());
        }
        None => {}
    }
    stop(body, prompt, notes);
}

fn stop(body: &mut Map<String, Value>, prompt: &Prompt, notes: &mut Notes) {
    let (kept, blank): (Vec<_>, Vec<_>) = prompt.stop.iter().partition(|stop| !stop.trim().is_empty());
    if !blank.is_empty() {
        notes.warn("stop sequences of white space alone were left out: Anthropic's API refuses them");
    }
    if !kept.is_empty() {
        body.insert("stop_sequences".to_owned(), kept.into_iter().map(String::as_str).collect());
    }
}

/// What is left: the end user, members of Anthropic's own, and what has no place here.
fn others(body: &mut Map<String, Value>, prompt: &Prompt, notes: &mut Notes) -> Result<(), Untranslatable> {
    for (name, is_there) in [
        ("seed", prompt.seed.is_some()),
        ("presence_penalty", says_something(prompt.presence_penalty.as_ref())),
        ("frequency_penalty", says_something(prompt.frequency_penalty.as_ref())),
    ] {
        if is_there {
            notes.warn(format!("`{name}` was left out: {NAME} has nothing like it"));
        }
    }
    if let Some(user) = &prompt.user {
        body.insert("metadata".to_owned(), json!({ "user_id": user }));
    }
    let mut rest = prompt.rest.clone();
    for name in OWN {
        if let Some(value) = rest.remove(*name) {
            body.insert((*name).to_owned(), value);
        }
    }
    match rest.get("service_tier").and_then(Value::as_str) {
        Some("auto") => drop(rest.remove("service_tier")),
        Some("default" | "standard_only") => {
            rest.remove("service_tier");
            body.insert("service_tier".to_owned(), "standard_only".into());
        }
        _ => {}
    }
    tidy(&mut rest);
    notes.rest(&rest, NAME, FATAL)
}

fn says_something(number: Option<&serde_json::Number>) -> bool {
    number.is_some_and(|number| number.as_f64() != Some(0.0))
}

/// Takes out what was read already or asks for nothing that there is not anyway.
pub(crate) fn tidy(rest: &mut Map<String, Value>) {
    if let Some(Value::Object(metadata)) = rest.get_mut("metadata") {
        metadata.retain(|name, _| !matches!(name.as_str(), "trace_id" | "conversation_id"));
    }
    if rest.get("modalities").and_then(Value::as_array).is_some_and(|all| all.iter().all(|one| one == "text")) {
        rest.remove("modalities");
    }
    rest.remove("stream_options");
}

/// A mark at the end of a prefix that is worth caching.
pub(super) fn mark(mut block: Value, cache: bool) -> Value {
    if cache {
        block["cache_control"] = json!({"type": "ephemeral"});
    }
    block
}

/// Is there a call in it?
pub(crate) fn calls(parts: &[&Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::ToolCall { .. }))
}

#[cfg(test)]
mod tests;
