//! The names that a document may use, as the checker asks for them.

use serde_json::Value;

/// What is known of a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigInfo {
    /// Number of its newest version.
    pub latest_version: u32,
    /// Is it archived?
    pub archived: bool,
}

/// Is a model known at a provider?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKnown {
    /// It is listed.
    Listed,
    /// The provider lists no models, so any name may be right.
    Unlisted,
    /// The provider lists models, and this is none of them.
    Unknown,
}

/// Configs, providers and models that exist.
pub trait Names {
    /// The config of that slug, archived ones too.
    fn config(&self, slug: &str) -> Option<ConfigInfo>;
    /// Slugs that may be referred to.
    fn slugs(&self) -> Vec<String>;
    /// Document of a version, of the active one where none is named.
    fn document(&self, slug: &str, version: Option<u32>) -> Option<Value>;
    /// Names of the providers.
    fn providers(&self) -> Vec<String>;
    /// Is that model known there? `None` where there is no such provider.
    fn model(&self, provider: &str, model: &str) -> Option<ModelKnown>;
    /// All models, as `provider/model`.
    fn models(&self) -> Vec<String>;
    /// Provider and model for a bare model name.
    fn resolve_bare(&self, model: &str) -> Option<(String, String)>;
    /// Has it a known price? Asked of names that [`Names::model`] knows.
    fn priced(&self, provider: &str, model: &str) -> bool {
        let _ = (provider, model);
        true
    }
    /// How good it is, where that is known.
    fn tier(&self, provider: &str, model: &str) -> Option<catalog::Tier> {
        let _ = (provider, model);
        None
    }
    /// Keys of tags seen in recorded traffic; `None` where nothing was recorded yet.
    fn tag_keys(&self) -> Option<Vec<String>> {
        None
    }
    /// Names of a provider's credentials besides its default one.
    fn credentials(&self, provider: &str) -> Vec<String> {
        let _ = provider;
        Vec::new()
    }
    /// Names of the budgets.
    fn budgets(&self) -> Vec<String> {
        Vec::new()
    }
    /// What is wrong with a target (`provider/model`) at the moment, such as `its breaker is open`.
    fn unwell(&self, target: &str) -> Option<String> {
        let _ = target;
        None
    }
    /// Why a target of that provider cannot be called now, such as `it is switched off`.
    fn unavailable(&self, provider: &str) -> Option<String> {
        let _ = provider;
        None
    }
}

/// The known name nearest to a wrong one, if any is near enough to be meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| {
            *distance <= (wrong.chars().count().max(name.chars().count()) / 3).max(2) && *distance < wrong.chars().count().max(2)
        })
        .min_by_key(|(distance, name)| (*distance, *name))
        .map(|(_, name)| name)
}
