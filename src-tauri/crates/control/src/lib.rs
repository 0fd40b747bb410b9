//! What a person can do, one function each; the only thing that window,
//! management API and command line call.
//!
//! ```text
//!   window    HTTP API    command line
//!      └──────────┼────────────┘
//!        Control::call ─▶ one function per operation (`ops`)
//!      ┌──────────┼──────────────┬───────────────┐
//!    Setup      Live           Traffic         Events
//!  store, keys,  proxy,        the log         what the window
//!  what is in    listener                      is told
//!  force
//! ```

mod address;
pub mod api;
mod bundle;
mod caller;
mod client;
mod configs;
mod control;
mod credentials;
mod decisions;
pub mod doctor;
mod dry_run;
pub mod error;
mod events;
mod first_run;
mod health;
pub mod http;
mod keys;
mod kinds;
mod live;
mod models;
mod names;
mod network;
pub mod ops;
mod page;
mod port;
mod providers;
mod publish;
mod rules;
mod runtime;
mod secret_key;
pub mod secrets;
mod settings;
mod setup;
mod sights;
mod snippets;
mod status;
#[cfg(test)]
mod tests;
pub mod time;
mod traffic;
mod upkeep;
mod validate;
mod versions;
mod wanted;
mod world;

pub use caller::{Caller, CallerKind};
pub use client::{Client, Remote};
pub use control::{Control, Options, Parts, data_dir};
pub use error::{Code, Error};
pub use first_run::FirstKeys;
/// The reference page of the rules language, in Markdown.
pub use routing::rules::REFERENCE as RULES_REFERENCE;
