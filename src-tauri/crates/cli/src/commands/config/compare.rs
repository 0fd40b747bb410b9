//! `modelux config diff`.

use std::path::PathBuf;

use clap::Args;
use control::api::configs::{Config, Diff};
use serde_json::json;

use crate::{connect::Connection, diff, diff::Layout, failure::Failure, files, output::Output};

#[derive(Debug, Args)]
pub struct Compare {
    /// Config, with or without the `@`
    slug: String,
    /// Older version; the one before the newest unless told
    from: Option<u32>,
    /// Newer version; the newest unless told
    to: Option<u32>,
    /// Compare the active version with this document, or program of rules, instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
    file: Option<PathBuf>,
    /// Both texts side by side
    #[arg(long, short = 'y')]
    side_by_side: bool,
    /// Exit with 1 if there are differences
    #[arg(long)]
    exit_code: bool,
}

pub async fn run(compare: Compare, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slug = crate::commands::slug(&compare.slug);
    let (value, difference): (_, Diff) = match &compare.file {
        Some(file) => {
            let (_, active): (_, Config) = connection.ask("get_config", json!({ "slug": slug })).await?;
            connection.ask("diff_documents", json!({ "from": active.document, "to": files::document(file)? })).await?
        }
        None => {
            let (from, to) = versions(&slug, &compare, connection).await?;
            connection.ask("diff_versions", json!({ "slug": slug, "from": from, "to": to })).await?
        }
    };
    let layout = if compare.side_by_side { Layout::Side(width()) } else { Layout::Unified };
    output.either(&value, || diff::print(output, &difference, layout))?;
    if compare.exit_code && !difference.changes.is_empty() { Err(Failure::Found) } else { Ok(()) }
}

async fn versions(slug: &str, compare: &Compare, connection: &Connection) -> Result<(u32, u32), Failure> {
    if let (Some(from), Some(to)) = (compare.from, compare.to) {
        return Ok((from, to));
    }
    let newest = super::newest(slug, 2, connection).await?;
    match (compare.from, newest.as_slice()) {
        (Some(from), [latest, ..]) => Ok((from, latest.number)),
        (None, [latest, before]) => Ok((before.number, latest.number)),
        _ => Err(Failure::new(format!("@{slug} has one version only: there is nothing to compare it with."))),
    }
}

fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(120)
}
