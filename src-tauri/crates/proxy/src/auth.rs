//! Who may call: keys of apps, `Host` and `Origin`.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use ahash::AHashMap;
use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, QuantaClock},
};
use http::{HeaderMap, header, uri::Authority};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::{ApiError, ErrorKind};

use crate::{
    refusal::Refusal,
    snapshot::{AppKey, Settings},
};

/// The key that a request carries.
pub fn key_of(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let own = headers.get("x-api-key").and_then(|value| value.to_str().ok());
    // Tools that are signed in elsewhere send a token of that place beside the key that they were told to use.
    match (bearer, own) {
        (Some(bearer), Some(own)) if own.starts_with("mlx_") && !bearer.starts_with("mlx_") => Some(own),
        (bearer, own) => bearer.or(own),
    }
}

/// SHA-256 of a key, as it is kept.
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// The app that a key belongs to. Every key is compared, in constant time.
///
/// # Errors
/// 401, saying what to do.
pub fn app_of<'a>(headers: &HeaderMap, keys: &'a [AppKey], now_ms: i64) -> Result<&'a AppKey, ApiError> {
    let refuse = |message: &str| Err(ApiError::new(401, ErrorKind::Authentication, message).with_code("invalid_api_key"));
    let Some(key) = key_of(headers) else {
        return refuse(
            "no API key; send an app's key (mlx_sk_…) as \"Authorization: Bearer KEY\" or \"x-api-key: KEY\"; Apps in Modelux makes one",
        );
    };
    let hash = hash(key);
    let mut found = None;
    for known in keys {
        if bool::from(known.sha256.ct_eq(&hash)) {
            found = Some(known);
        }
    }
    match found {
        Some(app) if app.expires_at_ms.is_some_and(|end| end <= now_ms) => {
            refuse("this app's key has expired; make a new one under Apps in Modelux")
        }
        Some(app) => Ok(app),
        None if key.starts_with("mlx_mk_") => refuse("this is a management key; calls to models need an app's key (mlx_sk_…)"),
        None => refuse("unknown or revoked API key; look under Apps in Modelux for the keys that are valid"),
    }
}

/// When each key was last used, and how much of its minute is left.
#[derive(Default)]
pub struct KeyUse {
    keys: Mutex<AHashMap<Arc<str>, Used>>,
    clock: QuantaClock,
}

struct Used {
    at_ms: i64,
    told: bool,
    limit: Option<(u32, Arc<DefaultDirectRateLimiter>)>,
}

impl KeyUse {
    /// Notes a use.
    ///
    /// # Errors
    /// 429 with a time, where the key's minute is used up.
    pub fn note(&self, app: &AppKey, now_ms: i64) -> Result<(), Refusal> {
        let limiter = self.used(app, now_ms);
        let Some((per_minute, limiter)) = limiter else { return Ok(()) };
        limiter.check().map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let message = format!("app {:?} may send {per_minute} requests a minute", app.name);
            let error = ApiError::new(429, ErrorKind::RateLimit, message).with_code("app_rate_limit");
            Refusal { retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(60_000)), ..Refusal::from(error) }
        })
    }

    /// Keys used since the last call of this.
    pub fn take(&self) -> Vec<(Arc<str>, i64)> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = keys.iter_mut().filter(|(_, used)| !used.told);
        fresh
            .map(|(id, used)| {
                used.told = true;
                (Arc::clone(id), used.at_ms)
            })
            .collect()
    }

    fn used(&self, app: &AppKey, now_ms: i64) -> Option<(u32, Arc<DefaultDirectRateLimiter>)> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let used = keys.entry(Arc::clone(&app.id)).or_insert(Used { at_ms: now_ms, told: false, limit: None });
        (used.at_ms, used.told) = (now_ms, false);
        if used.limit.as_ref().map(|(limit, _)| *limit) != app.per_minute {
            let quota = app.per_minute.and_then(NonZeroU32::new).map(Quota::per_minute);
            used.limit = app.per_minute.zip(quota.map(|quota| Arc::new(RateLimiter::direct(quota))));
        }
        used.limit.clone()
    }
}

/// Refuses what a web page in the user's browser could send: a foreign `Host` (DNS rebinding), a foreign `Origin`.
///
/// # Errors
/// 403, saying where to allow it.
pub fn guard(headers: &HeaderMap, settings: &Settings) -> Result<(), ApiError> {
    let refuse = |message: String| Err(ApiError::new(403, ErrorKind::Permission, message).with_code("foreign_origin"));
    let host = headers.get(header::HOST).map(|value| value.to_str().unwrap_or_default());
    if let Some(host) = host
        && !is_allowed_host(host, settings)
    {
        return refuse(format!("the host {host:?} is not allowed; call 127.0.0.1 or localhost, or allow it under Settings"));
    }
    let Some(origin) = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or_default()) else {
        return Ok(());
    };
    let is_own = host.is_some_and(|host| origin.strip_prefix("http://") == Some(host));
    if is_own || settings.allowed_origins.iter().any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
        return Ok(());
    }
    refuse(format!("the web page {origin:?} may not call this proxy; allow its origin under Settings if it is yours"))
}

fn is_allowed_host(host: &str, settings: &Settings) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let is_loopback = name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_loopback || settings.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let settings = Settings {
            allowed_origins: vec!["http://localhost:3000".into()],
            allowed_hosts: vec!["box.lan".into()],
            ..Settings::default()
        };
        guard(&headers, &settings).is_ok()
    }

    #[test]
    fn loopback_names_and_allowed_ones_are_hosts() {
        for host in ["127.0.0.1:8642", "localhost", "LOCALHOST:1", "127.9.9.9", "[::1]:8642", "box.lan:80"] {
            assert!(guarded(host, None), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8642", "10.0.0.1", "[::2]", "a b"] {
            assert!(!guarded(host, None), "{host}");
        }
    }

    #[test]
    fn only_our_own_and_allowed_origins_may_call() {
        assert!(guarded("127.0.0.1:8642", Some("http://127.0.0.1:8642")));
        assert!(guarded("127.0.0.1:8642", Some("http://localhost:3000")));
        for origin in ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:3000.evil.example", "file://"] {
            assert!(!guarded("127.0.0.1:8642", Some(origin)), "{origin}");
        }
    }
}
