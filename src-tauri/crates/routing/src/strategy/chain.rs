//! Targets one after the other: what `fallback`, `cost_optimized`, `latency_optimized` and `cascade` share.
//!
//! ```text
//! pass 1: targets that are ready, in order; open breakers and cool-downs are skipped
//! pass 2: nothing answered: those with an open breaker, in order; cool-downs are kept
//! ```

use std::sync::Arc;

use smallvec::SmallVec;

use super::{
    conditions::Judged,
    tally::{Tally, said},
};
use crate::{
    engine::{Answer, Calls, Scope, cooling},
    failure::{Detail, Failure, FailureClass, FailureKind},
    health::Admission,
    outcome::Outcome,
    plan::{ATTEMPT_TIMEOUT_MS, Check, Destination, PlanTarget},
    reason::Reason,
    trace::Candidate,
    world::World,
};

/// First wait before the same target is called again; doubles, with full jitter.
const BACKOFF_US: u64 = 250_000;
const MAX_BACKOFF_US: u64 = 8_000_000;

/// A target in the order in which they are tried.
#[derive(Clone, Copy)]
pub(super) struct Ranked<'a> {
    pub target: &'a PlanTarget,
    /// Its place among the step's candidates, where it stands there already.
    pub candidate: Option<usize>,
}

/// How a chain is run.
pub(super) struct Terms<'a> {
    pub retry_on: &'a [FailureClass],
    pub total_budget_ms: Option<u64>,
    pub retries: u32,
    /// Why the first one was taken, where there is more to say than that it answered.
    pub chosen: Option<Reason>,
    /// What each one's answer must fulfil, in the order in which they are tried. Every answer is looked at but that
    /// of the last one, where nothing is asked of it.
    pub accepts: Option<&'a [Option<Check>]>,
}

impl<'a> Terms<'a> {
    /// One try each, any answer, as long as it takes.
    pub fn new(retry_on: &'a [FailureClass]) -> Self {
        Self { retry_on, total_budget_ms: None, retries: 0, chosen: None, accepts: None }
    }
}

/// One run through the targets.
pub(super) struct Chain<'a, W> {
    terms: Terms<'a>,
    scope: Scope<'a, W>,
    step: usize,
    /// How many targets there are.
    length: usize,
    calls: &'a Calls<'a>,
    tally: Tally,
}

/// What to do after a target.
enum Next<'a, W: World> {
    Answer(Answer<W>, &'a PlanTarget),
    /// It goes to the caller as it is.
    PassOn(Failure<W::Error>),
    MoveOn(Failure<W::Error>),
}

impl<'a, W: World> Chain<'a, W> {
    pub fn new(terms: Terms<'a>, scope: Scope<'a, W>, calls: &'a Calls<'a>, step: usize) -> Self {
        let end_us = terms.total_budget_ms.map(|budget| scope.world.now_us().saturating_add(budget.saturating_mul(1_000)));
        let scope = scope.counting(calls).until(end_us.unwrap_or(u64::MAX));
        Self { terms, scope, step, length: 0, calls, tally: Tally::default() }
    }

