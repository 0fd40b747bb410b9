//! `ensemble`: all members at once, and one answer of it.
//!
//! ```text
//! members ─▶ answers ─▶ valid? ─▶ vote / average / judge ─▶ the winner's answer, untouched
//!               │          └─ no: rejected
//!               └─ decided early: the others are cancelled
//! ```

use super::{
    candidate,
    chain::opened,
    judge::Brief,
    tally::{Tally, said},
    together::Together,
    vote::{self, Ballots, Standing, Vote},
};
use crate::{
    document::Aggregation,
    engine::{Answer, Answered, Calls, Scope, cooling},
    failure::{Failure, FailureKind},
    health::Admission,
    plan::{Destination, EnsemblePlan},
    reason::Reason,
    response::Response,
    trace::Candidate,
    world::World,
};

pub(crate) async fn run<W: World>(plan: &EnsemblePlan, scope: Scope<'_, W>) -> Answered<W> {
    let step = super::enter(&scope, "ensemble", Reason::text("given up before it was decided"));
    let candidates = plan.members.iter().map(|member| candidate(member, Reason::text("not waited for: it was decided without it")));
    let candidates = candidates.collect();
    scope.tracer.step(step, |step| step.candidates = candidates);
    let calls = scope.calls();
    let round = Round {
        plan,
        scope: scope.counting(&calls),
        step,
        first: scope.tracer.attempts(),
        calls: &calls,
        tally: Tally::default(),
        valid: Vec::new(),
        votes: Vec::new(),
    };
    round.run().await
}

/// One round of answers.
struct Round<'a, W: World> {
    plan: &'a EnsemblePlan,
    scope: Scope<'a, W>,
    step: usize,
    /// Attempts in the trace before this strategy.
    first: usize,
    calls: &'a Calls<'a>,
    tally: Tally,
    /// Valid answers by member.
    valid: Vec<(usize, Answer<W>)>,
    votes: Vec<Vote>,
}

impl<'a, W: World> Round<'a, W> {
    async fn run(mut self) -> Answered<W> {
        let mut members = self.call_all();
        let mut last = None;
        while let Some((member, routed)) = members.next().await {
            match routed {
                Ok(answer) => self.answered(member, answer),
                Err(failure) => {
                    self.tally.count(&failure);
                    self.tally.asks_for(failure.retry_after_ms);
                    self.weigh(member, |candidate| candidate.reason = said(&failure));
                    // A rule that turned the request away says more than that others failed.
                    if !matches!(last, Some(Failure { kind: FailureKind::Blocked { .. }, .. })) {
                        last = Some(failure);
                    }
                }
            }
            let outstanding: Vec<usize> = members.outstanding().collect();
            if self.is_decided(&outstanding) || self.is_lost(outstanding.len()) {
                break;
            }
        }
        let outstanding: Vec<usize> = members.outstanding().collect();
        drop(members);
        if !outstanding.is_empty() {
            let lost = self.is_lost(outstanding.len());
            let why = if lost { "the quorum could not be reached any more" } else { "it was decided without it" };
            self.scope.tracer.explain_cancelled(self.first, &Reason::text(why));
            for member in outstanding.into_iter().filter(|_| lost) {
                self.weigh(member, |candidate| candidate.reason = Reason::text(why));
            }
        }
        self.decide(last).await
    }

