//! A world whose outcomes are written down beforehand, target by target.

mod act;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use catalog::Model;
use routing::{
    engine::{self, Routed},
    facts::Facts,
    health::{Admission, Breaker, BreakerSettings, Verdict},
    latency::{End, Look, Seen as Lately, Window},
    learned::{Learned, expected_output},
    memory::{Key, Memory},
    outcome::Outcome,
    plan::{Params, Plan},
    response::Response,
    target::ModelTarget,
    trace::Trace,
    tracer::Tracer,
    world::{Attempted, Budget, Call, LocalTime, Observed, Question, World},
};

pub use act::Act;

use crate::{clock::Clock, draws::Draws};

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
    /// Was it asked for as a whole?
    pub whole: bool,
    /// The question that went out in place of the request.
    pub ask: Option<Arc<Question>>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Who gave it.
    pub target: ModelTarget,
    /// Number of its attempt, from 0.
    pub index: usize,
    /// What it says.
    pub text: Arc<str>,
    act: Act,
    took_us: u64,
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
    windows: Mutex<HashMap<ModelTarget, Window>>,
    memory: Mutex<Memory>,
    observed: HashMap<String, Observed>,
    models: HashMap<String, Model>,
    /// By slug of the config and target, as the proxy learns of its calls.
    learned: Mutex<HashMap<(String, String), Learned>>,
    budget: Budget,
    time: LocalTime,
    /// Of the present request: a whole answer commits at its end, a streamed one at its first content.
    asked: Mutex<Asked>,
    configs: HashMap<String, Vec<Arc<Plan>>>,
    calls: Mutex<Vec<Seen>>,
}

