//! What a request finds when it arrives: one immutable table, swapped as a whole.

use std::sync::Arc;

use ahash::AHashMap;
use catalog::Catalogue;
use routing::plan::Plan;

use crate::provider::Provider;

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
