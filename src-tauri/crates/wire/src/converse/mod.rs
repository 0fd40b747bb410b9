//! The dialect of Amazon Bedrock's `POST /model/{model}/converse` and `/converse-stream`, spoken by upstreams only.

mod answer;
mod decode;
mod frames;
mod from_hub;
mod stop;

pub(crate) use answer::read_answer;
pub(crate) use decode::decoder;
pub(crate) use frames::Frames;
pub(crate) use from_hub::{from_hub, override_member};
