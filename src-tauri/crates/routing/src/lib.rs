//! Routing configs: documents, strategies, and the engine that runs them.
pub mod outcome;
pub mod reason;
pub mod target;
pub mod trace;