    /// Tries them in order; with the answer, which target gave it.
    pub async fn run(mut self, order: &[Ranked<'a>]) -> Result<(Answer<W>, &'a PlanTarget), Failure<W::Error>> {
        self.length = order.len();
        let mut last = None;
        let mut open: SmallVec<[(usize, Ranked<'a>); 4]> = SmallVec::new();
        for (position, ranked) in order.iter().enumerate() {
            match self.scope.readiness(ranked.target) {
                Admission::Open { until_ms } if !self.scope.forced => {
                    self.skip(ranked, opened(self.left_ms(until_ms)));
                    open.push((position, *ranked));
                }
                Admission::CoolingDown { until_ms } => last = Some(self.skip_cooling(ranked, until_ms)),
                Admission::Ready | Admission::Open { .. } => match self.call(position, ranked, self.scope).await {
                    Next::MoveOn(failure) => last = Some(failure),
                    Next::PassOn(failure) => return Err(failure),
                    Next::Answer(answer, target) => return Ok((answer, target)),
                },
            }
        }
        for (position, ranked) in open {
            match self.call(position, &ranked, self.scope.forced()).await {
                Next::MoveOn(failure) => last = Some(failure),
                Next::PassOn(failure) => return Err(failure),
                Next::Answer(answer, target) => return Ok((answer, target)),
            }
        }
        Err(self.give_up(last))
    }

    /// One target, with its retries.
    async fn call(&mut self, position: usize, ranked: &Ranked<'a>, scope: Scope<'a, W>) -> Next<'a, W> {
        let target = ranked.target;
        let accept = self.terms.accepts.and_then(|accepts| accepts.get(position)?.as_ref());
        let is_passed_through = position + 1 == self.length && accept.is_none();
        let scope = if self.terms.accepts.is_none() || is_passed_through { scope } else { scope.whole() };
        let mut tries = 0;
        loop {
            let now_us = scope.world.now_us();
            if now_us >= scope.deadline_us {
                return Next::MoveOn(self.out_of_time(ranked));
            }
            let routed = scope.until(now_us.saturating_add(self.timeout_us(position, target))).target(target).await;
            let failure = match routed {
                Ok(answer) => match accept.map(|accept| accept.judge("accept", scope, &answer)) {
                    Some(Err(why)) => return Next::MoveOn(self.turned_down(ranked, &answer, why)),
                    accepted => {
                        self.answered(position, ranked, tries, accepted.and_then(Result::ok));
                        return Next::Answer(answer, target);
                    }
                },
                Err(failure) => failure,
            };
            if !failure.is_in(self.terms.retry_on) {
                let (why, short) = match &failure.kind {
                    FailureKind::Attempt { .. } | FailureKind::AllFailed { .. } => (
                        Reason::text("it failed in a way that is not in retry_on, so its error went to the caller"),
                        "failed in a way that is not in retry_on",
                    ),
                    _ => (said(&failure), "ended the request"),
                };
                self.candidate(ranked, false, why);
                self.reason(Reason::text(format!("{} {short}", target.label)));
                return Next::PassOn(failure);
            }
            tries += 1;
            self.tally.count(&failure);
            let Some(wait_us) = self.wait_us(&failure, tries, target, scope) else {
                self.tally.asks_for(failure.retry_after_ms);
                self.candidate(ranked, false, said(&failure));
                return Next::MoveOn(failure);
            };
            scope.world.sleep_until(scope.world.now_us().saturating_add(wait_us)).await;
        }
    }

    /// The last target gets what is left of a budget, unless it says otherwise.
    fn timeout_us(&self, position: usize, target: &PlanTarget) -> u64 {
        let is_last = position + 1 == self.length;
        let otherwise = if is_last && self.terms.total_budget_ms.is_some() { u64::MAX / 1_000 } else { ATTEMPT_TIMEOUT_MS };
        // A strategy in place of a model bounds its own attempts.
        let otherwise = if matches!(target.to, Destination::Model(_)) { otherwise } else { u64::MAX / 1_000 };
        target.timeout_ms.unwrap_or(otherwise).saturating_mul(1_000)
    }

    /// How long to wait before the same target is called again; `None` to move on.
    fn wait_us(&self, failure: &Failure<W::Error>, tries: u32, target: &PlanTarget, scope: Scope<'a, W>) -> Option<u64> {
        let futile = matches!(
            failure.kind,
            FailureKind::MissingConfig { .. } | FailureKind::TooDeep | FailureKind::NoCandidate { .. } | FailureKind::Elsewhere { .. }
        );
        if tries > self.terms.retries || futile {
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
        let most_us = if self.terms.total_budget_ms.is_some() {
            u64::MAX
        } else {
            target.timeout_ms.unwrap_or(ATTEMPT_TIMEOUT_MS).max(ATTEMPT_TIMEOUT_MS).saturating_mul(1_000)
        };
        (wait_us < scope.deadline_us.saturating_sub(now_us).min(most_us)).then_some(wait_us)
    }

    fn out_of_time(&mut self, ranked: &Ranked<'a>) -> Failure<W::Error> {
        let budget = self.terms.total_budget_ms.map_or_else(|| "the time".to_owned(), |budget| format!("the {budget} ms"));
        self.tally.out_of_time += 1;
        self.skip(ranked, Reason::text(format!("nothing is left of {budget} for it")));
        Failure { kind: FailureKind::AllFailed { status: 504 }, retry_after_ms: None }
    }

    fn skip_cooling(&mut self, ranked: &Ranked<'a>, until_ms: u64) -> Failure<W::Error> {
        let left_ms = self.left_ms(until_ms);
        self.tally.cooling += 1;
        self.tally.asks_for(Some(left_ms));
        self.skip(ranked, cooling(left_ms));
        Failure { kind: FailureKind::CoolingDown { target: ranked.target.label.clone() }, retry_after_ms: Some(left_ms) }
    }

    fn left_ms(&self, until_ms: u64) -> u64 {
        until_ms.saturating_sub(self.scope.world.now_us() / 1_000)
    }

    /// Notes a target that is not called now: in the attempts, where it is a model, and among the candidates.
    fn skip(&self, ranked: &Ranked<'a>, reason: Reason) {
        if let Destination::Model(model) = &ranked.target.to {
            self.scope.tracer.skipped(model, self.scope.world.now_us(), reason.clone());
        }
        self.candidate(ranked, false, reason);
    }

    fn candidate(&self, ranked: &Ranked<'a>, chosen: bool, reason: Reason) {
        self.scope.tracer.step(self.step, |step| match ranked.candidate.and_then(|at| step.candidates.get_mut(at)) {
            Some(candidate) => (candidate.chosen, candidate.reason) = (chosen, reason),
            None => {
                let target = Arc::clone(&ranked.target.label);
                step.candidates.push(Candidate { target, chosen, reason, est_cost_usd: None, p50_ms: None });
            }
        });
    }

    fn reason(&self, reason: Reason) {
        self.scope.tracer.step(self.step, |step| step.reason = reason);
    }

    fn turned_down(&mut self, ranked: &Ranked<'a>, answer: &Answer<W>, why: String) -> Failure<W::Error> {
        let reason = Reason::text(why);
        self.tally.rejected();
        self.scope.tracer.reject(answer.index, &reason);
        self.candidate(ranked, false, reason.clone());
        let kind = FailureKind::Attempt { outcome: Outcome::Rejected, detail: Detail::None, reason, error: None };
        Failure { kind, retry_after_ms: None }
    }

    fn answered(&mut self, position: usize, ranked: &Ranked<'a>, tries: u32, judged: Option<Judged>) {
        let number = u32::try_from(position + 1).unwrap_or(u32::MAX);
        let reason = match self.terms.chosen.take() {
            Some(chosen) if position == 0 && tries == 0 => chosen,
            _ if judged == Some(Judged::Holds) => Reason::AttemptAccepted(number),
            _ if judged == Some(Judged::Unknown) => Reason::text(format!("attempt {number} is held to be accepted, as nobody was called")),
            _ if tries == 0 => Reason::AttemptAnswered(number),
            _ => Reason::text(format!("attempt {number} answered at try {}", tries + 1)),
        };
        self.candidate(ranked, true, reason.clone());
        self.reason(reason);
    }

    fn give_up(&self, last: Option<Failure<W::Error>>) -> Failure<W::Error> {
        let (reason, failure) = self.tally.all_failed(self.calls, last.filter(|_| self.length == 1));
        self.reason(reason);
        failure
    }
}

/// The sentence for a target whose breaker is open.
pub(super) fn opened(left_ms: u64) -> Reason {
    Reason::text(format!("its breaker is open after repeated failures, for {left_ms} ms more"))
}
