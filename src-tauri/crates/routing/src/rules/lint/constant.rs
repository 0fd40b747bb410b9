//! What is true or false whatever the request is.

use super::Warning;
use crate::rules::{
    check::{is_weekday, shown, weekday},
    compile::{arithmetic, as_numbers},
    place::At,
    tree::{BudgetField, Expr, Kind, Op},
    words::Variable,
};

/// What is to be said of a comparison.
pub(in crate::rules) struct Note {
    pub at: At,
    pub message: String,
    /// Why it is always the same, where the comparison itself is in view.
    pub reason: String,
    /// What it always is.
    pub value: Option<bool>,
    pub meant: Option<String>,
}

impl Note {
    fn always(value: bool, expr: &Expr, reason: String) -> Self {
        let verb = if value { "always" } else { "never" };
        Self { at: expr.at, message: format!("{} {verb} holds: {reason}", shown(expr)), reason, value: Some(value), meant: None }
    }

    pub fn of(self, rule: usize) -> Warning {
        (rule, self.at, self.message, self.meant)
    }
}

/// Is it always true, or always false? Notes say which comparisons are, and which are odd.
pub(in crate::rules) fn verdict(expr: &Expr, notes: &mut Vec<Note>) -> Option<bool> {
    match &expr.kind {
        Kind::Bool(value) => Some(*value),
        Kind::Not(inner) => verdict(inner, notes).map(|value| !value),
        Kind::And(parts) => all(parts, false, notes),
        Kind::Or(parts) => all(parts, true, notes),
        Kind::Choice(three) => {
            let values = [&three[0], &three[1], &three[2]].map(|part| verdict(part, notes));
            match values {
                [Some(true), value, _] | [Some(false), _, value] => value,
                [_, one, other] if one == other => one,
                _ => None,
            }
        }
        Kind::Binary(op @ (Op::In | Op::NotIn), left, right) => {
            let found = membership(expr, left, right, notes);
            if *op == Op::NotIn { found.map(|value| !value) } else { found }
        }
        Kind::Binary(Op::Contains | Op::StartsWith | Op::EndsWith, _, right) => {
            let is_empty = matches!(&right.kind, Kind::Text(text) if text.is_empty());
            is_empty.then(|| {
                notes.push(Note::always(true, expr, "every string has the empty one in it".to_owned()));
                true
            })
        }
        Kind::Binary(op, left, right) if !op.is_arithmetic() => comparison(*op, expr, left, right, notes),
        _ => None,
    }
}

/// One part that is `decisive` decides; if all are the other, so is the whole.
fn all(parts: &[Expr], decisive: bool, notes: &mut Vec<Note>) -> Option<bool> {
    let values: Vec<Option<bool>> = parts.iter().map(|part| verdict(part, notes)).collect();
    if values.contains(&Some(decisive)) {
        return Some(decisive);
    }
    values.iter().all(|value| *value == Some(!decisive)).then_some(!decisive)
}

fn comparison(op: Op, whole: &Expr, left: &Expr, right: &Expr, notes: &mut Vec<Note>) -> Option<bool> {
    share(left, right, notes);
    share(right, left, notes);
    if let (Kind::Text(one), Kind::Text(other)) = (&left.kind, &right.kind) {
        return Some(op.holds(one.cmp(other)));
    }
    if let (Kind::Bool(one), Kind::Bool(other)) = (&left.kind, &right.kind) {
        return Some(op.holds(one.cmp(other)));
    }
    if !as_numbers(left, right) {
        return None;
    }
    let (of_left, of_right) = (Range::beside(left, right)?, Range::beside(right, left)?);
    let found = of_left.compared(op, of_right)?;
    for (name, range) in [(left, of_left), (right, of_right)] {
        if !range.is_point() {
            notes.push(Note::always(found, whole, range.said(&shown(name))));
            break;
        }
    }
    Some(found)
}

