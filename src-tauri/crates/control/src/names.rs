//! The names that a document may use: those in force, and those that an import brings along.

use std::collections::BTreeMap;

use catalog::Tier;
use routing::names::{ConfigInfo, ModelKnown};
use serde_json::Value;
use store::ConfigStore;

use crate::{Error, sights::Sights, world::World};

/// Names of a world, as the checker of documents asks for them.
pub(crate) struct Names<'a> {
    pub world: &'a World,
    /// For versions that are not active.
    pub store: &'a ConfigStore,
    /// What traffic and the proxy show.
    pub sights: &'a Sights,
    /// Documents that will be active by then, by slug.
    pub incoming: &'a BTreeMap<String, Value>,
}

impl routing::names::Names for Names<'_> {
    fn config(&self, slug: &str) -> Option<ConfigInfo> {
        let known = self.world.configs.get(slug);
        if self.incoming.contains_key(slug) {
            return Some(ConfigInfo { latest_version: known.map_or(1, |known| known.latest), archived: false });
        }
        known.map(|known| ConfigInfo { latest_version: known.latest, archived: known.archived })
    }

    fn slugs(&self) -> Vec<String> {
        let in_use = self.world.configs.iter().filter(|(_, config)| !config.archived).map(|(slug, _)| slug);
        let mut slugs: Vec<String> = in_use.chain(self.incoming.keys()).cloned().collect();
        slugs.sort_unstable();
        slugs.dedup();
        slugs
    }

    fn document(&self, slug: &str, version: Option<u32>) -> Option<Value> {
        match version {
            None => match self.incoming.get(slug) {
                Some(document) => Some(document.clone()),
                None => self.world.configs.get(slug)?.document.as_deref().cloned(),
            },
            Some(number) => {
                let stored = self.store.read::<_, Error>(|view| Ok(view.version(slug, number)?));
                serde_json::from_str(&stored.ok()?.document).ok()
            }
        }
    }

    fn providers(&self) -> Vec<String> {
        self.world.providers.keys().cloned().collect()
    }

    fn model(&self, provider: &str, model: &str) -> Option<ModelKnown> {
        let provider = self.world.providers.get(provider)?;
        Some(if provider.models.is_empty() {
            ModelKnown::Unlisted
        } else if provider.models.iter().any(|known| known.name == model) {
            ModelKnown::Listed
        } else {
            ModelKnown::Unknown
        })
    }

    fn models(&self) -> Vec<String> {
        let providers = self.world.providers.values();
        providers.flat_map(|provider| provider.models.iter().map(move |model| format!("{}/{}", provider.name, model.name))).collect()
    }

    fn resolve_bare(&self, model: &str) -> Option<(String, String)> {
        let (provider, model) = self.world.catalogue.resolve_bare(model).ok()?;
        Some((provider.to_owned(), model.to_owned()))
    }

    fn priced(&self, provider: &str, model: &str) -> bool {
        self.world.model(provider, model).is_some_and(|model| model.price.is_some())
    }

    fn tier(&self, provider: &str, model: &str) -> Option<Tier> {
        self.world.model(provider, model)?.tier
    }

    /// Those that apps' keys add count as seen.
    fn tag_keys(&self) -> Option<Vec<String>> {
        let seen = self.sights.seen();
        if seen.tags.is_empty() && seen.apps.is_empty() {
            return None;
        }
        let added = self.world.keys.iter().flat_map(|key| tag_keys(&key.default_tags));
        Some(seen.tags.iter().map(|tag| tag.key.clone()).chain(added).collect())
    }

    fn credentials(&self, provider: &str) -> Vec<String> {
        self.world.providers.get(provider).map(|provider| provider.credentials.keys().cloned().collect()).unwrap_or_default()
    }

    fn unwell(&self, target: &str) -> Option<String> {
        self.sights.unwell(target)
    }

    fn unavailable(&self, provider: &str) -> Option<String> {
        let provider = self.world.providers.get(provider)?;
        if !provider.enabled {
            return Some("it is switched off".to_owned());
        }
        let preset = provider.kind.preset();
        (!preset.supported).then(|| format!("this version of Modelux does not speak {} yet", preset.display_name))
    }
}

/// Keys of a JSON object of tags.
fn tag_keys(json: &str) -> Vec<String> {
    let tags: BTreeMap<String, Value> = serde_json::from_str(json).unwrap_or_default();
    tags.into_keys().collect()
}
