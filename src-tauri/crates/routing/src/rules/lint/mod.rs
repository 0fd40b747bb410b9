//! Warnings: rules that can never match, comparisons that are always the same. Only what is certain is said.

mod constant;
mod cover;

use super::{
    place::At,
    tree::{Expr, Kind},
};
use constant::{Note, verdict};
use cover::Covers;

/// A rule's index, a place in its text, what is to be said, and what was meant.
pub(super) type Warning = (usize, At, String, Option<String>);

/// Warnings about the conditions of a program, the last of which is no condition. `line` names a rule.
pub(super) fn program(conditions: &[Option<&Expr>], line: impl Fn(usize) -> usize) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut covers = Covers::default();
    for (index, condition) in conditions.iter().enumerate() {
        let Some(expr) = condition else { continue };
        let mut notes = Vec::new();
        match verdict(expr, &mut notes) {
            Some(true) => {
                warnings.push((
                    index,
                    expr.at,
                    because(expr, "this condition always holds, so that no rule below it, not even else, can match", true, &notes),
                    None,
                ));
                return warnings;
            }
            Some(false) => {
                warnings.push((index, expr.at, because(expr, "this rule can never match", false, &notes), None));
                continue;
            }
            None => warnings.extend(notes.into_iter().map(|note| note.of(index))),
        }
        if let Some(why) = covers.add(expr, index, &line) {
            warnings.push((index, expr.at, format!("this rule can never match: {why}"), None));
        }
    }
    warnings
}

/// Warnings about a condition that stands alone.
pub(super) fn condition(expr: &Expr) -> Vec<Warning> {
    let mut notes = Vec::new();
    let found = verdict(expr, &mut notes);
    if found == Some(false) {
        return vec![(0, expr.at, because(expr, "this condition never holds", false, &notes), None)];
    }
    if let Some(why) = Covers::default().add(expr, 0, &|_| 1) {
        return vec![(0, expr.at, format!("this condition never holds: {why}"), None)];
    }
    if matches!(expr.kind, Kind::Bool(_)) { Vec::new() } else { notes.into_iter().map(|note| note.of(0)).collect() }
}

/// With the comparison that settles it.
fn because(expr: &Expr, what: &str, value: bool, notes: &[Note]) -> String {
    match notes.iter().find(|note| note.value == Some(value)) {
        Some(note) if note.at == expr.at => format!("{what}: {}", note.reason),
        Some(note) => format!("{what}: {}", note.message),
        None => what.to_owned(),
    }
}
