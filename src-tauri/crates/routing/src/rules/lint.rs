//! Warnings.

use super::{place::At, tree::Expr};

/// A rule's index, a place in its text, what is to be said, and what was meant.
pub(super) type Warning = (usize, At, String, Option<String>);

pub(super) fn program(_conditions: &[Option<&Expr>], _line: impl Fn(usize) -> usize) -> Vec<Warning> {
    Vec::new()
}

pub(super) fn condition(_expr: &Expr) -> Vec<Warning> {
    Vec::new()
}
