//! Ids of calls, as short as a target wants them.

use std::borrow::Cow;

/// OpenAI's and Azure's limit. Others have none, or one that is not told.
pub(super) const MAX_ID: usize = 40;

/// Mistral's ids have so many letters and digits, no more and no less.
const NINE: usize = 9;

/// The id as the target takes it: the same wherever it stands, so that a result finds its call, and two different
/// ones stay different.
pub(super) fn call_id(id: &str, nine_letters: bool) -> Cow<'_, str> {
    if nine_letters { nine_letter_id(id) } else { short_id(id) }
}

fn short_id(id: &str) -> Cow<'_, str> {
    if id.len() <= MAX_ID {
        return Cow::Borrowed(id);
    }
    let kept: String = id.chars().filter(char::is_ascii).take(MAX_ID - 17).collect();
    Cow::Owned(format!("{kept}_{:016x}", hash(id)))
}

fn nine_letter_id(id: &str) -> Cow<'_, str> {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if id.len() == NINE && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let mut rest = hash(id);
    let mut letter = |_| {
        let letter = LETTERS[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
        char::from(letter)
    };
    Cow::Owned((0..NINE).map(&mut letter).collect())
}

/// FNV-1a: short, and the same in every run.
fn hash(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_too_long_is_cut_and_stays_its_own() {
        let long = |end: &str| format!("toolu_{}\u{e4}{end}", "x".repeat(60));
        assert_eq!(call_id("toolu_01", false), "toolu_01");
        assert!(call_id(&long("a"), false).len() <= MAX_ID);
        assert_eq!(call_id(&long("a"), false), call_id(&long("a"), false));
        assert_ne!(call_id(&long("a"), false), call_id(&long("b"), false));
    }

    #[test]
    fn mistrals_ids_have_nine_letters() {
        assert_eq!(call_id("a1B2c3D4e", true), "a1B2c3D4e");
        for id in ["call_1", "call_2", "functions.f:0", "", "a1B2c3D4\u{e4}"] {
            let written = call_id(id, true);
            assert!(written.len() == 9 && written.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{written}");
        }
        assert_ne!(call_id("call_1", true), call_id("call_2", true));
    }
}
