//! The decision trace: one shape for the proxy, dry run and simulation.
//!
//! ```text
//! Trace
//! ├─ steps     one per config or inline strategy entered, in order, with why
//! ├─ attempts  one per call to a model target (or a skip), in order of start
//! └─ decision  who answered in the end, and why
//! ```

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{outcome::Outcome, reason::Reason, target::ModelTarget};

/// Why a request went where it went, and what happened there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// Strategies entered, in order.
    pub steps: Vec<Step>,
    /// Calls made or skipped, in order of start.
    pub attempts: Vec<Attempt>,
    /// Who answered and why; `None` until the engine has decided.
    pub decision: Option<Decision>,
}

/// One strategy that was entered.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Slug of the config that the strategy stands in; `None` for a direct call.
    pub config: Option<Arc<str>>,
    /// Version of that config.
    pub version: Option<u32>,
    /// Canonical name of the strategy, `direct` for a direct call.
    pub strategy: &'static str,
    /// Why it decided as it did.
    pub reason: Reason,
    /// The rule that matched, for `custom_rules`.
    pub rule: Option<Box<RuleHit>>,
    /// The variant taken, for `ab_test`.
    pub variant: Option<Arc<str>>,
    /// The targets weighed; empty where the strategy weighs none.
    pub candidates: Vec<Candidate>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleHit {
    /// Position among the rules, from 0.
    pub index: u32,
    /// Line in the program's text, from 1.
    pub line: u32,
    /// The rule as written.
    pub text: Arc<str>,
    /// The values that its names had.
    pub values: serde_json::Map<String, serde_json::Value>,
}

/// A target that a strategy weighed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// `provider/model` or `@slug`.
    pub target: Arc<str>,
    /// Was it taken?
    pub chosen: bool,
    /// Why, or why not.
    pub reason: Reason,
    /// Estimated cost of this request there, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub est_cost_usd: Option<f64>,
    /// Its median latency in the window looked at, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
}

/// One call to a model target, or one that was skipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Where it went.
    pub target: ModelTarget,
    /// Start, in microseconds since the request began.
    pub start_us: u64,
    /// How long it took; until the stream's end where there was one.
    pub duration_us: u64,
    /// Time to the first content, for answers that have one.
    pub ttft_us: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status of the upstream, where it sent one.
    pub status: Option<u16>,
    /// Tokens read, where known.
    pub input_tokens: Option<u64>,
    /// Tokens written, where known.
    pub output_tokens: Option<u64>,
    /// What it cost, in nano-dollars; `None` where no price is known.
    pub cost_nanos: Option<u64>,
    /// A sentence on how it ended, where there is more to say than the outcome.
    pub reason: Option<Reason>,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// `provider/model`; `None` where nobody answered.
    pub target: Option<ModelTarget>,
    /// Why.
    pub reason: Reason,
}

/// What the proxy knows of a request besides the engine's trace.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// `req_…`.
    pub request_id: &'a str,
    /// `config`, `direct` or `auto`.
    pub resolved: &'a str,
    /// From the request's arrival to the answer's last byte, in microseconds.
    pub total_us: u64,
    /// What of that was spent in this program, in microseconds.
    pub overhead_us: u64,
}

impl Trace {
    /// The contract's JSON shape, with what only the caller knows filled in.
    pub fn with<'a>(&'a self, envelope: Envelope<'a>) -> TraceDocument<'a> {
        TraceDocument { trace: self, envelope }
    }

    /// The attempt that was called last, if any was.
    pub fn last_called(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.outcome != Outcome::Skipped)
    }

    /// How many calls were made; skipped targets do not count.
    pub fn calls(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.outcome != Outcome::Skipped).count()
    }
}

/// A trace as the API shows it; see [`Trace::with`].
#[derive(Debug, Clone, Copy)]
pub struct TraceDocument<'a> {
    trace: &'a Trace,
    envelope: Envelope<'a>,
}

impl Serialize for TraceDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("request_id", self.envelope.request_id)?;
        map.serialize_entry("resolved", self.envelope.resolved)?;
        map.serialize_entry("steps", &self.trace.steps)?;
        map.serialize_entry("attempts", &Numbered(&self.trace.attempts))?;
        map.serialize_entry("decision", &self.trace.decision)?;
        map.serialize_entry("total_ms", &millis(self.envelope.total_us))?;
        map.serialize_entry("overhead_us", &self.envelope.overhead_us)?;
        map.end()
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("config", &self.config)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("strategy", self.strategy)?;
        map.serialize_entry("reason", &self.reason)?;
        if let Some(rule) = &self.rule {
            map.serialize_entry("rule", rule)?;
        }
        if let Some(variant) = &self.variant {
            map.serialize_entry("variant", variant)?;
        }
        map.serialize_entry("candidates", &self.candidates)?;
        map.end()
    }
}

struct Numbered<'a>(&'a [Attempt]);

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().enumerate().map(|(index, attempt)| NumberedAttempt { n: index + 1, attempt }))
    }
}

struct NumberedAttempt<'a> {
    n: usize,
    attempt: &'a Attempt,
}

impl Serialize for NumberedAttempt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attempt = self.attempt;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("n", &self.n)?;
        map.serialize_entry("target", &attempt.target)?;
        map.serialize_entry("provider", attempt.target.provider())?;
        map.serialize_entry("model", attempt.target.model())?;
        if let Some(credential) = attempt.target.credential() {
            map.serialize_entry("credential", credential)?;
        }
        map.serialize_entry("start_ms", &millis(attempt.start_us))?;
        map.serialize_entry("duration_ms", &millis(attempt.duration_us))?;
        if let Some(ttft) = attempt.ttft_us {
            map.serialize_entry("ttft_ms", &millis(ttft))?;
        }
        map.serialize_entry("outcome", &attempt.outcome)?;
        if let Some(status) = attempt.status {
            map.serialize_entry("status", &status)?;
        }
        if let Some(tokens) = attempt.input_tokens {
            map.serialize_entry("input_tokens", &tokens)?;
        }
        if let Some(tokens) = attempt.output_tokens {
            map.serialize_entry("output_tokens", &tokens)?;
        }
        if let Some(nanos) = attempt.cost_nanos {
            map.serialize_entry("cost_usd", &(nanos as f64 / 1e9))?;
        }
        if let Some(reason) = &attempt.reason {
            map.serialize_entry("reason", reason)?;
        }
        map.end()
    }
}

/// Milliseconds with the microseconds behind the point.
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}
