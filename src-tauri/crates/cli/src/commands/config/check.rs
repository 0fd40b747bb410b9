//! `modelux config validate|fmt`.

use std::path::{Path, PathBuf};

use clap::Args;
use control::api::{
    configs::{Diagnostic, Validation},
    rules::{FormattedRules, RulesDiagnostic},
};
use serde_json::{Value, json};

use crate::{
    connect::Connection,
    excerpt::{self, Place},
    failure::Failure,
    files,
    output::{Output, Style},
};

#[derive(Debug, Args)]
pub struct Validate {
    /// Documents, or programs of rules; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Config that it is for, which lets cycles be seen
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
}

#[derive(Debug, Args)]
pub struct Fmt {
    /// Documents, or programs of rules; `-` for standard input, which is printed
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
        let (mut value, checked) = check(file, &source, slug.as_deref(), connection).await?;
        all_valid &= checked.valid;
        if output.json {
            value["file"] = file.display().to_string().into();
            values.push(value);
        } else {
            print(output, file, &source, &checked.diagnostics)?;
            if checked.diagnostics.is_empty() {
                output.line(format!("{}: {}", file.display(), output.styled(Style::Green, "valid")))?;
            }
        }
    }
    if output.json {
        output.value(&json!({ "valid": all_valid, "files": values }))?;
    }
    if all_valid { Ok(()) } else { Err(Failure::Found) }
}

async fn check(file: &Path, source: &str, slug: Option<&str>, connection: &Connection) -> Result<(Value, Validation), Failure> {
    let mut input =
        if files::is_rules(file, source) { json!({ "document": files::of_rules(source) }) } else { json!({ "source": source }) };
    if let Some(slug) = slug {
        input["slug"] = slug.into();
    }
    connection.ask("validate", input).await
}

fn print(output: &Output, file: &Path, source: &str, diagnostics: &[Diagnostic]) -> Result<(), Failure> {
    for diagnostic in diagnostics {
        output.line(line(output, file, diagnostic))?;
        let Diagnostic { line: Some(line), column: Some(column), length: Some(length), .. } = *diagnostic else { continue };
        let excerpt = excerpt::excerpt(source, Place { line, column, length });
        excerpt.iter().try_for_each(|line| output.line(output.styled(Style::Dim, line)))?;
        if let Some(suggestion) = &diagnostic.suggestion {
            output.line(format!("  {} write {suggestion}", output.styled(Style::Cyan, "help:")))?;
        }
    }
    Ok(())
}

/// `file:line:column: error: message`, as editors read it.
fn line(output: &Output, file: &Path, diagnostic: &Diagnostic) -> String {
    let style = if diagnostic.severity == "error" { Style::Red } else { Style::Yellow };
    let severity = output.styled(style, &diagnostic.severity);
    let (line, column) = (diagnostic.line.unwrap_or(1), diagnostic.column.unwrap_or(1));
    format!("{}:{line}:{column}: {severity}: {}", file.display(), diagnostic.message)
}

pub async fn format(command: Fmt, connection: &Connection, output: &Output) -> Result<(), Failure> {
    let mut all_good = true;
    let mut values: Vec<Value> = Vec::new();
    for file in &command.files {
        let source = files::read(file)?;
        let Formatted { text, diagnostics } = laid_out(file, &source, connection).await?;
        let changed = text.as_ref().map(|text| *text != source);
        all_good &= changed.is_some_and(|changed| !(changed && command.check));
        if output.json {
            let printed = text.as_ref().filter(|_| command.stdout || files::is_stdin(file));
            values.push(json!({ "file": file.display().to_string(), "changed": changed, "text": printed, "diagnostics": diagnostics }));
        }
        let Some(text) = text else {
            if !output.json {
                print(output, file, &source, &diagnostics)?;
            }
            continue;
        };
        if command.check {
            if changed == Some(true) && !output.json {
                output.line(format!("{} would be changed", file.display()))?;
            }
        } else if command.stdout || files::is_stdin(file) {
            if !output.json {
                output.text(&text)?;
            }
        } else if changed == Some(true) {
            files::write(file, &text)?;
        }
    }
    if output.json {
        output.value(&json!({ "files": values }))?;
    }
    if all_good { Ok(()) } else { Err(Failure::Found) }
}

/// A file as Modelux lays it out.
struct Formatted {
    /// `None` where there are errors.
    text: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

async fn laid_out(file: &Path, source: &str, connection: &Connection) -> Result<Formatted, Failure> {
    let (text, diagnostics) = if files::is_rules(file, source) {
        let (_, formatted): (_, FormattedRules) = connection.ask("format_rules", json!({ "text": source })).await?;
        (formatted.text, formatted.diagnostics.into_iter().map(in_program).collect())
    } else {
        let (_, checked) = check(file, source, None, connection).await?;
        (checked.formatted, checked.diagnostics)
    };
    let text = text.map(|text| if text.ends_with('\n') { text } else { text + "\n" });
    Ok(Formatted { text, diagnostics })
}

fn in_program(found: RulesDiagnostic) -> Diagnostic {
    Diagnostic {
        severity: found.severity,
        path: "/rules".to_owned(),
        line: Some(found.line),
        column: Some(found.column),
        length: Some(found.length),
        message: found.message,
        suggestion: found.suggestion,
        text: None,
    }
}
