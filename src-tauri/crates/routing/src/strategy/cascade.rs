//! `cascade`: cheap first, dear last; the first answer that its `accept` holds for is the reply.

use super::{
    candidate,
    chain::opened,
    tally::{Tally, said},
};
use crate::{
    engine::{Answer, Answered, Calls, Scope, cooling},
    failure::{Failure, FailureKind},
    health::Admission,
    outcome::Outcome,
    plan::{ATTEMPT_TIMEOUT_MS, CascadePlan, Check, Destination, PlanTarget},
    reason::Reason,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &CascadePlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "cascade", Reason::text("given up before any answer was accepted"));
    let candidates = plan.attempts.iter().map(|target| candidate(target, Reason::NotNeeded)).collect();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let calls = scope.calls();
    Climb { plan, scope: scope.counting(&calls), step, calls: &calls, tally: Tally::default() }.run().await
}

/// One way up.
struct Climb<'a, W> {
    plan: &'a CascadePlan,
    scope: Scope<'a, W>,
    step: usize,
    calls: &'a Calls<'a>,
    tally: Tally,
}

impl<'a, W: World> Climb<'a, W> {
    async fn run(mut self) -> Answered<W> {
        let mut last = None;
        let mut open = Vec::new();
        for (position, target) in self.plan.attempts.iter().enumerate() {
            let left_ms = |until_ms: u64| until_ms.saturating_sub(self.scope.world.now_us() / 1_000);
            match self.scope.readiness(target) {
                Admission::Open { until_ms } if !self.scope.forced => {
                    self.skip(position, target, opened(left_ms(until_ms)));
                    open.push(position);
                }
                Admission::CoolingDown { until_ms } => {
                    let left_ms = left_ms(until_ms);
                    self.tally.cooling += 1;
                    self.tally.asks_for(Some(left_ms));
                    self.skip(position, target, cooling(left_ms));
                    let kind = FailureKind::CoolingDown { target: target.label.clone() };
                    last = Some(Failure { kind, retry_after_ms: Some(left_ms) });
                }
                _ => match self.call(position, self.scope).await {
                    Ok(Ok(answer)) => return Ok(answer),
                    Ok(Err(failure)) => return Err(failure),
                    Err(failure) => last = failure,
                },
            }
        }
        for position in open {
            match self.call(position, self.scope.forced()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => return Err(failure),
                Err(failure) => last = failure,
            }
        }
        let lone = last.filter(|_| self.plan.attempts.len() == 1);
        let (reason, failure) = self.tally.all_failed(self.calls, lone);
        self.scope.tracer.step(self.step, |step| step.reason = reason);
        Err(failure)
    }

    /// The end of the climb, or `Err` to go on: with the failure, where it was one.
    async fn call(&mut self, position: usize, scope: Scope<'a, W>) -> Result<Answered<W>, Option<Failure<W::Error>>> {
        let target = &self.plan.attempts[position];
        if scope.is_out_of_time() {
            self.tally.out_of_time += 1;
            self.skip(position, target, Reason::text("nothing is left of the time for it"));
            return Err(Some(Failure { kind: FailureKind::AllFailed { status: 504 }, retry_after_ms: None }));
        }
        let accept = self.plan.accepts[position].as_ref();
        let is_last = position + 1 == self.plan.attempts.len();
        let scope = if is_last && accept.is_none() { scope } else { scope.whole() };
        match scope.until(self.deadline_us(target)).target(target).await {
            Ok(answer) => match accept.and_then(|accept| self.refusal(accept, &answer)) {
                None => {
                    self.accepted(position, accept, &answer);
                    Ok(Ok(answer))
                }
                Some(why) => {
                    self.tally.rejected();
                    scope.tracer.amend(answer.index, |attempt| {
                        attempt.outcome = Outcome::Rejected;
                        attempt.reason = Some(why.clone());
                    });
                    self.weigh(position, false, why.clone());
                    let kind = FailureKind::Attempt { outcome: Outcome::Rejected, detail: Default::default(), reason: why, error: None };
                    Err(Some(Failure { kind, retry_after_ms: None }))
                }
            },
            Err(failure) if !failure.is_in(&self.plan.retry_on) => {
                self.weigh(position, false, said(&failure));
                let why = format!("{} failed in a way that is not in retry_on", target.label);
                scope.tracer.step(self.step, |step| step.reason = Reason::text(why));
                Ok(Err(failure))
            }
            Err(failure) => {
                self.tally.count(&failure);
                self.tally.asks_for(failure.retry_after_ms);
                self.weigh(position, false, said(&failure));
                Err(Some(failure))
            }
        }
    }

    fn deadline_us(&self, target: &PlanTarget) -> u64 {
        // A strategy in place of a model bounds its own attempts.
        let otherwise = if matches!(target.to, Destination::Model(_)) { ATTEMPT_TIMEOUT_MS } else { u64::MAX / 1_000 };
        self.scope.world.now_us().saturating_add(target.timeout_ms.unwrap_or(otherwise).saturating_mul(1_000))
    }

    /// Why the answer is not accepted, if it is not.
    fn refusal(&self, accept: &Check, answer: &Answer<W>) -> Option<Reason> {
        // Where nobody was called, nothing is known that could turn an answer down.
        let response = self.scope.world.response(&answer.reply)?;
        if accept.holds(self.scope, &response) {
            return None;
        }
        Some(Reason::text(format!("accept does not hold ({}): {}", accept.text, accept.values(self.scope, &response))))
    }

    fn accepted(&self, position: usize, accept: Option<&Check>, answer: &Answer<W>) {
        let number = u32::try_from(position + 1).unwrap_or(u32::MAX);
        let reason = match accept {
            None => Reason::AttemptAnswered(number),
            Some(_) if self.scope.world.response(&answer.reply).is_none() => {
                Reason::text(format!("attempt {number} is held to be accepted, as nobody was called"))
            }
            Some(_) => Reason::AttemptAccepted(number),
        };
        self.weigh(position, true, reason.clone());
        self.scope.tracer.step(self.step, |step| step.reason = reason);
    }

    fn skip(&self, position: usize, target: &PlanTarget, reason: Reason) {
        if let Destination::Model(model) = &target.to {
            self.scope.tracer.skipped(model, self.scope.world.now_us(), reason.clone());
        }
        self.weigh(position, false, reason);
    }

    fn weigh(&self, position: usize, chosen: bool, reason: Reason) {
        self.scope.tracer.step(self.step, |step| {
            if let Some(candidate) = step.candidates.get_mut(position) {
                (candidate.chosen, candidate.reason) = (chosen, reason);
            }
        });
    }
}
