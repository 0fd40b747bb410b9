//! Runs a plan in a world: one engine for the proxy, the simulator and dry runs.
//!
//! ```text
//! route ─▶ node ─▶ strategy::{single, fallback}::run ─▶ Scope::target ─▶ attempt (World)
//!            ▲                                              │
//!            └──────────── @slug, inline strategy ◀─────────┘
//! ```

use std::{future::Future, pin::Pin, sync::Arc};

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
    world::{Call, World},
};

/// What comes of a request.
pub type Routed<W> = Result<<W as World>::Reply, Failure<<W as World>::Error>>;
type Running<'a, W> = Pin<Box<dyn Future<Output = Routed<W>> + Send + 'a>>;

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
    };
    let routed = node(&plan.root, scope).await;
    tracer.decide(|trace| Decision {
        target: routed.is_ok().then(|| trace.last_called().map(|attempt| attempt.target.clone())).flatten(),
        reason: match trace.steps.first().map(|step| &step.reason) {
            Some(Reason::OnlyTarget) if routed.is_err() => Reason::text("the only target did not answer"),
            Some(Reason::NamedByCaller) if routed.is_err() => Reason::text("the model that the request named did not answer"),
            Some(reason) => reason.clone(),
            None => Reason::text("nothing was tried"),
        },
    });
    routed
}

async fn node<W: World>(node: &PlanNode, scope: Scope<'_, W>) -> Routed<W> {
    match node {
        PlanNode::Direct(target) => strategy::single::run_direct(target, scope).await,
        PlanNode::Single(target) => strategy::single::run(target, scope).await,
        PlanNode::Fallback(plan) => strategy::fallback::run(plan, scope).await,
    }
}

/// Where in the tree of strategies we are, and what bounds us there.
pub(crate) struct Scope<'a, W> {
    pub world: &'a W,
    #[allow(dead_code, reason = "read by strategies that decide on the request")]
    pub facts: &'a Facts<'a>,
    pub tracer: &'a Tracer,
    pub config: Option<&'a (Arc<str>, u32)>,
    depth: usize,
    /// Whoever answers must have committed before then.
    pub deadline_us: u64,
    idle_timeout_ms: Option<u64>,
    params: Option<&'a Arc<serde_json::Map<String, serde_json::Value>>>,
    /// Nothing else is left: call also what has an open breaker.
    pub forced: bool,
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

    /// Runs a target, whatever it is.
    pub async fn target(self, target: &'a PlanTarget) -> Routed<W> {
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
                let inside = Scope { config: plan.config.as_ref(), ..self };
                inside.nested(&plan.root, params, idle_timeout_ms).await
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
            node(inner, Scope { depth: self.depth + 1, params: params.as_ref(), idle_timeout_ms, ..self }).await
        })
    }

    async fn attempt(self, target: &ModelTarget, idle_timeout_ms: u64, params: Params) -> Routed<W> {
        // A cool-down is kept even where nothing else is left: the caller gets what remains of it.
        if let Admission::CoolingDown { until_ms } = self.world.peek(target) {
            let retry_after_ms = until_ms.saturating_sub(self.world.now_us() / 1_000);
            self.tracer.skipped(target, self.world.now_us(), cooling(retry_after_ms));
            return Err(Failure { kind: FailureKind::CoolingDown { target: target.name().into() }, retry_after_ms: Some(retry_after_ms) });
        }
        let open = self.tracer.begin(self.world, target);
        let attempted =
            self.world.attempt(Call { target, index: open.index(), deadline_us: self.deadline_us, idle_timeout_ms, params }).await;
        open.end(&attempted);
        attempted.result.map_err(Into::into)
    }

    /// The best that can be said of a target before it is called.
    pub fn readiness(self, target: &PlanTarget) -> Admission {
        match &target.to {
            Destination::Model(model) => self.world.peek(model),
            _ => {
                let mut looks = MAX_LOOKS;
                self.readiness_within(target, self.depth, &mut looks)
            }
        }
    }

    /// `looks` bounds the work where configs nest in each other many times over; beyond it a target is held to be ready.
    fn readiness_within(self, target: &PlanTarget, depth: usize, looks: &mut u32) -> Admission {
        if *looks == 0 {
            return Admission::Ready;
        }
        *looks -= 1;
        match &target.to {
            Destination::Model(model) => self.world.peek(model),
            Destination::Inline(inner) => self.best_of(inner, depth, looks),
            Destination::Config { slug, version } => {
                // One that is missing is not unhealthy: it is called, and says what is wrong.
                self.world.config(slug, *version).map_or(Admission::Ready, |plan| self.best_of(&plan.root, depth, looks))
            }
        }
    }

    fn best_of(self, node: &PlanNode, depth: usize, looks: &mut u32) -> Admission {
        if depth >= MAX_DEPTH {
            return Admission::Ready;
        }
        let mut best = None;
        for target in node.targets() {
            let admission = self.readiness_within(target, depth + 1, looks);
            if admission == Admission::Ready {
                return admission;
            }
            best = Some(best.map_or(admission, |best| if rank(&admission) < rank(&best) { admission } else { best }));
        }
        best.unwrap_or(Admission::Ready)
    }
}

/// Targets looked at to tell whether a nested strategy is ready.
const MAX_LOOKS: u32 = 256;

fn rank(admission: &Admission) -> (u8, u64) {
    match admission {
        Admission::Ready => (0, 0),
        Admission::Open { until_ms } => (1, *until_ms),
        Admission::CoolingDown { until_ms } => (2, *until_ms),
    }
}

/// The sentence for a target that is cooling down.
pub(crate) fn cooling(left_ms: u64) -> Reason {
    Reason::text(format!("it answered 429 and asked for a rest, {left_ms} ms of it are left"))
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
