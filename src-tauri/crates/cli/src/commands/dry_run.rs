//! `modelux dry-run`, and `modelux config dry-run` of a config or a draft.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use control::api::{
    configs::{Assumption, DryRun as Input, DryRunResult},
    traffic::Trace,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    connect::Connection,
    failure::Failure,
    files,
    output::{Output, Style, duration, usd},
    trace,
};

/// The model that a request for a draft names: it is the draft that runs, whatever the name.
const DRAFT: &str = "draft";

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
    /// A draft to use in place of the config's active version: a document, or a program of rules
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    #[command(flatten)]
    circumstances: Circumstances,
}

#[derive(Debug, Args)]
pub struct DryRunOf {
    /// A config as @slug or @slug:N, or the file of a draft: a document, or a program of rules
    what: String,
    /// A chat request as JSON; `-` for standard input. Its model is replaced
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    request: Option<PathBuf>,
    /// What to say
    #[arg(long, default_value = "Hello")]
    prompt: String,
    /// Config that a draft is of
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    #[command(flatten)]
    circumstances: Circumstances,
}

/// What the request would meet.
#[derive(Debug, Args)]
struct Circumstances {
    /// Header that the request would carry
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = super::pair)]
    headers: Vec<(String, String)>,
    /// A target that would fail: openai/gpt-4o=timeout; also connection, http_503
    #[arg(long = "assume", value_name = "TARGET=OUTCOME", value_parser = super::pair)]
    assumptions: Vec<(String, String)>,
}

pub async fn run(command: DryRun, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let request = match &command.request {
        Some(file) => files::json(file)?,
        None => asking(&command.prompt, command.model),
    };
    let document = command.document.as_deref().map(files::document).transpose()?;
    decide(command.circumstances.input(request, document, None), connection, output).await
}

pub async fn run_of(command: DryRunOf, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let config = command.what.starts_with('@');
    if config && command.slug.is_some() {
        return Err(Failure::new("--slug is for a draft: give a file in place of the config."));
    }
    let model = if config { command.what.clone() } else { DRAFT.to_owned() };
    let request = match &command.request {
        Some(file) => with_model(files::json(file)?, model),
        None => asking(&command.prompt, model),
    };
    let document = if config { None } else { Some(files::document(Path::new(&command.what))?) };
    let slug = command.slug.as_deref().map(super::slug);
    decide(command.circumstances.input(request, document, slug), connection, output).await
}

impl Circumstances {
    fn input(self, request: Value, document: Option<Value>, slug: Option<String>) -> Input {
        let headers: BTreeMap<_, _> = self.headers.into_iter().collect();
        let assume: Vec<_> = self.assumptions.into_iter().map(|(target, outcome)| Assumption { target, outcome }).collect();
        Input {
            request,
            headers: Some(headers).filter(|headers| !headers.is_empty()),
            document,
            slug,
            assume: Some(assume).filter(|assume| !assume.is_empty()),
        }
    }
}

fn asking(prompt: &str, model: String) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] })
}

fn with_model(mut request: Value, model: String) -> Value {
    if let Some(fields) = request.as_object_mut() {
        fields.insert("model".to_owned(), model.into());
    }
    request
}

async fn decide(input: Input, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (value, result): (_, DryRunResult) = connection.ask("dry_run", input).await?;
    Ok(output.either(&value, || {
        if !result.explanation.is_empty() {
            output.line(output.styled(Style::Bold, &result.explanation))?;
        }
        match Trace::deserialize(&result.trace) {
            Ok(decided) => trace::print(output, &decided)?,
            Err(_) => output.value(&result.trace)?,
        }
        if result.est_cost_usd.is_some() {
            output.line(format!("  estimated cost {}", usd(result.est_cost_usd)))?;
        }
        result.est_latency_ms.map_or(Ok(()), |ms| output.line(format!("  estimated latency {}", duration(ms))))
    })?)
}
