//! What an import would change.

use super::PriceList;
use crate::{Model, ProviderKind, layers};

/// How a model of a list stands to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Not known yet.
    New,
    /// Another price, or one where there was none.
    Price,
    /// The same price, other limits or abilities.
    Facts,
    /// Nothing but the day of the price.
    Same,
    /// What is known is of a later day, and stays.
    Older,
}

/// One model of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its provider's kind.
    pub kind: ProviderKind,
    /// How it stands.
    pub change: Change,
    /// What is known now.
    pub before: Option<Model>,
    /// What will be known.
    pub after: Model,
}

/// Compares a list with what is known without the user's own say.
pub fn compare(list: &PriceList, known: impl Fn(ProviderKind, &str) -> Option<Model>) -> Vec<Changed> {
    let rows = list.models.iter().flat_map(|(kind, models)| models.iter().map(move |model| (*kind, model)));
    rows.map(|(kind, model)| match known(kind, &model.name) {
        None => Changed { kind, change: Change::New, before: None, after: model.clone() },
        Some(before) => {
            let (change, after) = match layers::newer(&before, model) {
                Some(after) => (change(&before, &after), after),
                None => (Change::Older, before.clone()),
            };
            Changed { kind, change, before: Some(before), after }
        }
    })
    .collect()
}

fn change(before: &Model, after: &Model) -> Change {
    let facts = |model: &Model| Model { price_source: None, price_date: None, ..model.clone() };
    match () {
        () if before.price != after.price => Change::Price,
        () if facts(before) != facts(after) => Change::Facts,
        () => Change::Same,
    }
}
