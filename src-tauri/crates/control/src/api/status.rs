//! How the whole thing is doing.

use super::dto;

dto! {
    /// How Modelux is doing now.
    pub struct Status {
        /// Program version.
        pub version: String,
        /// The proxy.
        pub proxy: ProxyState,
        /// `http://127.0.0.1:8642`; absent while it does not listen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub address: Option<String>,
        /// The data directory.
        pub data_dir: String,
        /// When it started.
        pub started_at: String,
        /// Requests in the last minute.
        pub requests_per_minute: u32,
        /// Apps that called in the last 24 hours.
        pub active_apps: u32,
        /// Requests recorded so far.
        pub recorded_requests: u64,
        /// Has any request ever come in?
        pub first_request_seen: bool,
        /// `keychain`, `file` or `unavailable`.
        pub secret_store: String,
        /// Why there is no keychain, and what to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub secret_store_problem: Option<String>,
        /// Why traffic cannot be recorded, and what to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub recorder_problem: Option<String>,
        /// What went wrong while opening, and was mended.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub notices: Vec<String>,
        /// Bytes of `traffic.db`.
        pub traffic_bytes: u64,
    }

    /// What the proxy does.
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum ProxyState {
        /// It answers.
        Running,
        /// A person paused it: requests get a 503.
        Paused,
        /// Somebody else has the port.
        PortInUse {
            /// The port wanted.
            port: u16,
            /// Who has it, where that can be known.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[ts(optional)]
            holder: Option<String>,
            /// The next free one.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[ts(optional)]
            free_port: Option<u16>,
        },
        /// It could not start.
        Failed {
            /// Why, and what to do.
            message: String,
        },
    }

    /// Pause or resume the proxy.
    pub struct SetPaused {
        /// True to pause.
        pub paused: bool,
    }

    /// Listen on this port, now and at the next start.
    pub struct UsePort {
        /// 1 to 65535.
        pub port: u16,
    }

    /// What to paste for a first request.
    pub struct Snippets {
        /// Name of the app whose key they carry.
        pub app: String,
        /// OpenAI-shaped base URL.
        pub openai_base_url: String,
        /// Anthropic-shaped base URL.
        pub anthropic_base_url: String,
        /// One per client.
        pub snippets: Vec<Snippet>,
    }

    /// Which snippets.
    #[derive(Default)]
    pub struct SnippetsFor {
        /// The key to write into them; a placeholder unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub key: Option<String>,
        /// The model to ask for; `@production` unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub model: Option<String>,
    }

    /// One snippet.
    pub struct Snippet {
        /// `python`, `anthropic-node`, `claude-code` …
        pub id: String,
        /// `Python`.
        pub title: String,
        /// What it stands under, such as `Coding agents`; the first few stand on their own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub group: Option<String>,
        /// Language for highlighting.
        pub language: String,
        /// The text.
        pub text: String,
    }

    /// Send a first request through the proxy itself, as an app would.
    pub struct SendTest {
        /// `@production` unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub model: Option<String>,
        /// What to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub prompt: Option<String>,
    }

    /// What came back.
    pub struct SentTest {
        /// `req_…`.
        pub request_id: String,
        /// HTTP status.
        pub status: u16,
        /// The answer's text, or the error's message.
        pub text: String,
    }
}
