//! `fallback`: targets in order, the next one on a failure in `retry_on`.
//!
//! ```text
//! pass 1: targets that are ready, in order; open breakers and cool-downs are skipped
//! pass 2: nothing answered: those with an open breaker, in order; cool-downs are kept
//! ```

use std::sync::Arc;

use crate::{
    engine::{Routed, Scope, cooling},
    failure::{Failure, FailureKind},
    health::Admission,
    plan::{ATTEMPT_TIMEOUT_MS, Destination, FallbackPlan, PlanTarget},
    reason::Reason,
    trace::Candidate,
    world::World,
};

/// First wait before the same target is called again; doubles, with full jitter.
const BACKOFF_US: u64 = 250_000;
const MAX_BACKOFF_US: u64 = 8_000_000;

pub(crate) async fn run<W: World>(plan: &FallbackPlan, scope: Scope<'_, W>) -> Routed<W> {
    let step = super::enter(&scope, "fallback", Reason::text("given up before any target answered"));
    let chain_end_us = plan.total_budget_ms.map(|budget| scope.world.now_us().saturating_add(budget.saturating_mul(1_000)));
    let mut chain =
        Chain { plan, scope: scope.until(chain_end_us.unwrap_or(u64::MAX)), step, first: scope.tracer.attempts(), tally: Tally::default() };
    chain.run().await
}

/// One run through the targets.
struct Chain<'a, W> {
    plan: &'a FallbackPlan,
    scope: Scope<'a, W>,
    step: usize,
    /// Attempts in the trace before this strategy.
    first: usize,
    tally: Tally,
}

/// What the failures so far have in common.
#[derive(Default)]
struct Tally {
    /// Failed calls, each try of a target by itself.
    failures: u32,
    rate_limits: u32,
    timeouts: u32,
    /// Targets passed over.
    cooling: u32,
    out_of_time: u32,
    /// The least that any target asked for in the end.
    retry_after_ms: Option<u64>,
}

/// What to do after a target.
enum Next<W: World> {
    Answer(W::Reply),
    /// It goes to the caller as it is.
    PassOn(Failure<W::Error>),
    MoveOn(Failure<W::Error>),
}

impl<'a, W: World> Chain<'a, W> {
    async fn run(&mut self) -> Routed<W> {
        let mut last = None;
        let mut open = Vec::new();
        for (position, target) in self.plan.attempts.iter().enumerate() {
            match self.scope.readiness(target) {
                Admission::Open { until_ms } if !self.scope.forced => {
                    self.skip(target, opened(self.left_ms(until_ms)));
                    open.push((position, target));
                }
                Admission::CoolingDown { until_ms } => last = Some(self.skip_cooling(target, until_ms)),
                Admission::Ready | Admission::Open { .. } => match self.call(position, target, self.scope).await {
                    Next::MoveOn(failure) => last = Some(failure),
                    Next::PassOn(failure) => return Err(failure),
                    Next::Answer(reply) => return Ok(reply),
                },
            }
        }
        for (position, target) in open {
            match self.call(position, target, self.scope.forced()).await {
                Next::MoveOn(failure) => last = Some(failure),
                Next::PassOn(failure) => return Err(failure),
                Next::Answer(reply) => return Ok(reply),
            }
        }
        self.give_up(last)
    }

