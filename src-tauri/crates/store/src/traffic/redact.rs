//! Takes secrets out of what is stored.

use std::{borrow::Cow, sync::LazyLock};

use regex::bytes::{Regex, RegexBuilder};

const REDACTED: &[u8] = b"[redacted]";

/// Keys as the well-known services write them. None of the characters matched has a meaning in JSON, so that what is
/// left of a document is still one.
const PATTERNS: &str = r"
    \bmlx_[sm]k_[A-Za-z0-9_-]{8,}
  | \bsk-[A-Za-z0-9_-]{16,}
  | \b(?i:bearer)\x20[A-Za-z0-9._~+/=-]{16,}
  | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b
  | \bAIza[A-Za-z0-9_-]{35}
  | \bgh[pousr]_[A-Za-z0-9]{20,}
  | \bgithub_pat_[A-Za-z0-9_]{20,}
  | \bxox[abprs]-[A-Za-z0-9-]{10,}
";

static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| RegexBuilder::new(PATTERNS).ignore_whitespace(true).unicode(false).build().ok());

/// The text with `[redacted]` in place of each secret; borrowed where there is none.
pub(super) fn redact(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(secrets) = SECRETS.as_ref() else { return Cow::Owned(REDACTED.to_vec()) };
    let mut out: Option<Vec<u8>> = None;
    let mut copied = 0;
    for found in secrets.find_iter(text).filter(|found| is_secret(found.as_bytes())) {
        let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
        out.extend_from_slice(&text[copied..found.start()]);
        out.extend_from_slice(REDACTED);
        copied = found.end();
    }
    match out {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.extend_from_slice(&text[copied..]);
            Cow::Owned(out)
        }
    }
}

/// The same for text.
pub(super) fn redact_text(text: &str) -> Cow<'_, str> {
    match redact(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// `sk-learn-compatible-estimator` is a word; a key has digits in it.
fn is_secret(found: &[u8]) -> bool {
    !found.starts_with(b"sk-") || found.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        String::from_utf8(redact(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_patterns_are_a_valid_expression() {
        assert!(SECRETS.is_some());
    }

    #[test]
    fn keys_of_every_known_kind_are_taken_out() {
        for secret in [
            "sk-proj-abcdefghij0123456789",
            "sk-ant-api03-abcdefghij0123456789",
            "mlx_sk_ab12cd34ef56",
            "mlx_mk_ab12cd34ef56",
            "Bearer abcdefghij0123456789.abc",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_abcdefghijklmnopqrst0123",
        ] {
            let text = format!(r#"{{"content":"my key is {secret}, keep it"}}"#);
            assert_eq!(redacted(&text), r#"{"content":"my key is [redacted], keep it"}"#, "{secret}");
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for text in ["disk-space-management-2024-tool", "sk-learn-compatible-estimator", "the bearer of news", "ask-me"] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn every_secret_of_a_text_goes() {
        assert_eq!(redacted("a sk-abcdefghij01234567 b mlx_sk_abcdefgh c"), "a [redacted] b [redacted] c");
    }
}
