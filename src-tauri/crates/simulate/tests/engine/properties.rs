//! What must hold whatever the document, the outcomes, the request and the health.

use catalog::{Capabilities, Tier};
use proptest::prelude::*;
use routing::{engine::MAX_CALLS, outcome::Outcome, trace::Envelope};
use serde_json::Value;

use crate::support::*;

const MODELS: [&str; 4] = ["a/one", "a/two", "b/one", "b/two"];
const SLUGS: [&str; 2] = ["@inner", "@gone"];
/// The longest that anything takes beyond its time here: one microsecond of rounding.
const EPSILON_US: u64 = 1;
/// Strategies that weigh all of their targets before they call any.
const WEIGHING: [&str; 5] = ["cost_optimized", "latency_optimized", "ensemble", "ab_test", "cascade"];

fn act() -> impl Strategy<Value = Act> {
    let text = prop::sample::select(vec!["yes", "no", " Yes\n", "7", "{\"answer\": 1}", "", "a longer answer"]);
    let kind = prop_oneof![
        6 => text.prop_map(Act::says),
        1 => Just(Act::says("cut").finishing("length")),
        3 => Just(Act::http(500)),
        2 => (0_u64..5_000).prop_map(|ms| Act::http(429).retry_after_ms(ms)),
        1 => Just(Act::http(429)),
        1 => Just(Act::http(400)),
        1 => Just(Act::refused()),
        1 => Just(Act::silence()),
    ];
    (kind, 0_u64..3_000, 0_u64..3_000)
        .prop_map(|(act, ms, first)| if act == Act::silence() { act } else { act.after_ms(ms).first_after_ms(first) })
}

fn target_document() -> BoxedStrategy<Value> {
    let name = prop_oneof![4 => prop::sample::select(&MODELS[..]), 1 => prop::sample::select(&SLUGS[..])];
    let plain = (name, prop::option::of(1_u64..3_000)).prop_map(|(name, timeout)| match timeout {
        Some(timeout) => json!({"model": name, "timeout_ms": timeout}),
        None => json!(name),
    });
    // Strategies in strategies multiply what they call.
    plain.prop_recursive(2, 8, 3, strategy_over).boxed()
}

/// With some keys that are there or not.
fn with<const N: usize>(mut document: Value, more: [(&str, Option<Value>); N]) -> Value {
    for (key, value) in more {
        if let Some(value) = value {
            document[key] = value;
        }
    }
    document
}

fn affinity() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(prop::sample::select(vec!["conversation", "end_user", "tag:team"]).prop_map(Value::from))
}

