//! Tokens that a call used.

use serde::{Deserialize, Serialize};

/// Token counts of one call. `cached_input` and `cache_write` are parts of `input`, `reasoning` is one of `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub input: u64,
    /// Tokens of the prompt that the provider read from its cache.
    pub cached_input: u64,
    /// Tokens of the prompt that the provider wrote to its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Of these, tokens that are kept for an hour, which costs more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write_1h: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Tokens spent on hidden reasoning.
    pub reasoning: u64,
    /// True where the upstream reported nothing and the counts come from [`tokens_for_chars`].
    pub estimated: bool,
}

impl Usage {
    /// An estimate for an upstream that reports no usage.
    pub fn estimate(input_tokens: u64, output_chars: u64) -> Usage {
        Usage { input: input_tokens, output: tokens_for_chars(output_chars), estimated: true, ..Usage::default() }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Tokens that so many characters of text come to: one for four, rounded up. This is the common
/// rule of thumb for English text; it errs low for scripts such as Chinese.
pub fn tokens_for_chars(chars: u64) -> u64 {
    chars.div_ceil(4)
}
