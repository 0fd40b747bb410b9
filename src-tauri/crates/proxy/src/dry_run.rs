//! Dry run: the same engine in a world that calls nobody, on a clock that nobody waits for.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use catalog::{Cost, TokenCounts};
use routing::{
    clock::Clock,
    engine,
    facts::Facts,
    failure::Detail,
    health::Admission,
    latency::{Look, Seen},
    learned,
    memory::Key,
    outcome::Outcome,
    plan::{Plan, SINGLE_TIMEOUT_MS},
    reason::Reason,
    response::Response,
    target::ModelTarget,
    trace::{Attempt, Envelope, Trace},
    tracer::Tracer,
    world::{AttemptFailure, Attempted, Budget, Call, Figures, Keeper, LocalTime, Observed, World},
};
use serde::Serialize;
use serde_json::Value;
use wire::usage::tokens_for_chars;

use crate::{
    Shared,
    explain::explain,
    input::Input,
    observe::observe,
    request::{local_time, now_ms},
    snapshot::Snapshot,
};

/// What would happen.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// The decision trace.
    pub trace: Value,
    /// Estimated cost of all calls; absent where a price is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub est_cost_usd: Option<f64>,
    /// Estimated latency; absent where a target was not measured of late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub est_latency_ms: Option<f64>,
    /// What would happen, and why, in one sentence.
    pub explanation: String,
}

/// A target that fails in a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// `provider/model`.
    pub target: String,
    /// How it fails.
    pub outcome: Outcome,
}

impl Assumption {
    /// Reads how a target fails, written as traces write it.
    ///
    /// # Errors
    /// A sentence on what may be written.
    pub fn read(target: &str, outcome: &str) -> Result<Self, String> {
        let status = outcome.strip_prefix("http_").and_then(|status| status.parse().ok()).filter(|status| (400..600).contains(status));
        let outcome = match (outcome, status) {
            ("timeout", _) => Outcome::Timeout,
            ("connection", _) => Outcome::Connection,
            ("rejected", _) => Outcome::Rejected,
            (_, Some(status)) => Outcome::Http(status),
            _ => {
                let ways = "timeout, connection, rejected, or http_ and a status such as http_503";
                return Err(format!("{outcome:?} is no way to fail; write {ways}"));
            }
        };
        Ok(Self { target: target.to_owned(), outcome })
    }
}

/// Decides a request without calling anybody: every target that may be called would answer, but for those that are assumed to fail.
pub fn decide(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    chat: &Input,
    facts: &Facts<'_>,
    (plan, how, assumptions): (&Arc<Plan>, &'static str, &[Assumption]),
) -> Decided {
    let tracer = Tracer::new();
    let world = DryWorld::new(shared, snapshot, (chat, facts), (plan, assumptions), &tracer);
    let routed = world.clock.run(engine::route(plan, facts, &world, &tracer), u64::MAX);
    let total_us = world.clock.now_us();
    let is_measured = !world.is_unmeasured.load(Ordering::Relaxed);
    let trace = tracer.take();
    let answers = routed.as_ref().is_some_and(Result::is_ok);
    let explanation = explain(&trace, routed.and_then(Result::err).map(|failure| failure.kind));
    let answered = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Ok | Outcome::Rejected);
    let unpriced = trace.attempts.iter().filter(answered).any(|attempt| attempt.cost_nanos.is_none());
    let cost_nanos = trace.attempts.iter().filter_map(|attempt| attempt.cost_nanos).reduce(u64::saturating_add);
    let envelope = Envelope { request_id: facts.request_id, resolved: how, total_us, overhead_us: 0 };
    Decided {
        est_cost_usd: cost_nanos.filter(|_| answers && !unpriced).map(|nanos| nanos as f64 / 1e9),
        est_latency_ms: (answers && is_measured).then_some(total_us as f64 / 1_000.0),
        trace: serde_json::to_value(as_unsent(trace).with(envelope)).unwrap_or_default(),
        explanation,
    }
}

/// Whom a request would lead to, if everybody answers; `None` where it leads nowhere.
pub fn target(shared: &Shared, snapshot: &Snapshot, chat: &Input, facts: &Facts<'_>, plan: &Arc<Plan>) -> Option<ModelTarget> {
    let tracer = Tracer::new();
    let world = DryWorld::new(shared, snapshot, (chat, facts), (plan, &[]), &tracer);
    world.clock.run(engine::route(plan, facts, &world, &tracer), u64::MAX)?.ok()
}

