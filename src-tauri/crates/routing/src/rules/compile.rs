//! The tree of a checked condition to the form that is evaluated: typed, with names as numbered slots.

use std::{collections::HashMap, sync::Arc};

use regex::Regex;

use super::{
    check::{Type, is_weekday, type_of, weekday},
    tree::{BudgetField, Expr, Kind, Op},
    words::Variable,
};

/// Something true or false.
#[derive(Debug)]
pub(super) enum Bool {
    Constant(bool),
    Variable(Variable),
    /// A slot that holds 1 or 0.
    Slot(usize),
    Has(Box<str>),
    Not(Box<Bool>),
    All(Box<[Bool]>),
    Any(Box<[Bool]>),
    Choice(Box<[Bool; 3]>),
    Same(Box<[Bool; 2]>),
    /// The tag in that slot is that string.
    TagIs(usize, Box<str>),
    /// Comparison with a constant.
    Limit(Op, Number, f64),
    Numbers(Op, Box<[Number; 2]>),
    Texts(Op, Text, Text),
    OneOfNumbers(Number, Box<[f64]>),
    /// Sorted.
    OneOfTexts(Text, Box<[Box<str>]>),
    Contains(Text, Text),
    StartsWith(Text, Text),
    EndsWith(Text, Text),
    Matches(Text, Arc<Regex>),
}

/// A number; NaN where there is none.
#[derive(Debug)]
pub(super) enum Number {
    Constant(f64),
    Variable(Variable),
    Slot(usize),
    Tag(usize),
    Size(Box<Text>),
    Negative(Box<Number>),
    Arithmetic(Op, Box<[Number; 2]>),
    Choice(Box<(Bool, Number, Number)>),
}

#[derive(Debug)]
pub(super) enum Text {
    Constant(Box<str>),
    Variable(Variable),
    Tag(usize),
    Choice(Box<(Bool, Text, Text)>),
}

/// What is asked for once and then kept while a program is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Budget(Option<Box<str>>, BudgetField),
    Cost(usize),
    Latency(usize, u8),
    Healthy(usize),
    Variable(Variable),
}

/// Numbers the names of all conditions of a program.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub targets: Vec<String>,
    pub tags: Vec<Box<str>>,
    pub sources: Vec<Source>,
    target_ids: HashMap<Box<str>, usize>,
    tag_ids: HashMap<Box<str>, usize>,
    source_ids: HashMap<Source, usize>,
}

impl Slots {
    pub fn target(&mut self, name: &str) -> usize {
        if let Some(id) = self.target_ids.get(name) {
            return *id;
        }
        let id = self.targets.len();
        self.targets.push(name.to_owned());
        self.target_ids.insert(name.into(), id);
        id
    }

    fn tag(&mut self, key: &str) -> usize {
        if let Some(id) = self.tag_ids.get(key) {
            return *id;
        }
        let id = self.tags.len();
        self.tags.push(key.into());
        self.tag_ids.insert(key.into(), id);
        id
    }

    fn source(&mut self, source: Source) -> usize {
        let next = self.sources.len();
        let id = *self.source_ids.entry(source.clone()).or_insert(next);
        if id == next {
            self.sources.push(source);
        }
        id
    }

    pub fn bool(&mut self, expr: &Expr) -> Bool {
        match &expr.kind {
            Kind::Bool(value) => Bool::Constant(*value),
            Kind::Variable(Variable::ValidJson) => Bool::Slot(self.source(Source::Variable(Variable::ValidJson))),
            Kind::Variable(variable) => Bool::Variable(*variable),
            Kind::Healthy(target) => {
                let target = self.target(target);
                Bool::Slot(self.source(Source::Healthy(target)))
            }
            Kind::Has(tag) => Bool::Has(tag.key.clone()),
            Kind::Not(inner) => Bool::Not(self.bool(inner).into()),
            Kind::And(parts) => Bool::All(parts.iter().map(|part| self.bool(part)).collect()),
            Kind::Or(parts) => Bool::Any(parts.iter().map(|part| self.bool(part)).collect()),
            Kind::Choice(three) => Bool::Choice(Box::new([self.bool(&three[0]), self.bool(&three[1]), self.bool(&three[2])])),
            Kind::Matches(subject, pattern) => match &pattern.regex {
                Some(regex) => Bool::Matches(self.text(subject), Arc::clone(regex)),
                None => Bool::Constant(false),
            },
            Kind::Binary(op, left, right) => self.relation(*op, left, right),
            _ => Bool::Constant(false),
        }
    }

    fn relation(&mut self, op: Op, left: &Expr, right: &Expr) -> Bool {
        match op {
            Op::In => self.membership(left, right),
            Op::NotIn => Bool::Not(self.membership(left, right).into()),
            Op::Contains => Bool::Contains(self.text(left), self.text(right)),
            Op::StartsWith => Bool::StartsWith(self.text(left), self.text(right)),
            Op::EndsWith => Bool::EndsWith(self.text(left), self.text(right)),
            _ => self.comparison(op, left, right),
        }
    }

