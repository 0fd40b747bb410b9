//! Versions: saving, comparing, activating.

use std::sync::Arc;

use routing::document::Document;
use serde_json::Value;
use store::config::{self, ActivationReason, NewVersion, Origin, SaveOutcome};

use crate::{
    Caller, Code, Control, Error,
    api::{
        Page,
        configs::{
            Activate, Activated, Activation, ActiveSpan, ByVersion, Diff, DiffVersions, ListVersions, SaveVersion, SavedVersion, Version,
        },
        events::UiEvent,
    },
    configs::{short, slug_of, still_valid, text},
    page,
    setup::{Change, blocking},
    time,
    validate::compare,
    world,
};

/// Activations read to find when a version was active.
const HISTORY: u32 = 10_000;

impl Control {
    /// Saves a version, and activates it unless told otherwise.
    ///
    /// # Errors
    /// `not_found`, `invalid_document`; `conflict` where somebody saved meanwhile.
    pub async fn save_version(&self, caller: &Caller, input: SaveVersion) -> Result<SavedVersion, Error> {
        let slug = slug_of(&input.slug);
        let message = short(input.message.clone().unwrap_or_default(), "message")?;
        let name = slug.clone();
        let saved = self
            .change(caller, "config.save", move |change| {
                change.world.known(&name)?;
                let document = change.check(&input.document, &name)?;
                refuse_future(change, &name, input.base_version)?;
                save(
                    change,
                    &Saving {
                        slug: &name,
                        document: &document,
                        message: &message,
                        origin: Origin::Edit,
                        base_version: input.base_version,
                        activate: input.activate.unwrap_or(true),
                    },
                )
            })
            .await?;
        self.events.tell(UiEvent::ConfigChanged { slug });
        Ok(saved)
    }

    /// Versions, newest first.
    ///
    /// # Errors
    /// `not_found`, `invalid_request`.
    pub async fn list_versions(&self, _: &Caller, input: ListVersions) -> Result<Page<Version>, Error> {
        let limit = page::limit(input.limit)?;
        let before = page::position(input.cursor.as_deref())?;
        let slug = slug_of(&input.slug);
        let setup = Arc::clone(&self.setup);
        blocking(move || {
            setup.world().known(&slug)?;
            let (versions, history) =
                setup.read(|view| Ok((view.versions(&slug, before, limit + 1)?, view.activations(&slug, HISTORY)?)))?;
            let shown = versions.into_iter().map(|version| shown(version, &history)).collect::<Result<_, _>>()?;
            Ok(page::page(shown, limit, |version: &Version| version.number.to_string()))
        })
        .await
    }

    /// One version.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_version(&self, _: &Caller, input: ByVersion) -> Result<Version, Error> {
        let slug = slug_of(&input.slug);
        let setup = Arc::clone(&self.setup);
        blocking(move || {
            setup.world().known(&slug)?;
            let (version, history) = setup.read(|view| Ok((view.version(&slug, input.number)?, view.activations(&slug, HISTORY)?)))?;
            shown(version, &history)
        })
        .await
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn diff_versions(&self, _: &Caller, input: DiffVersions) -> Result<Diff, Error> {
        let slug = slug_of(&input.slug);
        let setup = Arc::clone(&self.setup);
        blocking(move || {
            setup.world().known(&slug)?;
            let (from, to) = setup.read(|view| Ok((view.version(&slug, input.from)?, view.version(&slug, input.to)?)))?;
            Ok(compare(&world::json(&from.document)?, &world::json(&to.document)?))
        })
        .await
    }

    /// Puts a version in force at once: rollback, or taking a candidate.
    ///
    /// # Errors
    /// `not_found`; `invalid_document`, where it names what is gone or would make a cycle by now.
    pub async fn activate_version(&self, caller: &Caller, input: Activate) -> Result<Activated, Error> {
        let slug = slug_of(&input.slug);
        let note = input.reason.map(|note| short(note, "reason")).transpose()?.filter(|note| !note.trim().is_empty());
        let name = slug.clone();
        let done = self
            .change(caller, "config.activate", move |change| {
                change.world.known(&name)?;
                let version = change.tx.version(&name, input.version)?;
                still_valid(change, &version.document, &name)?;
                // One that was never in force is a candidate: taking it is no way back.
                let known = change.tx.activations(&name, HISTORY)?.iter().any(|activation| activation.version == input.version);
                let reason = if known { ActivationReason::Rollback } else { ActivationReason::Promotion };
                let activate = config::Activate { slug: &name, version: input.version, reason, note: note.as_deref(), simulation: None };
                Ok(change.tx.activate(activate, change.audit)?)
            })
            .await?;
        self.events.tell(UiEvent::ConfigChanged { slug: slug.clone() });
        Ok(Activated { slug, version: done.version, previous: done.previous })
    }