/// Nobody was called, and the trace must not read as if somebody had answered.
fn as_unsent(mut trace: Trace) -> Trace {
    for attempt in trace.attempts.iter_mut().filter(|attempt| attempt.outcome == Outcome::Ok) {
        attempt.reason = Some(Reason::text("would be called; a dry run calls nobody"));
    }
    if let Some(decision) = trace.decision.as_mut()
        && let Some(target) = &decision.target
    {
        decision.reason = Reason::text(format!("{target} would be called, and answer unless it fails"));
    }
    trace
}

struct DryWorld<'a> {
    shared: &'a Shared,
    snapshot: &'a Snapshot,
    chat: &'a Input,
    facts: &'a Facts<'a>,
    plan: &'a Arc<Plan>,
    assumptions: &'a [Assumption],
    tracer: &'a Tracer,
    clock: Clock,
    /// Somebody would answer of whom nothing was measured.
    is_unmeasured: AtomicBool,
    keeper: Option<Keeper>,
    local_time: OnceLock<LocalTime>,
}

impl<'a> DryWorld<'a> {
    fn new(
        shared: &'a Shared,
        snapshot: &'a Snapshot,
        (chat, facts): (&'a Input, &'a Facts<'a>),
        (plan, assumptions): (&'a Arc<Plan>, &'a [Assumption]),
        tracer: &'a Tracer,
    ) -> Self {
        let (clock, is_unmeasured) = (Clock::new(), AtomicBool::new(false));
        let keeper = facts.app.and_then(|app| shared.continued.keeper(app, &chat.request, plan));
        Self { shared, snapshot, chat, facts, plan, assumptions, tracer, clock, is_unmeasured, keeper, local_time: OnceLock::new() }
    }
}

impl World for DryWorld<'_> {
    type Reply = ModelTarget;
    type Error = ();

    fn now_us(&self) -> u64 {
        self.clock.now_us()
    }

    async fn sleep_until(&self, at_us: u64) {
        self.clock.sleep_until(at_us).await;
    }

    fn draw(&self) -> f64 {
        0.5
    }

    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        let draft = self.plan.config.as_ref().filter(|(name, number)| **name == *slug && version.is_none_or(|version| version == *number));
        draft.map(|_| Arc::clone(self.plan)).or_else(|| self.snapshot.plan(slug, version))
    }

    fn peek(&self, target: &ModelTarget) -> Admission {
        self.shared.health.peek_ahead(target, self.now_us() / 1_000)
    }

    fn keeper(&self) -> Option<&Keeper> {
        self.keeper.as_ref()
    }

    fn observe(&self, target: &ModelTarget, config: Option<&str>) -> Observed {
        let input = |target: &ModelTarget| self.chat.tokens_for(&self.snapshot.catalogue, target);
        observe(self.snapshot, &self.shared.learned, (self.facts, &input), target, config)
    }

    fn latency(&self, target: &ModelTarget, look: Look) -> Seen {
        self.shared.health.latency(target, look)
    }

    fn recall(&self, key: Key) -> Option<Arc<str>> {
        self.shared.memory().recall(key)
    }

    /// A dry run leaves nothing behind.
    fn remember(&self, _: Key, _: &Arc<str>) {}

    fn budget(&self, _: Option<&str>) -> Budget {
        Budget::NONE
    }

    fn local_time(&self) -> LocalTime {
        *self.local_time.get_or_init(|| local_time(now_ms()))
    }

    fn response<'r>(&'r self, _: &'r ModelTarget) -> Option<Response<'r>> {
        None
    }

    fn with_text(&self, reply: ModelTarget, _: &str) -> ModelTarget {
        reply
    }

    fn conversation(&self) -> Cow<'_, str> {
        self.chat.request.conversation().into()
    }

    async fn attempt<'a>(&'a self, call: Call<'a>) -> Attempted<ModelTarget, ()> {
        let start_us = self.now_us();
        let mut under_way = UnderWay { tracer: self.tracer, index: call.index, given_up: Some(self.figures(&call, 0)) };
        // A moment at least, so that calls which are made at once are all made before one of them decides.
        self.clock.sleep_until(start_us.saturating_add(1)).await;
        let failed = self.fate(&call, start_us).await;
        under_way.given_up = None;
        match failed {
            None => Attempted { result: Ok(call.target.clone()), figures: self.figures(&call, self.output_tokens(&call)) },
            Some((outcome, reason)) => {
                let figures = match outcome {
                    Outcome::Timeout | Outcome::Connection => self.figures(&call, 0),
                    Outcome::Rejected => self.figures(&call, self.output_tokens(&call)),
                    _ => Figures::default(),
                };
                let status = if let Outcome::Http(status) = outcome { Some(status) } else { None };
                let failure =
                    AttemptFailure { outcome, detail: Detail::None, reason: Reason::text(reason), retry_after_ms: None, error: None };
                Attempted { result: Err(failure), figures: Figures { status, ..figures } }
            }
        }
    }
}

