//! `usage`, to and from.

use serde_json::Value;

use super::text::Object;
use crate::Usage;

/// Reads it; nothing where it is no object.
pub(super) fn read(usage: &Value) -> Option<Usage> {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let input = count("/input_tokens");
    usage.is_object().then(|| Usage {
        input,
        cached_input: count("/input_tokens_details/cached_tokens").min(input),
        output: count("/output_tokens"),
        reasoning: count("/output_tokens_details/reasoning_tokens"),
        cache_write: count("/input_tokens_details/cache_write_tokens"),
        ..Usage::default()
    })
}

/// Writes it.
pub(super) fn write(usage: Usage, out: &mut Vec<u8>) {
    Object::new(out)
        .number("input_tokens", usage.input)
        .with("input_tokens_details", |out| {
            Object::new(out).number("cache_write_tokens", usage.cache_write).number("cached_tokens", usage.cached_input).end();
        })
        .number("output_tokens", usage.output)
        .with("output_tokens_details", |out| Object::new(out).number("reasoning_tokens", usage.reasoning).end())
        .number("total_tokens", usage.input.saturating_add(usage.output))
        .end();
}
