//! `modelux config validate|fmt`.

use std::path::{Path, PathBuf};

use clap::Args;
use control::api::configs::{Diagnostic, Validation};
use serde_json::{Value, json};

use crate::{
    connect::Connection,
    failure::Failure,
    files,
    output::{Output, Style},
};

#[derive(Debug, Args)]
pub struct Validate {
    /// Documents; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Config that it is for, which lets cycles be seen
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
}

#[derive(Debug, Args)]
pub struct Fmt {
    /// Documents; `-` for standard input, which is printed
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; exit with 1 if something would change
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
    /// Print instead of writing
    #[arg(long)]
    stdout: bool,
}

pub async fn validate(command: Validate, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let slug = command.slug.as_deref().map(crate::commands::slug);
    let mut all_valid = true;
    let mut values: Vec<Value> = Vec::new();
    for file in &command.files {
        let source = files::read(file)?;
        let (mut value, checked) = check(&source, slug.as_deref(), connection).await?;
        all_valid &= checked.valid;
        if output.json {
            value["file"] = file.display().to_string().into();
            values.push(value);
        } else {
            print(output, file, &checked)?;
        }
    }
    if output.json {
        output.value(&json!({ "valid": all_valid, "files": values }))?;
    }
    if all_valid { Ok(()) } else { Err(Failure::Found) }
}

async fn check(source: &str, slug: Option<&str>, connection: &Connection) -> Result<(Value, Validation), Failure> {
    let input = match slug {
        Some(slug) => json!({ "source": source, "slug": slug }),
        None => json!({ "source": source }),
    };
    connection.ask("validate", input).await
}

fn print(output: &Output, file: &Path, checked: &Validation) -> Result<(), Failure> {
    checked.diagnostics.iter().try_for_each(|diagnostic| output.line(line(output, file, diagnostic)))?;
    if checked.valid && checked.diagnostics.is_empty() {
        output.line(format!("{}: {}", file.display(), output.styled(Style::Green, "valid")))?;
    }
    Ok(())
}

/// `file:line:col: error: message (did you mean …)`, as editors read it.
fn line(output: &Output, file: &Path, diagnostic: &Diagnostic) -> String {
    let style = if diagnostic.severity == "error" { Style::Red } else { Style::Yellow };
    let severity = output.styled(style, &diagnostic.severity);
    let hint = crate::output::hint(&diagnostic.message, diagnostic.suggestion.as_deref());
    let (line, column) = (diagnostic.line.unwrap_or(1), diagnostic.column.unwrap_or(1));
    format!("{}:{line}:{column}: {severity}: {}{hint}", file.display(), diagnostic.message)
}

pub async fn format(command: Fmt, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let mut all_good = true;
    for file in &command.files {
        let source = files::read(file)?;
        let (_, checked) = check(&source, None, connection).await?;
        let Some(mut formatted) = checked.formatted else {
            print(output, file, &checked)?;
            all_good = false;
            continue;
        };
        if !formatted.ends_with('\n') {
            formatted.push('\n');
        }
        let changed = formatted != source;
        if command.check {
            all_good &= !changed;
            if changed {
                output.line(format!("{} would be changed", file.display()))?;
            }
        } else if command.stdout || files::is_stdin(file) {
            output.text(&formatted)?;
        } else if changed {
            files::write(file, &formatted)?;
        }
    }
    if all_good { Ok(()) } else { Err(Failure::Found) }
}
