//! One case: documents, what upstreams do, and requests. Times are in beats, which the tempo makes into milliseconds.

use serde::Serialize;
use serde_json::{Value, json};

/// Milliseconds of one beat. Deadlines lie half a beat beside everything that upstreams do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempo(pub u64);

impl Tempo {
    /// So many beats.
    pub fn ms(self, beats: u32) -> u64 {
        self.0 * u64::from(beats)
    }

    /// A deadline: half a beat later.
    pub fn deadline_ms(self, beats: u32) -> u64 {
        self.ms(beats) + self.0 / 2
    }
}

/// What one call comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deed {
    /// Beats until it is complete.
    pub after: u32,
    /// What.
    pub what: What,
}

/// What a call comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum What {
    /// An answer.
    Says(Answer),
    /// An error status.
    Status {
        /// HTTP status.
        status: u16,
        /// Half beats that it asks for.
        retry_after_half_beats: Option<u32>,
        /// OpenAI's code.
        code: Option<&'static str>,
    },
    /// The connection is torn down before a head.
    Reset,
    /// A head and a role, then the connection closes.
    Broken,
    /// Nothing, for ever.
    Silence,
    /// A judge's answer: the answer that was shown to it at this place.
    Picks(usize),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// Why it ended.
    pub finish_reason: &'static str,
    /// The tool that it calls, and with what.
    pub tool: Option<(&'static str, &'static str)>,
    /// Beats until its first content, where it is streamed.
    pub first: u32,
    /// What it used.
    pub tokens: (u64, u64),
}

/// An answer of this text after so many beats.
pub fn says(after: u32, text: &str) -> Deed {
    let answer = Answer { text: text.to_owned(), finish_reason: "stop", tool: None, first: after.min(1), tokens: (9, 3) };
    Deed { after, what: What::Says(answer) }
}

/// An error status after so many beats.
pub fn status(after: u32, status: u16) -> Deed {
    Deed { after, what: What::Status { status, retry_after_half_beats: None, code: None } }
}

/// Something else after so many beats.
pub fn does(after: u32, what: What) -> Deed {
    Deed { after, what }
}

impl Deed {
    /// With these tokens.
    pub fn using(mut self, input: u64, output: u64) -> Self {
        if let What::Says(answer) = &mut self.what {
            answer.tokens = (input, output);
        }
        self
    }

    /// Ending for this reason.
    pub fn finishing(mut self, reason: &'static str) -> Self {
        if let What::Says(answer) = &mut self.what {
            answer.finish_reason = reason;
        }
        self
    }

    /// Calling a tool.
    pub fn calling(mut self, name: &'static str, arguments: &'static str) -> Self {
        if let What::Says(answer) = &mut self.what {
            (answer.tool, answer.finish_reason) = (Some((name, arguments)), "tool_calls");
        }
        self
    }
}

/// A model of the providers `alpha` and `judge`.
#[derive(Debug, Clone, Serialize)]
pub struct ModelSpec {
    /// `provider/model`.
    pub name: String,
    /// USD per million tokens, in and out.
    pub price: (f64, f64),
    /// Its tier.
    pub tier: Option<&'static str>,
    /// Can it call tools?
    pub tools: bool,
    /// What its calls come to; the last one goes on for ever.
    pub deeds: Vec<Deed>,
}

/// A model that does this, ever again from the last one on.
pub fn model(name: &str, deeds: impl Into<Vec<Deed>>) -> ModelSpec {
    ModelSpec { name: name.to_owned(), price: (1.0, 2.0), tier: Some("standard"), tools: true, deeds: deeds.into() }
}

impl ModelSpec {
    /// At this price.
    pub fn priced(self, input: f64, output: f64) -> Self {
        Self { price: (input, output), ..self }
    }
}

/// One request.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ask {
    /// A stream?
    pub stream: bool,
    /// Does it offer a tool?
    pub tools: bool,
    /// Who asks.
    pub end_user: Option<&'static str>,
    /// `tenant`.
    pub tenant: Option<&'static str>,
    /// The caller's limit.
    pub max_tokens: Option<u64>,
    /// Beats to wait before it.
    pub pause: u32,
    /// The caller hangs up a quarter of a beat after so many.
    pub hangs_up: Option<u32>,
}

impl Ask {
    /// When the caller hangs up, in milliseconds.
    pub fn hang_up_ms(&self, tempo: Tempo) -> Option<u64> {
        self.hangs_up.map(|beats| tempo.ms(beats) + tempo.0 / 4)
    }

    /// The body.
    pub fn body(&self) -> Value {
        let mut body = json!({"model": "@production", "messages": [{"role": "user", "content": "what is it, and why is it so?"}]});
        if self.stream {
            body["stream"] = json!(true);
        }
        if self.tools {
            body["tools"] = json!([{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]);
        }
        if let Some(limit) = self.max_tokens {
            body["max_tokens"] = json!(limit);
        }
        if let Some(user) = self.end_user {
            body["mlx:end_user"] = json!(user);
        }
        if let Some(tenant) = self.tenant {
            body["mlx:tags"] = json!({ "tenant": tenant });
        }
        body
    }
}

/// A case at one tempo.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// Which one: what is printed where it fails.
    pub name: String,
    /// Slug and document, each version 1; `production` is what is asked for.
    pub configs: Vec<(String, Value)>,
    /// The models.
    pub models: Vec<ModelSpec>,
    /// The requests, one after the other.
    pub asks: Vec<Ask>,
    /// Of the draws.
    pub seed: u64,
}

impl Case {
    /// One config, one plain request.
    pub fn of(name: &str, document: Value, models: impl Into<Vec<ModelSpec>>) -> Self {
        Self {
            name: name.to_owned(),
            configs: vec![("production".to_owned(), document)],
            models: models.into(),
            asks: vec![Ask::default()],
            seed: 1,
        }
    }

    /// With these requests in place of one.
    pub fn asking(self, asks: impl Into<Vec<Ask>>) -> Self {
        Self { asks: asks.into(), ..self }
    }

    /// With one more config.
    pub fn with(mut self, slug: &str, document: Value) -> Self {
        self.configs.push((slug.to_owned(), document));
        self
    }
}
