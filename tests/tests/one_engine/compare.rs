//! What must be alike on both sides: all but how the world words a failure, and jitter.

use std::sync::LazyLock;

use regex::Regex;
use routing::{
    failure::FailureKind,
    outcome::Outcome,
    trace::{Attempt, Candidate, Step, Trace},
};
use serde_json::{Map, Value, json};
use simulate::scripted::Run;

use crate::{
    case::{Ask, Case, Tempo},
    live::{Lived, text},
    replayed::cost,
};

/// Later than this, in thousandths of a beat, is another time.
const TOLERANCE: u64 = 450;

/// Everything of a run that has one right value.
pub fn shape(run: &Run, tempo: Tempo) -> Value {
    shown(&run.trace, expected(run), tempo)
}

/// Compares one request.
///
/// # Errors
/// What differs.
pub fn compare(case: &Case, ask: &Ask, lived: &Lived, run: &Run, tempo: Tempo) -> Result<(), String> {
    let live = shown(lived.trace(), answered(lived), tempo);
    let replayed = shape(run, tempo);
    if live != replayed {
        return Err(format!("live and replayed differ:\n{}", difference(&live, &replayed)));
    }
    times(ask, lived, run, tempo)?;
    settled(case, ask, lived)?;
    told(ask, lived, run, tempo)
}

fn difference(live: &Value, replayed: &Value) -> String {
    let (live, replayed) = (format!("{live:#}"), format!("{replayed:#}"));
    let diff = similar::TextDiff::from_lines(&live, &replayed);
    diff.unified_diff().context_radius(6).header("live", "replayed").to_string()
}

fn shown(trace: &Trace, answer: Value, tempo: Tempo) -> Value {
    let decision =
        trace.decision.as_ref().map(|decision| json!({"target": decision.target, "reason": plain(&decision.reason.to_string(), tempo)}));
    json!({
        "answer": answer,
        "decision": decision,
        "steps": trace.steps.iter().map(|each| step(each, tempo)).collect::<Vec<_>>(),
        "attempts": trace.attempts.iter().map(|each| attempt(each, tempo)).collect::<Vec<_>>(),
    })
}

fn step(step: &Step, tempo: Tempo) -> Value {
    let rule = step
        .rule
        .as_ref()
        .map(|rule| json!({"index": rule.index, "line": rule.line, "text": rule.text, "values": values(&rule.values, tempo)}));
    json!({
        "config": step.config, "version": step.version, "strategy": step.strategy, "variant": step.variant, "rule": rule,
        "reason": plain(&step.reason.to_string(), tempo),
        "candidates": step.candidates.iter().map(|each| candidate(each, tempo)).collect::<Vec<_>>(),
    })
}

fn candidate(candidate: &Candidate, tempo: Tempo) -> Value {
    json!({
        "target": candidate.target, "chosen": candidate.chosen, "reason": plain(&candidate.reason.to_string(), tempo),
        "est_cost_usd": candidate.est_cost_usd, "p50_beats": candidate.p50_ms.map(|ms| beats(ms, tempo)),
    })
}

fn values(values: &Map<String, Value>, tempo: Tempo) -> Value {
    let in_beats = |name: &str| name.starts_with("latency(") && !name.ends_with(".samples");
    values
        .iter()
        .map(|(name, value)| match value.as_f64().filter(|_| in_beats(name)) {
            Some(ms) => (name.clone(), json!(beats(ms, tempo))),
            None => (name.clone(), value.clone()),
        })
        .collect::<Map<_, _>>()
        .into()
}

fn attempt(attempt: &Attempt, tempo: Tempo) -> Value {
    let was_here = matches!(attempt.outcome, Outcome::Ok | Outcome::Rejected);
    let by_world = matches!(attempt.outcome, Outcome::Timeout | Outcome::Connection | Outcome::Http(_));
    json!({
        "target": attempt.target, "outcome": attempt.outcome, "status": attempt.status,
        "tokens": was_here.then_some([attempt.input_tokens, attempt.output_tokens]),
        "cost_nanos": attempt.cost_nanos.filter(|_| was_here),
        "reason": attempt.reason.as_ref().filter(|_| !by_world).map(|reason| plain(&reason.to_string(), tempo)),
    })
}

fn beats(ms: f64, tempo: Tempo) -> i64 {
    (ms / tempo.0 as f64).round() as i64
}

/// A sentence without what only a network knows, times in beats.
fn plain(reason: &str, tempo: Tempo) -> String {
    static WORLD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)(the upstream('s answer)? (answered|broke|closed|cannot|sent)|no answer within|the stream (broke|ended)|scripted (http_\d+|timeout|connection)).*?(?P<end>\), so the heaviest|$)").expect("a regex")
    });
    static LATENCY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(latency_ms = )([0-9.]+)").expect("a regex"));
    static MS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[0-9]+ ms").expect("a regex"));
    let text = WORLD.replace(reason, "(it failed)$end");
    let text = LATENCY.replace_all(&text, |found: &regex::Captures<'_>| {
        format!("{}{}", &found[1], found[2].parse::<f64>().map_or(0, |ms| beats(ms, tempo)))
    });
    MS.replace_all(&text, "# ms").into_owned()
}

/// Status, type and text of what the caller got.
fn answered(lived: &Lived) -> Value {
    let Some(answer) = &lived.answer else { return json!({"status": lived.record.status}) };
    if answer.status == 200 {
        return json!({"status": 200, "text": text(answer), "model": answer.header("x-modelux-model-used")});
    }
    let body = answer.json();
    let attempts = body["error"]["attempts"].as_array().map(Vec::len);
    json!({"status": answer.status, "attempts": attempts, "rule": body["error"]["rule"]["line"]})
}

