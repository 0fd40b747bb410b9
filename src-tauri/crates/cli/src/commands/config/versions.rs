//! `modelux config versions|rollback|activate`.

use clap::Args;
use control::api::{
    Page,
    configs::{Activate, Activated, Activation as Entry, Config, Version},
};
use serde_json::json;

use crate::{
    connect::Connection,
    failure::Failure,
    output::{Output, Style, time},
};

#[derive(Debug, Args)]
pub struct Rollback {
    /// Config, with or without the `@`
    slug: String,
    /// To this version; the one that was active before unless told
    #[arg(long, value_name = "N")]
    to: Option<u32>,
    /// Why
    #[arg(long, short)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct Activation {
    /// Config, with or without the `@`
    slug: String,
    /// The version
    version: u32,
    /// Why
    #[arg(long, short)]
    reason: Option<String>,
}

pub async fn list(slug: &str, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, versions): (_, Vec<Version>) = connection.all("list_versions", json!({ "slug": slug }), usize::MAX).await?;
    output.either(&value, || {
        let rows = versions.iter().map(|version| row(output, version)).collect();
        output.table(&["VERSION", "", "SAVED", "BY", "STRATEGY", "MESSAGE"], &[0], rows, "No versions.")
    })?;
    Ok(())
}

fn row(output: &Output, version: &Version) -> Vec<String> {
    vec![
        version.number.to_string(),
        if version.active { output.styled(Style::Green, "active") } else { String::new() },
        time(&version.created_at),
        version.author.clone(),
        version.strategy.clone(),
        version.message.clone(),
    ]
}

pub async fn roll_back(rollback: Rollback, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slug = crate::commands::slug(&rollback.slug);
    let version = match rollback.to {
        Some(version) => version,
        None => before(&slug, connection).await?,
    };
    take(slug, version, rollback.reason, connection, output).await
}

pub async fn activate(activation: Activation, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slug = crate::commands::slug(&activation.slug);
    take(slug, activation.version, activation.reason, connection, output).await
}

async fn take(slug: String, version: u32, reason: Option<String>, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, done): (_, Activated) = connection.ask("activate_version", Activate { slug, version, reason }).await?;
    output.either(&value, || {
        if done.previous == done.version {
            return output.line(format!("@{} version {} was active already.", done.slug, done.version));
        }
        output.line(format!("@{} version {} is active; before it was {}.", done.slug, done.version, done.previous))
    })?;
    Ok(())
}

/// The version that was active before the one that is.
async fn before(slug: &str, connection: &Connection) -> Result<u32, Failure> {
    let (_, config): (_, Config) = connection.ask("get_config", json!({ "slug": slug })).await?;
    let (_, entries): (_, Page<Entry>) = connection.ask("list_activations", json!({ "slug": slug, "limit": 200 })).await?;
    let before = entries.data.iter().find(|entry| entry.version != config.summary.active_version);
    before.map(|entry| entry.version).ok_or_else(|| Failure::new(format!("No other version of @{slug} was ever active.")))
}
