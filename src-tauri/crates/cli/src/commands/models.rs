//! `modelux models`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use control::api::{
    Done, Page,
    models::{Forgotten, ImportedModel, Model, ModelImport, ModelRow, Price, PutModel},
};
use serde_json::json;

use crate::{
    connect::Connection,
    failure::Failure,
    files,
    output::{Output, Style, or_dash},
};

#[derive(Debug, Subcommand)]
pub enum Models {
    /// List the models of enabled providers, with their prices in USD per million tokens
    List(List),
    /// Say what you know of a model; that holds over every price list
    Set(Box<Set>),
    /// Take back all that you said of a model
    Unset {
        /// PROVIDER/MODEL
        #[arg(value_parser = id)]
        model: (String, String),
    },
    /// Import prices and limits from a file of LiteLLM or models.dev
    ///
    /// FILE is LiteLLM's model_prices_and_context_window.json or the api.json of models.dev; - is standard input. What
    /// you said of a model yourself goes on to hold.
    Import(Import),
    /// Forget all imported price lists; the built-in prices hold again
    Forget,
}

#[derive(Debug, Args)]
pub struct List {
    /// Only those of this provider
    #[arg(long)]
    provider: Option<String>,
    /// Only those without a price
    #[arg(long)]
    unpriced: bool,
}

#[derive(Debug, Args)]
pub struct Set {
    /// PROVIDER/MODEL
    #[arg(value_parser = id)]
    model: (String, String),
    /// Price of a million input tokens in USD; needs --output
    #[arg(long, value_name = "USD", requires = "output")]
    input: Option<f64>,
    /// Price of a million output tokens in USD; needs --input
    #[arg(long, value_name = "USD", requires = "input")]
    output: Option<f64>,
    /// Price of a million input tokens read from the provider's cache
    #[arg(long, value_name = "USD", requires = "input")]
    cached_input: Option<f64>,
    /// Price of a million input tokens written to the provider's cache
    #[arg(long, value_name = "USD", requires = "input")]
    cache_write: Option<f64>,
    /// The same, for tokens that are kept for an hour
    #[arg(long = "cache-write-1h", value_name = "USD", requires = "input")]
    cache_write_1h: Option<f64>,
    /// Input tokens that fit
    #[arg(long, value_name = "TOKENS")]
    context: Option<u64>,
    /// Output tokens at most
    #[arg(long, value_name = "TOKENS")]
    max_output: Option<u64>,
    /// economy, standard, premium or frontier
    #[arg(long)]
    tier: Option<String>,
    /// chat or embedding
    #[arg(long)]
    mode: Option<String>,
    /// All that it can do: tools, vision, json_schema, streaming
    #[arg(long, value_delimiter = ',')]
    can: Option<Vec<String>>,
    /// All that it reads: text, image, audio, video, document
    #[arg(long, value_delimiter = ',')]
    reads: Option<Vec<String>>,
    /// May it be called?
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    preview: bool,
    /// The day of its prices, such as 2026-10-21; today unless told, or what the file says
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
}

/// `openai/gpt-4o`; the model's name may have slashes of its own.
fn id(text: &str) -> Result<(String, String), String> {
    let (provider, model) = text.split_once('/').ok_or_else(|| format!("{text:?} is not PROVIDER/MODEL, such as openai/gpt-4o"))?;
    Ok((provider.to_owned(), model.to_owned()))
}

pub async fn run(command: Models, connection: &Connection, output: &Output) -> Result<(), Failure> {
    match command {
        Models::List(wanted) => list(&wanted, connection, output).await,
        Models::Set(said) => set(*said, connection, output).await,
        Models::Unset { model: (provider, model) } => {
            let input = json!({ "provider": provider, "model": model });
            let (value, _): (_, Done) = connection.ask("delete_model", input).await?;
            Ok(output.either(&value, || output.line(format!("{provider}/{model} is as the catalogue says.")))?)
        }
        Models::Import(wanted) => import(&wanted, connection, output).await,
        Models::Forget => {
            let (value, forgotten): (_, Forgotten) = connection.ask("forget_imported_models", json!({})).await?;
            Ok(output.either(&value, || output.line(format!("{} imported models are forgotten.", forgotten.models)))?)
        }
    }
}

async fn list(wanted: &List, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (mut value, mut page): (_, Page<ModelRow>) = connection.ask("list_models", json!({})).await?;
    let holds = |row: &ModelRow| {
        wanted.provider.as_ref().is_none_or(|provider| row.provider == *provider) && !(wanted.unpriced && row.model.price.is_some())
    };
    let kept: Vec<bool> = page.data.iter().map(holds).collect();
    let mut keep = kept.iter();
    page.data.retain(|_| keep.next().copied().unwrap_or(true));
    if let Some(rows) = value["data"].as_array_mut() {
        let mut keep = kept.iter();
        rows.retain(|_| keep.next().copied().unwrap_or(true));
    }
    output.either(&value, || {
        let rows = page.data.iter().map(|row| line(&row.id, &row.model)).collect();
        output.table(&["MODEL", "TIER", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "SOURCE"], &[2, 3, 4, 5], rows, "No models.")
    })?;
    Ok(())
}

fn line(id: &str, model: &Model) -> Vec<String> {
    let price = model.price.as_ref();
    vec![
        id.to_owned(),
        or_dash(model.tier.as_ref()),
        price.map_or_else(|| "unpriced".to_owned(), |price| usd(price.input)),
        or_dash(price.and_then(|price| price.cached_input).map(usd)),
        price.map_or_else(|| "unpriced".to_owned(), |price| usd(price.output)),
        or_dash(model.context),
        or_dash(model.price_source.as_ref()),
    ]
}