impl DryWorld<'_> {
    /// Lets the time pass that the call takes; how it fails, if it does, and a sentence on it.
    async fn fate(&self, call: &Call<'_>, start_us: u64) -> Option<(Outcome, String)> {
        let deadline_us = call.deadline_us.min(start_us.saturating_add(SINGLE_TIMEOUT_MS * 1_000));
        let time_ms = deadline_us.saturating_sub(start_us) / 1_000;
        match self.assumptions.iter().find(|assumption| assumption.target == call.target.name()).map(|assumption| assumption.outcome) {
            Some(Outcome::Timeout) => {
                self.clock.sleep_until(deadline_us).await;
                Some((Outcome::Timeout, format!("assumed: no answer within {time_ms} ms")))
            }
            // It must answer first, which may take too long.
            Some(Outcome::Rejected) => {
                let late = self.answer(call, start_us, deadline_us).await;
                Some(late.unwrap_or_else(|| (Outcome::Rejected, "assumed: its answer is turned down".to_owned())))
            }
            Some(outcome) => Some((outcome, format!("assumed: {outcome}"))),
            None => self.answer(call, start_us, deadline_us).await,
        }
    }

    /// Lets the time pass that an answer takes; that it comes too late, if it does, and a sentence on it.
    async fn answer(&self, call: &Call<'_>, start_us: u64, deadline_us: u64) -> Option<(Outcome, String)> {
        let Some(p50_us) = self.p50_us(call) else {
            self.is_unmeasured.store(true, Ordering::Relaxed);
            return None;
        };
        let answers_us = start_us.saturating_add(p50_us);
        self.clock.sleep_until(answers_us.min(deadline_us)).await;
        let time_ms = deadline_us.saturating_sub(start_us) / 1_000;
        (answers_us > deadline_us).then(|| (Outcome::Timeout, format!("it took {} ms of late, and gets {time_ms} ms", p50_us / 1_000)))
    }

    /// Of the time until it commits.
    fn p50_us(&self, call: &Call<'_>) -> Option<u64> {
        let commits_early = self.facts.stream && !call.whole && call.ask.is_none();
        self.shared.health.latency(call.target, Look::median(commits_early, Look::WINDOW_MS)).value_us
    }

    fn output_tokens(&self, call: &Call<'_>) -> u64 {
        match &call.ask {
            Some(question) => question.max_tokens.into(),
            None => learned::expected_output(self.learned(call).as_ref(), self.facts.max_tokens),
        }
    }

    fn learned(&self, call: &Call<'_>) -> Option<learned::Learned> {
        call.config.and_then(|config| self.shared.learned.get(config, call.target.name()))
    }

    fn figures(&self, call: &Call<'_>, output: u64) -> Figures {
        let (input, cached_share) = match &call.ask {
            Some(question) => (tokens_for_chars((question.system.chars().count() + question.user.chars().count()) as u64), 0.0),
            None => (self.facts.input_tokens, self.learned(call).map_or(0.0, |learned| learned.cached_share())),
        };
        let price = self.snapshot.catalogue.lookup(call.target.provider(), call.target.model()).and_then(|model| model.price);
        let counts = TokenCounts { input, cached_input: (input as f64 * cached_share).round() as u64, output, ..TokenCounts::default() };
        let cost: Option<Cost> = price.map(|price| price.cost(counts));
        Figures {
            input_tokens: Some(input),
            output_tokens: Some(output),
            cost_nanos: cost.and_then(|cost| u64::try_from(cost.total.0).ok()),
            ..Figures::default()
        }
    }
}

/// A call that takes its virtual time. Dropped meanwhile, it was cancelled, and its input costs.
struct UnderWay<'a> {
    tracer: &'a Tracer,
    index: usize,
    given_up: Option<Figures>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(figures) = self.given_up.take() {
            self.tracer.amend(self.index, |attempt| {
                (attempt.input_tokens, attempt.output_tokens, attempt.cost_nanos) =
                    (figures.input_tokens, figures.output_tokens, figures.cost_nanos);
            });
        }
    }
}
