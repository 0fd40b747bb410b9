//! What the engine does, told on a virtual clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod ab_test;
mod affinity;
mod cascade;
mod cost_optimized;
mod custom_rules;
mod ensemble;
mod fallback;
mod health;
mod judge;
mod latency_optimized;
mod mixed;
mod nesting;
mod properties;
mod retries;
mod single;
mod support;
mod traces;
