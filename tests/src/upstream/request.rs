//! Requests as they came over the wire.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request that the upstream received.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Seen {
    /// Position among all requests received, from 0.
    pub index: usize,
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// HTTP method.
    pub method: String,
    /// Path and query as written.
    pub path: String,
    /// Headers as written, in order.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, unframed; base64 in JSON.
    #[serde(serialize_with = "as_base64")]
    pub body: Vec<u8>,
    /// `model` of a JSON body.
    pub model: Option<String>,
    /// The caller went away before the reply was complete.
    pub hung_up: bool,
    /// Every step of the reply was done.
    pub finished: bool,
}

impl Seen {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// What of the body decides on the reply.
    pub(super) fn wants(&self) -> Wants {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Reads method, path and headers from the text before the blank line.
    pub(super) fn from_head(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers =
            lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Some(Self { method, path, headers, ..Self::default() })
    }
}

/// Read without a look at the rest, which may hold what a strict parser refuses, such as lone surrogates.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wants {
    /// Whose script to follow.
    pub model: Option<String>,
    /// Is it a stream?
    pub stream: Option<bool>,
    /// Its options.
    pub stream_options: Option<StreamOptions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamOptions {
    /// Does the caller want the chunk with usage?
    pub include_usage: Option<bool>,
}

fn as_base64<S: serde::Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(body))
}
