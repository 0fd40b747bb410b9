//! `modelux config export|import`: configs as files, one each, for git.

use std::path::{Path, PathBuf};

use clap::Args;
use control::api::{
    bundle::BundleReport,
    configs::{Config, ConfigSummary},
};
use serde_json::{Value, json};

use crate::{connect::Connection, failure::Failure, files, output::Output};

#[derive(Debug, Args)]
pub struct Export {
    /// Where to write them; made if it is not there
    dir: PathBuf,
    /// Configs; all unless told
    slugs: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Import {
    /// Documents
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Why
    #[arg(long, short)]
    message: Option<String>,
}

pub async fn export(export: Export, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slugs = match export.slugs.as_slice() {
        [] => super::slugs(connection).await?,
        some => some.iter().map(|slug| crate::commands::slug(slug)).collect(),
    };
    std::fs::create_dir_all(&export.dir).map_err(|error| Failure::new(format!("Cannot make {}: {error}", export.dir.display())))?;
    let mut written: Vec<Value> = Vec::new();
    for slug in slugs {
        let (_, config): (_, Config) = connection.ask("get_config", json!({ "slug": slug })).await?;
        let file = export.dir.join(format!("{slug}.json"));
        files::write(&file, &format!("{}\n", config.source.trim_end()))?;
        if !output.json {
            output.line(format!("@{slug} version {} > {}", config.summary.active_version, file.display()))?;
        }
        written.push(json!({ "slug": slug, "version": config.summary.active_version, "file": file }));
    }
    if output.json {
        output.value(&json!({ "data": written }))?;
    }
    Ok(())
}

/// As a bundle of configs alone, so that all are saved or none.
pub async fn import(import: Import, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (_, known): (_, Vec<ConfigSummary>) = connection.all("list_configs", json!({}), usize::MAX).await?;
    let configs = import.files.iter().map(|file| config(file, &import.message, &known)).collect::<Result<Vec<_>, _>>()?;
    let bundle = json!({ "modelux": 1, "configs": configs });
    let (value, report): (_, BundleReport) = connection.ask("import_bundle", bundle).await?;
    Ok(output.either(&value, || crate::commands::bundle::print(output, &report))?)
}

fn config(file: &Path, message: &Option<String>, known: &[ConfigSummary]) -> Result<Value, Failure> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let slug = stem.ok_or_else(|| Failure::new(format!("{} has no name to call the config by.", file.display())))?;
    let mut config = json!({ "slug": slug, "document": files::document(file)? });
    if let Some(known) = known.iter().find(|known| known.slug == slug) {
        config["description"] = known.description.as_str().into();
    }
    if let Some(message) = message {
        config["message"] = message.as_str().into();
    }
    Ok(config)
}
