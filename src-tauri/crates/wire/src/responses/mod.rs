//! The dialect of OpenAI's `POST /responses`.

mod answer;
mod decode;
mod echo;
mod encode;
mod facts;
mod from_hub;
mod item;
mod items;
mod text;
mod to_hub;
mod tools;
mod usage;
mod with_text;

pub(crate) use answer::{read_answer, write_answer};
pub(crate) use decode::decoder;
pub(crate) use encode::encoder;
pub(crate) use facts::GRAMMAR;
pub(crate) use from_hub::from_hub;
pub(crate) use to_hub::to_hub;
pub(crate) use with_text::with_text;

#[cfg(test)]
mod tests;
