//! The rules language as the contract words it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod cel;
mod meaning;
mod properties;
mod support;
mod worlds;
mod writer;
