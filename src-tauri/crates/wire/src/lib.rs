//! What a request and an answer look like on the wire, without any I/O.
//!
//! ```text
//!  caller's bytes ──> Request::read(dialect) ──> facts (for routing)
//!                              │
//!                              ├── same dialect: the same bytes, edited in place ──> upstream
//!                              └── another one: to_hub ──> hub::Prompt ──> from_hub ──> upstream
//!
//!  upstream's bytes ──> reply::{read, translate}             (one JSON body)
//!                   └─> Relay: events, judged, translated    (a stream)
//!                   └─> upstream_error::read                 (an answer that is not 2xx)
//!
//!  our own refusals ──> error::ApiError ──> the caller's dialect
//! ```
//!
//! A dialect is a module of its own. Bodies are parsed into a tree only where they are translated: one pass
//! finds the facts and the byte spans of the members that may be edited.

pub mod chat;
mod completions;
mod converse;
mod dialect;
mod embeddings;
pub mod error;
pub mod hub;
mod json;
mod messages;
mod relay;
pub mod reply;
mod request;
mod responses;
pub mod segments;
pub mod sse;
pub mod tags;
pub mod upstream_error;
pub mod usage;

pub use dialect::Dialect;
pub use error::{ApiError, ErrorCode, ErrorKind, RequestError};
pub use hub::{Caller, Untranslatable};
pub use json::SyntaxError;
pub use relay::{Relay, Relayed, stream_with_text};
pub use reply::{Malformed, ReplyFacts};
pub use request::{Facts, MlxFields, Outgoing, Quirks, Request, Thoughts, UpstreamEdit};
pub use segments::Segments;
pub use tags::{Tags, parse_tag_header};
pub use usage::Usage;
