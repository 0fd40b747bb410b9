//! `latency_optimized`: the lowest median lately; the next lowest on a failure.
//!
//! ```text
//! measured too seldom ─▶ tried first, in turn
//! explore             ─▶ now and then another one, to keep its figure fresh
//! else                ─▶ the incumbent, unless somebody beats it by the hysteresis
//! ```

use smallvec::SmallVec;

use super::{
    candidate,
    chain::{Chain, Ranked, Terms},
    is_well, none_fits,
    stay::Stay,
};
use crate::{
    engine::{Answered, Scope},
    failure::FailureClass,
    latency::{Look, Measure, Seen},
    lookahead::Needs,
    memory::Key,
    plan::{LatencyPlan, PlanTarget},
    reason::Reason,
    trace::Candidate,
    world::World,
};

/// A target with what is known of its latency.
struct Timed<'a> {
    target: &'a PlanTarget,
    seen: Seen,
    /// Its place among the step's candidates.
    candidate: usize,
}

pub(crate) async fn run<W: World>(plan: &LatencyPlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "latency_optimized", Reason::text("given up before any target answered"));
    let look = Look::median(scope.facts.stream && !scope.whole, plan.window_ms);
    let mut candidates = Vec::with_capacity(plan.allowed.len());
    let mut able: SmallVec<[Timed<'_>; 16]> = SmallVec::new();
    for target in &plan.allowed {
        let seen = scope.seen(target, look);
        let p50_ms = seen.value_us.map(|us| us as f64 / 1_000.0);
        let mut weighed = Candidate { p50_ms, ..candidate(target, Reason::Slower) };
        match scope.fits(target, Needs::default()) {
            Ok(()) => able.push(Timed { target, seen, candidate: candidates.len() }),
            Err(why) => weighed.reason = why,
        }
        candidates.push(weighed);
    }
    if able.is_empty() {
        return Err(none_fits(&scope, step, candidates));
    }
    able.sort_by_key(|timed| timed.seen.value_us.unwrap_or(u64::MAX));
    let stay = Stay::of(plan.affinity.as_ref(), &scope);
    let incumbent = plan.incumbents[usize::from(look.measure == Measure::FirstToken)];
    let (first, chosen) = first(plan, scope, (stay.as_ref(), incumbent), &able);
    able[..=first].rotate_right(1);
    candidates[able[0].candidate].reason = chosen.clone();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let order: SmallVec<[Ranked<'_>; 16]> =
        able.iter().map(|timed| Ranked { target: timed.target, candidate: Some(timed.candidate) }).collect();
    let terms = Terms { chosen: Some(chosen), ..Terms::new(&FailureClass::DEFAULT) };
    let calls = scope.calls();
    let (answer, target) = Chain::new(terms, scope, &calls, step).run(&order).await?;
    if let Some(stay) = &stay {
        stay.settle(target, &scope);
    }
    Ok(answer)
}

/// Which of the targets, fastest first, is called first, and why.
fn first<W: World>(plan: &LatencyPlan, scope: Scope<'_, W>, (stay, key): (Option<&Stay>, Key), able: &[Timed<'_>]) -> (usize, Reason) {
    let well: SmallVec<[usize; 16]> = (0..able.len()).filter(|at| is_well(scope, able[*at].target)).collect();
    let Some(&fastest) = well.first() else {
        return (0, Reason::Fastest);
    };
    if let Some(at) = stay.and_then(|stay| well.iter().find(|at| stay.is_at(able[**at].target))) {
        return (*at, Reason::Stays);
    }
    // In turn: those tried least first, then in written order.
    let unmeasured = well.iter().filter(|at| able[**at].seen.tried < plan.min_samples);
    if let Some(at) = unmeasured.min_by_key(|at| (able[**at].seen.tried, able[**at].candidate)) {
        return (*at, Reason::Unmeasured(able[*at].seen.tried));
    }
    let incumbent = incumbent(plan, scope, key, (able, &well)).unwrap_or(fastest);
    if well.len() > 1 && scope.world.draw() < plan.explore {
        let others: SmallVec<[usize; 16]> = well.iter().copied().filter(|at| *at != incumbent).collect();
        let at = (scope.world.draw() * others.len() as f64) as usize;
        return (others[at.min(others.len() - 1)], Reason::Explored);
    }
    scope.world.remember(key, &able[incumbent].target.id);
    (incumbent, if incumbent == fastest { Reason::Fastest } else { Reason::Incumbent })
}

/// The one that was the fastest, as long as nobody beats it clearly.
fn incumbent<W: World>(plan: &LatencyPlan, scope: Scope<'_, W>, key: Key, (able, well): (&[Timed<'_>], &[usize])) -> Option<usize> {
    let id = scope.world.recall(key)?;
    let at = *well.iter().find(|at| able[**at].target.id == id)?;
    let (held, best) = (able[at].seen.value_us?, able[*well.first()?].seen.value_us?);
    let beaten = (best as f64) < held as f64 * (1.0 - plan.hysteresis);
    (!beaten).then_some(at)
}
