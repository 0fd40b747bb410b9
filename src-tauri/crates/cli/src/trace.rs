//! A decision trace on a terminal.

use std::io;

use control::api::traffic::{Trace, TraceAttempt, TraceCandidate, TraceStep};

use crate::output::{Output, Style, duration, usd};

/// Prints why a request went where it went.
pub fn print(output: &Output, trace: &Trace) -> io::Result<()> {
    for step in &trace.steps {
        print_step(output, step)?;
    }
    for attempt in &trace.attempts {
        output.line(line(output, attempt))?;
    }
    match &trace.decision {
        Some(decision) => {
            let target = decision.target.as_deref().unwrap_or("nobody");
            output.line(format!("{} {}: {}", output.styled(Style::Bold, "→"), output.styled(Style::Bold, target), decision.reason))
        }
        None => output.line("→ no decision"),
    }
}

fn print_step(output: &Output, step: &TraceStep) -> io::Result<()> {
    let place = match (&step.config, step.version) {
        (Some(slug), Some(version)) => format!("@{slug}:{version}"),
        (Some(slug), None) => format!("@{slug}"),
        (None, _) if step.strategy == "direct" => "direct".to_owned(),
        (None, _) => "draft".to_owned(),
    };
    let strategy = if step.strategy == "direct" { String::new() } else { format!(" {}", step.strategy) };
    output.line(format!("{}{strategy}: {}", output.styled(Style::Bold, &place), step.reason))?;
    if let Some(rule) = &step.rule {
        output.line(format!("  rule {}, line {}: {}", rule.index + 1, rule.line, rule.text))?;
        for (name, value) in rule.values.as_object().into_iter().flatten() {
            output.line(format!("    {name} = {value}"))?;
        }
    }
    if let Some(variant) = &step.variant {
        output.line(format!("  variant {variant}"))?;
    }
    for candidate in &step.candidates {
        let mark = if candidate.chosen { output.styled(Style::Green, "●") } else { "○".to_owned() };
        output.line(format!("  {mark} {}{}: {}", candidate.target, figures(candidate), candidate.reason))?;
    }
    Ok(())
}

/// ` ($0.0021, 830 ms)`, of what is known.
fn figures(candidate: &TraceCandidate) -> String {
    let cost = candidate.est_cost_usd.map(|cost| usd(Some(cost)));
    let known: Vec<String> = cost.into_iter().chain(candidate.p50_ms.map(duration)).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

fn line(output: &Output, attempt: &TraceAttempt) -> String {
    let style = match attempt.outcome.as_str() {
        "ok" => Style::Green,
        "skipped" | "cancelled" => Style::Dim,
        _ => Style::Red,
    };
    let reason = attempt.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    let outcome = output.styled(style, &attempt.outcome);
    // A dry run of what was never measured takes no time, which is no figure.
    let after = if attempt.duration_ms > 0.0 { format!(" after {}", duration(attempt.duration_ms)) } else { String::new() };
    format!("  {}. {} {outcome}{after}{reason}", attempt.n, attempt.target)
}
