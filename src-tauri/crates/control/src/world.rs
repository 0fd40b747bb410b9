//! What is in force, in memory: read from the store after each change, never altered.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use catalog::{Catalogue, Model, Override, ProviderKind, ProviderModels, ProviderOptions, builtin, layers, sandbox};
use serde_json::Value;
use store::config::{Key, Provider, View};

use crate::{Code, Error, api::settings::Settings, kinds, models::Say, secrets::Credential, settings};

/// All that is in force.
#[derive(Debug)]
pub(crate) struct World {
    pub configs: BTreeMap<String, ConfigState>,
    /// By name; the sandbox is always among them.
    pub providers: BTreeMap<String, ProviderState>,
    pub catalogue: Arc<Catalogue>,
    pub keys: Vec<Key>,
    pub settings: Settings,
}

/// A config.
#[derive(Debug, Clone)]
pub(crate) struct ConfigState {
    pub active: u32,
    pub latest: u32,
    pub archived: bool,
    /// The active document; none where it is archived.
    pub document: Option<Arc<Value>>,
}

/// A provider, with what its kind says filled in.
#[derive(Debug, Clone)]
pub(crate) struct ProviderState {
    pub name: String,
    pub kind: ProviderKind,
    /// As the user wrote it; the kind's own where absent.
    pub own_base_url: Option<String>,
    pub headers: BTreeMap<String, String>,
    pub credential: Option<Credential>,
    /// Those besides the default one, by name.
    pub credentials: BTreeMap<String, Credential>,
    pub options: ProviderOptions,
    /// What the user says of its models.
    pub own_models: Vec<Override>,
    /// What the catalogue says: built in and imported.
    pub known: Vec<Model>,
    /// What holds: the one over the other.
    pub models: Vec<Model>,
    pub enabled: bool,
}

impl World {
    /// Reads everything. One consistent view gives one consistent world.
    pub(crate) fn load(view: &View<'_>) -> Result<Self, Error> {
        let mut configs: BTreeMap<String, ConfigState> = view
            .configs(true)?
            .into_iter()
            .map(|config| {
                let state = ConfigState {
                    active: config.active_version,
                    latest: config.latest_version,
                    archived: config.archived_at_ms.is_some(),
                    document: None,
                };
                (config.slug, state)
            })
            .collect();
        for active in view.active_documents()? {
            if let Some(state) = configs.get_mut(&active.slug) {
                state.document = Some(Arc::new(json(&active.document)?));
            }
        }
        let mut providers = BTreeMap::new();
        for row in view.providers()? {
            let provider = ProviderState::read(view, &row)?;
            providers.insert(row.name, provider);
        }
        providers.entry(sandbox::NAME.to_owned()).or_insert_with(ProviderState::sandbox);
        Ok(Self {
            configs,
            catalogue: Arc::new(catalogue(providers.values())),
            providers,
            keys: view.keys()?,
            settings: settings::effective(view)?,
        })
    }

    /// The provider of that name.
    ///
    /// # Errors
    /// `not_found`, with the nearest name.
    pub(crate) fn provider(&self, name: &str) -> Result<&ProviderState, Error> {
        self.providers.get(name).ok_or_else(|| {
            let near = routing::names::nearest(name, self.providers.keys().map(String::as_str));
            unknown("provider", name, near)
        })
    }

    /// What is known of a model, be its provider switched on or off.
    pub(crate) fn model(&self, provider: &str, model: &str) -> Option<&Model> {
        self.providers.get(provider)?.models.iter().find(|known| known.name == model)
    }

    /// The config is there, archived or not.
    ///
    /// # Errors
    /// `not_found`, with the nearest slug.
    pub(crate) fn known(&self, slug: &str) -> Result<&ConfigState, Error> {
        self.configs.get(slug).ok_or_else(|| {
            let near = routing::names::nearest(slug, self.configs.keys().map(String::as_str)).map(|near| format!("@{near}"));
            unknown("config", &format!("@{slug}"), near.as_deref())
        })
    }

