//! Runs a plan in a world: one engine for the proxy, the simulator and dry runs.
//!
//! ```text
//! route ─▶ node ─▶ strategy::*::run ─▶ Scope::target ─▶ attempt (World)
//!            ▲                              │
//!            └──── @slug, inline strategy ◀─┘
//! ```

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    document::MAX_DEPTH,
    facts::Facts,
    failure::{Failure, FailureKind},
    health::Admission,
    plan::{Destination, IDLE_TIMEOUT_MS, Params, Plan, PlanNode, PlanTarget},
    reason::Reason,
    strategy,
    target::ModelTarget,
    trace::Decision,
    tracer::Tracer,
    world::{Call, Keeper, Question, World},
};

/// What comes of a request.
pub type Routed<W> = Result<<W as World>::Reply, Failure<<W as World>::Error>>;
/// What comes of a strategy.
pub(crate) type Answered<W> = Result<Answer<W>, Failure<<W as World>::Error>>;
type Running<'a, W> = Pin<Box<dyn Future<Output = Answered<W>> + Send + 'a>>;

/// An answer, and which attempt gave it.
pub(crate) struct Answer<W: World> {
    pub reply: W::Reply,
    /// Number of the attempt in the trace, from 0.
    pub index: usize,
}

/// So many calls one request may make: strategies that nest multiply what they try.
pub const MAX_CALLS: usize = 100;
/// So many strategies one request may enter: also those that call nobody must come to an end.
const MAX_STEPS: usize = 1_000;

/// Calls made within one strategy. Several run at once, so that the trace alone does not tell whose they are.
#[derive(Default)]
pub(crate) struct Calls<'a> {
    made: AtomicUsize,
    outer: Option<&'a Calls<'a>>,
}

impl Calls<'_> {
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.made.fetch_add(1, Ordering::Relaxed);
        if let Some(outer) = self.outer {
            outer.count();
        }
    }
}

/// Runs `plan` for one request. The trace grows in `tracer` while it runs, so that
/// it is there, too, when the caller hangs up and this future is dropped.
pub async fn route<W: World>(plan: &Plan, facts: &Facts<'_>, world: &W, tracer: &Tracer) -> Routed<W> {
    let scope = Scope {
        world,
        facts,
        tracer,
        config: plan.config.as_ref(),
        depth: 1,
        deadline_us: u64::MAX,
        idle_timeout_ms: None,
        params: None,
        forced: false,
        whole: false,
        ask: None,
        calls: None,
    };
    let routed = node(&plan.root, scope).await;
    let answering = routed.as_ref().ok().map(|answer| answer.index);
    tracer.decide(|trace| Decision {
        target: answering.and_then(|index| trace.attempts.get(index)).map(|attempt| attempt.target.clone()),
        reason: match trace.steps.first().map(|step| &step.reason) {
            Some(Reason::OnlyTarget) if routed.is_err() => Reason::text("the only target did not answer"),
            Some(Reason::NamedByCaller) if routed.is_err() => Reason::text("the model that the request named did not answer"),
            Some(reason) => reason.clone(),
            None => Reason::text("nothing was tried"),
        },
    });
    routed.map(|answer| answer.reply)
}

async fn node<W: World>(node: &PlanNode, scope: Scope<'_, W>) -> Answered<W> {
    match node {
        PlanNode::Direct(target) => strategy::single::run_direct(target, scope).await,
        PlanNode::Single(target) => strategy::single::run(target, scope).await,
        PlanNode::Fallback(plan) => strategy::fallback::run(plan, scope).await,
        PlanNode::Cost(plan) => strategy::cost_optimized::run(plan, scope).await,
        PlanNode::Latency(plan) => strategy::latency_optimized::run(plan, scope).await,
        PlanNode::Ensemble(plan) => strategy::ensemble::run(plan, scope).await,
        PlanNode::AbTest(plan) => strategy::ab_test::run(plan, scope).await,
        PlanNode::Cascade(plan) => strategy::cascade::run(plan, scope).await,
        PlanNode::Rules(plan) => strategy::custom_rules::run(plan, scope).await,
    }
}

/// Where in the tree of strategies we are, and what bounds us there.
pub(crate) struct Scope<'a, W> {
    pub world: &'a W,
    pub facts: &'a Facts<'a>,
    pub tracer: &'a Tracer,
    pub config: Option<&'a (Arc<str>, u32)>,
    pub(crate) depth: usize,
    /// Whoever answers must have committed before then.
    pub deadline_us: u64,
    idle_timeout_ms: Option<u64>,
    params: Option<&'a Arc<serde_json::Map<String, serde_json::Value>>>,
    /// Nothing else is left: call also what has an open breaker.
    pub forced: bool,
    /// Somebody looks at the answer before the caller does: it must be here as a whole.
    pub whole: bool,
    /// A question of our own goes out in place of the request.
    pub(crate) ask: Option<&'a Arc<Question>>,
    /// Of the innermost strategy that counts its calls.
    calls: Option<&'a Calls<'a>>,
}

impl<W> Clone for Scope<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Scope<'_, W> {}

impl<'a, W: World> Scope<'a, W> {
    /// With an earlier deadline, if `at_us` is earlier.
    pub fn until(self, at_us: u64) -> Self {
        Self { deadline_us: self.deadline_us.min(at_us), ..self }
    }

    /// Calls also what has an open breaker.
    pub fn forced(self) -> Self {
        Self { forced: true, ..self }
    }

