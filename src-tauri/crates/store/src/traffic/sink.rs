//! What the proxy needs of the recorder.

use std::{future::Future, pin::Pin};

use crate::record::RequestRecord;

/// Takes what is recorded of requests. Nothing given to it is lost while the program runs.
pub trait RequestSink: Send + Sync {
    /// Takes the record if there is room, which is nearly always; never waits, never touches the disk.
    ///
    /// # Errors
    /// The record itself, where the queue is full: give it to [`RequestSink::record`].
    fn try_record(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>>;

    /// Takes the record, waiting for room.
    fn record(&self, record: Box<RequestRecord>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// May new requests be served? `false` while the log cannot be written and the policy is to refuse. One atomic load.
    fn accepts(&self) -> bool;

    /// How the log is doing.
    fn health(&self) -> RecorderHealth;
}

/// What to do with new requests while the log cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Refuse them: nothing answered goes unrecorded.
    #[default]
    Refuse,
    /// Go on; what does not fit into the queue is counted and dropped.
    Continue,
}

/// How the log is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecorderHealth {
    /// Why it cannot be written, if it cannot.
    pub failing: Option<Failing>,
    /// Records not yet on disk.
    pub queued: u64,
    /// Records on disk since the start.
    pub written: u64,
    /// Records dropped under [`Policy::Continue`].
    pub dropped: u64,
}

/// Why the log cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// A plain sentence.
    pub message: String,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: i64,
}
