//! Keys, to be taken out of what upstreams write: some repeat the key that they refuse.

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

/// What an upstream must not repeat to a caller: all keys of its provider, and the one that the caller gave.
#[derive(Clone)]
pub struct Secrets {
    pub(super) provider: Arc<[SecretString]>,
    pub(super) own: Vec<SecretString>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { provider: Arc::new([]), own: Vec::new() }
    }
}

impl Secrets {
    /// The text without them; `None` where there are none in it.
    pub fn redact(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut redacted: Option<Vec<u8>> = None;
        for secret in self.provider.iter().chain(&self.own) {
            let current = redacted.as_deref().unwrap_or(text);
            if let Some(without) = without(current, secret.expose_secret().as_bytes()) {
                redacted = Some(without);
            }
        }
        redacted
    }

    /// A sentence without them.
    pub fn redacted(&self, text: String) -> String {
        match self.redact(text.as_bytes()) {
            Some(redacted) => String::from_utf8_lossy(&redacted).into_owned(),
            None => text,
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

fn without(text: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let next = |text: &[u8]| text.windows(secret.len().max(1)).position(|window| window == secret);
    let mut at = next(text)?;
    let (mut all, mut rest) = (Vec::with_capacity(text.len()), text);
    loop {
        all.extend_from_slice(&rest[..at]);
        all.extend_from_slice(b"[redacted]");
        rest = &rest[at + secret.len()..];
        match next(rest) {
            Some(further) => at = further,
            None => {
                all.extend_from_slice(rest);
                return Some(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_out_of_a_text_wherever_they_stand() {
        let secrets = Secrets { provider: vec!["sk-stored".into(), "sk-second".into()].into(), own: vec!["sk-own-key".into()] };
        let text = b"sk-stored,\xff sk-second sk-own-key and sk-storedsk-stored";
        assert_eq!(secrets.redact(text).unwrap(), b"[redacted],\xff [redacted] [redacted] and [redacted][redacted]");
        assert_eq!(secrets.redact(b"nothing of them: sk-stor"), None);
        assert_eq!(Secrets::default().redacted("as it is".to_owned()), "as it is");
    }
}