    /// With answers as a whole, for somebody to look at.
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// With a question of our own in place of the request, whose overrides are not for it.
    pub fn asking(self, question: &'a Arc<Question>) -> Self {
        Self { ask: Some(question), whole: true, params: None, ..self }
    }

    /// A count of the calls within a strategy.
    pub fn calls(self) -> Calls<'a> {
        Calls { made: AtomicUsize::new(0), outer: self.calls }
    }

    /// With its calls counted there.
    pub fn counting(self, calls: &'a Calls<'a>) -> Self {
        Self { calls: Some(calls), ..self }
    }

    /// So deep inside.
    pub fn at_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Is no time left to call anybody?
    pub fn is_out_of_time(self) -> bool {
        self.world.now_us() >= self.deadline_us
    }

    /// Inside another config.
    pub fn of<'b>(self, plan: &'b Plan) -> Scope<'b, W>
    where
        'a: 'b,
    {
        Scope { config: plan.config.as_ref(), ..self }
    }

    /// Runs a target, whatever it is.
    pub async fn target(self, target: &'a PlanTarget) -> Answered<W> {
        let idle_timeout_ms = target.idle_timeout_ms.or(self.idle_timeout_ms);
        match &target.to {
            Destination::Model(model) => {
                let params = merged(self.params, target.params.as_ref());
                self.attempt(model, idle_timeout_ms.unwrap_or(IDLE_TIMEOUT_MS), params).await
            }
            Destination::Inline(inner) => {
                let params = merged(self.params, target.params.as_ref());
                self.nested(inner, params, idle_timeout_ms).await
            }
            Destination::Config { slug, version } => {
                let Some(plan) = self.world.config(slug, *version) else {
                    return Err(Failure { kind: FailureKind::MissingConfig { name: target.label.clone() }, retry_after_ms: None });
                };
                let params = merged(self.params, target.params.as_ref());
                self.of(&plan).nested(&plan.root, params, idle_timeout_ms).await
            }
        }
    }

    /// Boxed, as strategies nest in themselves; not an `async fn`, so that the compiler can see it is `Send`.
    fn nested<'b>(self, inner: &'b PlanNode, params: Params, idle_timeout_ms: Option<u64>) -> Running<'b, W>
    where
        'a: 'b,
    {
        Box::pin(async move {
            if self.depth >= MAX_DEPTH {
                return Err(Failure { kind: FailureKind::TooDeep, retry_after_ms: None });
            }
            if self.tracer.steps() >= MAX_STEPS {
                return Err(Failure { kind: FailureKind::TooManyCalls, retry_after_ms: None });
            }
            node(inner, Scope { depth: self.depth + 1, params: params.as_ref(), idle_timeout_ms, ..self }).await
        })
    }

    /// Who keeps the answer that the request goes on from, where that is not this target. Questions of our own go on
    /// from nothing.
    pub fn bars(self, target: &ModelTarget) -> Option<&'a Keeper> {
        self.world.keeper().filter(|keeper| self.ask.is_none() && !keeper.admits(target))
    }

    async fn attempt(self, target: &ModelTarget, idle_timeout_ms: u64, params: Params) -> Answered<W> {
        if let Some(keeper) = self.bars(target) {
            let keeper = keeper.label();
            self.tracer.skipped(target, self.world.now_us(), elsewhere(&keeper));
            return Err(Failure { kind: FailureKind::Elsewhere { target: target.label(), keeper }, retry_after_ms: None });
        }
        // A cool-down is kept even where nothing else is left: the caller gets what remains of it.
        if let Admission::CoolingDown { until_ms } = self.world.peek(target) {
            let retry_after_ms = until_ms.saturating_sub(self.world.now_us() / 1_000);
            self.tracer.skipped(target, self.world.now_us(), cooling(retry_after_ms));
            return Err(Failure { kind: FailureKind::CoolingDown { target: target.name().into() }, retry_after_ms: Some(retry_after_ms) });
        }
        if self.tracer.calls() >= MAX_CALLS {
            return Err(Failure { kind: FailureKind::TooManyCalls, retry_after_ms: None });
        }
        if let Some(calls) = self.calls {
            calls.count();
        }
        let open = self.tracer.begin(self.world, target);
        let index = open.index();
        let call = Call {
            target,
            index,
            deadline_us: self.deadline_us,
            idle_timeout_ms,
            params,
            whole: self.whole,
            ask: self.ask.cloned(),
            config: self.config.map(|(slug, _)| &**slug),
        };
        let attempted = self.world.attempt(call).await;
        open.end(&attempted);
        Ok(Answer { reply: attempted.result?, index })
    }
}

/// The sentence for a target that is cooling down.
pub(crate) fn cooling(left_ms: u64) -> Reason {
    Reason::text(format!("it answered 429 and asked for a rest, {left_ms} ms of it are left"))
}

/// The sentence for a target that has not got the answer which the request goes on from.
pub(crate) fn elsewhere(keeper: &str) -> Reason {
    Reason::text(format!("{keeper} keeps the answer that this request goes on from"))
}

/// What stands nearer to the model wins.
fn merged(
    outer: Option<&Arc<serde_json::Map<String, serde_json::Value>>>,
    inner: Option<&Arc<serde_json::Map<String, serde_json::Value>>>,
) -> Params {
    match (outer, inner) {
        (Some(outer), Some(inner)) => {
            let mut all = (**outer).clone();
            all.extend(inner.iter().map(|(key, value)| (key.clone(), value.clone())));
            Some(Arc::new(all))
        }
        (outer, inner) => inner.or(outer).cloned(),
    }
}
