//! The dialect of OpenAI's `POST /chat/completions`.

mod prompt;
mod question;
mod reply;
mod request;
mod said;
mod scan;
mod stream;
mod upstream;

pub use prompt::{ChosenTool, PromptParts};
pub use question::question;
pub use reply::{Malformed, ReplyFacts, add_member, read_reply};
pub use request::{ChatRequest, Facts, MlxFields};
pub use said::{Said, SaidCall, stream_with_text, with_text};
pub use stream::{StreamEnd, StreamEvent, StreamReader};
pub use upstream::UpstreamEdit;
