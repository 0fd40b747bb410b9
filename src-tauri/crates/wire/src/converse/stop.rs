//! Why an answer ended, and what it used.

use serde_json::Value;

use crate::Usage;
use crate::hub::Finish;

/// What `stopReason` says.
pub(super) fn finish(reason: &str) -> Finish {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(None),
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "guardrail_intervened" | "content_filtered" => Finish::ContentFilter,
        other => Finish::Other(other.to_owned()),
    }
}

/// Bedrock counts what is read from and written to the cache beside the input; here it is part of it.
pub(super) fn usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage[name].as_u64().unwrap_or(0);
    let (read, written) = (count("cacheReadInputTokens"), count("cacheWriteInputTokens"));
    usage.is_object().then(|| Usage {
        input: count("inputTokens").saturating_add(read).saturating_add(written),
        cached_input: read,
        cache_write: written,
        output: count("outputTokens"),
        ..Usage::default()
    })
}
