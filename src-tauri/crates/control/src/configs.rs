//! Configs: listing, making, describing, archiving.

use std::{collections::HashMap, sync::Arc};

use routing::document::{Document, is_slug};
use serde_json::Value;
use store::config::{self, NewConfig, Origin};

use crate::{
    Caller, Code, Control, Error,
    api::{
        BySlug, Done, Page,
        configs::{Config, ConfigSummary, CreateConfig, DescribeConfig, ListConfigs},
        events::UiEvent,
    },
    page,
    setup::{Change, blocking, invalid_document},
    time,
    traffic::ConfigFigures,
    versions::hash_of,
    world,
};

/// Longest description and message, in characters.
const LONGEST_TEXT: usize = 2_000;

impl Control {
    /// Configs by name.
    ///
    /// # Errors
    /// `invalid_request` for a wrong limit or cursor.
    pub async fn list_configs(&self, _: &Caller, input: ListConfigs) -> Result<Page<ConfigSummary>, Error> {
        let limit = page::limit(input.limit)?;
        let after: Option<String> = page::position(input.cursor.as_deref())?;
        let archived = input.archived.unwrap_or(false);
        let figures = self.figures().await?;
        let setup = Arc::clone(&self.setup);
        let rows = blocking(move || setup.read(|view| Ok(view.configs(archived)?))).await?;
        let rows = rows
            .into_iter()
            .filter(|config| after.as_ref().is_none_or(|after| config.slug > *after))
            .take(limit as usize + 1)
            .map(|config| summary(config, &figures.configs))
            .collect();
        Ok(page::page(rows, limit, |row: &ConfigSummary| row.slug.clone()))
    }

    /// A config with its active document.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_config(&self, _: &Caller, input: BySlug) -> Result<Config, Error> {
        self.config(slug_of(&input.slug)).await
    }

    /// Makes a config whose version 1 is active.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_document`, `already_exists`.
    pub async fn create_config(&self, caller: &Caller, input: CreateConfig) -> Result<Config, Error> {
        let slug = new_slug(&input.slug)?;
        let description = short(input.description.unwrap_or_default(), "description")?;
        let message = short(input.message.unwrap_or_default(), "message")?;
        let name = slug.clone();
        self.change(caller, "config.create", move |change| {
            refuse_taken(change, &name)?;
            let document = change.check(&input.document, &name)?;
            create(change, &name, &description, &document, &message, Origin::Edit)
        })
        .await?;
        self.events.tell(UiEvent::ConfigChanged { slug: slug.clone() });
        self.config(slug).await
    }

    /// Changes what a config is said to be for.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn describe_config(&self, caller: &Caller, input: DescribeConfig) -> Result<Config, Error> {
        let description = short(input.description, "description")?;
        let slug = slug_of(&input.slug);
        let name = slug.clone();
        self.change(caller, "config.describe", move |change| {
            change.world.known(&name)?;
            Ok(change.tx.describe_config(&name, &description, change.audit)?)
        })
        .await?;
        self.events.tell(UiEvent::ConfigChanged { slug: slug.clone() });
        self.config(slug).await
    }

    /// Puts a config away. Its versions and history stay.
    ///
    /// # Errors
    /// `not_found`; `in_use`, naming the configs whose active versions refer to it.
    pub async fn archive_config(&self, caller: &Caller, input: BySlug) -> Result<Done, Error> {
        let slug = slug_of(&input.slug);
        let name = slug.clone();
        self.change(caller, "config.archive", move |change| {
            change.world.known(&name)?;
            let own = format!("@{name}");
            let mut referrers = change.world.configs_where(|document| document.references().iter().any(|reference| reference.slug == name));
            referrers.retain(|referrer| *referrer != own);
            if !referrers.is_empty() {
                return Err(in_use(&own, referrers));
            }
            Ok(change.tx.archive_config(&name, change.audit)?)
        })
        .await?;
        self.events.tell(UiEvent::ConfigChanged { slug });
        Ok(Done::OK)
    }

    /// Takes an archived config back into use, with the version that was active.
    ///
    /// # Errors
    /// `not_found`; `invalid_document`, where that version names what is gone.
    pub async fn restore_config(&self, caller: &Caller, input: BySlug) -> Result<Config, Error> {
        let slug = slug_of(&input.slug);
        let name = slug.clone();
        self.change(caller, "config.restore", move |change| {
            change.world.known(&name)?;
            let config = change.tx.config(&name)?;
            let version = change.tx.version(&name, config.active_version)?;
            change.check(&world::json(&version.document)?, &name)?;
            Ok(change.tx.restore_config(&name, change.audit)?)
        })
        .await?;
        self.events.tell(UiEvent::ConfigChanged { slug: slug.clone() });
        self.config(slug).await
    }

    async fn config(&self, slug: String) -> Result<Config, Error> {
        let figures = self.figures().await?;
        let setup = Arc::clone(&self.setup);
        blocking(move || {
            setup.world().known(&slug)?;
            let (config, active) = setup.read(|view| {
                let config = view.config(&slug)?;
                let active = view.version(&slug, config.active_version)?;
                Ok((config, active))
            })?;
            let document = world::json(&active.document)?;
            Ok(Config { summary: summary(config, &figures.configs), source: text(&document), document })
        })
        .await
    }
}

