//! The rules language as the contract words it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bounds;
mod cel;
mod layout;
mod meaning;
mod mistakes;
mod properties;
mod reference;
mod support;
mod warnings;
mod worlds;
mod writer;
