//! Keys that open Modelux: `mlx_sk_…` for apps, `mlx_mk_…` for management. Only their SHA-256 is kept.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::config::KeyKind;

use crate::{Code, Error};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 32 of 62 signs are 190 bits.
const LENGTH: usize = 32;
/// How much of a key may be shown: `mlx_sk_ab12`.
const SHOWN: usize = 11;

/// A fresh key.
///
/// # Errors
/// `internal`, where the system gives no randomness.
pub(crate) fn fresh(kind: KeyKind) -> Result<SecretString, Error> {
    let mut key = String::with_capacity(LENGTH + 7);
    key.push_str(match kind {
        KeyKind::App => "mlx_sk_",
        KeyKind::Management => "mlx_mk_",
    });
    let start = key.len();
    let mut bytes = [0_u8; 64];
    while key.len() < start + LENGTH {
        getrandom::fill(&mut bytes).map_err(|error| Error::new(Code::Internal, format!("The system gives no randomness: {error}")))?;
        // 248 is the greatest multiple of 62 in a byte: above it, some signs would come more often.
        let signs = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        key.extend(signs.take(start + LENGTH - key.len()));
    }
    Ok(SecretString::from(key))
}

/// What is kept of a key.
pub(crate) fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// What is shown of a key: `mlx_sk_ab12…`.
pub(crate) fn prefix(key: &SecretString) -> String {
    let shown: String = key.expose_secret().chars().take(SHOWN).collect();
    format!("{shown}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_key_has_its_kind_and_thirty_two_signs_and_is_like_no_other() {
        let key = fresh(KeyKind::App).unwrap();
        let text = key.expose_secret();
        assert!(text.starts_with("mlx_sk_"));
        assert_eq!(text.len(), 7 + 32);
        assert!(text[7..].bytes().all(|sign| ALPHABET.contains(&sign)));
        assert_ne!(text, fresh(KeyKind::App).unwrap().expose_secret());
        assert!(fresh(KeyKind::Management).unwrap().expose_secret().starts_with("mlx_mk_"));
    }

    #[test]
    fn a_prefix_shows_four_signs_of_the_secret_part() {
        let key = SecretString::from("mlx_sk_ab12cdefghijklmnopqrstuvwxyz0123");
        assert_eq!(prefix(&key), "mlx_sk_ab12…");
    }
}
