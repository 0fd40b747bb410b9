//! A request in this dialect, out of the form between dialects. Nothing is kept at the provider (`store: false`):
//! the caller's dialect could not refer to it, so that thoughts travel encrypted.

use serde_json::{Map, Value, json};

use super::tools;
use crate::hub::{Effort, Format, Notes, OPENAI_ENCRYPTED, Part, Prompt, Role, Source, Thinking, Turn, Untranslatable};
use crate::{Dialect, UpstreamEdit};

/// Members of other dialects without which the answer is another one.
const FATAL: [&str; 6] = ["n", "audio", "logit_bias", "prediction", "web_search_options", "mcp_servers"];

/// The least `max_output_tokens`.
const LEAST_OUTPUT: u64 = 16;

/// Members of `rest` that this dialect has under the same name.
const KEPT: [&str; 6] = ["metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "truncation", "max_tool_calls"];

/// Writes it.
pub(crate) fn from_hub(prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<Map<String, Value>, Untranslatable> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            body.insert(name.to_owned(), value);
        }
    };
    set("model", edit.model.into());
    let system: Vec<_> = prompt.system.iter().filter_map(text_of).collect();
    if !system.is_empty() {
        set("instructions", system.join("\n\n").into());
    }
    set("input", input(prompt, notes)?.into());
    set("tools", non_empty(tools::write(&prompt.tools, notes)));
    set("tool_choice", prompt.tool_choice.as_ref().map(|choice| tools::write_choice(choice, &prompt.tools)).into());
    set("parallel_tool_calls", prompt.parallel_tool_calls.filter(|_| !edit.quirks.no_parallel_tool_calls).into());
    set("max_output_tokens", limit(prompt.max_tokens, notes).into());
    set("temperature", prompt.temperature.clone().map(Value::Number).into());
    set("top_p", prompt.top_p.clone().map(Value::Number).into());
    set("reasoning", reasoning(prompt.thinking.as_ref(), notes));
    if !matches!(prompt.thinking, None | Some(Thinking::Off)) {
        set("include", json!(["reasoning.encrypted_content"]));
    }
    set("text", text(prompt));
    set("user", notes.openai_user(prompt.user.as_deref()).into());
    set("stream", prompt.stream.then_some(true).into());
    set("store", false.into());
    rest(prompt, &mut body, notes)?;
    Ok(body)
}

fn rest(prompt: &Prompt, body: &mut Map<String, Value>, notes: &mut Notes) -> Result<(), Untranslatable> {
    let target = Dialect::OpenAiResponses.name();
    if !prompt.stop.is_empty() {
        return Err(Untranslatable::new("stop", format!("cannot be asked of {target}; leave it out, or choose a target that takes it")));
    }
    let unknown = [
        ("top_k", prompt.top_k.is_some()),
        ("seed", prompt.seed.is_some()),
        ("presence_penalty", is_set(prompt.presence_penalty.as_ref())),
        ("frequency_penalty", is_set(prompt.frequency_penalty.as_ref())),
    ];
    for (name, _) in unknown.iter().filter(|(_, is_there)| *is_there) {
        notes.warn(format!("`{name}` was left out: {target} has nothing like it"));
    }
    let mut left = prompt.rest.clone();
    for name in KEPT {
        body.extend(left.remove_entry(name).filter(|(_, value)| !value.is_null()));
    }
    if left.get("store") == Some(&Value::Bool(true)) {
        notes.warn("`store` was left out: what is translated is not kept at the provider");
    }
    // These are said above, or say nothing that an answer tells.
    for name in ["verbosity", "store", "logprobs", "stream_options"] {
        if name != "logprobs" || left.get(name) != Some(&Value::Bool(true)) {
            left.remove(name);
        }
    }
    notes.rest(&left, target, &FATAL)
}

fn is_set(number: Option<&serde_json::Number>) -> bool {
    number.is_some_and(|number| number.as_f64() != Some(0.0))
}

fn non_empty(list: Vec<Value>) -> Value {
    if list.is_empty() { Value::Null } else { list.into() }
}

/// OpenAI refuses a limit below [`LEAST_OUTPUT`].
fn limit(tokens: Option<u64>, notes: &mut Notes) -> Option<u64> {
    if tokens.is_some_and(|tokens| tokens < LEAST_OUTPUT) {
        notes.warn(format!("the limit on output was raised to {LEAST_OUTPUT} tokens, the least that the target takes"));
    }
    tokens.map(|tokens| tokens.max(LEAST_OUTPUT))
}

fn reasoning(thinking: Option<&Thinking>, notes: &mut Notes) -> Value {
    let effort = match thinking {
        None => return Value::Null,
        Some(Thinking::Off) => {
            // `none` is taken by the newest models alone, and refused by those that do not think at all.
            notes.warn("thinking was to be off, which was left out: the target decides by itself");
            return Value::Null;
        }
        Some(Thinking::Adaptive) => return json!({"summary": "auto"}),
        Some(Thinking::Effort(effort)) => *effort,
        Some(Thinking::Budget(tokens)) => Effort::of_budget(*tokens),
    };
    json!({"effort": effort.openai(), "summary": "auto"})
}

fn text(prompt: &Prompt) -> Value {
    let mut text = Map::new();
    match &prompt.format {
        Format::Text => {}
        Format::Json => {
            text.insert("format".to_owned(), json!({"type": "json_object"}));
        }
        Format::Schema { name, description, schema, strict } => {
            let name = name.as_deref().unwrap_or("answer");
            let mut format = json!({"type": "json_schema", "name": name, "schema": schema, "strict": strict.unwrap_or(false)});
            if let Some(description) = description {
                format["description"] = description.as_str().into();
            }
            text.insert("format".to_owned(), format);
        }
    }
    text.extend(prompt.rest.get("verbosity").filter(|verbosity| verbosity.is_string()).map(|it| ("verbosity".to_owned(), it.clone())));
    if text.is_empty() { Value::Null } else { text.into() }
}

