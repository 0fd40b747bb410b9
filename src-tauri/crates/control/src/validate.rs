//! Checking documents before they are saved, and comparing them.

use routing::{
    diagnostic::{self, Severity},
    document::MAX_BYTES,
    locate::{Places, Position, syntax_error},
};
use serde_json::Value;

use crate::{
    Caller, Code, Control, Error,
    api::configs::{Change, Diagnostic, Diff, DiffDocuments, DiffLine, DiffRow, TextPlace, Validate, Validation},
    setup::blocking,
};

impl Control {
    /// Says all there is to say about a document.
    ///
    /// # Errors
    /// `invalid_request` where there is neither document nor text. Errors in the document are no error of the call.
    pub async fn validate(&self, _: &Caller, input: Validate) -> Result<Validation, Error> {
        let setup = std::sync::Arc::clone(&self.setup);
        blocking(move || {
            let value = match (&input.source, input.document) {
                (Some(source), _) => match read(source) {
                    Ok(value) => value,
                    Err(found) => return Ok(invalid(vec![*found])),
                },
                (None, Some(document)) => document,
                (None, None) => return Err(Error::new(Code::InvalidRequest, "Give a document to check, or its text as source")),
            };
            let checked = setup.check(&value, input.slug.as_deref());
            let places = input.source.as_deref().map(Places::of);
            let diagnostics = checked.diagnostics.iter().map(|found| placed(found, places.as_ref())).collect();
            Ok(match checked.document {
                Some(document) => {
                    Validation { valid: true, diagnostics, canonical: Some(document.canonical()), formatted: Some(document.text()) }
                }
                None => invalid(diagnostics),
            })
        })
        .await
    }

    /// Compares any two documents; where both are valid, in their canonical forms.
    ///
    /// # Errors
    /// None in practice.
    pub async fn diff_documents(&self, _: &Caller, input: DiffDocuments) -> Result<Diff, Error> {
        Ok(compare(&canonical(input.from), &canonical(input.to)))
    }
}

/// The differences of two canonical documents.
pub(crate) fn compare(from: &Value, to: &Value) -> Diff {
    let diff = routing::diff::documents(from, to);
    Diff { changes: diff.changes.into_iter().map(change).collect(), rows: diff.rows.into_iter().map(row).collect(), effects: diff.effects }
}

fn canonical(value: Value) -> Value {
    routing::document::Document::load(&value).map_or(value, |document| document.canonical())
}

fn change(change: routing::diff::Change) -> Change {
    Change { path: change.path, kind: change.kind.as_str().to_owned(), from: change.from, to: change.to, text: change.text }
}

fn row(row: routing::diff::Row) -> DiffRow {
    DiffRow { left: row.left.map(line), right: row.right.map(line), kind: row.kind.as_str().to_owned() }
}

fn line(line: routing::diff::Line) -> DiffLine {
    DiffLine { line: line.number, text: line.text, spans: line.spans }
}

fn invalid(diagnostics: Vec<Diagnostic>) -> Validation {
    Validation { valid: false, diagnostics, canonical: None, formatted: None }
}

/// The text as JSON, or where it is none.
fn read(source: &str) -> Result<Value, Box<Diagnostic>> {
    if source.len() > MAX_BYTES {
        let message = format!("The document is {} KiB long; at most {} KiB are allowed", source.len() / 1024, MAX_BYTES / 1024);
        return Err(Box::new(plain(&diagnostic::Diagnostic::error("", message))));
    }
    serde_json::from_str(source).map_err(|error| {
        let position = syntax_error(source, error.line(), error.column());
        Box::new(at(&diagnostic::Diagnostic::error("", format!("This is not JSON: {}", without_place(&error))), Some(position)))
    })
}

/// serde_json's sentence; line and column are said beside it.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or_else(|| text.clone(), |end| text[..end].to_owned())
}

/// With its place in the text, where there is text: the document's, else the program's or condition's own.
fn placed(found: &diagnostic::Diagnostic, places: Option<&Places<'_>>) -> Diagnostic {
    let whole = |places: &Places<'_>| places.find(&found.path, found.about_key);
    at(
        found,
        match (places, found.text) {
            (Some(places), Some(text)) => places.find_inside(&found.path, text).or_else(|| whole(places)),
            (Some(places), None) => whole(places),
            (None, text) => text,
        },
    )
}

fn at(found: &diagnostic::Diagnostic, position: Option<Position>) -> Diagnostic {
    Diagnostic {
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        length: position.map(|position| position.length),
        ..plain(found)
    }
}

/// As the API shows it, without a place.
pub(crate) fn plain(found: &diagnostic::Diagnostic) -> Diagnostic {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Diagnostic {
        severity: severity.to_owned(),
        path: found.path.clone(),
        line: None,
        column: None,
        length: None,
        message: found.message.clone(),
        suggestion: found.suggestion.clone(),
        text: found.text.map(|Position { line, column, length }| TextPlace { line, column, length }),
    }
}
