//! What must hold of any input, one function each: for the fuzzer, and for the seeds and crashers that are kept.
//!
//! ```text
//! cargo fuzz (targets/, nightly) ──┐
//!                                  ├──▶ check(bytes): nothing, or a panic that says what does not hold
//! tests/seeds.rs (in `make test`) ─┘
//! ```

mod answer;
mod bundle;
mod chat;
mod document;
mod filter;
mod grammar;
mod names;
mod prices;
mod request;
mod rules;
mod sse;
mod stream;

pub use answer::answer;
pub use bundle::bundle;
pub use chat::chat;
pub use document::document;
pub use filter::filter;
pub use prices::prices;
pub use request::request;
pub use rules::{condition, program};
pub use sse::sse;
pub use stream::stream;

/// A check of one input; panics where something does not hold.
pub type Check = fn(&[u8]);

/// All of them by name, which is that of the folder of seeds and of the fuzz target.
pub const CHECKS: [(&str, Check); 11] = [
    ("answer", answer),
    ("bundle", bundle),
    ("chat", chat),
    ("condition", condition),
    ("document", document),
    ("filter", filter),
    ("prices", prices),
    ("program", program),
    ("request", request),
    ("sse", sse),
    ("stream", stream),
];
