//! What the proxy looks up on a request's way, put together from what is in force.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, Weak},
};

use proxy::{Active, AppKey, Provider, Settings, Snapshot, VersionLoader};
use routing::{
    document::{Document, Reference},
    plan::Plan,
};
use serde_json::Value;
use store::config::{Key, KeyKind};

use crate::{
    Error,
    api::settings,
    first_run::FIRST_APP,
    keys,
    secrets::slot,
    setup::Setup,
    world::{ProviderState, World},
};

/// Keys that are accepted beside the stored ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    /// `MODELUX_APP_KEY`'s.
    pub app_key: Option<[u8; 32]>,
    /// The one that test requests carry.
    pub test_key: [u8; 32],
}

/// The name that test requests go by.
const TEST_APP: &str = "Modelux";

/// The proxy's table. Blocks on the keychain, the first time that a key is asked for.
pub(crate) fn snapshot(setup: &Setup, world: &World, given: Given) -> Snapshot {
    let mut snapshot = Snapshot {
        catalogue: Arc::clone(&world.catalogue),
        keys: world.keys.iter().filter(|key| key.kind == KeyKind::App && key.revoked_at_ms.is_none()).map(app_key).collect(),
        settings: settings_of(&world.settings),
        ..Snapshot::default()
    };
    snapshot.keys.extend(given.app_key.map(|hash| beside("key_given", FIRST_APP, hash)));
    snapshot.keys.push(beside("key_test", TEST_APP, given.test_key));
    for state in world.providers.values().filter(|provider| provider.enabled && provider.kind.preset().supported) {
        match provider(setup, state) {
            Ok(provider) => {
                snapshot.providers.insert(state.name.as_str().into(), Arc::new(provider));
            }
            Err(why) => tracing::warn!(provider = state.name, why, "a provider cannot be called as it is set up"),
        }
    }
    plans(setup, world, &mut snapshot);
    snapshot
}

/// Compiles the active versions, and the others that these refer to.
fn plans(setup: &Setup, world: &World, snapshot: &mut Snapshot) {
    let mut pinned: Vec<Reference> = Vec::new();
    for (slug, config) in &world.configs {
        let Some(document) = config.document.as_deref().and_then(|value| load(slug, value)) else { continue };
        pinned.extend(document.references().into_iter().filter(|reference| reference.version.is_some()));
        let slug: Arc<str> = slug.as_str().into();
        let plan = compile(setup, world, &document, &slug, config.active);
        snapshot.configs.insert(slug, Active { version: config.active, plan });
    }
    while let Some(reference) = pinned.pop() {
        let Some(version) = reference.version else { continue };
        let key: (Arc<str>, u32) = (reference.slug.as_str().into(), version);
        if snapshot.pinned.contains_key(&key) {
            continue;
        }
        if let Some((document, plan)) = stored(setup, world, &reference.slug, version) {
            pinned.extend(document.references().into_iter().filter(|reference| reference.version.is_some()));
            snapshot.pinned.insert(key, plan);
        }
    }
}

/// A version that need not be active.
fn stored(setup: &Setup, world: &World, slug: &str, version: u32) -> Option<(Document, Arc<Plan>)> {
    let config = world.configs.get(slug).filter(|config| !config.archived)?;
    if version > config.latest {
        return None;
    }
    let stored = setup.store.read::<_, Error>(|view| Ok(view.version(slug, version)?)).ok()?;
    let value: Value = serde_json::from_str(&stored.document).ok()?;
    let document = load(slug, &value)?;
    let plan = compile(setup, world, &document, &slug.into(), version);
    Some((document, plan))
}

fn load(slug: &str, value: &Value) -> Option<Document> {
    Document::load(value).inspect_err(|why| tracing::error!(slug, why, "a stored version cannot be loaded")).ok()
}

fn compile(setup: &Setup, world: &World, document: &Document, slug: &Arc<str>, version: u32) -> Arc<Plan> {
    Arc::new(Plan::compile(document, Some((Arc::clone(slug), version)), &setup.names(world, &BTreeMap::new())))
}

/// A provider as the proxy calls it, with all its keys.
pub(crate) fn provider(setup: &Setup, state: &ProviderState) -> Result<Provider, String> {
    let labels = std::iter::once(None).chain(state.credentials.keys().map(|label| Some(label.as_str())));
    ready(setup, state, labels, |label| label)
}

/// A provider with one of its keys alone, as its default one.
pub(crate) fn provider_with(setup: &Setup, state: &ProviderState, label: Option<&str>) -> Result<Provider, String> {
    ready(setup, state, std::iter::once(label), |_| None)
}

/// `known_as` says under which name the proxy knows the key of each label.
fn ready<'a>(
    setup: &Setup,
    state: &ProviderState,
    labels: impl Iterator<Item = Option<&'a str>>,
    known_as: fn(Option<&str>) -> Option<&str>,
) -> Result<Provider, String> {
    // A missing key is told by the call: the provider itself stays known.
    let secret = |label: Option<&str>| {
        let found = setup.secrets.find(&slot(&state.name, label), state.credential(label)?).ok()?;
        Some((known_as(label).map(str::to_owned), found))
    };
    let headers: Vec<(String, String)> = state.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let made_of = proxy::Setup {
        name: &state.name,
        kind: state.kind,
        base_url: &state.base_url(),
        headers: &headers,
        options: &state.options,
        secrets: labels.filter_map(secret).collect(),
    };
    Provider::new(made_of).map_err(|error| error.to_string())
}

fn app_key(key: &Key) -> AppKey {
    let tags: BTreeMap<String, String> = serde_json::from_str(&key.default_tags).unwrap_or_default();
    AppKey {
        id: key.id.as_str().into(),
        name: key.name.as_str().into(),
        sha256: key.hash,
        default_tags: tags.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        allowed_configs: keys::allowed(key).into_iter().map(Into::into).collect(),
        per_minute: key.per_minute,
        expires_at_ms: key.expires_at_ms,
    }
}

fn beside(id: &str, name: &str, sha256: [u8; 32]) -> AppKey {
    AppKey {
        id: id.into(),
        name: name.into(),
        sha256,
        default_tags: Vec::new(),
        allowed_configs: Vec::new(),
        per_minute: None,
        expires_at_ms: None,
    }
}

fn settings_of(all: &settings::Settings) -> Settings {
    let usual = Settings::default();
    Settings {
        capture_content: all.capture_content.unwrap_or(usual.capture_content),
        bare_model_names: all.bare_model_names.unwrap_or(usual.bare_model_names),
        allowed_origins: all.allowed_origins.clone().unwrap_or_default(),
        allowed_hosts: all.allowed_hosts.clone().unwrap_or_default(),
        max_body_bytes: all.max_body_mib.map_or(usual.max_body_bytes, |mib| mib as usize * 1024 * 1024),
    }
}

/// Loads the versions that callers name as `@slug:N`.
pub(crate) struct Loader(pub Arc<OnceLock<Weak<Setup>>>);

impl VersionLoader for Loader {
    fn load(&self, slug: &str, version: u32) -> Option<Arc<Plan>> {
        let setup = self.0.get()?.upgrade()?;
        stored(&setup, &setup.world(), slug, version).map(|(_, plan)| plan)
    }
}
