//! A request in this dialect, out of the form between dialects. Model and stream stand in the address.
//!
//! What only some models take goes into `additionalModelRequestFields`: thinking and `top_k`.

mod blocks;
mod tools;

use serde_json::{Map, Value, json};

use crate::UpstreamEdit;
use crate::hub::{Format, Notes, Part, Prompt, Thinking, Untranslatable};
use crate::messages::shared::{Claude, FATAL, Thought, format_in_words, thought, tidy, turns};

const NAME: &str = "Bedrock's Converse API";

/// Writes it.
pub(crate) fn from_hub(prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<Map<String, Value>, Untranslatable> {
    let prompt = &*prompt.custom_as_functions(notes);
    let claude = Claude::of(edit.model);
    let said = turns(prompt, notes)?;
    let mut body = Map::new();
    body.insert("messages".to_owned(), blocks::messages(prompt, &said, notes)?);
    let by_schema = claude.takes_schema() && !edit.quirks.no_json_schema;
    let system = system(prompt, by_schema, notes);
    if !system.is_empty() {
        body.insert("system".to_owned(), system.into());
    }
    let mut more = Map::new();
    let is_claude = edit.model.contains("claude");
    let thought = is_claude.then(|| thought(prompt, edit, claude, &said, notes));
    match &thought {
        Some(thought) => {
            let mut output = Map::new();
            thought.write(&mut more, &mut output);
            if !output.is_empty() {
                more.insert("output_config".to_owned(), output.into());
            }
        }
        None if prompt.thinking.is_some_and(|thinking| thinking != Thinking::Off) => other_thinking(prompt, edit, &mut more, notes),
        None => {}
    }
    inference(&mut body, &mut more, prompt, edit, thought.as_ref(), notes);
    tools::write(&mut body, prompt, &said, claude, notes)?;
    if let (Format::Schema { .. }, true) = (&prompt.format, by_schema) {
        body.insert("outputConfig".to_owned(), text_format(&prompt.format));
    }
    if !more.is_empty() {
        body.insert("additionalModelRequestFields".to_owned(), more.into());
    }
    others(prompt, notes)?;
    Ok(body)
}

fn system(prompt: &Prompt, by_schema: bool, notes: &mut Notes) -> Vec<Value> {
    let mut blocks = Vec::new();
    // Without any turn it went into the user's.
    for part in prompt.system.iter().filter(|_| !prompt.turns.is_empty()) {
        if let Part::Text { text, cache } = part
            && !text.trim().is_empty()
        {
            blocks.push(json!({ "text": text }));
            blocks::mark(&mut blocks, *cache);
        }
    }
    blocks.extend(format_in_words(&prompt.format, by_schema, notes).map(|words| json!({ "text": words })));
    blocks
}

/// The schema goes as text.
fn text_format(format: &Format) -> Value {
    let Format::Schema { name, description, schema, .. } = format else { return Value::Null };
    let mut json_schema = json!({"schema": schema.to_string(), "name": name.as_deref().unwrap_or("answer")});
    if let Some(description) = description {
        json_schema["description"] = description.as_str().into();
    }
    json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": json_schema}}})
}

/// Models that are none of Anthropic's: OpenAI's open ones take a degree, of others nothing is known.
fn other_thinking(prompt: &Prompt, edit: &UpstreamEdit<'_>, more: &mut Map<String, Value>, notes: &mut Notes) {
    use crate::hub::Effort;
    let effort = match prompt.thinking {
        Some(Thinking::Effort(effort)) => effort,
        Some(Thinking::Budget(tokens)) => Effort::of_budget(tokens),
        _ => Effort::Medium,
    };
    if edit.model.contains("gpt-oss") {
        more.insert("reasoning_effort".to_owned(), effort.clamp(Effort::Low, Effort::High).openai().into());
    } else {
        notes.warn("thinking was left out: on Bedrock it can be asked of Anthropic's and OpenAI's models");
    }
}

fn inference(
    body: &mut Map<String, Value>,
    more: &mut Map<String, Value>,
    prompt: &Prompt,
    edit: &UpstreamEdit<'_>,
    thought: Option<&Thought>,
    notes: &mut Notes,
) {
    let mut config = Map::new();
    let claude = Claude::of(edit.model);
    let (thinks, is_claude) = (thought.is_some_and(Thought::is_on), thought.is_some());
    // Without a limit a model on Bedrock goes to its own.
    let limit = prompt.max_tokens.or(thought.filter(|thought| thought.is_on()).map(|thought| thought.max_tokens));
    if let Some(limit) = limit {
        config.insert("maxTokens".to_owned(), limit.into());
    }
    let is_fixed = thinks || claude.refuses_sampling();
    let mut left_out = |name: &str| notes.warn(format!("`{name}` was left out: this model does not take it, or not while it thinks"));
    match &prompt.temperature {
        Some(number) if is_fixed && number.as_f64() == Some(1.0) => {}
        Some(_) if is_fixed => left_out("temperature"),
        Some(number) => {
            let is_high = is_claude && number.as_f64().is_some_and(|number| number > 1.0);
            config.insert("temperature".to_owned(), if is_high { 1.into() } else { number.clone().into() });
            if is_high {
                notes.warn("`temperature` was lowered to 1, the highest that the model takes");
            }
        }
        None => {}
    }
    let mut left_out =
        |name: &str| notes.warn(format!("`{name}` was left out: this model does not take it, or not together with the others"));
    match prompt.top_p.as_ref().filter(|number| number.as_f64() != Some(1.0)) {
        Some(_) if is_fixed || (config.contains_key("temperature") && claude.takes_one_of_temperature_and_top_p()) => left_out("top_p"),
        Some(number) => {
            config.insert("topP".to_owned(), number.clone().into());
        }
        None => {}
    }
    match prompt.top_k {
        Some(k) if (is_claude && !is_fixed) || edit.model.contains("mistral") => {
            more.insert("top_k".to_owned(), k.into());
        }
        Some(_) => left_out("top_k"),
        None => {}
    }
    let stop: Vec<&str> = prompt.stop.iter().map(String::as_str).filter(|stop| !stop.trim().is_empty()).collect();
    if stop.len() < prompt.stop.len() {
        notes.warn("stop sequences of white space alone were left out: the target refuses them");
    }
    if !stop.is_empty() {
        config.insert("stopSequences".to_owned(), stop.into());
    }
    if !config.is_empty() {
        body.insert("inferenceConfig".to_owned(), config.into());
    }
}

fn others(prompt: &Prompt, notes: &mut Notes) -> Result<(), Untranslatable> {
    let some = |number: &Option<serde_json::Number>| number.as_ref().is_some_and(|number| number.as_f64() != Some(0.0));
    for (name, is_there) in [
        ("seed", prompt.seed.is_some()),
        ("presence_penalty", some(&prompt.presence_penalty)),
        ("frequency_penalty", some(&prompt.frequency_penalty)),
        ("user", prompt.user.is_some()),
    ] {
        if is_there {
            notes.warn(format!("`{name}` was left out: {NAME} has nothing like it"));
        }
    }
    let mut rest = prompt.rest.clone();
    tidy(&mut rest);
    notes.rest(&rest, NAME, FATAL)
}

/// A target's own parameter, under Bedrock's name for it: what Converse has no member for goes to the model.
pub(crate) fn override_member(body: &mut Map<String, Value>, name: &str, value: &Value) {
    const OWN: [&str; 9] = [
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "guardrailConfig",
        "inferenceConfig",
        "outputConfig",
        "performanceConfig",
        "requestMetadata",
        "serviceTier",
        "toolConfig",
    ];
    let (group, name) = match name {
        own if OWN.contains(&own) => {
            body.insert(own.to_owned(), value.clone());
            return;
        }
        "max_tokens" | "max_completion_tokens" | "max_output_tokens" => ("inferenceConfig", "maxTokens"),
        "temperature" => ("inferenceConfig", "temperature"),
        "top_p" => ("inferenceConfig", "topP"),
        "stop" | "stop_sequences" => ("inferenceConfig", "stopSequences"),
        other => ("additionalModelRequestFields", other),
    };
    let value = if name == "stopSequences" && value.is_string() { json!([value]) } else { value.clone() };
    if let Value::Object(group) = body.entry(group).or_insert_with(|| json!({})) {
        group.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;
