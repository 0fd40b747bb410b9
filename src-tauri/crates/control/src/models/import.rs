//! Price lists that others publish: shown, applied, forgotten.
//!
//! ```text
//! file ──catalog::import──> list ──compare with built-in and imported──> preview
//!                                                     └── apply ──> store ──> World: the user's own say still over it
//! ```

use std::collections::BTreeMap;

use catalog::{
    Model, ProviderKind,
    import::{self, Change as How, Changed, PriceList},
};
use store::config::{ImportedModel as Stored, View};

use crate::{
    Caller, Code, Control, Error,
    api::{
        Empty,
        events::UiEvent,
        models::{Forgotten, ImportModels, ImportedModel, ModelImport, RefusedModel},
    },
    models::shown_price,
    setup::{Change, blocking},
    time,
    world::{World, known_models},
};

/// Rows that an answer shows.
const MAX_ROWS: usize = 500;

impl Control {
    /// Shows what a price list would change, or applies it.
    ///
    /// # Errors
    /// `invalid_request`: too large, no JSON, no format that is known, no day. Single rows that make no sense are
    /// listed in the answer and left out.
    pub async fn import_models(&self, caller: &Caller, input: ImportModels) -> Result<ModelImport, Error> {
        let date = input.date.clone().unwrap_or_else(|| time::text(self.setup.now_ms()).chars().take(10).collect());
        let list = blocking(move || import::read(input.file.as_bytes(), date.trim()).map_err(refused)).await?;
        if input.preview == Some(true) {
            let setup = std::sync::Arc::clone(&self.setup);
            return blocking(move || {
                let world = setup.world();
                setup.read(|view| Ok(report(&list, &compared(view, &list)?, &world, false)))
            })
            .await;
        }
        let report = self.change(caller, "models.import", move |change| apply(change, &list)).await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(report)
    }

    /// Forgets all imported price lists: the built-in models hold again, and the user's own say.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_imported_models(&self, caller: &Caller, _: Empty) -> Result<Forgotten, Error> {
        let count = self.change(caller, "models.forget", |change| Ok(change.tx.forget_imported_models(change.audit)?)).await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(Forgotten { models: u32::try_from(count).unwrap_or(u32::MAX) })
    }
}

fn refused(error: import::ImportError) -> Error {
    let mut message = error.to_string();
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Error::new(Code::InvalidRequest, message).with("field", if matches!(error, import::ImportError::BadDate(_)) { "date" } else { "file" })
}

fn compared(view: &View<'_>, list: &PriceList) -> Result<Vec<Changed>, Error> {
    let mut known: BTreeMap<ProviderKind, BTreeMap<String, Model>> = BTreeMap::new();
    for kind in list.models.keys() {
        let models = known_models(view, *kind)?.into_iter().map(|model| (model.name.clone(), model));
        known.insert(*kind, models.collect());
    }
    Ok(import::compare(list, |kind, name| known.get(&kind)?.get(name).cloned()))
}

fn apply(change: &Change<'_>, list: &PriceList) -> Result<ModelImport, Error> {
    let changed = compared(change.tx, list)?;
    let report = report(list, &changed, &change.world, true);
    let taken = changed.iter().filter(|changed| changed.change != How::Older);
    let rows = taken
        .map(|changed| Ok((changed.kind, serde_json::to_string(&bare(changed, list))?, changed.after.name.as_str())))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let rows: Vec<Stored<'_>> = rows.iter().map(|(kind, model, name)| Stored { kind: kind.as_str(), name, model }).collect();
    let name = format!("{}, {}", report.source, report.date);
    let summary = serde_json::json!({
        "new": report.new, "repriced": report.repriced, "changed": report.changed, "unchanged": report.unchanged, "refused": report.refused_count,
    });
    change.tx.put_imported_models(&name, &rows, &summary.to_string(), change.audit)?;
    Ok(report)
}

/// What the list itself says, without what was known before: that may change with the next release.
fn bare<'l>(changed: &'l Changed, list: &'l PriceList) -> &'l Model {
    let models = list.models.get(&changed.kind).map_or(&[][..], Vec::as_slice);
    models.iter().find(|model| model.name == changed.after.name).unwrap_or(&changed.after)
}

fn report(list: &PriceList, changed: &[Changed], world: &World, applied: bool) -> ModelImport {
    let count = |how: How| u32::try_from(changed.iter().filter(|changed| changed.change == how).count()).unwrap_or(u32::MAX);
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut rows: Vec<&Changed> = changed.iter().filter(|changed| !matches!(changed.change, How::Same | How::Older)).collect();
    rows.sort_by_key(|changed| match changed.change {
        How::Price => 0,
        How::New => 1,
        _ => 2,
    });
    ModelImport {
        source: list.format.name().to_owned(),
        date: list.date.clone(),
        applied,
        new: count(How::New),
        repriced: count(How::Price),
        changed: count(How::Facts),
        unchanged: count(How::Same),
        older: count(How::Older),
        rows_left_off: small(rows.len().saturating_sub(MAX_ROWS)),
        rows: rows.into_iter().take(MAX_ROWS).map(|changed| row(changed, world)).collect(),
        refused: list.refused.iter().map(|row| RefusedModel { name: row.name.clone(), reason: row.reason.clone() }).collect(),
        refused_count: small(list.refused_count),
        unknown_provider: small(list.skipped.unknown_provider),
        other_mode: small(list.skipped.other_mode),
        not_callable: small(list.skipped.not_callable),
    }
}

fn row(changed: &Changed, world: &World) -> ImportedModel {
    let name = &changed.after.name;
    let mut own = world.providers.values().filter(|provider| provider.kind == changed.kind).flat_map(|provider| &provider.own_models);
    ImportedModel {
        kind: changed.kind.as_str().to_owned(),
        model: name.clone(),
        change: match changed.change {
            How::New => "new",
            How::Price => "price",
            How::Facts | How::Same | How::Older => "facts",
        }
        .to_owned(),
        before: changed.before.as_ref().and_then(|model| model.price).map(shown_price),
        after: changed.after.price.map(shown_price),
        yours: own.any(|own| own.name == *name && own.price.is_some()),
    }
}
