//! The counts of decisions are what recounting the traces gives, and outlive them.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread,
};

use common::{NOW_MS, record};
use proptest::prelude::*;
use routing::{
    outcome::Outcome,
    reason::Reason,
    target::ModelTarget,
    trace::{Attempt, RuleHit, Step, Trace},
};
use rusqlite::Connection;
use store::{
    RequestSink,
    record::{Cost, RequestRecord},
    traffic::{Decided, Decision, Opened, Retention},
};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn step(config: &str, strategy: &'static str) -> Step {
    Step {
        config: Some(Arc::from(config)),
        version: Some(1),
        strategy,
        reason: Reason::OnlyTarget,
        rule: None,
        variant: None,
        candidates: Vec::new(),
    }
}

fn attempt(target: &ModelTarget, outcome: Outcome) -> Attempt {
    Attempt { target: target.clone(), outcome, ..common::trace(0).attempts.remove(0) }
}

fn by(n: u64, time_ms: i64, steps: Vec<Step>, attempts: Vec<Attempt>, cost: Option<u64>) -> Box<RequestRecord> {
    let first = steps.first();
    Box::new(RequestRecord {
        config: first.and_then(|step| step.config.clone()),
        version: first.and_then(|step| step.version),
        cost: cost.map(|total| Cost { input: 0, output: total, total }),
        trace: Trace { steps, attempts, decision: None },
        ..*record(n, time_ms)
    })
}

fn add(opened: &Opened, records: impl IntoIterator<Item = Box<RequestRecord>>) {
    for record in records {
        opened.recorder.try_record(record).unwrap();
    }
    opened.recorder.flush_blocking().unwrap();
}

fn counted(requests: u64, cost_nanos: Option<u64>, what: Decided) -> Decision {
    Decision { what, requests, cost_nanos }
}

fn tried(requests: u64, position: u32, outcome: &str, target: &str) -> Decision {
    counted(requests, None, Decided::Attempt { position, outcome: outcome.to_owned(), target: target.to_owned() })
}

#[test]
fn rules_variants_and_attempts_are_counted_with_their_cost() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let (first, second) = (ModelTarget::new("openai", "gpt-4o", None), ModelTarget::new("openai", "gpt-4o-mini", None));
    let steps = |line, label: &str| {
        let rule = RuleHit { index: line - 2, line, text: "if …".into(), values: serde_json::Map::new() };
        let rules = Step { rule: Some(Box::new(rule)), ..step("support", "custom_rules") };
        vec![rules, Step { variant: Some(label.into()), ..step("split", "ab_test") }, step("chain", "fallback")]
    };
    let failed = || vec![attempt(&first, Outcome::Http(503)), attempt(&second, Outcome::Ok)];
    add(
        &opened,
        [
            by(1, NOW_MS, steps(2, "new"), failed(), Some(5)),
            by(2, NOW_MS, steps(7, "new"), vec![attempt(&first, Outcome::Ok)], Some(7)),
            by(3, NOW_MS, steps(7, "old"), failed(), None),
        ],
    );
    let of = |config| opened.traffic.decisions(config, None, NOW_MS).unwrap();
    let tries = [tried(1, 1, "ok", "openai/gpt-4o"), tried(2, 1, "http_503", "openai/gpt-4o"), tried(2, 2, "ok", "openai/gpt-4o-mini")];
    let mut support = of("support");
    assert_eq!(support[0], counted(3, Some(12), Decided::Request));
    assert_eq!(support[1], counted(1, Some(5), Decided::Rule { index: 0, line: 2 }));
    assert_eq!(support[2], counted(2, Some(7), Decided::Rule { index: 5, line: 7 }), "a request without a price adds none");
    let mut wanted = tries.to_vec();
    wanted.sort_by(|a, b| a.what.cmp(&b.what));
    assert_eq!(support.split_off(3), wanted);
    let split = of("split");
    assert_eq!(split[1], counted(2, Some(12), Decided::Variant("new".to_owned())));
    assert_eq!(split[2], counted(1, None, Decided::Variant("old".to_owned())), "no price at all is not free");
    assert_eq!(of("chain").len(), 4, "what it was handed on to tried the same targets");
    assert_eq!(opened.traffic.decisions("support", Some(2), 0).unwrap(), []);
}

#[test]
fn below_a_strategy_that_tries_several_nothing_is_claimed_of_cost_and_attempts() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let target = ModelTarget::new("openai", "gpt-4o", None);
    let steps = vec![step("outer", "fallback"), step("inner", "single"), step("inner", "single")];
    add(&opened, [by(1, NOW_MS, steps, vec![attempt(&target, Outcome::Timeout), attempt(&target, Outcome::Ok)], Some(9))]);
    assert_eq!(opened.traffic.decisions("outer", None, 0).unwrap().len(), 3);
    let inner = opened.traffic.decisions("inner", None, 0).unwrap();
    assert_eq!(inner, [counted(1, None, Decided::Request)], "one request, though it came by twice");
}