    /// Starts those that are well; where they alone cannot reach the quorum, those with an open breaker, too.
    fn call_all(&mut self) -> Together<'a, Answered<W>> {
        let end_us = self.scope.world.now_us().saturating_add(self.plan.timeout_ms.saturating_mul(1_000));
        let scope = self.scope.until(end_us).whole();
        let health: Vec<Admission> = self.plan.members.iter().map(|member| scope.readiness(member)).collect();
        let ready = health.iter().filter(|health| **health == Admission::Ready).count();
        let forced = scope.forced || ready < self.plan.quorum as usize;
        let scope = if forced { scope.forced() } else { scope };
        let mut members = Together::new();
        for (number, member) in self.plan.members.iter().enumerate() {
            let left_ms = |until_ms: u64| until_ms.saturating_sub(scope.world.now_us() / 1_000);
            let rests = match health[number] {
                Admission::Open { until_ms } if !forced => Some(opened(left_ms(until_ms))),
                Admission::CoolingDown { until_ms } => {
                    self.tally.cooling += 1;
                    self.tally.asks_for(Some(left_ms(until_ms)));
                    Some(cooling(left_ms(until_ms)))
                }
                Admission::Ready | Admission::Open { .. } => None,
            };
            if let Some(why) = rests {
                if let Destination::Model(model) = &member.to {
                    scope.tracer.skipped(model, scope.world.now_us(), why.clone());
                }
                self.weigh(number, |candidate| candidate.reason = why);
                members.push(None::<std::future::Ready<Answered<W>>>);
                continue;
            }
            let timeout_us = member.timeout_ms.map_or(u64::MAX, |ms| ms.saturating_mul(1_000));
            members.push(Some(scope.until(scope.world.now_us().saturating_add(timeout_us)).target(member)));
        }
        members
    }

    fn answered(&mut self, member: usize, answer: Answer<W>) {
        let judged = match self.scope.world.response(&answer.reply) {
            // Where nobody was called, nothing is known of the answers: all vote for the same.
            None => Ok(String::new()),
            Some(response) => self.key(&response),
        };
        match judged {
            Ok(key) => {
                self.weigh(member, |candidate| candidate.reason = Reason::text("answered, and another answer was taken"));
                self.votes.push(Vote { member, key });
                self.valid.push((member, answer));
            }
            Err(why) => {
                self.tally.rejected();
                self.scope.tracer.reject(answer.index, &Reason::text(why.clone()));
                self.weigh(member, |candidate| candidate.reason = Reason::text(format!("rejected: {why}")));
            }
        }
    }

    /// What an answer votes for, if it is valid.
    fn key(&self, response: &Response<'_>) -> Result<String, String> {
        match &self.plan.valid_when {
            Some(check) => check.require("valid_when", self.scope, response)?,
            None if response.is_empty() => return Err("the answer is empty".to_owned()),
            None if !response.is_finished() => {
                return Err(format!("the answer is not finished: {}", response.finish_reason.as_deref().unwrap_or_default()));
            }
            None => {}
        }
        match self.plan.aggregation {
            Aggregation::FirstValid | Aggregation::LlmJudge => Ok(String::new()),
            Aggregation::MajorityVote | Aggregation::WeightedVote => vote::key(&self.plan.vote_on, response),
            Aggregation::WeightedAverage => {
                let key = vote::key(&self.plan.vote_on, response)?;
                vote::number(&key).map(|_| key)
            }
        }
    }

    fn has_quorum(&self) -> bool {
        self.valid.len() >= self.plan.quorum as usize
    }

    /// Can the quorum not be reached any more, with so many members outstanding?
    fn is_lost(&self, outstanding: usize) -> bool {
        self.valid.len() + outstanding < self.plan.quorum as usize
    }

    /// What each member's vote counts. Of a majority it is one each; the weights are left to break ties.
    fn ballots(&self) -> Ballots<'_> {
        Ballots { weights: &self.plan.steps, equal: self.plan.aggregation == Aggregation::MajorityVote }
    }

    fn is_decided(&self, outstanding: &[usize]) -> bool {
        match self.plan.aggregation {
            Aggregation::FirstValid => self.has_quorum(),
            Aggregation::MajorityVote | Aggregation::WeightedVote => {
                self.has_quorum() && vote::is_decided(&self.standings(), outstanding, self.ballots())
            }
            Aggregation::WeightedAverage | Aggregation::LlmJudge => false,
        }
    }

    fn standings(&self) -> Vec<Standing> {
        vote::standings(&self.votes, self.ballots())
    }

    async fn decide(mut self, last: Option<Failure<W::Error>>) -> Answered<W> {
        if self.valid.is_empty() || !self.has_quorum() {
            return self.give_up(last);
        }
        // Answers come as they please; what is decided goes by written order.
        self.valid.sort_by_key(|(member, _)| *member);
        match self.plan.aggregation {
            Aggregation::FirstValid => {
                let first = self.votes.first().map_or(0, |vote| vote.member);
                self.win(first, Reason::text("the first valid answer"))
            }
            Aggregation::MajorityVote | Aggregation::WeightedVote => {
                let standings = self.standings();
                let Some(leader) = standings.first() else { return self.give_up(last) };
                let counts = |vote: &&Vote| if self.ballots().equal { 1.0 } else { self.plan.weights[vote.member] };
                let won: f64 = self.votes.iter().filter(|vote| vote.key == leader.key).map(|vote| counts(&vote)).sum();
                let cast: f64 = self.votes.iter().map(|vote| counts(&vote)).sum();
                let reason = format!("won the vote with {} of {}", plain(won), plain(cast));
                let heaviest = self.heaviest(self.votes.iter().filter(|vote| vote.key == leader.key).map(|vote| vote.member));
                self.win(heaviest, Reason::text(reason))
            }
            Aggregation::WeightedAverage => self.average(),
            Aggregation::LlmJudge => self.judge().await,
        }
    }

    fn average(self) -> Answered<W> {
        let mut votes: Vec<&Vote> = self.votes.iter().collect();
        // Sums of the same numbers in another order differ in their last digits.
        votes.sort_by_key(|vote| vote.member);
        let numbers: Vec<(f64, f64)> =
            votes.iter().map(|vote| (self.plan.weights[vote.member], vote::number(&vote.key).unwrap_or_default())).collect();
        let sum: f64 = numbers.iter().map(|(weight, _)| weight).sum();
        let average: f64 = numbers.iter().map(|(weight, number)| weight / sum * number).sum();
        let text = plain(average);
        let heaviest = self.heaviest(self.votes.iter().map(|vote| vote.member));
        let reason = format!("the average of {} answers, in the heaviest member's answer", numbers.len());
        let world = self.scope.world;
        let answer = self.win(heaviest, Reason::text(reason))?;
        Ok(Answer { reply: world.with_text(answer.reply, &text), ..answer })
    }

    async fn judge(self) -> Answered<W> {
        let heaviest = self.heaviest(self.valid.iter().map(|(member, _)| *member));
        let Some(judge) = self.plan.judge.as_ref().filter(|_| self.valid.len() > 1) else {
            return self.win(heaviest, Reason::text("the only valid answer, so no judge was asked"));
        };
        if self.scope.is_out_of_time() {
            return self.win(heaviest, Reason::text("no time was left for the judge, so the heaviest member's answer was taken"));
        }
        let world = self.scope.world;
        let brief = {
            let answers: Vec<_> = self.valid.iter().map(|(member, answer)| (*member, world.response(&answer.reply))).collect();
            Brief::new(world, &answers)
        };
        let timeout_ms = judge.timeout_ms.unwrap_or(self.plan.timeout_ms);
        let scope = self.scope.until(world.now_us().saturating_add(timeout_ms.saturating_mul(1_000)));
        let asked = scope.asking(&brief.question).target(judge).await;
        let (winner, reason) = match &asked {
            Err(failure) => (heaviest, format!("the judge did not answer ({}), so the heaviest member's answer was taken", said(failure))),
            Ok(verdict) => {
                scope.tracer.amend(verdict.index, |attempt| attempt.reason = Some(Reason::text("asked as the judge")));
                match world.response(&verdict.reply).map(|response| brief.verdict(&response.text)) {
                    None => (heaviest, "a judge would pick among the answers".to_owned()),
                    Some(Some(winner)) => (winner, format!("{} judged it the best", judge.label)),
                    Some(None) => (heaviest, "the judge named no answer, so the heaviest member's answer was taken".to_owned()),
                }
            }
        };
        self.win(winner, Reason::text(reason))
    }

    /// The member of the greatest weight, of equals the first as written.
    fn heaviest(&self, members: impl Iterator<Item = usize>) -> usize {
        let heavier = |best: usize, member: usize| {
            let (a, b) = (self.plan.weights[best], self.plan.weights[member]);
            if b > a || (a == b && member < best) { member } else { best }
        };
        members.reduce(heavier).unwrap_or(0)
    }

    fn win(self, winner: usize, reason: Reason) -> Answered<W> {
        self.weigh(winner, |candidate| (candidate.chosen, candidate.reason) = (true, reason.clone()));
        self.scope.tracer.step(self.step, |step| step.reason = reason);
        let lone = Failure { kind: FailureKind::AllFailed { status: 502 }, retry_after_ms: None };
        self.valid.into_iter().find(|(member, _)| *member == winner).map(|(_, answer)| answer).ok_or(lone)
    }

    fn give_up(mut self, last: Option<Failure<W::Error>>) -> Answered<W> {
        let alone = self.plan.members.len() == 1;
        // Not all failed in the same way where some answered.
        for _ in &self.valid {
            self.tally.rejected();
        }
        let (_, failure) = match last {
            Some(blocked @ Failure { kind: FailureKind::Blocked { .. }, .. }) => (said(&blocked), blocked),
            last => self.tally.all_failed(self.calls, last.filter(|_| alone)),
        };
        for (member, _) in &self.valid {
            self.weigh(*member, |candidate| candidate.reason = Reason::text("answered, but the quorum was not reached"));
        }
        let (valid, quorum) = (self.valid.len(), self.plan.quorum);
        let reason = format!("{valid} of {} members gave a valid answer, and the quorum is {quorum}", self.plan.members.len());
        self.scope.tracer.step(self.step, |step| step.reason = Reason::text(reason));
        Err(failure)
    }

    fn weigh(&self, member: usize, change: impl FnOnce(&mut Candidate)) {
        self.scope.tracer.step(self.step, |step| {
            if let Some(candidate) = step.candidates.get_mut(member) {
                change(candidate);
            }
        });
    }
}

/// A number as people write it: no exponent, no dust of binary fractions.
fn plain(number: f64) -> String {
    let digits = if number == 0.0 { 0 } else { (11 - number.abs().log10().floor() as i32).clamp(0, 17) as usize };
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn averages_are_written_as_people_write_numbers() {
        for (number, text) in
            [(0.1 + 0.2, "0.3"), (2.0, "2"), (-1.25, "-1.25"), (1e20, "100000000000000000000"), (0.0, "0"), (1.0 / 3.0, "0.333333333333")]
        {
            assert_eq!(plain(number), text);
        }
    }
}
