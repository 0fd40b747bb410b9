//! The dialect of OpenAI's `POST /chat/completions`.

mod answer;
mod asked;
mod call_ids;
mod chunks;
mod decode;
mod encode;
mod facts;
mod from_hub;
mod pieces;
mod prompt;
mod question;
mod reply;
mod said;
mod scan;
mod shape;
mod stream;
mod to_hub;

pub use prompt::{ChosenTool, PromptParts};
pub use question::question;
pub use reply::add_member;
pub use said::{Said, SaidCall};
pub use stream::{StreamEnd, StreamEvent, StreamReader};

pub(crate) use answer::{answer_id, finish_reason, read_answer, usage_json, write_answer};
pub(crate) use chunks::{Chunks, json_into};
pub(crate) use decode::decoder;
pub(crate) use encode::encoder;
pub(crate) use facts::GRAMMAR;
pub(crate) use from_hub::from_hub;
pub(crate) use reply::{read_envelope, read_reply};
pub(crate) use said::{stream_with_text, with_text};
pub(crate) use to_hub::to_hub;
