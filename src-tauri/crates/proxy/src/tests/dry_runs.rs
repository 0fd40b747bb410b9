//! Decisions without calls.

use http::HeaderMap;
use routing::outcome::Outcome;

use super::*;
use crate::{Assumption, Decided, health::Ended};

/// Tells how long calls of a target took.
fn measured(rig: &Rig, model: &str, ms: u64) {
    let health = &rig.proxy.shared.health;
    let page = health.begin(&target(model));
    let total = Duration::from_millis(ms);
    health.end(&page, Ended { outcome: Outcome::Ok, total, first: Some(total), retry_after_ms: None });
}

async fn decide(rig: &Rig, assumptions: &[(&str, &str)]) -> Decided {
    let assumptions: Vec<_> = assumptions.iter().map(|(target, outcome)| Assumption::read(target, outcome).unwrap()).collect();
    let body = ask("@production").to_string().into();
    let decided = rig.proxy.dry_run(body, &HeaderMap::new(), None, &assumptions).await.unwrap();
    assert!(rig.upstream.seen().is_empty(), "a dry run calls nobody");
    decided
}

fn chain() -> Value {
    json!({"strategy": "fallback", "attempts": [{"model": "alpha/a1", "timeout_ms": 2_000}, "alpha/a2"]})
}

#[tokio::test]
async fn what_is_assumed_to_fail_fails_and_the_next_one_answers() {
    let rig = Rig::with(&[("production", chain())]).await;
    measured(&rig, "a2", 300);
    let decided = decide(&rig, &[("alpha/a1", "timeout")]).await;
    assert_eq!(decided.explanation, "alpha/a1 times out at 2000 ms, timeout is in retry_on, so alpha/a2 answers.");
    assert_eq!(decided.est_latency_ms, Some(2_300.0));
    let a1 = 1_000;
    assert_eq!(decided.est_cost_usd, Some((a1 + 1_000 + 256 * 2_000) as f64 / 1e9), "the input of a call that timed out costs");
    assert_eq!(decided.trace["attempts"][0]["outcome"], "timeout");
    assert_eq!(decided.trace["attempts"][1]["reason"], "would be called; a dry run calls nobody");
}

#[tokio::test]
async fn what_takes_longer_than_it_may_times_out_without_an_assumption() {
    let rig = Rig::with(&[("production", chain())]).await;
    measured(&rig, "a1", 9_000);
    measured(&rig, "a2", 300);
    let decided = decide(&rig, &[]).await;
    assert_eq!(decided.trace["attempts"][0]["outcome"], "timeout");
    assert_eq!(decided.trace["decision"]["target"], "alpha/a2");
}

#[tokio::test]
async fn a_cool_down_passes_on_the_virtual_clock() {
    let rig = Rig::with(&[]).await;
    let health = &rig.proxy.shared.health;
    let page = health.begin(&target("a2"));
    health.end(&page, Ended { outcome: Outcome::Http(429), total: Duration::ZERO, first: None, retry_after_ms: Some(60_000) });
    let left_ms = |ahead_ms| match health.peek_ahead(&target("a2"), ahead_ms) {
        routing::health::Admission::CoolingDown { until_ms } => Some(until_ms),
        _ => None,
    };
    assert!(left_ms(0).is_some_and(|until_ms| (50_000..=60_000).contains(&until_ms)));
    assert!(left_ms(30_000).is_some_and(|until_ms| (50_000..=60_000).contains(&until_ms)), "the deadline stays where it is");
    assert_eq!(left_ms(60_001), None);
}

#[tokio::test]
async fn members_are_called_at_once_on_the_virtual_clock() {
    let document = json!({"strategy": "ensemble", "aggregation": "weighted_average", "members": ["alpha/a1", "alpha/a2", "alpha/a3"]});
    let rig = Rig::with(&[("production", document)]).await;
    for (model, ms) in [("a1", 200), ("a2", 700), ("a3", 400)] {
        measured(&rig, model, ms);
    }
    let decided = decide(&rig, &[]).await;
    assert_eq!(decided.est_latency_ms, Some(700.0), "the longest, not the sum");
    assert_eq!(decided.est_cost_usd, Some(3.0 * (7_000 + 256 * 2_000) as f64 / 1e9), "of all of them");
}

#[tokio::test]
async fn what_was_never_measured_has_no_latency_and_not_zero() {
    let rig = Rig::with(&[("production", chain())]).await;
    let decided = decide(&rig, &[]).await;
    assert_eq!((decided.est_latency_ms, &*decided.explanation), (None, "alpha/a1 answers: attempt 1 answered."));
    let nobody = decide(&rig, &[("alpha/a1", "http_503"), ("alpha/a2", "connection")]).await;
    assert_eq!((nobody.est_cost_usd, nobody.est_latency_ms), (None, None));
    assert_eq!(nobody.explanation, "alpha/a1 answers 503, 5xx is in retry_on, alpha/a2 cannot be reached, so nobody answers.");
}

#[test]
fn a_way_to_fail_is_written_as_traces_write_it() {
    assert_eq!(Assumption::read("a/x", "http_429").unwrap().outcome, Outcome::Http(429));
    for wrong in ["", "ok", "429", "http_", "http_200", "http_600", "Timeout"] {
        assert!(Assumption::read("a/x", wrong).unwrap_err().contains("http_503"), "{wrong}");
    }
}