    /// What was active when, newest first.
    ///
    /// # Errors
    /// `not_found`, `invalid_request`.
    pub async fn list_activations(&self, _: &Caller, input: ListVersions) -> Result<Page<Activation>, Error> {
        let limit = page::limit(input.limit)?;
        let passed: u32 = page::position(input.cursor.as_deref())?.unwrap_or(0);
        let slug = slug_of(&input.slug);
        let setup = Arc::clone(&self.setup);
        let rows = blocking(move || {
            setup.world().known(&slug)?;
            let wanted = passed.saturating_add(limit).saturating_add(1);
            setup.read(|view| Ok(view.activations(&slug, wanted)?))
        })
        .await?;
        let rows = rows.into_iter().skip(passed as usize).map(activation).collect();
        Ok(page::page(rows, limit, |_| (passed + limit).to_string()))
    }
}

/// A version to save; its document has been checked.
pub(crate) struct Saving<'a> {
    pub slug: &'a str,
    pub document: &'a Document,
    pub message: &'a str,
    pub origin: Origin,
    pub base_version: Option<u32>,
    pub activate: bool,
}

/// Saves a version.
///
/// # Errors
/// `conflict`, with the newest version's number and what differs from it.
pub(crate) fn save(change: &Change<'_>, saving: &Saving<'_>) -> Result<SavedVersion, Error> {
    let canonical = saving.document.canonical();
    let outcome = change.tx.save_version(
        NewVersion {
            slug: saving.slug,
            document: &canonical.to_string(),
            hash: hash_of(saving.document),
            strategy: saving.document.strategy(),
            message: saving.message,
            origin: saving.origin,
            base_version: saving.base_version,
            activate: saving.activate,
        },
        change.audit,
    )?;
    match outcome {
        SaveOutcome::Saved { version, active } => Ok(SavedVersion { version, active, unchanged: false }),
        SaveOutcome::Unchanged { version, .. } => {
            let active = change.tx.config(saving.slug)?.active_version == version;
            Ok(SavedVersion { version, active, unchanged: true })
        }
        SaveOutcome::Conflict { latest_version, latest_document } => {
            let diff = compare(&world::json(&latest_document)?, &canonical);
            let diff = serde_json::to_value(diff).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
            let message =
                format!("@{} was saved as version {latest_version} meanwhile; look at what differs, then save on top of it", saving.slug);
            Err(Error::new(Code::Conflict, message).with("latest_version", latest_version).with("diff", diff))
        }
    }
}

/// SHA-256 of the canonical document.
pub(crate) fn hash_of(document: &Document) -> [u8; 32] {
    let hex = document.hash();
    let mut hash = [0; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = hex.get(2 * index..2 * index + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default();
    }
    hash
}

fn refuse_future(change: &Change<'_>, slug: &str, base: Option<u32>) -> Result<(), Error> {
    let latest = change.world.configs.get(slug).map_or(0, |config| config.latest);
    match base {
        Some(base) if base > latest => {
            Err(Error::new(Code::InvalidRequest, format!("@{slug} has no version {base} to be edited from; the newest is {latest}"))
                .with("field", "base_version"))
        }
        _ => Ok(()),
    }
}

fn shown(version: config::Version, history: &[config::Activation]) -> Result<Version, Error> {
    let document: Value = world::json(&version.document)?;
    Ok(Version {
        active_spans: spans(version.number, history),
        number: version.number,
        message: version.message,
        author: version.author,
        origin: version.origin.as_str().to_owned(),
        created_at: time::text(version.created_at_ms),
        active: version.active,
        hash: version.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        strategy: version.strategy,
        source: text(&document),
        document,
    })
}

/// From when to when the version was active, newest first. `history` is newest first.
fn spans(version: u32, history: &[config::Activation]) -> Vec<ActiveSpan> {
    let after = std::iter::once(None).chain(history.iter().map(Some));
    history
        .iter()
        .zip(after)
        .filter(|(activation, _)| activation.version == version)
        .map(|(activation, next)| ActiveSpan {
            from: time::text(activation.at_ms),
            to: next.map(|next| time::text(next.at_ms)),
            reason: activation.reason.as_str().to_owned(),
            by: activation.by.clone(),
        })
        .collect()
}

fn activation(row: config::Activation) -> Activation {
    Activation {
        version: row.version,
        at: time::text(row.at_ms),
        by: row.by,
        reason: row.reason.as_str().to_owned(),
        note: row.note,
        simulation: row.simulation,
    }
}