/// Makes a config; its document has been checked.
pub(crate) fn create(
    change: &Change<'_>,
    slug: &str,
    description: &str,
    document: &Document,
    message: &str,
    origin: Origin,
) -> Result<(), Error> {
    let new = NewConfig {
        slug,
        description,
        document: &document.canonical().to_string(),
        hash: hash_of(document),
        strategy: document.strategy(),
        message,
        origin,
    };
    change.tx.create_config(new, change.audit)?;
    Ok(())
}

/// Before the document's own errors, which mean nothing where the name cannot be had.
fn refuse_taken(change: &Change<'_>, slug: &str) -> Result<(), Error> {
    match change.world.configs.get(slug) {
        None => Ok(()),
        Some(config) if config.archived => Err(store::StoreError::SlugArchived { slug: slug.to_owned() }.into()),
        Some(_) => Err(store::StoreError::SlugTaken { slug: slug.to_owned() }.into()),
    }
}

/// `in_use`, with who refers.
pub(crate) fn in_use(what: &str, referrers: Vec<String>) -> Error {
    let verb = if referrers.len() == 1 { "refers" } else { "refer" };
    Error::new(Code::InUse, format!("{} {verb} to {what}; change that first", referrers.join(", "))).with("referrers", referrers)
}

/// A slug as people write it, with or without the `@`.
pub(crate) fn slug_of(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('@').unwrap_or(text).to_owned()
}

/// A slug that a new config may have.
pub(crate) fn new_slug(text: &str) -> Result<String, Error> {
    if is_slug(text) {
        return Ok(text.to_owned());
    }
    Err(Error::new(
        Code::InvalidRequest,
        format!("{text:?} cannot be a config's name: use small letters, digits and hyphens, at most 63, a letter or digit first, no @"),
    )
    .with("field", "slug"))
}

/// Text of a bearable length.
pub(crate) fn short(text: String, field: &str) -> Result<String, Error> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(Error::new(Code::InvalidRequest, format!("The {field} is longer than {LONGEST_TEXT} characters")).with("field", field));
    }
    Ok(text)
}

/// The document's text as Modelux lays it out.
pub(crate) fn text(document: &Value) -> String {
    Document::load(document).map_or_else(|_| format!("{document:#}"), |document| document.text())
}

fn summary(config: config::Config, figures: &HashMap<String, ConfigFigures>) -> ConfigSummary {
    let figures = figures.get(&config.slug);
    ConfigSummary {
        requests_24h: figures.map_or(0, |figures| figures.requests),
        cost_usd_24h: figures.and_then(|figures| figures.cost_usd),
        error_rate_24h: figures.and_then(ConfigFigures::error_rate),
        slug: config.slug,
        description: config.description,
        active_version: config.active_version,
        latest_version: config.latest_version,
        strategy: config.strategy,
        updated_at: time::text(config.updated_at_ms),
        archived: config.archived_at_ms.is_some(),
    }
}

/// Refuses a stored version whose names are gone.
pub(crate) fn still_valid(change: &Change<'_>, document: &str, slug: &str) -> Result<(), Error> {
    let checked = change.setup.check(&world::json(document)?, Some(slug));
    if checked.document.is_some() { Ok(()) } else { Err(invalid_document(&checked.diagnostics)) }
}
