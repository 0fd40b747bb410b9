//! What an upstream says, written as each API writes it.
//!
//! ```text
//! Said { thinking, text, calls } --answer()--> one JSON body
//!                                --events()--> the events of a stream, one string each
//! ```
//! Every form reports the same usage: 9 tokens in, 4 of them read from the provider's cache, and 3 out. None of this is made
//! by the code under test.
mod chat;
mod completions;
mod messages;
mod responses;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::openai;

/// What a model says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// What it thinks first.
    pub thinking: String,
    /// What it says; a stream splits it at its spaces.
    pub text: String,
    /// The tools that it calls.
    pub calls: Vec<Call>,
    /// It wanted to say more than it may.
    pub cut: bool,
}

/// A tool that a model calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Id of the call.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// JSON text; a stream splits it in two.
    pub arguments: String,
}

impl Said {
    /// Plain text.
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// With a call besides.
    pub fn call(mut self, id: &str, name: &str, arguments: &str) -> Self {
        self.calls.push(Call { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_owned() });
        self
    }

    /// With a thought before it.
    pub fn thinking(mut self, thinking: &str) -> Self {
        self.thinking = thinking.to_owned();
        self
    }

    /// The text as a stream splits it: each part but the first begins with its space.
    fn parts(&self) -> Vec<&str> {
        split(&self.text)
    }
}

fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(' ').filter(|(at, _)| *at > 0) {
        parts.push(&text[start..at]);
        start = at;
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

impl Call {
    fn halves(&self) -> (&str, &str) {
        self.arguments.split_at(self.arguments.len() / 2)
    }
}

/// The APIs that an upstream can be asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI chat completions.
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
    /// OpenAI completions, from before the chat.
    Completions,
    /// OpenAI embeddings.
    Embeddings,
}

impl Dialect {
    /// The dialect whose endpoint that path is.
    pub fn of_path(path: &str) -> Option<Dialect> {
        let path = path.split('?').next()?;
        // Longer endings first: `/chat/completions` ends in `/completions`.
        [
            ("/chat/completions", Dialect::Chat),
            ("/responses", Dialect::Responses),
            ("/messages", Dialect::Messages),
            ("/completions", Dialect::Completions),
            ("/embeddings", Dialect::Embeddings),
        ]
        .into_iter()
        .find_map(|(end, dialect)| path.ends_with(end).then_some(dialect))
    }

    /// A whole answer.
    pub fn answer(self, model: &str, said: &Said) -> String {
        match self {
            Dialect::Chat => chat::answer(model, said).to_string(),
            Dialect::Responses => responses::answer(model, said).to_string(),
            Dialect::Messages => messages::answer(model, said).to_string(),
            Dialect::Completions => completions::answer(model, said).to_string(),
            Dialect::Embeddings => embeddings(model),
        }
    }

    /// The events of a stream; `usage` says whether a caller of OpenAI's chat asked for it.
    pub fn events(self, model: &str, said: &Said, usage: bool) -> Vec<String> {
        match self {
            Dialect::Chat => chat::events(model, said, usage),
            Dialect::Responses => responses::events(model, said),
            Dialect::Messages => messages::events(model, said),
            Dialect::Completions => completions::events(model, said, usage),
            Dialect::Embeddings => Vec::new(),
        }
    }

    /// An error with `scripted {status}` as its message.
    pub fn error(self, status: u16) -> String {
        match self {
            Dialect::Messages => messages::error(status).to_string(),
            _ => openai::error(status),
        }
    }
}

fn embeddings(model: &str) -> String {
    json!({
        "object": "list", "model": model, "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5, 1.0]}],
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    })
    .to_string()
}

/// An event without a name, as OpenAI's older APIs have it.
fn unnamed(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// An event with the name that stands in its `type`.
fn named(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
}
