//! Whole-program tests: the real `modelux` binary between a scripted caller and a scripted upstream.
//!
//! ```text
//! test -> client -> modelux serve (child process) -> upstream (in this process)
//! ```
pub mod client;
pub mod dialects;
pub mod modelux;
pub mod openai;
pub mod stage;
pub mod upstream;