/// `$2.50`, `$0.075`: as many digits as it has, two at least.
fn usd(usd: f64) -> String {
    let exact = usd.to_string();
    match exact.split_once('.') {
        Some((_, digits)) if digits.len() > 2 => format!("${exact}"),
        _ => format!("${usd:.2}"),
    }
}

async fn set(said: Set, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let (provider, model) = said.model;
    let price = said.input.zip(said.output).map(|(input, output)| Price {
        input,
        cached_input: said.cached_input,
        cache_write: said.cache_write,
        cache_write_1h: said.cache_write_1h,
        output,
        above: None,
    });
    let id = format!("{provider}/{model}");
    let input = PutModel {
        provider,
        model,
        context: said.context,
        max_output: said.max_output,
        tier: said.tier,
        price,
        capabilities: said.can,
        mode: said.mode,
        modalities: said.reads,
        enabled: said.enabled,
    };
    let (value, model): (_, Model) = connection.ask("put_model", input).await?;
    output.either(&value, || {
        let shown = line(&id, &model);
        output.table(&["MODEL", "TIER", "INPUT", "CACHED", "OUTPUT", "CONTEXT", "SOURCE"], &[2, 3, 4, 5], vec![shown], "")
    })?;
    Ok(())
}

async fn import(wanted: &Import, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let mut input = json!({ "file": files::read(&wanted.file)?, "preview": wanted.preview });
    if let Some(date) = &wanted.date {
        input["date"] = date.as_str().into();
    }
    let (value, import): (_, ModelImport) = connection.ask("import_models", input).await?;
    output.either(&value, || {
        if wanted.preview && !import.rows.is_empty() {
            let rows = import.rows.iter().map(row).collect();
            output.table(&["", "MODEL", "INPUT", "", "OUTPUT", ""], &[2, 4], rows, "")?;
            if import.rows_left_off > 0 {
                output.line(format!("… and {} more.", import.rows_left_off))?;
            }
        }
        for refused in &import.refused {
            output.line(format!("{} {}: {}", output.styled(Style::Yellow, "left out"), refused.name, refused.reason))?;
        }
        output.line(summary(&import))
    })?;
    Ok(())
}

/// `price  openai/gpt-4o  $2.50  → $2.00  $10.00  → $8.00 (yours holds)`.
fn row(row: &ImportedModel) -> Vec<String> {
    let price = |of: fn(&Price) -> f64| {
        let shown = |price: &Option<Price>| price.as_ref().map_or_else(|| "unpriced".to_owned(), |price| usd(of(price)));
        let (before, after) = (shown(&row.before), shown(&row.after));
        let changed = row.change != "new" && before != after;
        if changed { (before, format!("→ {after}")) } else { (after, String::new()) }
    };
    let (input, new_input) = price(|price| price.input);
    let (written, new_written) = price(|price| price.output);
    let yours = if row.yours { " (your own price holds)" } else { "" };
    vec![row.change.clone(), format!("{}/{}", row.kind, row.model), input, new_input, written, format!("{new_written}{yours}")]
}

fn summary(import: &ModelImport) -> String {
    let done = if import.applied { "is imported" } else { "would be imported" };
    let mut parts = vec![format!(
        "{}, {} {done}: {} new, {} with another price, {} with other facts, {} unchanged.",
        import.source, import.date, import.new, import.repriced, import.changed, import.unchanged
    )];
    for (count, what) in [
        (import.older, "stay, since something newer is known of them"),
        (import.refused_count, "make no sense and are left out"),
        (import.unknown_provider, "are of providers that Modelux does not know"),
        (import.other_mode, "are neither chat nor embeddings"),
        (import.not_callable, "cannot be called"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}."));
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_its_digits() {
        assert_eq!([2.5, 10.0, 0.075, 0.0, 1.25].map(usd), ["$2.50", "$10.00", "$0.075", "$0.00", "$1.25"]);
    }

    #[test]
    fn what_has_no_price_is_never_shown_as_nothing() {
        let model: Model = serde_json::from_value(json!({ "name": "m" })).unwrap();
        let shown = line("alpha/m", &model);
        assert_eq!((shown[2].as_str(), shown[4].as_str()), ("unpriced", "unpriced"));
        assert!(!shown.iter().any(|cell| cell.contains("$0")), "{shown:?}");
    }

    #[test]
    fn a_row_shows_both_prices_only_where_they_differ() {
        let price = |input: f64| json!({ "input": input, "output": 10.0 });
        let shown = |value| row(&serde_json::from_value(value).unwrap()).join("|");
        let changed =
            json!({ "kind": "openai", "model": "m", "change": "price", "before": price(2.5), "after": price(2.0), "yours": true });
        assert_eq!(shown(changed), "price|openai/m|$2.50|→ $2.00|$10.00| (your own price holds)");
        assert_eq!(shown(json!({ "kind": "openai", "model": "m", "change": "new", "yours": false })), "new|openai/m|unpriced||unpriced|");
    }

    #[test]
    fn a_models_name_may_have_slashes() {
        assert_eq!(id("together/openai/gpt-oss-20b"), Ok(("together".to_owned(), "openai/gpt-oss-20b".to_owned())));
        assert!(id("gpt-4o").unwrap_err().contains("openai/gpt-4o"));
    }
}
