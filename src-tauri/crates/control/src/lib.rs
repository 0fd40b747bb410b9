//! What a person can do, one function each; the only thing that window,
//! management API and command line call.

pub mod api;
pub mod error;

pub use error::{Code, Error};
