//! `modelux config`.

mod check;
mod compare;
mod transfer;
mod versions;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use control::{
    Code,
    api::{
        Page,
        configs::{Config as Shown, ConfigSummary, CreateConfig, SaveVersion, SavedVersion, Version},
    },
};
use serde_json::{Value, json};

use crate::{
    connect::Connection,
    failure::Failure,
    files,
    output::{Output, or_dash, time, usd},
};

#[derive(Debug, Subcommand)]
pub enum Config {
    /// List configs
    List {
        /// With the archived ones
        #[arg(long)]
        archived: bool,
    },
    /// Print a config's document
    Get {
        /// Config, with or without the `@`
        slug: String,
        /// This version instead of the active one
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// Save a document as a new version, and activate it
    Save(Save),
    /// Compare two versions, or the active one with a file
    Diff(compare::Compare),
    /// List versions, newest first
    Versions {
        /// Config
        slug: String,
    },
    /// Activate the version that was active before, or another one
    Rollback(versions::Rollback),
    /// Activate a version
    Activate(versions::Activation),
    /// Check a document
    Validate(check::Validate),
    /// Lay documents out as Modelux does
    Fmt(check::Fmt),
    /// Show how a config or a draft would route a request, calling nobody
    DryRun(crate::commands::dry_run::DryRunOf),
    /// Write each config's document to DIR/SLUG.json
    Export(transfer::Export),
    /// Save files as configs of their names: production.json becomes @production
    Import(transfer::Import),
    /// Archive a config: it can no longer be called
    Archive {
        /// Config
        slug: String,
    },
    /// Restore an archived config
    Restore {
        /// Config
        slug: String,
    },
}

#[derive(Debug, Args)]
pub struct Save {
    /// Config, with or without the `@`
    slug: String,
    /// Document, or a program of rules; `-` for standard input
    file: PathBuf,
    /// Why
    #[arg(long, short)]
    message: Option<String>,
    /// Version that it was edited from; a newer one is a conflict
    #[arg(long, value_name = "N")]
    base: Option<u32>,
    /// Save it as a candidate, without activating it
    #[arg(long)]
    candidate: bool,
    /// Make the config if there is none of that name
    #[arg(long, conflicts_with_all = ["base", "candidate"])]
    create: bool,
}

pub async fn run(command: Config, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        Config::List { archived } => list(archived, connection, output).await,
        Config::Get { slug, version } => get(&super::slug(&slug), version, connection, output).await,
        Config::Save(save) => save_file(save, connection, output).await,
        Config::Diff(compare) => compare::run(compare, connection, output).await,
        Config::Versions { slug } => versions::list(&super::slug(&slug), connection, output).await,
        Config::Rollback(rollback) => versions::roll_back(rollback, connection, output).await,
        Config::Activate(activation) => versions::activate(activation, connection, output).await,
        Config::Validate(validate) => check::validate(validate, connection, output).await,
        Config::Fmt(fmt) => check::format(fmt, connection, output).await,
        Config::DryRun(run) => crate::commands::dry_run::run_of(run, connection, output).await,
        Config::Export(export) => transfer::export(export, connection, output).await,
        Config::Import(import) => transfer::import(import, connection, output).await,
        Config::Archive { slug } => {
            let slug = super::slug(&slug);
            let value = connection.call("archive_config", json!({ "slug": slug })).await?;
            let hint = format!("@{slug} is archived. Bring it back with: modelux config restore {slug}");
            Ok(output.either(&value, || output.line(hint))?)
        }
        Config::Restore { slug } => {
            let slug = super::slug(&slug);
            let value = connection.call("restore_config", json!({ "slug": slug })).await?;
            Ok(output.either(&value, || output.line(format!("@{slug} is back.")))?)
        }
    }
}

async fn list(archived: bool, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let input = if archived { json!({ "archived": true }) } else { json!({}) };
    let (value, configs): (_, Vec<ConfigSummary>) = connection.all("list_configs", input, usize::MAX).await?;
    output.either(&value, || {
        let head = ["CONFIG", "ACTIVE", "LATEST", "STRATEGY", "24 H", "COST", "ERRORS", "CHANGED", "FOR"];
        let none = "No configs. Make one with: modelux config save --create NAME FILE";
        output.table(&head, &[1, 2, 4, 5, 6], configs.iter().map(row).collect(), none)
    })?;
    Ok(())
}

fn row(config: &ConfigSummary) -> Vec<String> {
    let archived = if config.archived { " (archived)" } else { "" };
    vec![
        format!("@{}{archived}", config.slug),
        config.active_version.to_string(),
        config.latest_version.to_string(),
        config.strategy.clone(),
        config.requests_24h.to_string(),
        usd(config.cost_usd_24h),
        or_dash(config.error_rate_24h.map(|rate| format!("{:.1} %", rate * 100.0))),
        time(&config.updated_at),
        config.description.clone(),
    ]
}

async fn get(slug: &str, version: Option<u32>, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, source) = match version {
        Some(number) => {
            let (value, version): (_, Version) = connection.ask("get_version", json!({ "slug": slug, "number": number })).await?;
            (value, version.source)
        }
        None => {
            let (value, config): (_, Shown) = connection.ask("get_config", json!({ "slug": slug })).await?;
            (value, config.source)
        }
    };
    Ok(output.either(&value, || output.text(&source))?)
}

async fn save_file(save: Save, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slug = super::slug(&save.slug);
    let document = files::document(&save.file)?;
    let input = SaveVersion {
        slug: slug.clone(),
        document: document.clone(),
        message: save.message.clone(),
        base_version: save.base,
        activate: save.candidate.then_some(false),
    };
    let value = match connection.call("save_version", input).await {
        Err(error) if error.code == Code::NotFound && save.create => {
            return create(slug, document, save.message, connection, output).await;
        }
        Err(mut error) if error.code == Code::NotFound => {
            error.message = format!("{}; --create makes it", error.message.trim_end_matches('.'));
            return Err(error.into());
        }
        saved => saved?,
    };
    output.either(&value, || output.line(said(&slug, &value)))?;
    Ok(())
}

async fn create(slug: String, document: Value, message: Option<String>, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let input = CreateConfig { slug: slug.clone(), description: None, document, message };
    let value = connection.call("create_config", input).await?;
    Ok(output.either(&value, || output.line(format!("@{slug} is made: version 1 is active.")))?)
}

/// What became of a save, in a sentence.
fn said(slug: &str, value: &Value) -> String {
    match serde_json::from_value::<SavedVersion>(value.clone()) {
        Ok(saved) if saved.unchanged => format!("@{slug} is unchanged: version {} has this document already.", saved.version),
        Ok(saved) if saved.active => format!("@{slug} version {} is saved and active.", saved.version),
        Ok(saved) => format!("@{slug} version {} is saved, not active. Take it with: modelux config activate {slug} {0}", saved.version),
        Err(_) => format!("@{slug} is saved."),
    }
}

/// Configs that can be called.
async fn slugs(connection: &Connection) -> Result<Vec<String>, Failure> {
    let (_, configs): (_, Vec<ConfigSummary>) = connection.all("list_configs", json!({}), usize::MAX).await?;
    Ok(configs.into_iter().map(|config| config.slug).collect())
}

/// The newest versions of a config, newest first.
async fn newest(slug: &str, count: u32, connection: &Connection) -> Result<Vec<Version>, Failure> {
    let (_, page): (_, Page<Version>) = connection.ask("list_versions", json!({ "slug": slug, "limit": count })).await?;
    Ok(page.data)
}
