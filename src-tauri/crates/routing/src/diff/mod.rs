//! What differs between two documents: in words, and side by side.

mod rows;
mod summary;

pub use rows::{Line, Row, RowKind};
pub use summary::{Change, ChangeKind};

use serde_json::Value;

use crate::document::{Document, readable};

/// The difference of two documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// Structural changes, in the order of the document.
    pub changes: Vec<Change>,
    /// Rows of both texts, aligned. The texts are those of [`readable`], so that programs have their lines.
    pub rows: Vec<Row>,
    /// What the changes do, where it can be computed.
    pub effects: Vec<String>,
}

/// Compares two documents. Where one cannot be read as a document it is compared as it is.
pub fn documents(from: &Value, to: &Value) -> Diff {
    let (from, to) = (canonical(from), canonical(to));
    Diff {
        changes: summary::changes(&from, &to),
        rows: rows::rows(&readable(&from), &readable(&to)),
        effects: summary::effects(&from, &to),
    }
}

fn canonical(value: &Value) -> Value {
    Document::load(value).map_or_else(|_| value.clone(), |document| document.canonical())
}
