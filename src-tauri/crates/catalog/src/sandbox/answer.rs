//! What a sandbox model answers.

use serde_json::{Value, json};

use super::random::Random;
use super::{SandboxModel, instance, words};

/// What a caller asks a sandbox model.
#[derive(Debug, Clone)]
pub struct Prompt<'a> {
    /// The model.
    pub model: SandboxModel,
    /// The text of the last message.
    pub text: &'a str,
    /// Another seed gives another answer to the same prompt.
    pub seed: u64,
    /// The tools that are offered.
    pub tools: &'a [Tool],
    /// Which of them may be called.
    pub tool_choice: ToolChoice<'a>,
    /// Whether the last message is the user's; after a tool's result, no tool is called again.
    pub from_user: bool,
    /// Whether `response_format` asks for JSON.
    pub wants_json: bool,
    /// The JSON schema that it asks for.
    pub schema: Option<&'a Value>,
    /// Tokens at most.
    pub max_tokens: Option<u64>,
}

/// A tool that a caller offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The JSON schema of its arguments.
    pub parameters: Value,
}

/// `tool_choice`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ToolChoice<'a> {
    /// A tool is called when the prompt mentions its name.
    #[default]
    Auto,
    /// No tool is called.
    None,
    /// The first tool is called.
    Required,
    /// The tool of that name is called.
    Named(&'a str),
}

/// A sandbox model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text in pieces of one token each, for streaming; empty where a tool is called.
    pub pieces: Vec<String>,
    /// The tool that is called.
    pub tool_call: Option<ToolCall>,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// An id, as providers give one.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as JSON text.
    pub arguments: String,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It was complete.
    Stop,
    /// It reached the caller's limit.
    Length,
    /// A tool is to be called.
    ToolCalls,
}

impl Finish {
    /// The `finish_reason` that OpenAI has for it.
    pub fn as_openai(self) -> &'static str {
        match self {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::ToolCalls => "tool_calls",
        }
    }
}

impl Answer {
    /// The whole text.
    pub fn text(&self) -> String {
        self.pieces.concat()
    }
}

/// The answer to a prompt: the same for the same prompt and seed.
pub fn answer(prompt: &Prompt<'_>) -> Answer {
    let mut random = Random::new(prompt.seed, &[prompt.model.name(), prompt.text]);
    match tool_to_call(prompt) {
        Some(tool) => call(tool, &mut random),
        None => say(&text(prompt, &mut random), prompt.max_tokens),
    }
}

fn tool_to_call<'a>(prompt: &Prompt<'a>) -> Option<&'a Tool> {
    if !prompt.from_user {
        return None;
    }
    match prompt.tool_choice {
        ToolChoice::None => None,
        ToolChoice::Required => prompt.tools.first(),
        ToolChoice::Named(name) => prompt.tools.iter().find(|tool| tool.name == name),
        ToolChoice::Auto => prompt.tools.iter().find(|tool| mentions(prompt.text, &tool.name)),
    }
}

/// `get_weather` is mentioned by `get_weather`, `get weather` and `GET-WEATHER`.
fn mentions(text: &str, name: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
    !name.is_empty() && plain(text).contains(&plain(name))
}

fn call(tool: &Tool, random: &mut Random) -> Answer {
    let id = format!("call_{:016x}", random.next());
    let arguments = match instance::generate(&tool.parameters, random) {
        value @ Value::Object(_) => value.to_string(),
        _ => "{}".to_owned(),
    };
    let output_tokens = pieces(&tool.name).len() as u64 + pieces(&arguments).len() as u64;
    let tool_call = Some(ToolCall { id, name: tool.name.clone(), arguments });
    Answer { pieces: Vec::new(), tool_call, finish: Finish::ToolCalls, output_tokens }
}

fn text(prompt: &Prompt<'_>, random: &mut Random) -> String {
    if let Some(verdict) = verdict(prompt.text) {
        return verdict;
    }
    if let Some(schema) = prompt.schema {
        return instance::generate(schema, random).to_string();
    }
    match prompt.model {
        _ if prompt.wants_json => object(prompt.text, random),
        SandboxModel::Json => object(prompt.text, random),
        SandboxModel::Smart => words::paragraph(prompt.text, random),
        SandboxModel::Fast | SandboxModel::Slow | SandboxModel::Flaky => words::short(prompt.text, random),
    }
}

/// A judge's verdict on the answers that `text` lists as `{"answers":[{"label","text"},…]}`: the
/// longest one is the best, the first of two as long; whoever asks in another order gets the same.
fn verdict(text: &str) -> Option<String> {
    let question: Value = serde_json::from_str(text).ok()?;
    let answers = question.get("answers")?.as_array()?;
    let judged = answers.iter().filter_map(|answer| Some((answer.get("label")?.as_str()?, answer.get("text")?.as_str()?)));
    let best = judged.reduce(|best, other| if other.1.len() > best.1.len() { other } else { best })?;
    Some(json!({ "best": best.0 }).to_string())
}

fn object(text: &str, random: &mut Random) -> String {
    json!({
        "answer": words::short(text, random),
        "topics": words::topics(text),
        "confidence": (50 + random.below(50)) as f64 / 100.0,
    })
    .to_string()
}

fn say(text: &str, max_tokens: Option<u64>) -> Answer {
    let mut pieces = pieces(text);
    let limit = max_tokens.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let finish = if pieces.len() > limit { Finish::Length } else { Finish::Stop };
    pieces.truncate(limit);
    let output_tokens = pieces.len() as u64;
    Answer { pieces, tool_call: None, finish, output_tokens }
}

/// Cuts a text into tokens: words with the space before them, of eight characters at most, and
/// punctuation.
fn pieces(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut current = String::new();
    for c in text.chars() {
        let joins = c.is_alphanumeric() && current.chars().count() < 8;
        if !joins && !current.is_empty() {
            all.push(std::mem::take(&mut current));
        }
        current.push(c);
        let is_mark = !c.is_alphanumeric() && c != ' ';
        if is_mark {
            all.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    all
}
