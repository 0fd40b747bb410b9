//! Documents and diffs as the contract words them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod canonical;
mod checks;
mod diffs;
mod names;
mod properties;
mod strategies;
mod support;
