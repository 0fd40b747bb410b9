//! What the failures of a strategy have in common, and what that makes of all of them.

use std::sync::Arc;

use crate::{
    engine::{Calls, elsewhere},
    failure::{Failure, FailureKind},
    lookahead::gone,
    reason::Reason,
};

/// Failures so far.
#[derive(Default)]
pub(super) struct Tally {
    /// Failed calls, each try of a target by itself.
    failures: u32,
    rate_limits: u32,
    timeouts: u32,
    /// Targets passed over.
    pub cooling: u32,
    pub out_of_time: u32,
    /// The target that was asked, and who keeps the answer that the request goes on from.
    elsewhere: Option<(Arc<str>, Arc<str>)>,
    /// The least that any target asked for in the end.
    retry_after_ms: Option<u64>,
}

impl Tally {
    pub fn count<E>(&mut self, failure: &Failure<E>) {
        // A config that is gone is no attempt: what the others failed with counts.
        if matches!(failure.kind, FailureKind::MissingConfig { .. } | FailureKind::TooDeep) {
            return;
        }
        if let FailureKind::Elsewhere { target, keeper } = &failure.kind {
            self.elsewhere = Some((Arc::clone(target), Arc::clone(keeper)));
            return;
        }
        // Nor is a rest that is kept: how those failed that were called decides.
        if matches!(failure.kind, FailureKind::CoolingDown { .. }) {
            self.cooling += 1;
            return;
        }
        self.failures += 1;
        self.rate_limits += u32::from(failure.is_rate_limit());
        self.timeouts += u32::from(failure.is_timeout());
    }

    pub fn asks_for(&mut self, retry_after_ms: Option<u64>) {
        if let Some(wait_ms) = retry_after_ms {
            self.retry_after_ms = Some(self.retry_after_ms.map_or(wait_ms, |least| least.min(wait_ms)));
        }
    }

    /// An answer was there and was turned down.
    pub fn rejected(&mut self) {
        self.failures += 1;
    }

    /// The failure of the whole strategy after `calls`. Of a lone target its own error is passed on as it is.
    pub fn all_failed<E>(&self, calls: &Calls<'_>, lone: Option<Failure<E>>) -> (Reason, Failure<E>) {
        let calls = calls.made();
        let reason = Reason::AllFailed(u32::try_from(calls).unwrap_or(u32::MAX));
        if let Some(failure) = lone.filter(|_| calls <= 1) {
            return (reason, failure);
        }
        let is_only_elsewhere = calls == 0 && self.failures + self.cooling + self.out_of_time == 0;
        if let Some((target, keeper)) = self.elsewhere.as_ref().filter(|_| is_only_elsewhere) {
            let kind = FailureKind::Elsewhere { target: Arc::clone(target), keeper: Arc::clone(keeper) };
            return (elsewhere(keeper), Failure { kind, retry_after_ms: None });
        }
        let status = self.status();
        let retry_after_ms = self.retry_after_ms.filter(|_| status == 429);
        (reason, Failure { kind: FailureKind::AllFailed { status }, retry_after_ms })
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

/// A failure as a sentence about its target.
pub(super) fn said<E>(failure: &Failure<E>) -> Reason {
    match &failure.kind {
        FailureKind::Attempt { reason, .. } => reason.clone(),
        FailureKind::AllFailed { .. } => Reason::text("none of its attempts answered"),
        FailureKind::CoolingDown { .. } => Reason::text("it is cooling down after a 429"),
        FailureKind::MissingConfig { name } => gone(name),
        FailureKind::Elsewhere { keeper, .. } => elsewhere(keeper),
        FailureKind::TooDeep => Reason::text("strategies nest too deep"),
        FailureKind::TooManyCalls => Reason::text("the request has made as many calls as one may"),
        FailureKind::Blocked { line, message, .. } => Reason::text(format!("its rule at line {line} turned the request away: {message}")),
        FailureKind::NoCandidate { .. } => Reason::text("none of what it may call can take the request"),
    }
}
