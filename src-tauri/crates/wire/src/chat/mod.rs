//! The dialect of OpenAI's `POST /chat/completions`.

mod prompt;
mod reply;
mod request;
mod scan;
mod stream;
mod upstream;

pub use prompt::{ChosenTool, PromptParts};
pub use reply::{Malformed, ReplyFacts, add_member, read_reply};
pub use request::{ChatRequest, Facts, MlxFields};
pub use stream::{StreamEnd, StreamEvent, StreamReader};
pub use upstream::UpstreamEdit;
