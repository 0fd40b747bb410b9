//! What must hold whatever the document, the outcomes and the health.

use proptest::prelude::*;
use routing::{outcome::Outcome, trace::Envelope};
use serde_json::Value;

use crate::support::*;

const MODELS: [&str; 4] = ["a/one", "a/two", "b/one", "b/two"];
const SLUGS: [&str; 2] = ["@inner", "@gone"];
/// The longest that anything takes beyond its time here: one microsecond of rounding.
const EPSILON_US: u64 = 1;

fn act() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![
        3 => Just(Act::answer()),
        3 => Just(Act::http(500)),
        2 => (0_u64..5_000).prop_map(|ms| Act::http(429).retry_after_ms(ms)),
        1 => Just(Act::http(429)),
        1 => Just(Act::http(400)),
        1 => Just(Act::refused()),
        1 => Just(Act::silence()),
    ];
    (kind, 0_u64..3_000).prop_map(|(act, ms)| if act == Act::silence() { act } else { act.after_ms(ms) })
}

fn target_document() -> BoxedStrategy<Value> {
    let name = prop_oneof![4 => prop::sample::select(&MODELS[..]), 1 => prop::sample::select(&SLUGS[..])];
    let plain = (name, prop::option::of(1_u64..3_000)).prop_map(|(name, timeout)| match timeout {
        Some(timeout) => json!({"model": name, "timeout_ms": timeout}),
        None => json!(name),
    });
    // Retries of nested fallbacks multiply: one level more, and a case may take minutes.
    plain.prop_recursive(2, 8, 3, strategy_over).boxed()
}

fn strategy_over(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![
        1 => target.clone().prop_map(|model| json!({"strategy": "single", "model": model})),
        3 => (prop::collection::vec(target, 1..4), prop::option::of(1_u64..6_000), 0_u32..2).prop_map(|(attempts, budget, retries)| {
            let mut document = json!({"strategy": "fallback", "attempts": attempts, "retries": retries});
            if let Some(budget) = budget {
                document["total_budget_ms"] = json!(budget);
            }
            document
        }),
    ]
    .boxed()
}

#[derive(Debug, Clone)]
struct Case {
    document: Value,
    inner: Value,
    acts: Vec<Vec<Act>>,
    seed: u64,
    sick: Vec<(usize, bool)>,
}

fn case() -> impl Strategy<Value = Case> {
    let acts = prop::collection::vec(prop::collection::vec(act(), 1..5), MODELS.len());
    let sick = prop::collection::vec((0..MODELS.len(), any::<bool>()), 0..4);
    (strategy_over(target_document()), strategy_over(target_document()), acts, any::<u64>(), sick)
        .prop_map(|(document, inner, acts, seed, sick)| Case { document, inner, acts, seed, sick })
}

impl Case {
    fn world(&self) -> Scripted {
        let world = Scripted::new(self.seed).config(version("inner", 1, self.inner.clone()));
        let world = MODELS.iter().zip(&self.acts).fold(world, |world, (name, acts)| world.target(name, acts.clone()));
        for (model, open) in &self.sick {
            if *open {
                open_breaker(&world, MODELS[*model]);
            } else {
                cool_down(&world, MODELS[*model], 700);
            }
        }
        world
    }

    fn run(&self) -> Run {
        self.world().run(&plan(self.document.clone()))
    }
}

fn shown(run: &Run) -> String {
    let envelope = Envelope { request_id: "req", resolved: "config", total_us: run.took_us, overhead_us: 0 };
    serde_json::to_string(&run.trace.with(envelope)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_called_after_an_answer_and_an_answer_is_the_reply(case in case()) {
        let run = case.run();
        let answered: Vec<usize> = run.trace.attempts.iter().enumerate().filter(|(_, a)| a.outcome == Outcome::Ok).map(|(n, _)| n).collect();
        match run.routed.as_ref().unwrap() {
            Ok(reply) => {
                prop_assert_eq!(&answered, &vec![reply.index]);
                prop_assert_eq!(reply.index, run.trace.attempts.len() - 1);
                prop_assert_eq!(run.trace.decision.as_ref().unwrap().target.as_ref(), Some(&reply.target));
            }
            Err(_) => {
                prop_assert!(answered.is_empty());
                prop_assert_eq!(&run.trace.decision.as_ref().unwrap().target, &None);
            }
        }
    }

    #[test]
    fn nothing_takes_longer_than_its_budget(case in case()) {
        let run = case.run();
        if let Some(budget_ms) = case.document["total_budget_ms"].as_u64() {
            prop_assert!(run.took_us <= budget_ms * 1_000 + EPSILON_US, "{} µs of {budget_ms} ms", run.took_us);
        }
        for call in &run.calls {
            prop_assert!(call.start_us < call.deadline_us, "a call that has no time left is not made");
            let ended_us = call.start_us + run.trace.attempts[call.index].duration_us;
            prop_assert!(ended_us <= call.deadline_us + EPSILON_US);
        }
    }

    #[test]
    fn every_call_is_one_attempt_in_the_trace_in_order_of_start(case in case()) {
        let run = case.run();
        let called: Vec<usize> = (0..run.trace.attempts.len()).filter(|n| run.trace.attempts[*n].outcome != Outcome::Skipped).collect();
        prop_assert_eq!(run.calls.iter().map(|call| call.index).collect::<Vec<_>>(), called);
        for call in &run.calls {
            let attempt = &run.trace.attempts[call.index];
            prop_assert_eq!((&attempt.target, attempt.start_us), (&call.target, call.start_us));
        }
        prop_assert!(run.trace.attempts.is_sorted_by_key(|attempt| attempt.start_us));
        prop_assert!(run.trace.attempts.iter().all(|attempt| (attempt.outcome == Outcome::Ok) == attempt.reason.is_none()), "whatever did not answer says why");
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(case in case()) {
        prop_assert_eq!(shown(&case.run()), shown(&case.run()));
    }

    #[test]
    fn a_caller_that_hangs_up_leaves_at_most_one_attempt_cancelled_and_nothing_after(case in case(), at_us in 0_u64..5_000_000) {
        let run = case.world().run_until(&plan(case.document.clone()), at_us);
        let cancelled: Vec<usize> = (0..run.trace.attempts.len()).filter(|n| run.trace.attempts[*n].outcome == Outcome::Cancelled).collect();
        prop_assert!(cancelled.len() <= usize::from(run.routed.is_none()));
        prop_assert!(cancelled.iter().all(|n| n + 1 == run.trace.attempts.len()));
        prop_assert!(run.took_us <= at_us.max(1) || run.routed.is_some());
    }

    #[test]
    fn what_a_wait_says_is_never_longer_than_a_cool_down_or_a_429_asked_for(case in case()) {
        let run = case.run();
        if let Err(failure) = run.routed.as_ref().unwrap() && let Some(wait_ms) = failure.retry_after_ms {
            prop_assert!(wait_ms <= 5_000);
            prop_assert!(failure.is_rate_limit());
        }
    }
}