/// The same, as the engine's result says it must be.
fn expected(run: &Run) -> Value {
    let Some(routed) = &run.routed else { return json!({"status": 499}) };
    let failure = match routed {
        Ok(reply) => return json!({"status": 200, "text": &*reply.text, "model": reply.target.model()}),
        Err(failure) => failure,
    };
    let (status, attempts, rule) = match &failure.kind {
        FailureKind::Attempt { outcome: Outcome::Http(status), .. } => (*status, None, None),
        FailureKind::Attempt { outcome: Outcome::Timeout, .. } => (504, None, None),
        FailureKind::Attempt { .. } => (502, None, None),
        FailureKind::AllFailed { status } => (*status, Some(run.trace.attempts.len()), None),
        FailureKind::CoolingDown { .. } => (429, None, None),
        FailureKind::MissingConfig { .. } => (404, None, None),
        FailureKind::TooDeep | FailureKind::NoCandidate { .. } | FailureKind::Elsewhere { .. } => (400, None, None),
        FailureKind::TooManyCalls => (502, None, None),
        FailureKind::Blocked { line, .. } => (403, None, Some(*line)),
    };
    json!({"status": status, "attempts": attempts, "rule": rule})
}

fn times(ask: &Ask, lived: &Lived, run: &Run, tempo: Tempo) -> Result<(), String> {
    let near = |a: u64, b: u64| a.abs_diff(b) <= tempo.0 * TOLERANCE;
    for (number, (live, replayed)) in lived.trace().attempts.iter().zip(&run.trace.attempts).enumerate() {
        let whole = run.calls.iter().find(|call| call.index == number).is_none_or(|call| call.whole);
        // What is streamed on to the caller ends after its commit, which is where a replay ends.
        let took_us = if ask.stream && !whole && live.outcome == Outcome::Ok { live.ttft_us.unwrap_or(0) } else { live.duration_us };
        if !near(live.start_us, replayed.start_us) || !near(took_us, replayed.duration_us) {
            return Err(format!(
                "attempt {number} of {}: live from {} µs for {took_us}, replayed from {} for {}, a beat is {} ms",
                live.target, live.start_us, replayed.start_us, replayed.duration_us, tempo.0
            ));
        }
    }
    Ok(())
}

/// Calls that were given up or ran out of time cost their input at least.
fn settled(case: &Case, ask: &Ask, lived: &Lived) -> Result<(), String> {
    let body = wire::Request::read(wire::Dialect::OpenAiChat, ask.body().to_string().into()).expect("a chat request");
    let input = body.facts.input_tokens_estimate();
    for attempt in &lived.trace().attempts {
        let spent = matches!(attempt.outcome, Outcome::Timeout | Outcome::Connection | Outcome::Cancelled);
        if !spent || attempt.target.provider() == "judge" {
            continue;
        }
        let model = case.models.iter().find(|model| model.name == attempt.target.name()).expect("a model of the case");
        // A stream that is given up on its way may have been seen to its last token but the count of them.
        let least = cost(model, input.min(9), 0);
        if attempt.input_tokens.is_none() || attempt.cost_nanos.is_none_or(|nanos| nanos < least) {
            return Err(format!("{} ended as {} and is not settled: {attempt:?}", attempt.target, attempt.outcome));
        }
    }
    let sum: u64 = lived.trace().attempts.iter().filter_map(|attempt| attempt.cost_nanos).sum();
    if lived.record.cost.map_or(0, |cost| cost.total) != sum {
        return Err(format!("the record's cost is {:?}, its attempts' {sum}", lived.record.cost));
    }
    Ok(())
}

/// What headers tell.
fn told(ask: &Ask, lived: &Lived, run: &Run, tempo: Tempo) -> Result<(), String> {
    let Some(answer) = &lived.answer else { return Ok(()) };
    let number = |name: &str| answer.header(name).and_then(|value| value.parse::<f64>().ok());
    let calls = run.trace.calls();
    let same_calls = run.trace.attempts.is_empty() || number("x-modelux-attempts") == Some(calls as f64);
    let variant = run.trace.steps.iter().find_map(|step| step.variant.as_deref());
    let same_variant = answer.status != 200 || answer.header("x-modelux-ab-variant") == variant;
    let sum: u64 = lived.trace().attempts.iter().filter_map(|attempt| attempt.cost_nanos).sum();
    let costs = number("x-modelux-cost-usd").map(|usd| (usd * 1e9).round() as u64);
    let same_cost = answer.status != 200 || ask.stream || costs == Some(sum);
    if !(same_calls && same_variant && same_cost) {
        return Err(format!(
            "headers tell something else than {calls} calls, variant {variant:?}, {sum} nano-dollars: {:#?}",
            answer.headers
        ));
    }
    let asked = run.routed.as_ref().and_then(|routed| routed.as_ref().err()).and_then(|failure| failure.retry_after_ms);
    match (asked, number("retry-after-ms")) {
        (None, None) => Ok(()),
        (Some(asked), Some(told)) if (asked as f64 - told).abs() * 1_000.0 <= (tempo.0 * TOLERANCE) as f64 => Ok(()),
        (asked, told) => Err(format!("Retry-After: {told:?} ms live, {asked:?} replayed")),
    }
}
