//! What the engine asks of the world around it: live, replayed, or none at all.

use std::{borrow::Cow, future::Future, sync::Arc};

use catalog::{Capabilities, Tier};

pub use crate::rules::{Budget, LocalTime};

use crate::{
    failure::{Detail, Failure, FailureKind},
    health::Admission,
    latency::{Look, Seen},
    memory::Key,
    outcome::Outcome,
    plan::{Params, Plan},
    reason::Reason,
    response::Response,
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

    /// Who keeps what the request goes on from: nobody else can answer it.
    fn keeper(&self) -> Option<&Keeper> {
        None
    }

    /// What is known of a target before it is called. `config` is the slug of the config that asks.
    fn observe(&self, target: &ModelTarget, config: Option<&str>) -> Observed;

    /// How long its calls took lately.
    fn latency(&self, target: &ModelTarget, look: Look) -> Seen;

    /// A choice that was remembered.
    fn recall(&self, key: Key) -> Option<Arc<str>>;

    /// Remembers a choice for later requests: what a target is known by.
    fn remember(&self, key: Key, id: &Arc<str>);

    /// The tightest budget that the request falls under, or the one of that name.
    fn budget(&self, name: Option<&str>) -> Budget;

    /// The wall clock where the person is.
    fn local_time(&self) -> LocalTime;

    /// What is known of an answer that was called for as a whole; `None` where nobody was called.
    fn response<'r>(&'r self, reply: &'r Self::Reply) -> Option<Response<'r>>;

    /// The same answer with another text, everything else as it was.
    fn with_text(&self, reply: Self::Reply, text: &str) -> Self::Reply;

    /// The conversation that the request carries, as plain text: what a judge is shown.
    fn conversation(&self) -> Cow<'_, str>;

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
    /// It commits only when all of it is here, streamed or not: somebody looks at it before the caller does.
    pub whole: bool,
    /// Asks this in place of the request, as a plain chat that is not streamed.
    pub ask: Option<Arc<Question>>,
    /// Slug of the config that calls, whose figures it counts for.
    pub config: Option<&'a str>,
}

/// A provider's account that keeps the answer which a request goes on from: whatever is asked of that provider with
/// that credential can be answered, nothing else can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper(ModelTarget);

impl Keeper {
    /// The account of a target that has answered.
    pub fn of(target: ModelTarget) -> Self {
        Self(target)
    }

    /// The target that gave the answer.
    pub fn target(&self) -> &ModelTarget {
        &self.0
    }

    /// Can this target go on with it?
    pub fn admits(&self, target: &ModelTarget) -> bool {
        self.0.provider() == target.provider() && self.0.credential() == target.credential()
    }

    /// As traces name it: `openai (backup)`.
    pub fn label(&self) -> Arc<str> {
        match self.0.credential() {
            Some(credential) => format!("{} ({credential})", self.0.provider()).into(),
            None => self.0.provider().into(),
        }
    }
}

/// A question of our own to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is told about its task.
    pub system: String,
    /// What it is asked.
    pub user: String,
    /// It may write so many tokens.
    pub max_tokens: u32,
}

/// What is known of a target before it is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// How good it is.
    pub tier: Option<Tier>,
    /// Tokens that fit into it, input and output.
    pub context: Option<u64>,
    /// What it can do.
    pub can: Capabilities,
    /// What this request is expected to cost there, in nano-dollars; `None` where no price is known.
    pub cost_nanos: Option<u64>,
}

impl Default for Observed {
    /// Nothing is known of it, so everything is allowed.
    fn default() -> Self {
        Self { tier: None, context: None, can: Capabilities::ALL, cost_nanos: None }
    }
}

impl Budget {
    /// Of a request that falls under none.
    pub const NONE: Self = Self { used_pct: 0.0, used_usd: 0.0, remaining_usd: f64::INFINITY, cap_usd: 0.0 };
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