    fn comparison(&mut self, op: Op, left: &Expr, right: &Expr) -> Bool {
        if type_of(left) == Type::Bool {
            let same = Bool::Same(Box::new([self.bool(left), self.bool(right)]));
            return if op == Op::Unequal { Bool::Not(same.into()) } else { same };
        }
        if as_numbers(left, right) {
            let (left, right) = (self.beside(left, right), self.beside(right, left));
            return match (left, right) {
                (left, Number::Constant(limit)) => Bool::Limit(op, left, limit),
                (Number::Constant(limit), right) => Bool::Limit(op.mirrored(), right, limit),
                (left, right) => Bool::Numbers(op, Box::new([left, right])),
            };
        }
        match (op, self.text(left), self.text(right)) {
            (Op::Equal, Text::Tag(slot), Text::Constant(text)) | (Op::Equal, Text::Constant(text), Text::Tag(slot)) => {
                Bool::TagIs(slot, text)
            }
            (op, left, right) => Bool::Texts(op, left, right),
        }
    }

    fn membership(&mut self, left: &Expr, right: &Expr) -> Bool {
        let Kind::List(items) = &right.kind else { return Bool::Constant(false) };
        let (mut texts, mut numbers, mut any) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            if !as_numbers(left, item) {
                match &item.kind {
                    Kind::Text(text) => texts.push(text.clone()),
                    _ => any.push(self.comparison(Op::Equal, left, item)),
                }
                continue;
            }
            match self.beside(item, left) {
                Number::Constant(number) => numbers.push(number),
                _ => any.push(self.comparison(Op::Equal, left, item)),
            }
        }
        if !texts.is_empty() {
            texts.sort();
            any.push(Bool::OneOfTexts(self.text(left), texts.into()));
        }
        if !numbers.is_empty() {
            any.push(Bool::OneOfNumbers(self.number(left), numbers.into()));
        }
        match any.pop() {
            None => Bool::Constant(false),
            Some(only) if any.is_empty() => only,
            Some(last) => {
                any.push(last);
                Bool::Any(any.into())
            }
        }
    }

    /// A number beside another one: the names of days beside the day of the week.
    fn beside(&mut self, expr: &Expr, other: &Expr) -> Number {
        match &expr.kind {
            Kind::Text(text) if is_weekday(other) => Number::Constant(weekday(text).map_or(f64::NAN, f64::from)),
            _ => self.number(expr),
        }
    }

    fn number(&mut self, expr: &Expr) -> Number {
        match &expr.kind {
            Kind::Number(value, _) => Number::Constant(*value),
            Kind::Variable(variable @ (Variable::Hour | Variable::Minute | Variable::Weekday | Variable::Length)) => {
                Number::Slot(self.source(Source::Variable(*variable)))
            }
            Kind::Variable(variable) => Number::Variable(*variable),
            Kind::Budget(name, field) => Number::Slot(self.source(Source::Budget(name.clone(), *field))),
            Kind::Cost(target) => {
                let target = self.target(target);
                Number::Slot(self.source(Source::Cost(target)))
            }
            Kind::Latency(target, percentile) => {
                let target = self.target(target);
                Number::Slot(self.source(Source::Latency(target, percentile.unwrap_or(50))))
            }
            Kind::Tag(tag) => Number::Tag(self.tag(&tag.key)),
            Kind::Size(inner) => match &inner.kind {
                Kind::List(items) => Number::Constant(items.len() as f64),
                _ => Number::Size(self.text(inner).into()),
            },
            Kind::Negative(inner) => match self.number(inner) {
                Number::Constant(value) => Number::Constant(-value),
                inner => Number::Negative(inner.into()),
            },
            Kind::Binary(op, left, right) => match (self.number(left), self.number(right)) {
                (Number::Constant(left), Number::Constant(right)) => Number::Constant(arithmetic(*op, left, right)),
                (left, right) => Number::Arithmetic(*op, Box::new([left, right])),
            },
            Kind::Choice(three) => Number::Choice(Box::new((self.bool(&three[0]), self.number(&three[1]), self.number(&three[2])))),
            _ => Number::Constant(f64::NAN),
        }
    }

    fn text(&mut self, expr: &Expr) -> Text {
        match &expr.kind {
            Kind::Text(text) => Text::Constant(text.clone()),
            Kind::Tag(tag) => Text::Tag(self.tag(&tag.key)),
            Kind::Variable(variable) => Text::Variable(*variable),
            Kind::Choice(three) => Text::Choice(Box::new((self.bool(&three[0]), self.text(&three[1]), self.text(&three[2])))),
            _ => Text::Constant("".into()),
        }
    }
}

/// Are these two compared as numbers? Two tags are compared as strings.
pub(super) fn as_numbers(left: &Expr, right: &Expr) -> bool {
    type_of(left) == Type::Number || type_of(right) == Type::Number
}

/// What has no finite result is no number.
pub(super) fn arithmetic(op: Op, left: f64, right: f64) -> f64 {
    let result = match op {
        Op::Add => left + right,
        Op::Subtract => left - right,
        Op::Multiply => left * right,
        Op::Divide => left / right,
        Op::Remainder => left % right,
        _ => f64::NAN,
    };
    let grew = result.is_infinite() && left.is_finite() && right.is_finite();
    if grew { f64::NAN } else { result }
}
