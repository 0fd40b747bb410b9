//! The form between dialects: what a request asks and what an answer says, in words that belong to none.
//!
//! ```text
//!  chat ─┐                              ┌─▶ chat
//!  responses ─┼─▶ Prompt ──────────────┼─▶ messages          a request
//!  messages ─┘                          └─▶ converse …
//!
//!  the other way: Completion (a whole answer), Piece (a part of a stream)
//! ```
//!
//! Only what is translated takes this form. Where both sides speak the same dialect, bytes are passed on.

mod answer;
mod notes;
mod piece;
mod prompt;
mod signed;
mod tools;

pub use answer::{Completion, Finish};
pub use notes::{Notes, Untranslatable};
pub use piece::{Caller, Decoder, Encoder, Piece, pieces};
pub(crate) use signed::{sign, split};
pub(crate) use tools::{custom_schema, unwrapped};

pub(crate) use prompt::OPENAI_ENCRYPTED;
pub use prompt::{Effort, Format, Part, Prompt, Role, Source, Thinking, Tool, ToolChoice, ToolKind, Turn};