fn strategy_over(target: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let targets = || prop::collection::vec(target.clone(), 1..4);
    let accept = prop::sample::select(vec!["response.length > 4", "response.valid_json", "1 == 1"]);
    let single = target.clone().prop_map(|model| json!({"strategy": "single", "model": model}));
    let fallback = (targets(), prop::option::of(1_u64..6_000), 0_u32..2).prop_map(|(attempts, budget, retries)| {
        with(json!({"strategy": "fallback", "attempts": attempts, "retries": retries}), [("total_budget_ms", budget.map(Value::from))])
    });
    let cost = (targets(), affinity(), prop::sample::select(vec!["economy", "standard"])).prop_map(|(allowed, affinity, tier)| {
        with(json!({"strategy": "cost_optimized", "quality_tier": tier, "allowed_models": allowed}), [("affinity", affinity)])
    });
    let latency = (targets(), affinity(), 0_u32..3, 0.0..1.0_f64).prop_map(|(allowed, affinity, samples, explore)| {
        with(
            json!({"strategy": "latency_optimized", "allowed_models": allowed, "min_samples": samples, "explore": explore}),
            [("affinity", affinity)],
        )
    });
    let how = prop::sample::select(vec!["first_valid", "majority_vote", "weighted_vote", "weighted_average", "llm_judge"]);
    let members = prop::collection::vec((target.clone(), 1_u32..4), 1..4);
    let ensemble = (how, members, 1_u64..4_000, any::<bool>(), prop::option::of(accept.clone()), target.clone()).prop_map(
        |(how, members, timeout, all, valid_when, judge)| {
            let count = members.len();
            let members: Vec<Value> = members.into_iter().map(|(model, weight)| json!({"model": model, "weight": weight})).collect();
            with(
                json!({"strategy": "ensemble", "aggregation": how, "members": members, "timeout_ms": timeout}),
                [
                    ("quorum", all.then(|| json!(count))),
                    ("valid_when", valid_when.map(Value::from)),
                    ("judge", (how == "llm_judge").then_some(judge)),
                ],
            )
        },
    );
    let ab_test = (prop::collection::vec((target.clone(), 1_u32..9), 1..4), any::<bool>()).prop_map(|(variants, sticky)| {
        let variants: Vec<Value> = variants.into_iter().map(|(config, weight)| json!({"config": config, "weight": weight})).collect();
        with(json!({"strategy": "ab_test", "variants": variants}), [("sticky_by", sticky.then(|| json!("end_user")))])
    });
    let cascade = prop::collection::vec((target.clone(), prop::option::of(accept)), 1..4).prop_map(|attempts| {
        let attempts: Vec<Value> =
            attempts.into_iter().map(|(model, accept)| with(json!({ "model": model }), [("accept", accept.map(Value::from))])).collect();
        json!({"strategy": "cascade", "attempts": attempts})
    });
    let condition = prop::sample::select(vec![
        "request.input_tokens > 500",
        "team == 'red' and not request.stream",
        "cost(a/one) > 0.000002 or latency(a/two) > 900",
        "healthy(b/one) and time.hour < 13",
    ]);
    let action = prop_oneof![8 => target, 1 => Just(json!({"block": "no"}))];
    let rules = (prop::collection::vec((condition, action.clone()), 1..3), action).prop_map(|(rules, last)| {
        let mut list: Vec<Value> = rules.into_iter().map(|(condition, action)| json!({"if": condition, "then": action})).collect();
        list.push(json!({ "else": last }));
        json!({"strategy": "custom_rules", "rules": list})
    });
    prop_oneof![1 => single, 3 => fallback, 2 => cost, 2 => latency, 3 => ensemble, 1 => ab_test, 2 => cascade, 2 => rules].boxed()
}

/// What is known of a model.
fn observed() -> impl Strategy<Value = Observed> {
    let tier = prop::option::of(prop::sample::select(vec![Tier::Economy, Tier::Standard, Tier::Premium]));
    (tier, prop::option::of(100_u64..2_000), any::<bool>(), prop::option::of(1_000_u64..4_000)).prop_map(
        |(tier, context, tools, cost_nanos)| Observed { tier, context, can: Capabilities { tools, ..Capabilities::ALL }, cost_nanos },
    )
}

#[derive(Debug, Clone)]
struct Asked {
    stream: bool,
    input_tokens: u64,
    has_tools: bool,
    end_user: Option<&'static str>,
    red: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    (any::<bool>(), 0_u64..1_500, prop::bool::weighted(0.2), prop::option::of(Just("u_1")), any::<bool>())
        .prop_map(|(stream, input_tokens, has_tools, end_user, red)| Asked { stream, input_tokens, has_tools, end_user, red })
}

#[derive(Debug, Clone)]
struct Case {
    document: Value,
    inner: Value,
    acts: Vec<Vec<Act>>,
    observed: Vec<Option<Observed>>,
    asked: Asked,
    seed: u64,
    sick: Vec<(usize, bool)>,
}

fn case() -> impl Strategy<Value = Case> {
    let acts = prop::collection::vec(prop::collection::vec(act(), 1..5), MODELS.len());
    let observed = prop::collection::vec(prop::option::of(observed()), MODELS.len());
    let sick = prop::collection::vec((0..MODELS.len(), any::<bool>()), 0..4);
    (strategy_over(target_document()), strategy_over(target_document()), acts, observed, asked(), any::<u64>(), sick)
        .prop_map(|(document, inner, acts, observed, asked, seed, sick)| Case { document, inner, acts, observed, asked, seed, sick })
}