    /// One target, with its retries.
    async fn call(&mut self, position: usize, target: &'a PlanTarget, scope: Scope<'a, W>) -> Next<W> {
        let mut tries = 0;
        loop {
            let now_us = scope.world.now_us();
            if now_us >= scope.deadline_us {
                return Next::MoveOn(self.out_of_time(target));
            }
            let routed = scope.until(now_us.saturating_add(self.timeout_us(position, target))).target(target).await;
            let failure = match routed {
                Ok(reply) => {
                    self.answered(position, target, tries);
                    return Next::Answer(reply);
                }
                Err(failure) => failure,
            };
            if !failure.is_in(&self.plan.retry_on) {
                self.candidate(target, false, Reason::text("it failed in a way that is not in retry_on, so its error went to the caller"));
                self.reason(Reason::text(format!("{} failed in a way that is not in retry_on", target.label)));
                return Next::PassOn(failure);
            }
            tries += 1;
            self.tally.count(&failure);
            let Some(wait_us) = self.wait_us(&failure, tries, target, scope) else {
                self.tally.asks_for(failure.retry_after_ms);
                self.candidate(target, false, said(&failure));
                return Next::MoveOn(failure);
            };
            scope.world.sleep_until(scope.world.now_us().saturating_add(wait_us)).await;
        }
    }

    /// The last target gets what is left of a budget, unless it says otherwise.
    fn timeout_us(&self, position: usize, target: &PlanTarget) -> u64 {
        let is_last = position + 1 == self.plan.attempts.len();
        let otherwise = if is_last && self.plan.total_budget_ms.is_some() { u64::MAX / 1_000 } else { ATTEMPT_TIMEOUT_MS };
        // A strategy in place of a model bounds its own attempts.
        let otherwise = if matches!(target.to, Destination::Model(_)) { otherwise } else { u64::MAX / 1_000 };
        target.timeout_ms.unwrap_or(otherwise).saturating_mul(1_000)
    }

    /// How long to wait before the same target is called again; `None` to move on.
    fn wait_us(&self, failure: &Failure<W::Error>, tries: u32, target: &PlanTarget, scope: Scope<'a, W>) -> Option<u64> {
        let futile = matches!(failure.kind, FailureKind::MissingConfig { .. } | FailureKind::TooDeep);
        if tries > self.plan.retries || futile {
            return None;
        }
        let now_us = scope.world.now_us();
        let rest_us = match scope.readiness(target) {
            Admission::Ready => 0,
            // This very failure opened its breaker: it is skipped from now on.
            Admission::Open { .. } if !scope.forced => return None,
            Admission::Open { .. } => 0,
            Admission::CoolingDown { until_ms } => until_ms.saturating_mul(1_000).saturating_sub(now_us),
        };
        let wait_us = match failure.retry_after_ms {
            Some(wait_ms) if wait_ms.saturating_mul(1_000) >= rest_us => wait_ms.saturating_mul(1_000),
            // Deadlines are whole milliseconds: one more, so as not to come too early.
            _ if rest_us > 0 => rest_us.saturating_add(1_000),
            _ => (BACKOFF_US.saturating_mul(1 << (tries - 1).min(16)).min(MAX_BACKOFF_US) as f64 * scope.world.draw()) as u64,
        };
        // Without a budget there is no telling what is left: as long as an attempt may take is the most to wait.
        let most_us = if self.plan.total_budget_ms.is_some() {
            u64::MAX
        } else {
            target.timeout_ms.unwrap_or(ATTEMPT_TIMEOUT_MS).max(ATTEMPT_TIMEOUT_MS).saturating_mul(1_000)
        };
        (wait_us < scope.deadline_us.saturating_sub(now_us).min(most_us)).then_some(wait_us)
    }

    fn out_of_time(&mut self, target: &'a PlanTarget) -> Failure<W::Error> {
        let budget = self.plan.total_budget_ms.map_or_else(|| "the time".to_owned(), |budget| format!("the {budget} ms"));
        self.tally.out_of_time += 1;
        self.skip(target, Reason::text(format!("nothing is left of {budget} for it")));
        Failure { kind: FailureKind::AllFailed { status: 504 }, retry_after_ms: None }
    }

    fn skip_cooling(&mut self, target: &'a PlanTarget, until_ms: u64) -> Failure<W::Error> {
        let left_ms = self.left_ms(until_ms);
        self.tally.cooling += 1;
        self.tally.asks_for(Some(left_ms));
        self.skip(target, cooling(left_ms));
        Failure { kind: FailureKind::CoolingDown { target: target.label.clone() }, retry_after_ms: Some(left_ms) }
    }

