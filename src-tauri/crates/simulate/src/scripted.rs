//! A world whose outcomes are written down beforehand, target by target.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use routing::{
    engine::{self, Routed},
    facts::Facts,
    failure::Detail,
    health::{Admission, Breaker, BreakerSettings, Verdict},
    outcome::Outcome,
    plan::{Params, Plan},
    reason::Reason,
    target::ModelTarget,
    trace::Trace,
    tracer::Tracer,
    world::{AttemptFailure, Attempted, Call, Figures, World},
};

use crate::{clock::Clock, draws::Draws};

/// What one call comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    after_us: u64,
    outcome: Outcome,
    detail: Detail,
    retry_after_ms: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost_nanos: Option<u64>,
}

impl Act {
    /// It ends so, at once.
    pub fn of(outcome: Outcome) -> Self {
        Self { after_us: 0, outcome, detail: Detail::None, retry_after_ms: None, input_tokens: None, output_tokens: None, cost_nanos: None }
    }

    /// An answer.
    pub fn answer() -> Self {
        Self::of(Outcome::Ok)
    }

    /// An error status.
    pub fn http(status: u16) -> Self {
        Self::of(Outcome::Http(status))
    }

    /// No connection.
    pub fn refused() -> Self {
        Self::of(Outcome::Connection)
    }

    /// Nothing, until the caller's patience ends.
    pub fn silence() -> Self {
        Self { after_us: u64::MAX, ..Self::of(Outcome::Timeout) }
    }

    /// It takes so long.
    #[must_use]
    pub fn after_ms(self, ms: u64) -> Self {
        Self { after_us: ms.saturating_mul(1_000), ..self }
    }

    /// With what the error's body says.
    #[must_use]
    pub fn saying(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    /// With a `Retry-After`.
    #[must_use]
    pub fn retry_after_ms(self, ms: u64) -> Self {
        Self { retry_after_ms: Some(ms), ..self }
    }

    /// With what it used and cost.
    #[must_use]
    pub fn using(self, input_tokens: u64, output_tokens: u64, cost_nanos: u64) -> Self {
        Self { input_tokens: Some(input_tokens), output_tokens: Some(output_tokens), cost_nanos: Some(cost_nanos), ..self }
    }
}

/// A call as the world saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Whom.
    pub target: ModelTarget,
    /// Number of the attempt in the trace, from 0.
    pub index: usize,
    /// When it began.
    pub start_us: u64,
    /// When it had to commit.
    pub deadline_us: u64,
    /// Longest gap allowed.
    pub idle_timeout_ms: u64,
    /// Fields overridden.
    pub params: Params,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who gave it.
    pub target: ModelTarget,
    /// Number of its attempt, from 0.
    pub index: usize,
}

/// A request's run.
#[derive(Debug)]
pub struct Run {
    /// What came of it; `None` where the caller hung up first.
    pub routed: Option<Routed<Scripted>>,
    /// Its trace.
    pub trace: Trace,
    /// The calls, in order of start.
    pub calls: Vec<Seen>,
    /// How long it took.
    pub took_us: u64,
}

/// The world. Health and clock go on from one run to the next.
#[derive(Debug)]
pub struct Scripted {
    clock: Clock,
    /// Where the clock stood when the present request began.
    began_us: Mutex<u64>,
    draws: Draws,
    settings: BreakerSettings,
    acts: Mutex<HashMap<String, Acts>>,
    breakers: Mutex<HashMap<ModelTarget, Breaker>>,
    configs: HashMap<String, Vec<Arc<Plan>>>,
    calls: Mutex<Vec<Seen>>,
}

#[derive(Debug)]
struct Acts {
    acts: Vec<Act>,
    next: usize,
}

impl Scripted {
    /// One in which every target answers at once.
    pub fn new(seed: u64) -> Self {
        Self {
            clock: Clock::new(),
            began_us: Mutex::default(),
            draws: Draws::seeded(seed),
            settings: BreakerSettings::default(),
            acts: Mutex::default(),
            breakers: Mutex::default(),
            configs: HashMap::new(),
            calls: Mutex::default(),
        }
    }

    /// What the calls of a target (`provider/model`) come to, in order; the last one goes on for ever.
    #[must_use]
    pub fn target(self, name: &str, acts: impl IntoIterator<Item = Act>) -> Self {
        lock(&self.acts).insert(name.to_owned(), Acts { acts: acts.into_iter().collect(), next: 0 });
        self
    }

    /// A config; of several versions the one given last is active.
    #[must_use]
    pub fn config(mut self, plan: Plan) -> Self {
        if let Some((slug, _)) = &plan.config {
            self.configs.entry(slug.to_string()).or_default().push(Arc::new(plan));
        }
        self
    }

    /// Changes the health of a target at the present time.
    pub fn health(&self, target: &ModelTarget, change: impl FnOnce(&mut Breaker, u64)) {
        let now_ms = self.clock.now_us() / 1_000;
        change(lock(&self.breakers).entry(target.clone()).or_insert_with(|| Breaker::new(self.settings)), now_ms);
    }

