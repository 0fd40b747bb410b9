//! A request in this dialect, from the form between dialects.
//!
//! What becomes of what this dialect has no place for:
//!
//! - Caching marks go without a word: OpenAI's models cache by themselves.
//! - Thoughts of earlier turns are left out, with a warning, but for targets that take them (`Quirks::thoughts`).
//! - Images and documents in a tool's result follow in a user message, for tools answer with text alone.
//! - A tool's failure stands before its text: `Error: …`.
//! - `top_k`, and thinking turned off: left out, with a warning. A budget for thinking becomes a degree. Of models that
//!   are known not to think no degree is asked, for their servers refuse it; coding agents ask every model for it.
//! - A schema, where the target takes none: asked for in words, with a warning.
//! - Tools of plain text, where the target knows functions only: functions of one argument.
//! - Tools that another provider runs: left out with a warning where there are others, refused where there are none.

mod messages;
mod thoughts;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::UpstreamEdit;
use crate::hub::{Effort, Format, Notes, Prompt, Thinking, Tool, ToolChoice, ToolKind, Untranslatable};

/// How warnings call the target.
const TARGET: &str = "a target that speaks OpenAI chat completions";

/// Members without which the answer would be another one.
const FATAL: [&str; 13] = [
    "n",
    "logprobs",
    "top_logprobs",
    "echo",
    "best_of",
    "suffix",
    "previous_response_id",
    "conversation",
    "background",
    "prompt",
    "container",
    "mcp_servers",
    "web_search_options",
];

/// Members that have the same meaning in every dialect that has them, and in this one.
const SAME: [&str; 3] = ["logit_bias", "verbosity", "prediction"];

/// Those of them that targets have which refuse what they do not know.
const SAME_EVERYWHERE: [&str; 1] = ["prediction"];

/// Writes it.
pub(crate) fn from_hub(prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<Map<String, Value>, Untranslatable> {
    let prompt = if edit.quirks.custom_tools { Cow::Borrowed(prompt) } else { prompt.custom_as_functions(notes) };
    let prompt = &*prompt;
    let mut body = Body::default();
    body.set("model", edit.model);
    let mut system = Vec::new();
    let format = response_format(&prompt.format, edit, &mut system, notes);
    body.set("messages", messages::write(prompt, &system, edit, notes)?);
    tools(&mut body, prompt, edit, notes)?;
    body.set_some("response_format", format);
    settings(&mut body, prompt, edit, notes);
    let same: &[&str] = if edit.quirks.no_unknown_members { &SAME_EVERYWHERE } else { &SAME };
    let (same, rest) = prompt.rest.clone().into_iter().partition(|(name, _)| same.contains(&name.as_str()));
    notes.rest(&rest, TARGET, &FATAL)?;
    let same: Map<String, Value> = same;
    body.0.extend(same);
    Ok(body.0)
}

#[derive(Default)]
struct Body(Map<String, Value>);

impl Body {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }
}

fn settings(body: &mut Body, prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) {
    let limit = if edit.quirks.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body.set_some(limit, prompt.max_tokens);
    body.set_some("temperature", prompt.temperature.clone().map(Value::Number));
    body.set_some("top_p", prompt.top_p.clone().map(Value::Number));
    body.set_some("presence_penalty", prompt.presence_penalty.clone().map(Value::Number));
    body.set_some("frequency_penalty", prompt.frequency_penalty.clone().map(Value::Number));
    body.set_some(if edit.quirks.random_seed { "random_seed" } else { "seed" }, prompt.seed);
    body.set_some("stop", (!prompt.stop.is_empty()).then(|| prompt.stop.clone()));
    body.set_some("reasoning_effort", effort(prompt.thinking.as_ref(), edit.model, notes).map(Effort::openai));
    if edit.quirks.no_unknown_members {
        if prompt.user.is_some() {
            notes.warn("the end user's id was left out: the target refuses members that it does not know");
        }
    } else {
        body.set_some("user", notes.openai_user(prompt.user.as_deref()));
    }
    if prompt.top_k.is_some() {
        notes.warn(format!("`top_k` was left out: {TARGET} has nothing like it"));
    }
    if prompt.stream {
        body.set("stream", true);
        body.set_some("stream_options", edit.include_usage.then(|| json!({"include_usage": true})));
    }
}