    fn left_ms(&self, until_ms: u64) -> u64 {
        until_ms.saturating_sub(self.scope.world.now_us() / 1_000)
    }

    /// Notes a target that is not called now: in the attempts, where it is a model, and among the candidates.
    fn skip(&self, target: &PlanTarget, reason: Reason) {
        if let Destination::Model(model) = &target.to {
            self.scope.tracer.skipped(model, self.scope.world.now_us(), reason.clone());
        }
        self.candidate(target, false, reason);
    }

    fn candidate(&self, target: &PlanTarget, chosen: bool, reason: Reason) {
        let candidate = Candidate { target: Arc::clone(&target.label), chosen, reason, est_cost_usd: None, p50_ms: None };
        self.scope.tracer.step(self.step, |step| step.candidates.push(candidate));
    }

    fn reason(&self, reason: Reason) {
        self.scope.tracer.step(self.step, |step| step.reason = reason);
    }

    fn answered(&self, position: usize, target: &PlanTarget, tries: u32) {
        let number = u32::try_from(position + 1).unwrap_or(u32::MAX);
        let retried = if tries == 0 {
            Reason::AttemptAnswered(number)
        } else {
            Reason::text(format!("attempt {number} answered at try {}", tries + 1))
        };
        self.candidate(target, true, retried.clone());
        self.reason(retried);
    }

    fn give_up(&self, last: Option<Failure<W::Error>>) -> Routed<W> {
        let calls = self.scope.tracer.calls_since(self.first);
        self.reason(Reason::AllFailed(u32::try_from(calls).unwrap_or(u32::MAX)));
        // A lone attempt's own error is passed on as it is.
        if let Some(failure) = last.filter(|_| calls <= 1 && self.plan.attempts.len() == 1) {
            return Err(failure);
        }
        let status = self.tally.status();
        Err(Failure { kind: FailureKind::AllFailed { status }, retry_after_ms: self.tally.retry_after_ms.filter(|_| status == 429) })
    }
}

impl Tally {
    fn count<E>(&mut self, failure: &Failure<E>) {
        // A config that is gone is no attempt: what the others failed with counts.
        if matches!(failure.kind, FailureKind::MissingConfig { .. } | FailureKind::TooDeep) {
            return;
        }
        self.failures += 1;
        self.rate_limits += u32::from(failure.is_rate_limit());
        self.timeouts += u32::from(failure.is_timeout());
    }

    fn asks_for(&mut self, retry_after_ms: Option<u64>) {
        if let Some(wait_ms) = retry_after_ms {
            self.retry_after_ms = Some(self.retry_after_ms.map_or(wait_ms, |least| least.min(wait_ms)));
        }
    }

    /// Of the calls that were made; where none was, of why.
    fn status(&self) -> u16 {
        match self.failures {
            0 if self.cooling > 0 => 429,
            0 if self.out_of_time > 0 => 504,
            0 => 502,
            all if all == self.rate_limits => 429,
            all if all == self.timeouts => 504,
            _ => 502,
        }
    }
}

fn opened(left_ms: u64) -> Reason {
    Reason::text(format!("its breaker is open after repeated failures, for {left_ms} ms more"))
}

fn said<E>(failure: &Failure<E>) -> Reason {
    match &failure.kind {
        FailureKind::Attempt { reason, .. } => reason.clone(),
        FailureKind::AllFailed { .. } => Reason::text("none of its attempts answered"),
        FailureKind::CoolingDown { .. } => Reason::text("it is cooling down after a 429"),
        FailureKind::MissingConfig { name } => Reason::text(format!("{name} is not there any more: it was archived or never saved")),
        FailureKind::TooDeep => Reason::text("strategies nest too deep"),
    }
}