impl Case {
    fn world(&self) -> Scripted {
        let world = Scripted::new(self.seed).config(version("inner", 1, self.inner.clone()));
        let world = MODELS.iter().zip(&self.acts).fold(world, |world, (name, acts)| world.target(name, acts.clone()));
        let known = MODELS.iter().zip(&self.observed).filter_map(|(name, observed)| observed.map(|observed| (name, observed)));
        let world = known.fold(world, |world, (name, observed)| world.observed(name, observed));
        for (model, open) in &self.sick {
            if *open {
                open_breaker(&world, MODELS[*model]);
            } else {
                cool_down(&world, MODELS[*model], 700);
            }
        }
        world
    }

    fn run_in(&self, world: &Scripted, until_us: u64) -> Run {
        let tags: [(Box<str>, Box<str>); 1] = [("team".into(), if self.asked.red { "red" } else { "blue" }.into())];
        let facts = Facts {
            stream: self.asked.stream,
            input_tokens: self.asked.input_tokens,
            has_tools: self.asked.has_tools,
            end_user: self.asked.end_user,
            conversation: self.asked.end_user,
            tags: &tags,
            request_id: "req_1",
            ..Facts::default()
        };
        world.run_as(&version("outer", 1, self.document.clone()), &facts, until_us)
    }

    fn run(&self) -> Run {
        self.run_in(&self.world(), u64::MAX)
    }

    /// May several be called at once?
    fn has_ensemble(&self) -> bool {
        format!("{}{}", self.document, self.inner).contains("ensemble")
    }
}

fn shown(run: &Run) -> String {
    let envelope = Envelope { request_id: "req", resolved: "config", total_us: run.took_us, overhead_us: 0 };
    serde_json::to_string(&run.trace.with(envelope)).unwrap()
}

