//! Worlds that replay: the engine of the proxy, on a virtual clock, with outcomes that are given.

pub mod draws;
pub mod scripted;

pub use routing::clock;