    /// Configs whose active document satisfies the condition, as `@slug`.
    pub(crate) fn configs_where(&self, condition: impl Fn(&routing::document::Document) -> bool) -> Vec<String> {
        let meets = |state: &ConfigState| {
            let document = state.document.as_deref().and_then(|value| routing::document::Document::load(value).ok());
            document.is_some_and(|document| condition(&document))
        };
        self.configs.iter().filter(|(_, state)| meets(state)).map(|(slug, _)| format!("@{slug}")).collect()
    }
}

impl ProviderState {
    fn read(view: &View<'_>, row: &Provider) -> Result<Self, Error> {
        let kind = ProviderKind::from_name(&row.kind).ok_or_else(|| {
            Error::new(Code::Internal, format!("The provider {:?} is of a kind that this version does not know: {}", row.name, row.kind))
        })?;
        let own_models: Vec<Override> = serde_json::from_str(&row.models).map_err(|error| broken(&row.name, &error))?;
        let known = known_models(view, kind)?;
        Ok(Self {
            name: row.name.clone(),
            kind,
            own_base_url: row.base_url.clone(),
            headers: serde_json::from_str(&row.headers).map_err(|error| broken(&row.name, &error))?,
            credential: Credential::read(row.credential.as_deref()),
            credentials: serde_json::from_str(&row.credentials).map_err(|error| broken(&row.name, &error))?,
            options: serde_json::from_str(&row.options).map_err(|error| broken(&row.name, &error))?,
            models: layers::with_overrides(known.clone(), &own_models),
            own_models,
            known,
            enabled: row.enabled,
        })
    }

    /// The built-in one, as it is unless somebody changed it.
    fn sandbox() -> Self {
        let ProviderModels { name, kind, enabled, models } = sandbox::provider();
        Self {
            name,
            kind,
            own_base_url: None,
            headers: BTreeMap::new(),
            credential: None,
            credentials: BTreeMap::new(),
            options: ProviderOptions::default(),
            own_models: Vec::new(),
            known: models.clone(),
            models,
            enabled,
        }
    }

    /// Where it is called; empty for the sandbox.
    pub(crate) fn base_url(&self) -> Cow<'_, str> {
        self.own_base_url.as_deref().map_or_else(|| kinds::base_url(self.kind, &self.options), Cow::Borrowed)
    }

    /// The default credential, or the one of that name.
    pub(crate) fn credential(&self, label: Option<&str>) -> Option<&Credential> {
        label.map_or(self.credential.as_ref(), |label| self.credentials.get(label))
    }

    /// Can it be removed?
    pub(crate) fn built_in(&self) -> bool {
        self.name == sandbox::NAME
    }

    /// What the user said of the model.
    pub(crate) fn say(&self, model: &str) -> Say {
        match (self.own_models.iter().any(|own| own.name == model), self.known.iter().any(|known| known.name == model)) {
            (false, _) => Say::Nothing,
            (true, true) => Say::Over,
            (true, false) => Say::Alone,
        }
    }
}

/// What the catalogue says of the models of a kind: built in, and imported.
pub(crate) fn known_models(view: &View<'_>, kind: ProviderKind) -> Result<Vec<Model>, Error> {
    // What a later release kept in another shape is no reason not to start.
    let imported: Vec<Model> = view.imported_models(kind.as_str())?.iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
    Ok(layers::with_imported(builtin::models(kind), &imported))
}

fn catalogue<'a>(providers: impl Iterator<Item = &'a ProviderState>) -> Catalogue {
    Catalogue::new(providers.map(|provider| ProviderModels {
        name: provider.name.clone(),
        kind: provider.kind,
        enabled: provider.enabled,
        models: provider.models.clone(),
    }))
}

/// JSON that the store keeps.
pub(crate) fn json(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::new(Code::Internal, format!("A stored document is damaged: {error}")))
}

fn broken(name: &str, error: &serde_json::Error) -> Error {
    Error::new(Code::Internal, format!("What is stored of the provider {name:?} is damaged: {error}"))
}

fn unknown(kind: &str, name: &str, near: Option<&str>) -> Error {
    match near {
        Some(near) => Error::new(Code::NotFound, format!("There is no {kind} {name}; did you mean {near}?")).with("suggestion", near),
        None => Error::new(Code::NotFound, format!("There is no {kind} {name}")),
    }
}
