//! What the engine does, told on a virtual clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod fallback;
mod health;
mod nesting;
mod properties;
mod retries;
mod single;
mod support;
mod traces;
