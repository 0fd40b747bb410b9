//! What is known of a provider's models, from three sides.
//!
//! ```text
//! built in ──> imported, where its day is not before ──> the user's own, field by field, always
//! ```

use serde::{Deserialize, Serialize};

use crate::model::{Capabilities, Modalities, Mode, Model, Tier};
use crate::money::Price;

/// What the user says of a model. What is `None` is not said: there, the catalogue holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The model's name.
    pub name: String,
    /// What it is called for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Input tokens that fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Output tokens at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u64>,
    /// How good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// The forms of input that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Modalities>,
    /// Whether callers may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Where a price is from that the user set.
pub const OWN: &str = "set by you";

impl Override {
    /// Says nothing yet of this model.
    pub fn of(name: impl Into<String>) -> Override {
        Override { name: name.into(), ..Override::default() }
    }

    /// Does it say anything?
    pub fn is_empty(&self) -> bool {
        *self == Override::of(self.name.clone())
    }

    /// Without what the catalogue says anyway, so that a later catalogue can say otherwise.
    pub fn beyond(self, known: Option<&Model>) -> Override {
        let Some(known) = known else { return self };
        Override {
            mode: self.mode.filter(|mode| *mode != known.mode),
            context: self.context.filter(|context| Some(*context) != known.context),
            max_output: self.max_output.filter(|tokens| Some(*tokens) != known.max_output),
            tier: self.tier.filter(|tier| Some(*tier) != known.tier),
            price: self.price.filter(|price| Some(*price) != known.price),
            capabilities: self.capabilities.filter(|all| *all != known.capabilities),
            modalities: self.modalities.filter(|all| Some(*all) != known.modalities),
            enabled: self.enabled.filter(|enabled| *enabled != known.enabled),
            name: self.name,
        }
    }

    /// Says what the other one says, where it says something.
    pub fn and(self, other: Override) -> Override {
        Override {
            mode: other.mode.or(self.mode),
            context: other.context.or(self.context),
            max_output: other.max_output.or(self.max_output),
            tier: other.tier.or(self.tier),
            price: other.price.or(self.price),
            capabilities: other.capabilities.or(self.capabilities),
            modalities: other.modalities.or(self.modalities),
            enabled: other.enabled.or(self.enabled),
            name: self.name,
        }
    }

    /// The model with this said of it.
    pub fn over(&self, known: Option<&Model>) -> Model {
        let mut model = known.cloned().unwrap_or_else(|| Model::named(&self.name));
        if self.price.is_some() {
            model.price = self.price;
            model.price_source = Some(OWN.to_owned());
            model.price_date = None;
        }
        model.mode = self.mode.unwrap_or(model.mode);
        model.context = self.context.or(model.context);
        model.max_output = self.max_output.or(model.max_output);
        model.tier = self.tier.or(model.tier);
        model.capabilities = self.capabilities.unwrap_or(model.capabilities);
        model.modalities = self.modalities.or(model.modalities);
        model.enabled = self.enabled.unwrap_or(model.enabled);
        model
    }
}

/// What an imported row makes of a model that is known; nothing where what is known is of a later
/// day. What the row does not say stays as it is, such as the tier, which is our own judgement.
pub fn newer(known: &Model, imported: &Model) -> Option<Model> {
    if known.price_date > imported.price_date && known.price.is_some() {
        return None;
    }
    let priced = if imported.price.is_some() { imported } else { known };
    Some(Model {
        name: known.name.clone(),
        mode: imported.mode,
        context: imported.context.or(known.context),
        max_output: imported.max_output.or(known.max_output),
        tier: imported.tier.or(known.tier),
        price: priced.price,
        capabilities: imported.capabilities,
        modalities: imported.modalities.or(known.modalities),
        price_source: priced.price_source.clone(),
        price_date: priced.price_date.clone(),
        enabled: known.enabled,
    })
}

/// The models of a catalogue with imported ones put over them: each in its place, new ones behind.
pub fn with_imported(built_in: &[Model], imported: &[Model]) -> Vec<Model> {
    let mut all = built_in.to_vec();
    let places: ahash::AHashMap<&str, usize> = built_in.iter().enumerate().map(|(at, model)| (&*model.name, at)).collect();
    for model in imported {
        match places.get(&*model.name) {
            Some(at) => all[*at] = newer(&all[*at], model).unwrap_or_else(|| all[*at].clone()),
            None => all.push(model.clone()),
        }
    }
    all
}

/// These models with the user's say over them: each in its place, new ones behind.
pub fn with_overrides(mut known: Vec<Model>, own: &[Override]) -> Vec<Model> {
    for said in own {
        match known.iter_mut().find(|model| model.name == said.name) {
            Some(model) => *model = said.over(Some(model)),
            None => known.push(said.over(None)),
        }
    }
    known
}

#[cfg(test)]
mod tests;
