//! What exists in a case, and its documents compiled.

use std::{collections::BTreeMap, sync::Arc};

use catalog::{Capabilities, Catalogue, Model, Price, ProviderKind, ProviderModels, Tier};
use routing::{
    document::Document,
    names::{ConfigInfo, ModelKnown, Names},
    plan::Plan,
};
use serde_json::Value;

use crate::case::{Case, ModelSpec};

impl Names for Case {
    fn config(&self, slug: &str) -> Option<ConfigInfo> {
        let exists = slug == GONE || self.configs.iter().any(|(known, _)| known == slug);
        exists.then_some(ConfigInfo { latest_version: 1, archived: false })
    }
    fn slugs(&self) -> Vec<String> {
        self.configs.iter().map(|(slug, _)| slug.clone()).collect()
    }
    fn document(&self, slug: &str, _: Option<u32>) -> Option<Value> {
        self.configs.iter().find(|(known, _)| known == slug).map(|(_, document)| document.clone())
    }
    fn providers(&self) -> Vec<String> {
        vec!["alpha".to_owned(), "judge".to_owned()]
    }
    fn model(&self, provider: &str, model: &str) -> Option<ModelKnown> {
        let name = format!("{provider}/{model}");
        self.models.iter().any(|model| model.name == name).then_some(ModelKnown::Listed)
    }
    fn models(&self) -> Vec<String> {
        self.models.iter().map(|model| model.name.clone()).collect()
    }
    fn resolve_bare(&self, _: &str) -> Option<(String, String)> {
        None
    }
    fn priced(&self, provider: &str, model: &str) -> bool {
        let name = format!("{provider}/{model}");
        self.models.iter().any(|model| model.name == name)
    }
}

/// A config that was archived after it had been referred to.
pub const GONE: &str = "gone";

impl Case {
    /// All configs, compiled.
    pub fn plans(&self) -> Vec<Plan> {
        let plan = |(slug, document): &(String, Value)| {
            let checked = Document::check(document, self, Some(slug));
            let document = checked.document.unwrap_or_else(|| panic!("{}: {:#?}\n{document:#}", self.name, checked.diagnostics));
            Plan::compile(&document, Some((Arc::from(slug.as_str()), 1)), self)
        };
        self.configs.iter().map(plan).collect()
    }

    /// All models, by provider.
    pub fn catalogue(&self) -> Catalogue {
        let mut by_provider: BTreeMap<&str, Vec<Model>> = BTreeMap::new();
        for spec in &self.models {
            by_provider.entry(spec.provider()).or_default().push(spec.model());
        }
        Catalogue::new(by_provider.into_iter().map(|(name, models)| ProviderModels {
            name: name.to_owned(),
            kind: ProviderKind::OpenAiCompatible,
            enabled: true,
            models,
        }))
    }
}

impl ModelSpec {
    /// Its provider.
    pub fn provider(&self) -> &str {
        self.name.split_once('/').expect("provider/model").0
    }

    /// Its name at the provider.
    pub fn own_name(&self) -> &str {
        self.name.split_once('/').expect("provider/model").1
    }

    /// As the catalogue has it.
    pub fn model(&self) -> Model {
        let tier = self.tier.map(|tier| match tier {
            "economy" => Tier::Economy,
            "standard" => Tier::Standard,
            _ => Tier::Premium,
        });
        let price = Price::from_usd_per_million(self.price.0, None, self.price.1).expect("a price");
        let capabilities = Capabilities { tools: self.tools, ..Capabilities::ALL };
        Model { tier, price: Some(price), capabilities, ..Model::named(self.own_name()) }
    }
}
