//! An upstream that does exactly what a test tells it to, in the shape of whichever API it is asked by.
//!
//! ```text
//! script(model, [reply, reply, …])   the n-th call for that model gets the n-th reply, the last one repeats
//! reply = [step, step, …]            head, bytes, wait for a gate, hang, reset, end …; or one step that says it all
//! seen()                             every request with its raw bytes, and whether its caller hung up
//! ```
//!
//! It writes HTTP/1.1 on bare sockets: resets, half bodies and wrong framing cannot be said through a server library.
mod connection;
mod request;
mod script;
mod server;

pub use request::Seen;
pub use script::{Reply, Step};
pub use server::Upstream;
