//! Models that are known from the start.
//!
//! `models.json` holds lists, each with its name, source and day. Names and tiers are chosen by
//! hand; the rest is what [`crate::import`] reads out of the lists, so that what is built in and
//! what users import never differ in kind. A test with `MODELUX_PRICE_LISTS` set writes it anew:
//!
//! ```text
//! MODELUX_PRICE_LISTS=LiteLLM=prices.json,models.dev=api.json cargo test -p catalog the_built_in_models_are_written_anew
//! ```
//!
//! A tier is our own judgement, by the place of the model in its maker's line: the smallest are
//! `economy`, the next `standard`, the main model `premium`, the best of the newest generation
//! `frontier`. Embedding models have none. Azure's models stand by the name of the model that a
//! deployment is of: a deployment of another name takes its price by hand.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::model::Model;
use crate::provider::ProviderKind;
use crate::sandbox;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    lists: Vec<List>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// As it stands beside a price.
    name: String,
    source: String,
    date: String,
    models: BTreeMap<ProviderKind, Vec<Model>>,
}

fn parse() -> Result<BTreeMap<ProviderKind, Vec<Model>>, serde_json::Error> {
    let file: File = serde_json::from_str(include_str!("models.json"))?;
    let mut all: BTreeMap<ProviderKind, Vec<Model>> = BTreeMap::new();
    for list in file.lists {
        for (kind, mut models) in list.models {
            for model in models.iter_mut().filter(|model| model.price.is_some()) {
                model.price_source = Some(list.name.clone());
                model.price_date = Some(list.date.clone());
            }
            all.entry(kind).or_default().append(&mut models);
        }
    }
    all.insert(ProviderKind::Sandbox, sandbox::models());
    Ok(all)
}

// A test proves that the file parses; without it, there would be no built-in models.
static MODELS: LazyLock<BTreeMap<ProviderKind, Vec<Model>>> = LazyLock::new(|| parse().unwrap_or_default());

/// The built-in models of a kind of provider; none for those whose models only the user knows.
pub fn models(kind: ProviderKind) -> &'static [Model] {
    MODELS.get(&kind).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