/// What of a request the world itself needs.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    stream: bool,
    input_tokens: u64,
    max_tokens: Option<u64>,
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
            windows: Mutex::default(),
            memory: Mutex::default(),
            observed: HashMap::new(),
            models: HashMap::new(),
            learned: Mutex::default(),
            budget: Budget::NONE,
            time: LocalTime { hour: 12, minute: 0, weekday: 3 },
            asked: Mutex::default(),
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

    /// What is known of a target before it is called.
    #[must_use]
    pub fn observed(mut self, name: &str, observed: Observed) -> Self {
        self.observed.insert(name.to_owned(), observed);
        self
    }

    /// What a target's provider says of it: its price is what is reckoned with, and what its calls come to is learned.
    #[must_use]
    pub fn model(mut self, name: &str, model: Model) -> Self {
        self.models.insert(name.to_owned(), model);
        self
    }

    /// The tightest budget of every request.
    #[must_use]
    pub fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// The wall clock.
    #[must_use]
    pub fn time(self, time: LocalTime) -> Self {
        Self { time, ..self }
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
        self.run_as(plan, &Facts::default(), hang_up_us)
    }

    /// Runs a request of these facts.
    pub fn run_with(&self, plan: &Plan, facts: &Facts<'_>) -> Run {
        self.run_as(plan, facts, u64::MAX)
    }

    /// Runs a request of these facts whose caller hangs up after `hang_up_us`.
    pub fn run_as(&self, plan: &Plan, facts: &Facts<'_>, hang_up_us: u64) -> Run {
        let began_us = self.clock.now_us();
        *lock(&self.began_us) = began_us;
        *lock(&self.asked) = Asked { stream: facts.stream, input_tokens: facts.input_tokens, max_tokens: facts.max_tokens };
        let tracer = Tracer::new();
        let routed = self.clock.run(engine::route(plan, facts, self, &tracer), began_us.saturating_add(hang_up_us));
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

    fn reckoned(&self, model: &Model, target: &ModelTarget, config: Option<&str>) -> Observed {
        let asked = *lock(&self.asked);
        let learned = config.and_then(|config| lock(&self.learned).get(&lesson(config, target)).copied());
        let output = expected_output(learned.as_ref(), asked.max_tokens);
        let cost = model.estimate_cost(asked.input_tokens, learned.map_or(0.0, |learned| learned.cached_share()), output);
        let cost_nanos = cost.and_then(|cost| u64::try_from(cost.total.0).ok());
        Observed { tier: model.tier, context: model.context, can: model.capabilities, cost_nanos }
    }

    fn learn(&self, config: &str, target: &ModelTarget, act: &Act) {
        if let (Some(input), Some(output)) = (act.input_tokens, act.output_tokens) {
            lock(&self.learned).entry(lesson(config, target)).or_default().record(input, 0, output);
        }
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

    fn observe(&self, target: &ModelTarget, config: Option<&str>) -> Observed {
        match self.models.get(target.name()) {
            Some(model) => self.reckoned(model, target, config),
            None => self.observed.get(target.name()).copied().unwrap_or_default(),
        }
    }

    fn latency(&self, target: &ModelTarget, look: Look) -> Lately {
        let now_ms = self.clock.now_us() / 1_000;
        lock(&self.windows).get_mut(target).map(|window| window.look(look, now_ms)).unwrap_or_default()
    }

    fn recall(&self, key: Key) -> Option<Arc<str>> {
        lock(&self.memory).recall(key)
    }

    fn remember(&self, key: Key, label: &Arc<str>) {
        lock(&self.memory).remember(key, label);
    }

    fn budget(&self, _: Option<&str>) -> Budget {
        self.budget
    }

    fn local_time(&self) -> LocalTime {
        self.time
    }

    fn response<'r>(&'r self, reply: &'r Reply) -> Option<Response<'r>> {
        Some(Response {
            text: Cow::Borrowed(&reply.text),
            finish_reason: Some(Cow::Borrowed(reply.act.finish_reason)),
            tool_calls: reply.act.tool_calls.clone(),
            output_tokens: reply.act.output_tokens,
            latency_ms: reply.took_us as f64 / 1_000.0,
            cost_usd: reply.act.cost_nanos.map(|nanos| nanos as f64 / 1e9),
            logprob_mean: reply.act.logprob_mean,
        })
    }

    fn with_text(&self, reply: Reply, text: &str) -> Reply {
        Reply { text: text.into(), ..reply }
    }

    fn conversation(&self) -> Cow<'_, str> {
        Cow::Borrowed("user: what is it?")
    }

    async fn attempt<'a>(&'a self, call: Call<'a>) -> Attempted<Reply, String> {
        let Call { target, index, deadline_us, idle_timeout_ms, params, whole, ask, config } = call;
        // What a judge says teaches nothing of what callers' requests come to.
        let teaches = config.filter(|_| ask.is_none());
        let act = self.next_act(target);
        let start_us = self.now_us();
        let streamed = lock(&self.asked).stream && ask.is_none();
        lock(&self.calls).push(Seen { target: target.clone(), index, start_us, deadline_us, idle_timeout_ms, params, whole, ask });
        self.health(target, |breaker, now_ms| {
            breaker.admit(now_ms);
        });
        lock(&self.windows).entry(target.clone()).or_default().began();
        let mut health = Health { world: self, target, verdict: Verdict::Cancelled, end: End::Cancelled };
        let first_us = act.first_us.filter(|_| streamed && act.outcome == Outcome::Ok).map(|first_us| first_us.min(act.after_us));
        let commits_us = first_us.filter(|_| !whole).unwrap_or(act.after_us);
        let end_us = start_us.saturating_add(commits_us);
        let act = if end_us < deadline_us { act } else { Act::silence() };
        self.sleep_until(end_us.min(deadline_us)).await;
        health.verdict = Verdict::of(act.outcome);
        // Of a stream it is known when it will have ended, though it has only committed.
        let total_us = act.after_us;
        health.end = End::of(act.outcome, total_us, first_us.or(streamed.then_some(total_us)));
        if let (Outcome::Http(429), Some(wait_ms)) = (act.outcome, act.retry_after_ms) {
            self.health(target, |breaker, now_ms| breaker.cool_down(now_ms.saturating_add(wait_ms)));
        }
        if let Some(config) = teaches.filter(|_| act.outcome == Outcome::Ok) {
            self.learn(config, target, &act);
        }
        act.attempted(target, index, self.now_us().saturating_sub(start_us))
    }
}

/// Tells the breaker how a call ended, also where it was dropped.
struct Health<'a> {
    world: &'a Scripted,
    target: &'a ModelTarget,
    verdict: Verdict,
    end: End,
}

impl Drop for Health<'_> {
    fn drop(&mut self) {
        let now_ms = self.world.clock.now_us() / 1_000;
        lock(&self.world.windows).entry(self.target.clone()).or_default().ended(self.end, now_ms);
        self.world.health(self.target, |breaker, now_ms| breaker.record(self.verdict, now_ms));
    }
}

fn lesson(config: &str, target: &ModelTarget) -> (String, String) {
    (config.to_owned(), target.name().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