#[test]
fn a_direct_call_is_no_decision_of_a_config() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let direct = Step { config: None, version: None, ..step("", "direct") };
    add(&opened, [by(1, NOW_MS, vec![direct], Vec::new(), Some(1))]);
    assert_eq!(rows(dir.path()), 0);
}

#[test]
fn counts_outlive_their_requests_by_a_year() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let old = NOW_MS - 364 * DAY_MS;
    add(
        &opened,
        [by(1, old, vec![step("a", "single")], Vec::new(), None), by(2, old - 2 * DAY_MS, vec![step("a", "single")], Vec::new(), None)],
    );
    opened.traffic.prune(&Retention::default(), NOW_MS).unwrap();
    assert_eq!(opened.traffic.count_since(0).unwrap(), 0);
    assert_eq!(opened.traffic.decisions("a", None, 0).unwrap(), [counted(1, None, Decided::Request)]);
    assert_eq!(opened.traffic.decisions("a", None, old + HOUR_MS).unwrap(), []);
}

#[test]
fn a_batch_that_was_rolled_back_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let breaker = Connection::open(dir.path().join("traffic.db")).unwrap();
    breaker.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    breaker.execute_batch("ALTER TABLE seen RENAME TO hidden").unwrap();
    opened.recorder.try_record(by(1, NOW_MS, vec![step("a", "single")], Vec::new(), Some(3))).unwrap();
    while opened.recorder.health().failing.is_none() {
        thread::yield_now();
    }
    breaker.execute_batch("ALTER TABLE hidden RENAME TO seen").unwrap();
    opened.recorder.flush_blocking().unwrap();
    assert_eq!(opened.traffic.decisions("a", None, 0).unwrap(), [counted(1, Some(3), Decided::Request)]);
    assert_eq!(opened.traffic.seen(10).unwrap().apps, [("ide".to_owned(), 1)]);
}

#[test]
fn costs_beyond_all_bounds_stay_at_the_greatest_number() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    for n in 0..2 {
        add(&opened, [by(n, NOW_MS, vec![step("a", "single")], Vec::new(), Some(u64::MAX))]);
    }
    assert_eq!(opened.traffic.decisions("a", None, 0).unwrap(), [counted(2, Some(i64::MAX.unsigned_abs()), Decided::Request)]);
}

#[test]
fn many_recording_at_once_while_the_log_is_read_and_pruned_lose_no_count() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    thread::scope(|scope| {
        for thread in 0..8_u64 {
            let opened = &opened;
            scope.spawn(move || {
                for n in 0..200 {
                    let target = ModelTarget::new("openai", "gpt-4o", None);
                    let attempts = vec![attempt(&target, Outcome::Ok)];
                    let record = by(thread * 200 + n, NOW_MS, vec![step("a", "single")], attempts, Some(2));
                    opened.recorder.try_record(record).unwrap();
                }
            });
        }
        for _ in 0..20 {
            opened.traffic.prune(&Retention { max_age_days: 0, body_days: 0, ..Retention::default() }, NOW_MS + DAY_MS).unwrap();
            opened.traffic.decisions("a", None, 0).unwrap();
        }
    });
    opened.recorder.stop().unwrap();
    let decisions = opened.traffic.decisions("a", None, 0).unwrap();
    assert_eq!(decisions, [counted(1_600, Some(3_200), Decided::Request), tried(1_600, 1, "ok", "openai/gpt-4o")]);
    assert_eq!(opened.traffic.seen(10).unwrap().apps, [("ide".to_owned(), 1_600)]);
}

#[test]
fn a_log_of_the_release_before_is_taken_over_with_what_its_tags_were() {
    let dir = tempfile::tempdir().unwrap();
    let opened = common::open(dir.path());
    let tagged = |n: u64, value: &str| Box::new(RequestRecord { tags: vec![("tenant".into(), value.into())], ..*record(n, NOW_MS) });
    add(&opened, (0..60).map(|n| tagged(n, &format!("t_{n}"))).chain([tagged(60, "t_7"), tagged(61, "t_7")]));
    opened.recorder.stop().unwrap();
    drop(opened);
    // As that release left it: with its tables and nothing else, one row of which somebody has damaged.
    let before = Connection::open(dir.path().join("traffic.db")).unwrap();
    before
        .execute_batch(
            "DROP TABLE decisions; DROP TABLE seen; PRAGMA user_version = 3;
             UPDATE requests SET tags = '{\"tenant\"' WHERE key = (SELECT max(key) FROM requests);",
        )
        .unwrap();
    drop(before);
    let opened = common::open(dir.path());
    assert_eq!(opened.traffic.count_since(0).unwrap(), 62);
    let seen = opened.traffic.seen(3).unwrap();
    assert_eq!(seen.apps, [("ide".to_owned(), 62)]);
    assert_eq!((seen.tags.len(), seen.tags[0].key.as_str(), seen.tags[0].requests), (1, "tenant", 61));
    assert_eq!(seen.tags[0].values[0], ("t_7".to_owned(), 2));
    assert_eq!(opened.traffic.seen(100).unwrap().tags[0].values.len(), 50);
    add(&opened, [by(100, NOW_MS, vec![step("a", "single")], Vec::new(), None)]);
    assert_eq!(opened.traffic.decisions("a", None, 0).unwrap().len(), 1, "it counts from here on");
}

