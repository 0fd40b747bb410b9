//! What a request finds when it arrives: one immutable table, swapped as a whole.

use std::sync::Arc;

use ahash::AHashMap;
use catalog::{Catalogue, ProviderKind};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use routing::plan::Plan;
use secrecy::{ExposeSecret, SecretString};

/// Everything that requests look up. Published as a whole, so that a request in flight
/// finishes on what it began with.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Active configs by slug.
    pub configs: AHashMap<Arc<str>, Active>,
    /// Versions that documents refer to as `@slug:N`.
    pub pinned: AHashMap<(Arc<str>, u32), Arc<Plan>>,
    /// Providers by name; those switched off are left out.
    pub providers: AHashMap<Arc<str>, Arc<Provider>>,
    /// Models of these providers.
    pub catalogue: Arc<Catalogue>,
    /// Keys of apps that may call.
    pub keys: Vec<AppKey>,
    /// Settings.
    pub settings: Settings,
}

/// The active version of a config.
#[derive(Clone)]
pub struct Active {
    /// Its number.
    pub version: u32,
    /// Compiled.
    pub plan: Arc<Plan>,
}

/// Settings that matter on a request's way.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Record request and answer bodies.
    pub capture_content: bool,
    /// May callers use bare model names?
    pub bare_model_names: bool,
    /// Origins of web pages that may call.
    pub allowed_origins: Vec<String>,
    /// Host names besides the loopback ones, without port.
    pub allowed_hosts: Vec<String>,
    /// Largest request body.
    pub max_body_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capture_content: true,
            bare_model_names: true,
            allowed_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            max_body_bytes: 32 * 1024 * 1024,
        }
    }
}

/// An app's key.
#[derive(Debug, Clone)]
pub struct AppKey {
    /// `key_…`.
    pub id: Arc<str>,
    /// The app's name.
    pub name: Arc<str>,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// Tags given to each of its requests.
    pub default_tags: Vec<(Box<str>, Box<str>)>,
    /// Configs it may call; all, and models by name, where empty.
    pub allowed_configs: Vec<Box<str>>,
    /// Requests a minute.
    pub per_minute: Option<u32>,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires_at_ms: Option<i64>,
}

/// A provider, ready to be called: what goes out with a call is put together once.
pub struct Provider {
    /// Its name in targets.
    pub name: Arc<str>,
    /// What it is.
    pub kind: ProviderKind,
    /// `{base_url}/chat/completions`.
    pub chat: Uri,
    /// `{base_url}/models`.
    pub models: Uri,
    headers: HeaderMap,
    secret: Option<SecretString>,
    needs_key: bool,
}

/// Why a provider cannot be called as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The address is none.
    #[error("{0:?} is no address that can be called; write one such as https://api.example.com/v1")]
    BaseUrl(String),
    /// A header is none.
    #[error("the header {0:?} cannot be sent; use printable ASCII characters")]
    Header(String),
    /// The key cannot be sent.
    #[error("the key holds characters that cannot be sent in a header; paste it again without line breaks")]
    Key,
}

impl Provider {
    /// Puts together what goes out with each call.
    ///
    /// # Errors
    /// A base URL, header or key that cannot be sent.
    pub fn new(
        name: &str,
        kind: ProviderKind,
        base_url: &str,
        headers: &[(String, String)],
        secret: Option<SecretString>,
    ) -> Result<Self, ProviderError> {
        let base = base_url.trim_end_matches('/');
        let uri = |path: &str| format!("{base}{path}").parse::<Uri>().ok().filter(|uri| uri.host().is_some());
        let uri = |path: &str| uri(path).ok_or_else(|| ProviderError::BaseUrl(base_url.to_owned()));
        let mut all = HeaderMap::new();
        for (key, value) in headers {
            let name: HeaderName = key.parse().map_err(|_| ProviderError::Header(key.clone()))?;
            all.insert(name, value.parse().map_err(|_| ProviderError::Header(key.clone()))?);
        }
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        all.insert(header::USER_AGENT, HeaderValue::from_static(concat!("modelux/", env!("CARGO_PKG_VERSION"))));
        if let Some(secret) = &secret {
            put_key(&mut all, kind, secret)?;
        }
        let needs_key = kind.preset().needs_key;
        // The sandbox is called in this process; its address is never dialled.
        let (chat, models) =
            if kind == ProviderKind::Sandbox { (Uri::default(), Uri::default()) } else { (uri("/chat/completions")?, uri("/models")?) };
        Ok(Self { name: name.into(), kind, chat, models, headers: all, secret, needs_key })
    }

    /// The headers of a call; `own_key` is the caller's own key for this call.
    ///
    /// # Errors
    /// A key that cannot be sent.
    pub fn headers(&self, own_key: Option<&SecretString>) -> Result<HeaderMap, ProviderError> {
        let mut headers = self.headers.clone();
        if let Some(key) = own_key {
            put_key(&mut headers, self.kind, key)?;
        }
        Ok(headers)
    }

    /// Does it lack a key that it needs?
    pub fn lacks_key(&self) -> bool {
        self.needs_key && self.secret.is_none()
    }

    /// Takes this provider's key out of a text that an upstream wrote.
    pub fn redact(&self, text: &[u8]) -> Option<Vec<u8>> {
        let secret = self.secret.as_ref()?.expose_secret();
        let text = std::str::from_utf8(text).ok().filter(|text| secret.len() >= 8 && text.contains(secret))?;
        Some(text.replace(secret, "[redacted]").into_bytes())
    }
}

fn put_key(headers: &mut HeaderMap, kind: ProviderKind, key: &SecretString) -> Result<(), ProviderError> {
    use catalog::AuthForm;
    let (name, value) = match kind.preset().auth {
        AuthForm::Bearer => (header::AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
        AuthForm::XApiKey => (HeaderName::from_static("x-api-key"), key.expose_secret().to_owned()),
        AuthForm::ApiKey => (HeaderName::from_static("api-key"), key.expose_secret().to_owned()),
        AuthForm::None => return Ok(()),
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| ProviderError::Key)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

impl Snapshot {
    /// The active plan of a config, or of a version that is at hand.
    pub fn plan(&self, slug: &str, version: Option<u32>) -> Option<Arc<Plan>> {
        let active = self.configs.get(slug);
        match version {
            None => active.map(|active| Arc::clone(&active.plan)),
            Some(version) if active.is_some_and(|active| active.version == version) => active.map(|active| Arc::clone(&active.plan)),
            Some(version) => self.pinned.get(&(Arc::from(slug), version)).cloned(),
        }
    }
}

/// Loads versions that are not in the table: a caller's `@slug:N`.
pub trait VersionLoader: Send + Sync {
    /// The plan of that version; `None` where there is none. May block; called off the hot path.
    fn load(&self, slug: &str, version: u32) -> Option<Arc<Plan>>;
}
