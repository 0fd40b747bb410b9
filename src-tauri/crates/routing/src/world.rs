//! What the engine asks of the world around it: live, replayed, or none at all.

use std::{future::Future, sync::Arc};

use crate::{
    failure::{Detail, Failure, FailureKind},
    health::Admission,
    outcome::Outcome,
    plan::{Params, Plan},
    reason::Reason,
    target::ModelTarget,
};

/// The world that an engine runs in. Times are microseconds since the request began,
/// on whatever clock the world has.
pub trait World: Sync {
    /// An answer that has committed.
    type Reply: Send;
    /// What is kept of an upstream's own error, to pass it on as it is.
    type Error: Send;

    /// Now.
    fn now_us(&self) -> u64;

    /// Until then, if the world's clock reaches it.
    fn sleep_until(&self, at_us: u64) -> impl Future<Output = ()> + Send;

    /// A number on [0, 1).
    fn draw(&self) -> f64;

    /// The plan of a config as the request found it: the active version where none is named.
    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>>;

    /// May the target be called? Changes nothing. Deadlines are on [`World::now_us`]'s clock, in milliseconds.
    fn peek(&self, target: &ModelTarget) -> Admission;

    /// Calls the target, until it commits or fails. The world tells its health.
    fn attempt<'a>(&'a self, call: Call<'a>) -> impl Future<Output = Attempted<Self::Reply, Self::Error>> + Send + 'a;
}

/// One call to make.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Whom.
    pub target: &'a ModelTarget,
    /// Number of the attempt in the trace, from 0.
    pub index: usize,
    /// It must commit before then.
    pub deadline_us: u64,
    /// Longest gap between bytes of the answer.
    pub idle_timeout_ms: u64,
    /// Fields that override those of the request.
    pub params: Params,
}

/// How a call went.
#[derive(Debug, Clone)]
pub struct Attempted<R, E> {
    /// The answer, or why there is none.
    pub result: Result<R, AttemptFailure<E>>,
    /// What is known of it so far.
    pub figures: Figures,
}

/// Why an attempt failed.
#[derive(Debug, Clone)]
pub struct AttemptFailure<E> {
    /// How.
    pub outcome: Outcome,
    /// What its body says beyond the status.
    pub detail: Detail,
    /// A sentence on it.
    pub reason: Reason,
    /// When the upstream says that trying again makes sense, from now.
    pub retry_after_ms: Option<u64>,
    /// The upstream's own error.
    pub error: Option<E>,
}

/// What is known of an attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// HTTP status.
    pub status: Option<u16>,
    /// Time to first content.
    pub ttft_us: Option<u64>,
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
    /// Cost in nano-dollars.
    pub cost_nanos: Option<u64>,
}

impl<E> From<AttemptFailure<E>> for Failure<E> {
    fn from(failure: AttemptFailure<E>) -> Self {
        Self {
            retry_after_ms: failure.retry_after_ms,
            kind: FailureKind::Attempt { outcome: failure.outcome, detail: failure.detail, reason: failure.reason, error: failure.error },
        }
    }
}
