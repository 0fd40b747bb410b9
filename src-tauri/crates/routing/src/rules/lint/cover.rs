//! Rules that an earlier one shadows, and conditions that contradict themselves.
//!
//! A condition is read as one or more terms joined by `or`, a term as atoms joined by `and`. An earlier term takes all
//! that a later one would if each of its atoms follows from an atom of the later one.

use std::collections::HashMap;

use crate::rules::{
    check::{is_weekday, shown, weekday},
    compile::as_numbers,
    print,
    tree::{Expr, Kind, Op},
};

/// So many earlier terms are looked at for one atom: more would only find warnings in texts that nobody writes.
const LOOKED_AT: usize = 64;
/// Longer terms are left out.
const LONGEST: usize = 32;

/// The terms of the rules so far.
#[derive(Default)]
pub(super) struct Covers<'a> {
    terms: Vec<(usize, Vec<Atom<'a>>)>,
    /// By the exact text of a term's first atom.
    exact: HashMap<String, Vec<usize>>,
    /// By what the first atom is about, where other atoms may imply it.
    about: HashMap<String, Vec<usize>>,
}

struct Atom<'a> {
    expr: &'a Expr,
    /// What it is about, and what it asks of it.
    about: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// It is one of these, or none of these.
    Texts(Vec<Box<str>>, bool),
    Numbers(Vec<f64>),
    /// Above (or at) the first, below (or at) the second.
    Between((f64, bool), (f64, bool)),
    /// It holds, or does not.
    Holds(bool),
}

impl<'a> Covers<'a> {
    /// Adds a rule's condition; why it can never match, if it cannot.
    pub fn add(&mut self, expr: &'a Expr, rule: usize, line: &impl Fn(usize) -> usize) -> Option<String> {
        let terms: Vec<Vec<Atom<'a>>> =
            parts(expr, true).into_iter().map(|term| parts(term, false).into_iter().map(Atom::of).collect()).collect();
        let mut reasons: Vec<Reason> = Vec::new();
        let mut is_dead = true;
        for term in &terms {
            match contradiction(term).or_else(|| self.covering(term).map(Reason::Rule)) {
                Some(reason) if !reasons.contains(&reason) => reasons.push(reason),
                Some(_) => {}
                None => is_dead = false,
            }
        }
        for term in terms.into_iter().filter(|term| term.len() <= LONGEST) {
            self.keep(term, rule);
        }
        is_dead.then(|| said(&reasons, line))
    }

    fn keep(&mut self, term: Vec<Atom<'a>>, rule: usize) {
        let Some(first) = term.first() else { return };
        let id = self.terms.len();
        self.exact.entry(first.key()).or_default().push(id);
        if !matches!(first.test, Test::Holds(_)) {
            self.about.entry(first.about.clone()).or_default().push(id);
        }
        self.terms.push((rule, term));
    }

    /// The first earlier rule that takes all that the term would.
    fn covering(&self, term: &[Atom<'_>]) -> Option<usize> {
        if term.len() > LONGEST {
            return None;
        }
        let exact = term.iter().filter_map(|atom| self.exact.get(&atom.key()));
        let about = term.iter().filter_map(|atom| self.about.get(&atom.about));
        let mut candidates = exact.chain(about).flat_map(|terms| terms.iter().take(LOOKED_AT));
        candidates.find_map(|id| {
            let (rule, earlier) = self.terms.get(*id)?;
            earlier.iter().all(|wanted| term.iter().any(|given| given.implies(wanted))).then_some(*rule)
        })
    }
}

#[derive(PartialEq)]
enum Reason {
    Rule(usize),
    Exclude(String),
}

fn said(reasons: &[Reason], line: &impl Fn(usize) -> usize) -> String {
    if let [Reason::Exclude(why)] = reasons {
        return why.clone();
    }
    let lines: Vec<usize> =
        reasons.iter().filter_map(|reason| if let Reason::Rule(rule) = reason { Some(line(*rule)) } else { None }).collect();
    match &lines[..] {
        [one] => format!("the rule in line {one} takes all that it would"),
        _ => "the rules above it take all that it would".to_owned(),
    }
}

/// Two atoms of a term that never hold together.
fn contradiction(term: &[Atom<'_>]) -> Option<Reason> {
    let term = &term[..term.len().min(LONGEST)];
    for (index, atom) in term.iter().enumerate() {
        if let Some(other) = term[..index].iter().find(|other| other.about == atom.about && other.test.excludes(&atom.test)) {
            return Some(Reason::Exclude(format!("{} and {} never hold together", shown(other.expr), shown(atom.expr))));
        }
    }
    None
}

fn parts(expr: &Expr, of_or: bool) -> Vec<&Expr> {
    match &expr.kind {
        Kind::Or(parts) if of_or => parts.iter().collect(),
        Kind::And(parts) if !of_or => parts.iter().collect(),
        _ => vec![expr],
    }
}

/// A name by which an expression is known; `tenant` and `tags.tenant` are one.
fn name(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Tag(tag) => format!("tags[{:?}]", tag.key),
        _ => print::condition(expr),
    }
}

impl<'a> Atom<'a> {
    fn of(expr: &'a Expr) -> Self {
        let read = match &expr.kind {
            Kind::Binary(op, left, right) if !op.is_arithmetic() => test(*op, left, right).map(|test| (name(left), test)).or_else(|| {
                let mirrors = op.is_order() || matches!(op, Op::Equal | Op::Unequal);
                if mirrors { test(op.mirrored(), right, left).map(|test| (name(right), test)) } else { None }
            }),
            Kind::Not(inner) => Some((name(inner), Test::Holds(false))),
            _ => None,
        };
        let (about, test) = read.unwrap_or_else(|| (name(expr), Test::Holds(true)));
        Self { expr, about, test }
    }