fn ended_us(run: &Run, attempt: usize) -> u64 {
    run.trace.attempts[attempt].start_us + run.trace.attempts[attempt].duration_us
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reply_is_an_attempt_that_answered_and_nobody_is_called_after_it_was_given(case in case()) {
        let run = case.run();
        let answered: Vec<usize> = run.trace.attempts.iter().enumerate().filter(|(_, a)| a.outcome == Outcome::Ok).map(|(n, _)| n).collect();
        match run.routed.as_ref().unwrap() {
            Ok(reply) => {
                prop_assert!(answered.contains(&reply.index));
                prop_assert_eq!(run.trace.decision.as_ref().unwrap().target.as_ref(), Some(&reply.target));
                prop_assert_eq!(&run.trace.attempts[reply.index].target, &reply.target);
                prop_assert!(run.calls.iter().all(|call| call.ask.is_none() || call.index != reply.index), "no judge's verdict is an answer");
                if case.has_ensemble() {
                    prop_assert!(ended_us(&run, reply.index) <= run.took_us);
                } else {
                    prop_assert_eq!(&answered, &vec![reply.index], "one answer, and the rest failed or was turned down");
                    prop_assert_eq!(reply.index, run.trace.attempts.len() - 1);
                    prop_assert_eq!(ended_us(&run, reply.index), run.took_us);
                }
            }
            Err(_) => {
                prop_assert!(answered.is_empty() || case.has_ensemble());
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
        if case.document["strategy"] == "ensemble" {
            let members_ms = case.document["timeout_ms"].as_u64().unwrap();
            let judge_ms = if case.document["judge"].is_null() { 0 } else { case.document["judge"]["timeout_ms"].as_u64().unwrap_or(members_ms) };
            prop_assert!(run.took_us <= (members_ms + judge_ms) * 1_000 + EPSILON_US, "{} µs of {members_ms} + {judge_ms} ms", run.took_us);
        }
        for call in &run.calls {
            prop_assert!(call.start_us < call.deadline_us, "a call that has no time left is not made");
            prop_assert!(ended_us(&run, call.index) <= call.deadline_us + EPSILON_US);
            prop_assert!(ended_us(&run, call.index) <= run.took_us, "nothing goes on when all is decided");
        }
        prop_assert!(run.calls.len() <= MAX_CALLS);
    }

    #[test]
    fn every_call_is_one_attempt_that_ends_and_says_how(case in case()) {
        let run = case.run();
        let called: Vec<usize> = (0..run.trace.attempts.len()).filter(|n| run.trace.attempts[*n].outcome != Outcome::Skipped).collect();
        prop_assert_eq!(run.calls.iter().map(|call| call.index).collect::<Vec<_>>(), called);
        for call in &run.calls {
            let attempt = &run.trace.attempts[call.index];
            prop_assert_eq!((&attempt.target, attempt.start_us), (&call.target, call.start_us));
        }
        prop_assert!(run.trace.attempts.is_sorted_by_key(|attempt| attempt.start_us));
        for (n, attempt) in run.trace.attempts.iter().enumerate() {
            let is_judge = run.calls.iter().any(|call| call.index == n && call.ask.is_some());
            match attempt.outcome {
                Outcome::Ok => prop_assert!(attempt.reason.is_none() || is_judge),
                Outcome::Cancelled => {
                    prop_assert!(case.has_ensemble(), "nobody hung up, and only an ensemble gives anybody up");
                    let why = attempt.reason.as_ref().unwrap().to_string();
                    prop_assert!(why.contains("decided without it") || why.contains("could not be reached"), "{why}");
                }
                _ => prop_assert!(attempt.reason.is_some(), "whatever did not answer says why"),
            }
        }
    }

    #[test]
    fn every_candidate_is_accounted_for_with_a_reason_and_at_most_one_is_taken(case in case()) {
        let run = case.run();
        for step in &run.trace.steps {
            prop_assert!(!step.reason.to_string().is_empty());
            prop_assert!(step.candidates.iter().all(|candidate| !candidate.reason.to_string().is_empty()));
            prop_assert!(step.candidates.iter().filter(|candidate| candidate.chosen).count() <= 1);
            prop_assert_eq!(step.rule.is_some(), step.strategy == "custom_rules");
            prop_assert_eq!(step.variant.is_some(), step.strategy == "ab_test");
        }
        let outer = &run.trace.steps[0];
        if WEIGHING.contains(&outer.strategy) {
            let targets = ["allowed_models", "members", "variants", "attempts"].iter().find_map(|key| case.document[key].as_array()).unwrap();
            prop_assert_eq!(outer.candidates.len(), targets.len());
            let answered = run.routed.as_ref().unwrap().is_ok();
            let taken = outer.candidates.iter().any(|candidate| candidate.chosen);
            prop_assert!(taken == answered || outer.strategy == "ab_test" && taken);
        }
        prop_assert!(!run.trace.decision.as_ref().unwrap().reason.to_string().is_empty());
    }

    #[test]
    fn the_same_seed_gives_the_same_traces(case in case()) {
        let twice = || {
            let world = case.world();
            [shown(&case.run_in(&world, u64::MAX)), shown(&case.run_in(&world, u64::MAX))]
        };
        prop_assert_eq!(twice(), twice());
    }

    #[test]
    fn a_caller_that_hangs_up_leaves_cancelled_calls_alone_and_nothing_after(case in case(), at_us in 0_u64..5_000_000) {
        let run = case.run_in(&case.world(), at_us);
        let cancelled: Vec<usize> = (0..run.trace.attempts.len()).filter(|n| run.trace.attempts[*n].outcome == Outcome::Cancelled).collect();
        if !case.has_ensemble() {
            prop_assert!(cancelled.len() <= usize::from(run.routed.is_none()));
            prop_assert!(cancelled.iter().all(|n| n + 1 == run.trace.attempts.len()));
        }
        prop_assert!(run.took_us <= at_us.max(1) || run.routed.is_some());
        for call in &run.calls {
            prop_assert!(call.start_us <= run.took_us && ended_us(&run, call.index) <= run.took_us, "every call has ended");
            prop_assert!(run.trace.attempts[call.index].outcome == Outcome::Ok || run.trace.attempts[call.index].reason.is_some());
        }
        if run.routed.is_none() {
            prop_assert!(run.trace.decision.is_none());
        }
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
