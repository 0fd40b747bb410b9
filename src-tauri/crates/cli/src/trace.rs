//! A decision trace on a terminal.

use std::io;

use control::api::traffic::{Trace, TraceAttempt, TraceStep};

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
        (None, _) => "direct".to_owned(),
    };
    output.line(format!("{} {}: {}", output.styled(Style::Bold, &place), step.strategy, step.reason))?;
    for candidate in &step.candidates {
        let mark = if candidate.chosen { output.styled(Style::Green, "●") } else { "○".to_owned() };
        let cost = candidate.est_cost_usd.map_or_else(String::new, |cost| format!(" ({})", usd(Some(cost))));
        output.line(format!("  {mark} {}{cost}: {}", candidate.target, candidate.reason))?;
    }
    Ok(())
}

fn line(output: &Output, attempt: &TraceAttempt) -> String {
    let style = match attempt.outcome.as_str() {
        "ok" => Style::Green,
        "skipped" | "cancelled" => Style::Dim,
        _ => Style::Red,
    };
    let reason = attempt.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    let outcome = output.styled(style, &attempt.outcome);
    format!("  {}. {} {outcome} after {}{reason}", attempt.n, attempt.target, duration(attempt.duration_ms))
}
