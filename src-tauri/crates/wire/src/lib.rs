//! What a request and an answer look like on the wire, without any I/O.
//!
//! ```text
//!  caller's bytes ──> chat::ChatRequest::read ──> facts (for routing)
//!                              │
//!                              └── upstream_body(edit) ──> the same bytes, edited in place ──> upstream
//!
//!  upstream's bytes ──> chat::read_reply                      (one JSON body)
//!                   └─> sse::Splitter ──> chat::StreamReader  (a stream of events)
//!                   └─> upstream_error::read                  (an answer that is not 2xx)
//!
//!  our own refusals ──> error::ApiError ──> the caller's dialect
//! ```
//!
//! A dialect is a module of its own ([`chat`] today). Bodies are never parsed into a tree on the
//! request path: one pass finds the facts and the byte spans of the members that may be edited.

pub mod chat;
mod dialect;
pub mod error;
mod json;
pub mod segments;
pub mod sse;
pub mod tags;
pub mod upstream_error;
pub mod usage;

pub use dialect::Dialect;
pub use error::{ApiError, ErrorCode, ErrorKind, RequestError};
pub use json::SyntaxError;
pub use segments::Segments;
pub use tags::{Tags, parse_tag_header};
pub use usage::Usage;
