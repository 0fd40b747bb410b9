//! `modelux dry-run`.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use control::api::{
    configs::{DryRun as Input, DryRunResult},
    traffic::Trace,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    connect::Connection,
    failure::Failure,
    files,
    output::{Output, duration, usd},
    trace,
};

#[derive(Debug, Args)]
pub struct DryRun {
    /// A chat request as JSON; `-` for standard input
    #[arg(conflicts_with_all = ["model", "prompt"])]
    request: Option<PathBuf>,
    /// Model to ask for
    #[arg(long, default_value = "@production")]
    model: String,
    /// What to say
    #[arg(long, default_value = "Hello")]
    prompt: String,
    /// A draft to use in place of the config's active version
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Header that the request would carry
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = super::pair)]
    headers: Vec<(String, String)>,
}

pub async fn run(command: DryRun, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let request = match &command.request {
        Some(file) => files::json(file)?,
        None => json!({ "model": command.model, "messages": [{ "role": "user", "content": command.prompt }] }),
    };
    let headers: BTreeMap<_, _> = command.headers.into_iter().collect();
    let input = Input {
        request,
        headers: Some(headers).filter(|headers| !headers.is_empty()),
        document: command.document.as_deref().map(files::json).transpose()?,
    };
    let (value, result): (_, DryRunResult) = connection.ask("dry_run", input).await?;
    if output.json {
        return Ok(output.value(&value)?);
    }
    match Trace::deserialize(&result.trace) {
        Ok(decided) => trace::print(output, &decided)?,
        Err(_) => output.value(&result.trace)?,
    }
    if result.est_cost_usd.is_some() {
        output.line(format!("  estimated cost {}", usd(result.est_cost_usd)))?;
    }
    if let Some(ms) = result.est_latency_ms {
        output.line(format!("  estimated latency {}", duration(ms)))?;
    }
    Ok(())
}