fn text_of(part: &Part) -> Option<&str> {
    match part {
        Part::Text { text, .. } => Some(text),
        _ => None,
    }
}

/// The conversation as items: text and images of one turn are a message, calls and results are items of their own.
fn input(prompt: &Prompt, notes: &mut Notes) -> Result<Vec<Value>, Untranslatable> {
    let mut items = Vec::new();
    let parts = || prompt.turns.iter().flat_map(|turn| &turn.parts);
    let is_custom = |call: &str| parts().any(|part| matches!(part, Part::ToolCall { id, custom: true, .. } if id == call));
    for turn in &prompt.turns {
        let mut content = Vec::new();
        for part in &turn.parts {
            match item(part, turn, is_custom, notes).map_err(|error| prompt.placed(error, part))? {
                Some(item) => {
                    flush(turn.role, &mut content, &mut items);
                    items.push(item);
                }
                None => content.extend(self::content(part, turn.role).map_err(|error| prompt.placed(error, part))?),
            }
        }
        flush(turn.role, &mut content, &mut items);
    }
    Ok(items)
}

/// A thought that OpenAI encrypted: another's it refuses.
fn is_own_thought(part: &Part) -> bool {
    matches!(part, Part::Thinking { hidden: Some(hidden), .. } if hidden.starts_with(OPENAI_ENCRYPTED))
}

fn flush(role: Role, content: &mut Vec<Value>, items: &mut Vec<Value>) {
    if !content.is_empty() {
        let role = if role == Role::User { "user" } else { "assistant" };
        items.push(json!({"type": "message", "role": role, "content": std::mem::take(content)}));
    }
}

/// The item that a part is by itself.
fn item(part: &Part, turn: &Turn, is_custom: impl Fn(&str) -> bool, notes: &mut Notes) -> Result<Option<Value>, Untranslatable> {
    Ok(match part {
        Part::ToolCall { id, name, arguments, custom: true, .. } => {
            Some(json!({"type": "custom_tool_call", "call_id": id, "name": name, "input": arguments}))
        }
        Part::ToolCall { id, name, arguments, .. } => {
            Some(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}))
        }
        Part::ToolResult { id, parts, is_error, .. } => {
            let output = output(parts, *is_error)?;
            let kind = if is_custom(id) { "custom_tool_call_output" } else { "function_call_output" };
            Some(json!({"type": kind, "call_id": id, "output": output}))
        }
        Part::Thinking { hidden: Some(hidden), .. } if is_own_thought(part) => {
            Some(json!({"type": "reasoning", "summary": [], "encrypted_content": hidden}))
        }
        // A summary whose thought follows encrypted is left out without a loss.
        Part::Thinking { .. } if turn.parts.iter().any(is_own_thought) => None,
        Part::Thinking { .. } => {
            notes.warn("earlier thoughts were left out: the target takes back only its own");
            None
        }
        _ => None,
    })
}

/// What a tool answered. There is no member for its failure, so that it is said in words, as for chat targets.
fn output(parts: &[Part], is_error: bool) -> Result<Value, Untranslatable> {
    let failed = if is_error { "Error: " } else { "" };
    Ok(match parts {
        [] => failed.into(),
        [Part::Text { text, .. }] => format!("{failed}{text}").into(),
        parts => {
            let before = is_error.then(|| Ok(Some(json!({"type": "input_text", "text": failed}))));
            let parts = before.into_iter().chain(parts.iter().map(|part| content(part, Role::User)));
            parts.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?.into()
        }
    })
}

/// The part of a message; none for what is an item, or nothing.
fn content(part: &Part, role: Role) -> Result<Option<Value>, Untranslatable> {
    Ok(Some(match part {
        Part::Text { text, .. } if role == Role::Assistant => json!({"type": "output_text", "text": text, "annotations": []}),
        Part::Text { text, .. } => json!({"type": "input_text", "text": text}),
        Part::Refusal(text) => json!({"type": "refusal", "refusal": text}),
        Part::Image { source, detail, .. } => {
            let mut image = json!({"type": "input_image", "detail": detail.as_deref().unwrap_or("auto")});
            match source {
                Source::Url(url) => image["image_url"] = url.as_str().into(),
                Source::Base64 { media_type, data } => image["image_url"] = format!("data:{media_type};base64,{data}").into(),
                Source::File(id) => image["file_id"] = id.as_str().into(),
                Source::Text(_) => return Ok(None),
            }
            image
        }
        Part::Document { source, name, .. } => {
            let mut file = json!({"type": "input_file"});
            match source {
                Source::Url(url) => file["file_url"] = url.as_str().into(),
                Source::Base64 { media_type, data } => {
                    file["filename"] = name.as_deref().unwrap_or("document.pdf").into();
                    file["file_data"] = format!("data:{media_type};base64,{data}").into();
                }
                Source::File(id) => file["file_id"] = id.as_str().into(),
                Source::Text(text) => {
                    // There is no other place for its name.
                    let text = match name {
                        Some(name) => format!("<document name=\"{name}\">\n{text}\n</document>"),
                        None => format!("<document>\n{text}\n</document>"),
                    };
                    return Ok(Some(json!({"type": "input_text", "text": text})));
                }
            }
            file
        }
        Part::Audio { .. } => {
            let why = "holds audio, which OpenAI's Responses does not take; send text, or choose another target";
            return Err(Untranslatable::new("messages", why));
        }
        Part::Thinking { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => return Ok(None),
    }))
}