fn effort(thinking: Option<&Thinking>, model: &str, notes: &mut Notes) -> Option<Effort> {
    let effort = match thinking? {
        Thinking::Effort(effort) => *effort,
        Thinking::Budget(tokens) => Effort::of_budget(*tokens),
        Thinking::Adaptive => return None,
        Thinking::Off => {
            // `none` is taken by the newest models alone, and refused by those that do not think at all.
            notes.warn("thinking was to be off, which was left out: the target decides by itself");
            return None;
        }
    };
    if never_thinks(model) {
        notes.warn(format!("thinking was left out: `{model}` does not think before it answers"));
        return None;
    }
    Some(effort)
}

/// Families without any model that thinks, by their names: those whose servers refuse to be asked for it.
fn never_thinks(model: &str) -> bool {
    const FAMILIES: [&str; 13] = [
        "gpt-3",
        "gpt-4",
        "chatgpt",
        "llama",
        "meta-llama",
        "mixtral",
        "ministral",
        "codestral",
        "pixtral",
        "gemma",
        "phi-3",
        "qwen2",
        "command-r",
    ];
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    FAMILIES.iter().any(|family| name.starts_with(family)) || (name.starts_with("gpt-5") && name.contains("-chat"))
}

fn response_format(format: &Format, edit: &UpstreamEdit<'_>, system: &mut Vec<String>, notes: &mut Notes) -> Option<Value> {
    match format {
        Format::Text => None,
        Format::Json => Some(json!({"type": "json_object"})),
        Format::Schema { schema, .. } if edit.quirks.no_json_schema => {
            notes.warn("the target takes no JSON schema: it is asked in words to keep to it, and may not");
            system.push(format!("Answer with one JSON object and nothing else. It must match this JSON schema:\n{schema}"));
            Some(json!({"type": "json_object"}))
        }
        Format::Schema { name, description, schema, strict } => {
            let mut inner = Body::default();
            inner.set("name", name.as_deref().unwrap_or("answer"));
            inner.set_some("description", description.clone());
            inner.set("schema", schema.clone());
            inner.set_some("strict", *strict);
            Some(json!({"type": "json_schema", "json_schema": inner.0}))
        }
    }
}

fn tools(body: &mut Body, prompt: &Prompt, edit: &UpstreamEdit<'_>, notes: &mut Notes) -> Result<(), Untranslatable> {
    let mut written = Vec::with_capacity(prompt.tools.len());
    for (at, tool) in prompt.tools.iter().enumerate() {
        match write_tool(tool) {
            Some(tool) => written.push(tool),
            None => prompt.leave_out_hosted(at, notes)?,
        }
    }
    if written.is_empty() {
        return Ok(());
    }
    body.set("tools", written);
    let choice = prompt.tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => {
            let is_custom = |tool: &Tool| tool.name == *name && matches!(tool.kind, ToolKind::Custom { .. });
            let kind = if prompt.tools.iter().any(is_custom) { "custom" } else { "function" };
            json!({"type": kind, kind: {"name": name}})
        }
    });
    body.set_some("tool_choice", choice);
    match prompt.parallel_tool_calls {
        Some(false) if edit.quirks.no_parallel_tool_calls => {
            notes.warn("calls were to be made one at a time, which the target cannot be told");
        }
        parallel => body.set_some("parallel_tool_calls", parallel.filter(|_| !edit.quirks.no_parallel_tool_calls)),
    }
    Ok(())
}

/// `None` for a tool of another provider.
fn write_tool(tool: &Tool) -> Option<Value> {
    let mut inner = Body::default();
    inner.set("name", tool.name.as_str());
    inner.set_some("description", tool.description.clone());
    match &tool.kind {
        ToolKind::Function { schema } => {
            inner.set("parameters", schema.clone());
            inner.set_some("strict", tool.strict);
            Some(json!({"type": "function", "function": inner.0}))
        }
        ToolKind::Custom { format } => {
            inner.set_some("format", Some(format.clone()).filter(|format| !format.is_null()));
            Some(json!({"type": "custom", "custom": inner.0}))
        }
        ToolKind::Hosted { .. } => None,
    }
}

#[cfg(test)]
mod tests;