fn membership(whole: &Expr, left: &Expr, right: &Expr, notes: &mut Vec<Note>) -> Option<bool> {
    let Kind::List(items) = &right.kind else { return None };
    if items.is_empty() {
        let value = matches!(whole.kind, Kind::Binary(Op::NotIn, ..));
        notes.push(Note::always(value, whole, "nothing is in an empty list".to_owned()));
        return Some(false);
    }
    let mut values = Vec::new();
    for item in items {
        let mut of_item = Vec::new();
        let value = comparison(Op::Equal, item, left, item, &mut of_item);
        if value == Some(false)
            && let Some(range) = Range::beside(left, item).filter(|range| !range.is_point())
        {
            let reason = range.said(&shown(left));
            let message = format!("{} is never {}: {reason}", shown(left), shown(item));
            notes.push(Note { at: item.at, message, reason, value: Some(false), meant: None });
        }
        values.push(value);
    }
    if values.contains(&Some(true)) {
        return Some(true);
    }
    values.iter().all(|value| *value == Some(false)).then_some(false)
}

/// `budget.used_pct >= 90`: a share is meant.
fn share(name: &Expr, literal: &Expr, notes: &mut Vec<Note>) {
    let (Kind::Budget(_, BudgetField::UsedPct), Kind::Number(value, _)) = (&name.kind, &literal.kind) else { return };
    if *value > 2.0 {
        let message = format!("{} is a share, 1 being all of the budget", shown(name));
        notes.push(Note { at: literal.at, reason: message.clone(), message, value: None, meant: Some((value / 100.0).to_string()) });
    }
}

/// All that a number can be, ends included. There is none for what may be no number at all but in its `maybe` form.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    low: f64,
    high: f64,
    /// Is it always a number?
    sure: bool,
}

impl Range {
    fn point(value: f64) -> Self {
        Self { low: value, high: value, sure: true }
    }

    fn is_point(self) -> bool {
        self.low == self.high
    }

    fn said(self, name: &str) -> String {
        if self.high.is_infinite() {
            format!("{name} is never below {}", self.low)
        } else {
            format!("{name} is from {} to {}", self.low, self.high)
        }
    }

    fn beside(expr: &Expr, other: &Expr) -> Option<Self> {
        match &expr.kind {
            Kind::Text(text) if is_weekday(other) => weekday(text).map(|day| Self::point(f64::from(day))),
            _ => Self::of(expr),
        }
    }

    fn of(expr: &Expr) -> Option<Self> {
        let from_zero = |sure| Some(Self { low: 0.0, high: f64::INFINITY, sure });
        let within = |low, high| Some(Self { low, high, sure: true });
        match &expr.kind {
            Kind::Number(value, _) => Some(Self::point(*value)),
            Kind::Negative(inner) => Self::of(inner).map(|range| Self { low: -range.high, high: -range.low, sure: range.sure }),
            Kind::Binary(op, left, right) if op.is_arithmetic() => {
                let (left, right) = (Self::of(left)?, Self::of(right)?);
                let value = arithmetic(*op, left.low, right.low);
                (left.is_point() && right.is_point() && !value.is_nan()).then(|| Self::point(value))
            }
            Kind::Size(inner) => match &inner.kind {
                Kind::List(items) => Some(Self::point(items.len() as f64)),
                _ => from_zero(true),
            },
            Kind::Variable(variable) => match variable {
                Variable::Hour => within(0.0, 23.0),
                Variable::Minute => within(0.0, 59.0),
                Variable::Weekday => within(1.0, 7.0),
                Variable::InputTokens | Variable::MaxTokens | Variable::Messages => from_zero(true),
                Variable::Length | Variable::OutputTokens | Variable::LatencyMs | Variable::CostUsd => from_zero(false),
                _ => None,
            },
            Kind::Budget(_, BudgetField::UsedPct | BudgetField::UsedUsd | BudgetField::CapUsd) => from_zero(false),
            Kind::Cost(_) => from_zero(false),
            Kind::Latency(..) => from_zero(true),
            _ => None,
        }
    }

    /// The comparison's value, if it is the same for all of both.
    fn compared(self, op: Op, other: Self) -> Option<bool> {
        let sure = self.sure && other.sure;
        let below = self.high < other.low;
        let at_most = self.high <= other.low;
        let above = self.low > other.high;
        let at_least = self.low >= other.high;
        let same = self.is_point() && other.is_point() && self.low == other.low;
        let (always, never) = match op {
            Op::Equal => (same, below || above),
            Op::Unequal => (below || above, same),
            Op::Less => (below, at_least),
            Op::LessEqual => (at_most, above),
            Op::Greater => (above, at_most),
            Op::GreaterEqual => (at_least, below),
            _ => (false, false),
        };
        match (always && sure, never) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}