fn rows(dir: &std::path::Path) -> u64 {
    let connection = Connection::open(dir.join("traffic.db")).unwrap();
    connection.query_row("SELECT count(*) FROM decisions", [], |row| row.get(0)).unwrap()
}

const STRATEGIES: [&str; 8] =
    ["single", "fallback", "cost_optimized", "latency_optimized", "ensemble", "ab_test", "cascade", "custom_rules"];

fn any_step() -> impl Strategy<Value = Step> {
    let config = prop::option::weighted(0.9, (prop::sample::select(vec!["a", "b", "c"]), 1..3_u32));
    let rule = prop::option::of((0..3_u32, 1..4_u32));
    let variant = prop::option::of(prop::sample::select(vec!["x", "y z"]));
    (config, prop::sample::select(&STRATEGIES[..]), rule, variant).prop_map(|(config, strategy, rule, variant)| Step {
        config: config.map(|(slug, _)| Arc::from(slug)),
        version: config.map(|(_, version)| version),
        rule: rule.map(|(index, line)| Box::new(RuleHit { index, line, text: "".into(), values: serde_json::Map::new() })),
        variant: variant.map(Arc::from),
        ..step("", strategy)
    })
}

fn any_attempt() -> impl Strategy<Value = Attempt> {
    let outcomes = vec![Outcome::Ok, Outcome::Timeout, Outcome::Http(429), Outcome::Skipped];
    (prop::sample::select(vec!["m", "org/m x"]), prop::sample::select(outcomes))
        .prop_map(|(model, outcome)| attempt(&ModelTarget::new("p", model, None), outcome))
}

type Counts = BTreeMap<(String, u32, Decided), (u64, Option<u64>)>;

/// The slow way: each trace on its own, by the words of the contract.
fn recount(records: &[Box<RequestRecord>]) -> Counts {
    let mut counts = Counts::new();
    for record in records {
        let mut handed_on = true;
        let mut seen = BTreeSet::new();
        let mut note = |config: &str, version, what: Decided, cost: Option<u64>| {
            if seen.insert((config.to_owned(), version, what.clone())) {
                let (requests, sum) = counts.entry((config.to_owned(), version, what)).or_default();
                *requests += 1;
                *sum = sum.map_or(cost, |sum| Some(sum + cost.unwrap_or(0)));
            }
        };
        for step in &record.trace.steps {
            if let (Some(config), Some(version)) = (step.config.as_deref(), step.version) {
                let cost = record.cost.filter(|_| handed_on).map(|cost| cost.total);
                note(config, version, Decided::Request, cost);
                if let Some(rule) = &step.rule {
                    note(config, version, Decided::Rule { index: rule.index, line: rule.line }, cost);
                }
                if let Some(label) = &step.variant {
                    note(config, version, Decided::Variant(label.to_string()), cost);
                }
                if handed_on {
                    for (attempt, position) in record.trace.attempts.iter().zip(1..) {
                        let (outcome, target) = (attempt.outcome.to_string(), attempt.target.to_string());
                        note(config, version, Decided::Attempt { position, outcome, target }, None);
                    }
                }
            }
            handed_on &= ["single", "ab_test", "custom_rules", "direct"].contains(&step.strategy);
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn counts_are_what_recounting_the_traces_gives(
        requests in prop::collection::vec(
            (prop::collection::vec(any_step(), 0..5), prop::collection::vec(any_attempt(), 0..4), prop::option::of(0..1_000_u64), 0..3_i64),
            1..40,
        ),
        batches in 1..5_usize,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let opened = common::open(dir.path());
        let records: Vec<_> = requests
            .into_iter()
            .zip(0..)
            .map(|((steps, attempts, cost, hour), n)| by(n, NOW_MS + hour * HOUR_MS, steps, attempts, cost))
            .collect();
        for batch in records.chunks(records.len().div_ceil(batches)) {
            add(&opened, batch.iter().cloned());
        }
        for since in [0, NOW_MS, NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS] {
            let within: Vec<_> = records.iter().filter(|record| record.time_ms / HOUR_MS >= since / HOUR_MS).cloned().collect();
            let mut found = Counts::new();
            for config in ["a", "b", "c"] {
                for version in 1..3 {
                    for decision in opened.traffic.decisions(config, Some(version), since).unwrap() {
                        found.insert((config.to_owned(), version, decision.what), (decision.requests, decision.cost_nanos));
                    }
                }
            }
            prop_assert_eq!(found, recount(&within));
        }
    }
}
