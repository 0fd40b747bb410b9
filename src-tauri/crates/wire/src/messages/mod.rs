//! The dialect of Anthropic's `POST /messages`.

mod answer;
mod decode;
mod encode;
mod facts;
mod from_hub;
mod stop;
mod to_hub;
mod with_text;

pub(crate) use answer::{read_answer, write_answer};
pub(crate) use decode::decoder;
pub(crate) use encode::encoder;
pub(crate) use facts::GRAMMAR;
pub(crate) use from_hub::from_hub;
pub(crate) use to_hub::to_hub;
pub(crate) use with_text::with_text;

/// The signature of a thought that another provider's model had: Anthropic refuses thoughts that it did not sign, so
/// that those with this one are taken out again where they come back.
const UNSIGNED: &str = "mlx:unsigned";

/// What Bedrock, whose rules are Anthropic's in other words, shares with it.
pub(crate) mod shared {
    pub(crate) use super::from_hub::{Claude, FATAL, Said, Thought, another_providers_file};
    pub(crate) use super::from_hub::{format_in_words, input, thought, tidy, tool_id, turns, typed};
}
