//! `modelux import`, `modelux export`.

use std::{io, path::PathBuf};

use clap::Args;
use control::api::bundle::{BundleReport, ImportedConfig};
use serde_json::{Value, json};

use crate::{connect::Connection, failure::Failure, files, output::Output};

#[derive(Debug, Args)]
pub struct Import {
    /// Bundle, JSON or (`.toml`) TOML; `-` for standard input
    file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Where to write it; standard output unless told
    file: Option<PathBuf>,
}

pub async fn import(command: Import, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let is_toml = command.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let bundle: Value = if is_toml {
        let text = files::read(&command.file)?;
        toml::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", command.file.display())))?
    } else {
        files::json(&command.file)?
    };
    let (value, report): (_, BundleReport) = connection.ask("import_bundle", bundle).await?;
    Ok(output.either(&value, || print(output, &report))?)
}

/// What an import did.
pub fn print(output: &Output, report: &BundleReport) -> io::Result<()> {
    report.providers.iter().try_for_each(|name| output.line(format!("Provider {name} is set up.")))?;
    let made = |config: &ImportedConfig| output.line(format!("@{} version {} is active.", config.slug, config.version));
    report.configs.iter().try_for_each(made)?;
    report.unchanged.iter().try_for_each(|slug| output.line(format!("@{slug} is unchanged.")))
}

pub async fn export(command: Export, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let bundle = connection.call("export_bundle", json!({})).await?;
    match command.file {
        None => output.value(&bundle)?,
        Some(file) => {
            let text = serde_json::to_string_pretty(&bundle).map_err(|error| Failure::new(error.to_string()))?;
            files::write(&file, &format!("{text}\n"))?;
            output.either(&json!({ "file": file }), || output.line(format!("Written to {}", file.display())))?;
        }
    }
    Ok(())
}