    fn key(&self) -> String {
        format!("{} {:?}", self.about, self.test)
    }

    fn implies(&self, other: &Self) -> bool {
        self.about == other.about && self.test.implies(&other.test)
    }
}

/// What a comparison with constants asks of its left side.
fn test(op: Op, left: &Expr, right: &Expr) -> Option<Test> {
    match (op, &right.kind) {
        (Op::In | Op::NotIn, Kind::List(items)) => {
            let items: Vec<&Expr> = items.iter().collect();
            match constants(left, &items)? {
                Test::Texts(texts, _) => Some(Test::Texts(texts, op == Op::In)),
                numbers if op == Op::In => Some(numbers),
                _ => None,
            }
        }
        (Op::Equal, _) => constants(left, &[right]),
        (Op::Unequal, _) => match constants(left, &[right])? {
            Test::Texts(texts, _) => Some(Test::Texts(texts, false)),
            _ => None,
        },
        (op, _) if op.is_order() => {
            let Test::Numbers(numbers) = constants(left, &[right])? else { return None };
            let limit = *numbers.first()?;
            Some(match op {
                Op::Less => Test::Between((f64::NEG_INFINITY, true), (limit, false)),
                Op::LessEqual => Test::Between((f64::NEG_INFINITY, true), (limit, true)),
                Op::Greater => Test::Between((limit, false), (f64::INFINITY, true)),
                _ => Test::Between((limit, true), (f64::INFINITY, true)),
            })
        }
        _ => None,
    }
}

/// Constants of one kind, as they are compared with what stands on the left.
fn constants(left: &Expr, items: &[&Expr]) -> Option<Test> {
    if items.is_empty() || matches!(left.kind, Kind::Text(_) | Kind::Number(..)) {
        return None;
    }
    let numbers: Option<Vec<f64>> = items
        .iter()
        .map(|item| match &item.kind {
            Kind::Number(value, _) => Some(*value),
            Kind::Text(text) if is_weekday(left) => weekday(text).map(f64::from),
            _ => None,
        })
        .collect();
    if let Some(numbers) = numbers {
        return Some(Test::Numbers(numbers));
    }
    let text = |item: &&Expr| match &item.kind {
        Kind::Text(text) if !as_numbers(left, item) => Some(text.clone()),
        _ => None,
    };
    let mut texts = items.iter().map(text).collect::<Option<Vec<_>>>()?;
    texts.sort();
    texts.dedup();
    Some(Test::Texts(texts, true))
}

fn within(number: f64, low: (f64, bool), high: (f64, bool)) -> bool {
    (number > low.0 || (low.1 && number == low.0)) && (number < high.0 || (high.1 && number == high.0))
}

impl Test {
    /// Does the other hold wherever this one does?
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Texts(these, true), Self::Texts(those, is_in)) => these.iter().all(|text| those.contains(text) == *is_in),
            (Self::Texts(these, false), Self::Texts(those, false)) => those.iter().all(|text| these.contains(text)),
            (Self::Numbers(these), Self::Numbers(those)) => these.iter().all(|number| those.contains(number)),
            (Self::Numbers(these), Self::Between(low, high)) => these.iter().all(|number| within(*number, *low, *high)),
            (Self::Between(low, high), Self::Between(wide_low, wide_high)) => {
                let low_fits = low.0 > wide_low.0 || (low.0 == wide_low.0 && (wide_low.1 || !low.1));
                let high_fits = high.0 < wide_high.0 || (high.0 == wide_high.0 && (wide_high.1 || !high.1));
                low_fits && high_fits
            }
            (Self::Holds(this), Self::Holds(that)) => this == that,
            _ => false,
        }
    }

    /// Can they never hold together?
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Texts(these, true), Self::Texts(those, is_in)) | (Self::Texts(those, is_in), Self::Texts(these, true)) => {
                these.iter().all(|text| those.contains(text) != *is_in)
            }
            (Self::Numbers(these), Self::Numbers(those)) => !these.iter().any(|number| those.contains(number)),
            (Self::Numbers(these), Self::Between(low, high)) | (Self::Between(low, high), Self::Numbers(these)) => {
                !these.iter().any(|number| within(*number, *low, *high))
            }
            (Self::Between(low, high), Self::Between(other_low, other_high)) => apart(*high, *other_low) || apart(*other_high, *low),
            (Self::Holds(this), Self::Holds(that)) => this != that,
            _ => false,
        }
    }
}

fn apart(high: (f64, bool), low: (f64, bool)) -> bool {
    high.0 < low.0 || (high.0 == low.0 && !(high.1 && low.1))
}
