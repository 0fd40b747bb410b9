//! Signatures of calls, which Gemini makes and wants back with each of them.
//!
//! No dialect but Google's has a place for one, and clients keep nothing but what their dialect has. What all of them
//! keep is a call's id: the signature travels as its end, in letters that every dialect takes in an id.
//!
//! ```text
//! call_1 + CiQB+/k=   ──▶   call_1__mlx_sig__Q2lRQisvaz0   ──▶   call_1 + CiQB+/k=
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Part, Prompt};

const MARK: &str = "__mlx_sig__";

/// A longer signature is not carried: Gemini's have some hundred bytes to a few thousand.
const MAX_SIGNATURE: usize = 32 * 1024;

/// The id of a call with its signature.
pub(crate) fn sign(id: &str, signature: &str) -> String {
    if signature.is_empty() || signature.len() > MAX_SIGNATURE {
        return id.to_owned();
    }
    [id, MARK, &URL_SAFE_NO_PAD.encode(signature)].concat()
}

/// The id without its signature, and the signature.
pub(crate) fn split(id: &str) -> (&str, Option<String>) {
    let found = id.split_once(MARK).and_then(|(bare, rest)| {
        let signature = String::from_utf8(URL_SAFE_NO_PAD.decode(rest).ok()?).ok()?;
        Some((bare, Some(signature)))
    });
    found.unwrap_or((id, None))
}

impl Prompt {
    /// Takes the signatures off all ids, for a target that did not make them.
    pub(crate) fn drop_signatures(&mut self) {
        for part in self.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
            if let Part::ToolCall { id, .. } | Part::ToolResult { id, .. } = part {
                let length = split(id).0.len();
                id.truncate(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_travels_in_an_id_that_every_dialect_takes() {
        let signed = sign("call_1", "CiQB+/k=\u{e4}");
        assert!(signed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'), "{signed}");
        assert_eq!(split(&signed), ("call_1", Some("CiQB+/k=\u{e4}".to_owned())));
    }

    #[test]
    fn an_id_that_is_not_signed_stays_as_it_is() {
        assert_eq!(split("call_1"), ("call_1", None));
        assert_eq!(split("call__mlx_sig__!"), ("call__mlx_sig__!", None));
        assert_eq!(sign("a", ""), "a");
        assert_eq!(sign("a", &"x".repeat(MAX_SIGNATURE + 1)), "a");
    }
}
