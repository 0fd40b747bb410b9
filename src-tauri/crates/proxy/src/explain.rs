//! What a dry run came to, in one plain sentence.

use routing::{
    failure::FailureKind,
    outcome::Outcome,
    trace::{Attempt, Trace},
};

/// `openai/gpt-4o times out at 2000 ms, timeout is in retry_on, so anthropic/claude-sonnet-4-5 answers.`
pub fn explain(trace: &Trace, failure: Option<FailureKind<()>>) -> String {
    let mut clauses = decided(trace);
    clauses.extend(tried(trace));
    let end = match failure {
        Some(FailureKind::Blocked { message, .. }) => format!("the request is turned away: {message}"),
        Some(FailureKind::NoCandidate { why }) => format!("no candidate can take the request: {why}"),
        Some(FailureKind::Elsewhere { keeper, .. }) => format!("nobody answers: {keeper} keeps the answer that the request goes on from"),
        Some(FailureKind::MissingConfig { name }) => format!("nobody answers: {name} is not there"),
        Some(_) => "nobody answers".to_owned(),
        None => match answering(trace) {
            Some((_, attempt)) => format!("{} answers", attempt.target),
            None => "nobody answers".to_owned(),
        },
    };
    let why = trace.decision.as_ref().map(|decision| decision.reason.to_string()).filter(|_| clauses.is_empty());
    let sentence = match (clauses.is_empty(), why) {
        (true, Some(why)) if answering(trace).is_some() => format!("{end}: {why}"),
        (true, _) => end,
        (false, _) => format!("{}, so {end}", clauses.join(", ")),
    };
    let sentence = sentence.trim_end_matches('.');
    // A name keeps its case, a word starts the sentence.
    let is_name = sentence.split(' ').next().is_some_and(|word| word.contains('/'));
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if !is_name => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        _ => format!("{sentence}."),
    }
}

/// What strategies decided before anybody was called.
fn decided(trace: &Trace) -> Vec<String> {
    let mut clauses = Vec::new();
    for step in &trace.steps {
        if let Some(rule) = &step.rule {
            clauses.push(format!("the rule on line {} matches", rule.line));
        }
        if let Some(variant) = &step.variant {
            clauses.push(format!("variant {variant} is taken"));
        }
    }
    clauses
}

/// What went wrong before somebody answered.
fn tried(trace: &Trace) -> impl Iterator<Item = String> {
    let last = answering(trace).map_or(trace.attempts.len(), |(number, _)| number - 1);
    trace.attempts.iter().take(last).enumerate().filter_map(move |(index, attempt)| {
        let target = &attempt.target;
        let went_on = trace.attempts[index + 1..].iter().any(|later| later.start_us >= attempt.start_us + attempt.duration_us);
        let retried = |class: String| if went_on && chained(trace) { format!(", {class} is in retry_on") } else { String::new() };
        Some(match attempt.outcome {
            Outcome::Timeout => format!("{target} times out at {} ms{}", attempt.duration_us / 1_000, retried("timeout".to_owned())),
            Outcome::Connection => format!("{target} cannot be reached{}", retried("connection".to_owned())),
            Outcome::Http(status) => format!("{target} answers {status}{}", retried(class(status))),
            Outcome::Skipped => {
                let reason = attempt.reason.as_ref().map(|reason| format!(" because {reason}")).unwrap_or_default();
                format!("{target} is skipped{reason}")
            }
            Outcome::Rejected => format!("{target} is turned down"),
            Outcome::Ok | Outcome::Broken | Outcome::Cancelled => return None,
        })
    })
}

/// Do attempts follow one another there, as `retry_on` says?
fn chained(trace: &Trace) -> bool {
    trace.steps.iter().any(|step| matches!(step.strategy, "fallback" | "cascade" | "cost_optimized" | "latency_optimized"))
}

fn class(status: u16) -> String {
    if (500..600).contains(&status) { "5xx".to_owned() } else { status.to_string() }
}

/// The attempt that answers, and its number.
fn answering(trace: &Trace) -> Option<(usize, &Attempt)> {
    let target = trace.decision.as_ref()?.target.as_ref()?;
    let answers = |(_, attempt): &(usize, &Attempt)| attempt.outcome == Outcome::Ok && attempt.target == *target;
    trace.attempts.iter().enumerate().rfind(answers).map(|(index, attempt)| (index + 1, attempt))
}

#[cfg(test)]
mod tests {
    use routing::{
        reason::Reason,
        target::ModelTarget,
        trace::{Decision, RuleHit, Step},
    };

    use super::*;

    fn attempt(target: &str, outcome: Outcome, start_ms: u64, duration_ms: u64) -> Attempt {
        let (provider, model) = target.split_once('/').unwrap();
        Attempt {
            target: ModelTarget::new(provider, model, None),
            start_us: start_ms * 1_000,
            duration_us: duration_ms * 1_000,
            ttft_us: None,
            outcome,
            status: None,
            input_tokens: None,
            output_tokens: None,
            cost_nanos: None,
            reason: None,
        }
    }

    fn step(strategy: &'static str) -> Step {
        let reason = Reason::text("the only target");
        Step { config: None, version: None, strategy, reason, rule: None, variant: None, candidates: Vec::new() }
    }

    fn trace(steps: Vec<Step>, attempts: Vec<Attempt>) -> Trace {
        let target = attempts.iter().rfind(|attempt| attempt.outcome == Outcome::Ok).map(|attempt| attempt.target.clone());
        Trace { steps, attempts, decision: Some(Decision { target, reason: Reason::text("the only target") }) }
    }

    #[test]
    fn a_chain_says_what_failed_and_why_the_next_one_took_over() {
        let attempts = vec![attempt("a/x", Outcome::Timeout, 0, 2_000), attempt("b/y", Outcome::Ok, 2_000, 300)];
        let told = explain(&trace(vec![step("fallback")], attempts), None);
        assert_eq!(told, "a/x times out at 2000 ms, timeout is in retry_on, so b/y answers.");
    }

    #[test]
    fn where_nothing_fails_the_strategys_reason_is_told() {
        let told = explain(&trace(vec![step("single")], vec![attempt("a/x", Outcome::Ok, 0, 1)]), None);
        assert_eq!(told, "a/x answers: the only target.");
    }

    #[test]
    fn where_everybody_fails_nobody_answers() {
        let attempts = vec![attempt("a/x", Outcome::Http(503), 0, 1), attempt("b/y", Outcome::Http(400), 1, 1)];
        let told = explain(&trace(vec![step("fallback")], attempts), Some(FailureKind::AllFailed { status: 502 }));
        assert_eq!(told, "a/x answers 503, 5xx is in retry_on, b/y answers 400, so nobody answers.");
    }

    #[test]
    fn rules_and_variants_are_told_first() {
        let rule = RuleHit { index: 1, line: 3, text: "x".into(), values: serde_json::Map::new() };
        let steps =
            vec![Step { rule: Some(Box::new(rule)), ..step("custom_rules") }, Step { variant: Some("b".into()), ..step("ab_test") }];
        let told = explain(&trace(steps.clone(), vec![attempt("a/x", Outcome::Ok, 0, 1)]), None);
        assert_eq!(told, "The rule on line 3 matches, variant b is taken, so a/x answers.");
        let blocked = FailureKind::Blocked { line: 3, rule: "x".into(), message: "no PII here.".into() };
        assert_eq!(
            explain(&trace(steps[..1].to_vec(), Vec::new()), Some(blocked)),
            "The rule on line 3 matches, so the request is turned away: no PII here."
        );
    }
}
