//! What an upstream is told to do.

use serde::{Deserialize, Serialize};

use crate::{
    dialects::{Dialect, Said},
    openai,
};

/// One thing that the upstream does on its connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Sends status line and headers. Without a `content-length` among them the body is chunked.
    Head {
        /// HTTP status.
        status: u16,
        /// Header names and values, sent as written.
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// Sends this text as one write (one chunk where the body is chunked).
    Text {
        /// The bytes.
        text: String,
    },
    /// Sends these bytes as one write.
    Bytes {
        /// The bytes, base64.
        base64: String,
    },
    /// Sends this text a byte at a time.
    Drip {
        /// The bytes.
        text: String,
        /// Pause between two of them.
        every_ms: u64,
    },
    /// Sends this many spaces.
    Fill {
        /// How many bytes.
        bytes: u64,
    },
    /// Sends bytes outside of any framing.
    Raw {
        /// The bytes.
        text: String,
    },
    /// Holds until the gate of that name is released.
    Wait {
        /// Name of the gate.
        gate: String,
    },
    /// Pauses.
    Pause {
        /// For how long.
        ms: u64,
    },
    /// Does nothing until the caller hangs up.
    Hang,
    /// Tears the connection down with a TCP reset.
    Reset,
    /// Closes the connection, without ending a chunked body.
    Close,
    /// Ends the body; the connection stays open for the next request.
    End,
    /// A whole answer, in the form and the way (streamed or not) that the request asks for. Has to be the only step.
    Say(Said),
    /// An error, in the form of the API that the request came by. Has to be the only step.
    Refuse {
        /// HTTP status.
        status: u16,
    },
}

/// The steps that answer one request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reply(pub Vec<Step>);

impl Reply {
    /// A reply that has not said anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A complete answer with a JSON body.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::json_with(status, &[], body)
    }

    /// A complete answer with a JSON body and these headers besides.
    pub fn json_with(status: u16, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        let mut all = vec![("content-type", "application/json"), ("content-length", length.as_str())];
        all.extend_from_slice(headers);
        Self::new().head(status, &all).text(body).end()
    }

    /// That, in the form and the way that the request asks for.
    pub fn said(said: Said) -> Self {
        Self::new().then(Step::Say(said))
    }

    /// An error of that status, in the form of the API that the request comes by.
    pub fn refused(status: u16) -> Self {
        Self::new().then(Step::Refuse { status })
    }

    /// The first `count` events of a stream that says that; more steps may follow.
    pub fn begun(dialect: Dialect, said: &Said, count: usize) -> Self {
        dialect.events("scripted", said, false).into_iter().take(count).fold(Self::stream(), Self::text)
    }

    /// A complete chat completion that says `content`.
    pub fn chat(content: &str) -> Self {
        Self::json(200, openai::completion("scripted", content))
    }

    /// An error in OpenAI's shape.
    pub fn error(status: u16) -> Self {
        Self::json(status, openai::error(status))
    }

    /// An error in OpenAI's shape with these headers besides.
    pub fn error_with(status: u16, headers: &[(&str, &str)]) -> Self {
        Self::json_with(status, headers, openai::error(status))
    }

    /// The head of an event stream; events follow.
    pub fn stream() -> Self {
        Self::new().head(200, &[("content-type", "text/event-stream")])
    }

    /// A complete stream: role, one event for each of `parts`, finish, `[DONE]`.
    pub fn streamed_chat(parts: &[&str]) -> Self {
        Self::stream().text(openai::role_event()).parts(parts).text(openai::finish_event()).text(openai::DONE).end()
    }

    /// Tears the connection down before a head.
    pub fn reset() -> Self {
        Self::new().then(Step::Reset)
    }

    /// Never says anything.
    pub fn hang() -> Self {
        Self::new().then(Step::Hang)
    }

    /// Adds a head.
    pub fn head(self, status: u16, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.then(Step::Head { status, headers })
    }

    /// Adds one write.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.then(Step::Text { text: text.into() })
    }

    /// Adds one content event for each part.
    pub fn parts(self, parts: &[&str]) -> Self {
        parts.iter().fold(self, |reply, part| reply.text(openai::content_event(part)))
    }

    /// Adds a hold until `gate` is released.
    pub fn wait(self, gate: &str) -> Self {
        self.then(Step::Wait { gate: gate.to_owned() })
    }

    /// Ends the body.
    pub fn end(self) -> Self {
        self.then(Step::End)
    }

    /// Adds any step.
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}
