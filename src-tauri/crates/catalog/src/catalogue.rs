//! The models that callers can name.

use ahash::AHashMap;

use crate::model::Model;
use crate::provider::{PREFIXES, ProviderKind};
use crate::sandbox;

/// A provider and its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderModels {
    /// The user's name for it; callers write `name/model`.
    pub name: String,
    /// Whose API it is.
    pub kind: ProviderKind,
    /// A provider that is not enabled is not in the catalogue.
    pub enabled: bool,
    /// Its models; those not enabled are left out.
    pub models: Vec<Model>,
}

/// Every enabled model of every enabled provider. Immutable: make a new one when something changes.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    providers: Vec<Provider>,
    by_name: AHashMap<String, usize>,
}

#[derive(Debug, Clone)]
struct Provider {
    name: String,
    kind: ProviderKind,
    models: Vec<Model>,
    by_name: AHashMap<String, usize>,
}

/// A model name that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct Unknown {
    /// The name that was asked for.
    pub asked: String,
    /// The forms that a model name may have.
    pub forms: [&'static str; 3],
    /// Known names close to it, the nearest first, as `provider/model`.
    pub nearest: Vec<String>,
    /// The kind of provider that the name belongs to, where none of that kind is enabled.
    pub missing_provider: Option<ProviderKind>,
}

/// The forms that a model name may have.
pub const FORMS: [&str; 3] = ["@config", "provider/model", "model"];

/// Names as alike as this (of 1) are offered.
const ALIKE: f64 = 0.6;
/// How many names are offered.
const OFFERED: usize = 3;

impl Unknown {
    fn message(&self) -> String {
        let mut message = format!("Unknown model `{}`.", self.asked);
        if let Some(kind) = self.missing_provider {
            let name = kind.preset().display_name;
            message += &format!(" It is a model of {name}, and no provider of that kind is enabled; add one in Providers.");
        }
        let forms = self.forms.map(|form| format!("`{form}`")).join(", ");
        message += &format!(" Recognised forms: {forms}.");
        if !self.nearest.is_empty() {
            let names: Vec<_> = self.nearest.iter().map(|name| format!("`{name}`")).collect();
            message += &format!(" Did you mean {}?", names.join(", "));
        }
        message
    }
}

impl Catalogue {
    /// A catalogue of these providers, in this order. The sandbox comes last, unless it is among
    /// them (as it is when a user changed or disabled it).
    pub fn new(providers: impl IntoIterator<Item = ProviderModels>) -> Catalogue {
        let mut all: Vec<_> = providers.into_iter().collect();
        if !all.iter().any(|provider| provider.name == sandbox::NAME) {
            all.push(sandbox::provider());
        }
        let providers: Vec<_> = all.into_iter().filter(|provider| provider.enabled).map(Provider::new).collect();
        let by_name = index(providers.iter().map(|provider| &provider.name));
        Catalogue { providers, by_name }
    }

    /// A model by its provider and its name.
    pub fn lookup(&self, provider: &str, model: &str) -> Option<&Model> {
        self.provider(provider)?.find(model)
    }

    /// The kind of an enabled provider.
    pub fn kind(&self, provider: &str) -> Option<ProviderKind> {
        self.provider(provider).map(|provider| provider.kind)
    }

    /// Every provider's name and model, in order.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.providers.iter().flat_map(|provider| provider.models.iter().map(|model| (&*provider.name, model)))
    }

    /// The provider that a bare model name leads to: the first that has a model of exactly that
    /// name, else the first of the kind that the name's beginning belongs to.
    ///
    /// # Errors
    /// [`Unknown`], with what to write instead.
    pub fn resolve_bare<'a>(&'a self, model: &'a str) -> Result<(&'a str, &'a str), Unknown> {
        let exact = self.providers.iter().find(|provider| provider.find(model).is_some());
        let kind = ProviderKind::by_model_prefix(model);
        let by_prefix = || self.providers.iter().find(|provider| Some(provider.kind) == kind);
        match exact.or_else(by_prefix) {
            Some(provider) => Ok((&provider.name, model)),
            None => Err(Unknown { missing_provider: kind, ..self.unknown(model) }),
        }
    }

    /// The error for a name that leads nowhere.
    pub fn unknown(&self, asked: &str) -> Unknown {
        // `openai/gpt-4o` without a provider of that name.
        let named = asked.split_once('/').map(|(provider, _)| provider).filter(|provider| self.provider(provider).is_none());
        let missing_provider = named.and_then(ProviderKind::from_name);
        Unknown { asked: asked.to_owned(), forms: FORMS, nearest: self.nearest(asked), missing_provider }
    }

    /// Known models with names close to this one (bare or `provider/model`), the nearest first, as
    /// `provider/model`; three at most.
    pub fn nearest(&self, asked: &str) -> Vec<String> {
        let mut scored: Vec<(f64, String)> = self
            .models()
            .map(|(provider, model)| (format!("{provider}/{}", model.name), &model.name))
            .map(|(full, bare)| (likeness(asked, &full).max(likeness(asked, bare)), full))
            .filter(|(score, _)| *score >= ALIKE)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(OFFERED).map(|(_, name)| name).collect()
    }

    /// The enabled provider whose name is closest to this one.
    pub fn nearest_provider(&self, asked: &str) -> Option<&str> {
        self.providers
            .iter()
            .map(|provider| (likeness(asked, &provider.name), &*provider.name))
            .filter(|(score, _)| *score >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name)
    }

    /// The recognised beginnings of bare model names.
    pub fn prefixes() -> impl Iterator<Item = &'static str> {
        PREFIXES.iter().map(|(prefix, _)| *prefix)
    }

    fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.get(*self.by_name.get(name)?)
    }
}

impl Provider {
    fn new(provider: ProviderModels) -> Provider {
        let models: Vec<_> = provider.models.into_iter().filter(|model| model.enabled).collect();
        let by_name = index(models.iter().map(|model| &model.name));
        Provider { name: provider.name, kind: provider.kind, models, by_name }
    }

    fn find(&self, model: &str) -> Option<&Model> {
        self.models.get(*self.by_name.get(model)?)
    }
}

/// Where each name stands; the first of two that are alike.
fn index<'a>(names: impl Iterator<Item = &'a String>) -> AHashMap<String, usize> {
    let mut index = AHashMap::new();
    for (at, name) in names.enumerate() {
        index.entry(name.clone()).or_insert(at);
    }
    index
}

fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(a, b)
}

#[cfg(test)]
mod tests;
