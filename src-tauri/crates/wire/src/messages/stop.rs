//! Why an answer ended, and what it used.

use serde_json::{Value, json};

use crate::SyntaxError;
use crate::Usage;
use crate::hub::Finish;
use crate::json::{Kind, Scanner};

/// What Anthropic's `stop_reason` says.
pub(super) fn finish(reason: &str, sequence: Option<String>) -> Finish {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence),
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        other => Finish::Other(other.to_owned()),
    }
}

/// `stop_reason` and `stop_sequence`. Some upstreams say that they stopped where they call tools.
pub(super) fn stop_reason(finish: Option<&Finish>, has_calls: bool) -> (&'static str, Value) {
    match finish {
        Some(Finish::Length) => ("max_tokens", Value::Null),
        Some(Finish::Refusal | Finish::ContentFilter) => ("refusal", Value::Null),
        Some(Finish::Pause) => ("pause_turn", Value::Null),
        Some(Finish::ToolCalls) => ("tool_use", Value::Null),
        _ if has_calls => ("tool_use", Value::Null),
        Some(Finish::StopSequence(Some(sequence))) => ("stop_sequence", sequence.as_str().into()),
        Some(Finish::Stop | Finish::StopSequence(None) | Finish::Other(_)) | None => ("end_turn", Value::Null),
    }
}

/// Anthropic's counts. A stream tells them twice, the later ones being the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    input: u64,
    cache_write: u64,
    cache_write_1h: u64,
    cache_read: u64,
    output: u64,
    thinking: u64,
    /// Were there any?
    pub(super) seen: bool,
}

impl Counts {
    /// Takes in a `usage` object; what it does not say stays.
    pub(super) fn read(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        self.seen = true;
        scan.object(|scan, key| {
            let field = match (&*key.decode(), scan.kind()?) {
                ("input_tokens", Kind::Number) => &mut self.input,
                ("cache_creation_input_tokens", Kind::Number) => &mut self.cache_write,
                ("cache_read_input_tokens", Kind::Number) => &mut self.cache_read,
                ("output_tokens", Kind::Number) => &mut self.output,
                ("cache_creation", Kind::Object) => {
                    return scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
                        ("ephemeral_1h_input_tokens", Kind::Number) => {
                            self.cache_write_1h = scan.number()?.parse().unwrap_or(self.cache_write_1h);
                            Ok(())
                        }
                        _ => scan.skip(),
                    });
                }
                ("output_tokens_details", Kind::Object) => {
                    return scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
                        ("thinking_tokens", Kind::Number) => {
                            self.thinking = scan.number()?.parse().unwrap_or(self.thinking);
                            Ok(())
                        }
                        _ => scan.skip(),
                    });
                }
                _ => return scan.skip(),
            };
            *field = scan.number()?.parse().unwrap_or(*field);
            Ok(())
        })
    }

    /// In our words: what is read from and written to the cache is part of the input.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            input: self.input.saturating_add(self.cache_read).saturating_add(self.cache_write),
            cached_input: self.cache_read,
            cache_write: self.cache_write,
            cache_write_1h: self.cache_write_1h.min(self.cache_write),
            output: self.output,
            reasoning: self.thinking,
            estimated: false,
        }
    }
}

/// The `usage` object, for the SDKs with all of the counts that their types have.
pub(super) fn write_usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input.saturating_sub(usage.cached_input).saturating_sub(usage.cache_write),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cached_input,
        "output_tokens": usage.output,
    })
}
