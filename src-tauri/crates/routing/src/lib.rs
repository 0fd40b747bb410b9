//! Routing configs: documents, strategies, and the engine that runs them.
//!
//! Pure: no I/O, no clock, no randomness of its own. Time, outcomes and draws
//! come through [`world::World`], so that the proxy, the simulator and a dry
//! run share every line of it.

pub mod clock;
pub mod diagnostic;
pub mod diff;
pub mod document;
pub mod engine;
pub mod facts;
pub mod failure;
pub mod health;
pub mod latency;
pub mod learned;
pub mod locate;
mod lookahead;
pub mod memory;
pub mod names;
pub mod outcome;
pub mod plan;
pub mod reason;
pub mod response;
pub mod rules;
mod strategy;
pub mod target;
pub mod trace;
pub mod tracer;
pub mod world;
