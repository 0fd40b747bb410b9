//! Models that are known from the start.
//!
//! `models.json` names its source and date. Where a provider charges more for long
//! prompts, the price says from which size on. A tier is our own judgement, by the place of the model in its maker's
//! line: the smallest are `economy`, the next `standard`, the main model `premium`, the best of the
//! newest generation `frontier`. Embedding models have neither tier nor capabilities.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::Model;
use crate::provider::ProviderKind;
use crate::sandbox;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    date: String,
    models: BTreeMap<ProviderKind, Vec<Model>>,
}

fn parse() -> Result<BTreeMap<ProviderKind, Vec<Model>>, serde_json::Error> {
    let file: File = serde_json::from_str(include_str!("models.json"))?;
    let mut models = file.models;
    for model in models.values_mut().flatten().filter(|model| model.price.is_some()) {
        model.price_source = Some(file.source.clone());
        model.price_date = Some(file.date.clone());
    }
    models.insert(ProviderKind::Sandbox, sandbox::models());
    Ok(models)
}

// A test proves that the file parses; without it, there would be no built-in models.
static MODELS: LazyLock<BTreeMap<ProviderKind, Vec<Model>>> = LazyLock::new(|| parse().unwrap_or_default());

/// The built-in models of a kind of provider; none for those whose models only the user knows.
pub fn models(kind: ProviderKind) -> &'static [Model] {
    MODELS.get(&kind).map_or(&[], Vec::as_slice)
}

/// The built-in models with the user's own in their place: a model of the same name is replaced
/// where it stands, a new one comes behind.
pub fn with_overrides(kind: ProviderKind, own: &[Model]) -> Vec<Model> {
    let mut all = models(kind).to_vec();
    for model in own {
        match all.iter_mut().find(|known| known.name == model.name) {
            Some(known) => *known = model.clone(),
            None => all.push(model.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests;
