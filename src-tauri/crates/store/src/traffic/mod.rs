//! `traffic.db`: requests, traces, bodies. Big, and may be deleted.
//!
//! ```text
//! proxy ─ try_record ─▶ queue (bounded) ─▶ writer thread ─ one transaction per batch ─▶ traffic.db
//! window, API, command line ─ Traffic: page, get, sums ───────────── read ─────────────────┘
//!
//! requests   one narrow row each, in order of time      what lists, filters and sums read
//! details    key -> trace, price, budget (compressed)   what one request's page reads
//! contents   key -> small bodies, hashes of big ones    kept for fewer days
//! bodies     hash -> big body (compressed), once        agents resend the same prompt
//! decisions  hour, config, what -> counts               kept for a year, whatever becomes of the rows
//! seen       tags and apps that traffic carries         the most seen of them
//! ```

mod content;
mod decisions;
mod details;
mod export;
mod insert;
mod learned;
mod open;
mod prune;
mod read;
mod recorder;
mod redact;
mod requests;
mod seen;
mod sink;
mod sums;
mod writer;

pub use decisions::{Decided, Decision};
pub use export::Export;
pub use learned::{Learned, Observed, Range};
pub use open::{OpenReport, Opened, open};
pub use prune::{Pruned, Retention};
pub use read::{Body, Page, RequestDetail, RequestRow, Traffic};
pub use recorder::{Recorder, RecorderOptions};
pub(crate) use requests::{FAILED, first_key};
pub use seen::{Seen, SeenKey};
pub use sink::{Failing, Policy, RecorderHealth, RequestSink};
pub use sums::{ConfigSum, ProviderSum};