    /// Lets time pass between requests.
    pub fn pass_ms(&self, ms: u64) {
        self.clock.advance_to(self.clock.now_us().saturating_add(ms.saturating_mul(1_000)));
    }

    /// Runs a request to its end.
    pub fn run(&self, plan: &Plan) -> Run {
        self.run_until(plan, u64::MAX)
    }

    /// Runs a request whose caller hangs up after `hang_up_us`.
    pub fn run_until(&self, plan: &Plan, hang_up_us: u64) -> Run {
        let began_us = self.clock.now_us();
        *lock(&self.began_us) = began_us;
        let tracer = Tracer::new();
        let facts = Facts::default();
        let routed = self.clock.run(engine::route(plan, &facts, self, &tracer), began_us.saturating_add(hang_up_us));
        Run { routed, trace: tracer.take(), calls: std::mem::take(&mut *lock(&self.calls)), took_us: self.now_us() }
    }

    fn next_act(&self, target: &ModelTarget) -> Act {
        let mut acts = lock(&self.acts);
        let Some(script) = acts.get_mut(target.name()) else {
            return Act::answer();
        };
        let act = script.acts.get(script.next).or(script.acts.last()).cloned().unwrap_or_else(Act::answer);
        script.next += 1;
        act
    }

    fn began_us(&self) -> u64 {
        *lock(&self.began_us)
    }

    /// A deadline of a breaker (the clock's milliseconds) on the clock of the request.
    fn since_began(&self, at_ms: u64) -> u64 {
        at_ms.saturating_mul(1_000).saturating_sub(self.began_us()).div_ceil(1_000)
    }
}

impl World for Scripted {
    type Reply = Reply;
    type Error = String;

    fn now_us(&self) -> u64 {
        self.clock.now_us() - self.began_us()
    }

    async fn sleep_until(&self, at_us: u64) {
        self.clock.sleep_until(at_us.saturating_add(self.began_us())).await;
    }

    fn draw(&self) -> f64 {
        self.draws.next()
    }

    fn config(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        let versions = self.configs.get(slug)?;
        match version {
            None => versions.last().cloned(),
            wanted => versions.iter().find(|plan| plan.config.as_ref().map(|(_, version)| *version) == wanted).cloned(),
        }
    }

    fn peek(&self, target: &ModelTarget) -> Admission {
        let now_ms = self.clock.now_us() / 1_000;
        match lock(&self.breakers).get(target).map_or(Admission::Ready, |breaker| breaker.peek(now_ms)) {
            Admission::Ready => Admission::Ready,
            Admission::Open { until_ms } => Admission::Open { until_ms: self.since_began(until_ms) },
            Admission::CoolingDown { until_ms } => Admission::CoolingDown { until_ms: self.since_began(until_ms) },
        }
    }

    async fn attempt<'a>(&'a self, call: Call<'a>) -> Attempted<Reply, String> {
        let Call { target, index, deadline_us, idle_timeout_ms, params } = call;
        let act = self.next_act(target);
        let start_us = self.now_us();
        lock(&self.calls).push(Seen { target: target.clone(), index, start_us, deadline_us, idle_timeout_ms, params });
        self.health(target, |breaker, now_ms| {
            breaker.admit(now_ms);
        });
        let mut health = Health { world: self, target, verdict: Verdict::Cancelled };
        let end_us = start_us.saturating_add(act.after_us);
        let act = if end_us < deadline_us { act } else { Act::silence() };
        self.sleep_until(end_us.min(deadline_us)).await;
        health.verdict = Verdict::of(act.outcome);
        if let (Outcome::Http(429), Some(wait_ms)) = (act.outcome, act.retry_after_ms) {
            self.health(target, |breaker, now_ms| breaker.cool_down(now_ms.saturating_add(wait_ms)));
        }
        act.attempted(target, index, self.now_us().saturating_sub(start_us))
    }
}

impl Act {
    fn attempted(self, target: &ModelTarget, index: usize, took_us: u64) -> Attempted<Reply, String> {
        let status = match self.outcome {
            Outcome::Ok => Some(200),
            Outcome::Http(status) => Some(status),
            _ => None,
        };
        let figures = Figures {
            status,
            ttft_us: (self.outcome == Outcome::Ok).then_some(took_us),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_nanos: self.cost_nanos,
        };
        let result = match self.outcome {
            Outcome::Ok => Ok(Reply { target: target.clone(), index }),
            outcome => Err(AttemptFailure {
                outcome,
                detail: self.detail,
                reason: Reason::text(format!("scripted {outcome}")),
                retry_after_ms: self.retry_after_ms,
                error: status.map(|status| format!("{target} said {status}")),
            }),
        };
        Attempted { result, figures }
    }
}

/// Tells the breaker how a call ended, also where it was dropped.
struct Health<'a> {
    world: &'a Scripted,
    target: &'a ModelTarget,
    verdict: Verdict,
}

impl Drop for Health<'_> {
    fn drop(&mut self) {
        self.world.health(self.target, |breaker, now_ms| breaker.record(self.verdict, now_ms));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
