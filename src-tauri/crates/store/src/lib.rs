//! What is kept on disk, and nothing of how: no SQLite type leaves this crate.
//!
//! ```text
//! data directory (0700)
//! ├─ modelux.lock   Lock         one instance at a time
//! ├─ modelux.db     ConfigStore  configs, versions, activations, providers, keys, settings, audit
//! └─ traffic.db     Traffic      requests, traces, bodies; written by the Recorder's thread alone
//! ```
pub mod config;
mod database;
mod error;
mod files;
pub mod filter;
pub mod lock;
pub mod record;
pub mod traffic;

pub use config::ConfigStore;
pub use error::StoreError;
pub use filter::Filter;
pub use traffic::{Recorder, RequestSink, Traffic};
