//! The tree of a condition.

use std::{cmp::Ordering, sync::Arc};

use regex::Regex;

use super::{place::At, words::Variable};

/// One node. Two are equal when they say the same, wherever they stand.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub kind: Kind,
    pub at: At,
    /// Of the tree below and with it.
    pub depth: u16,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Bool(bool),
    /// Its value, and as it was written.
    Number(f64, Box<str>),
    Text(Box<str>),
    List(Vec<Expr>),
    Variable(Variable),
    Tag(Tag),
    /// Of the budget of that name, or of the tightest.
    Budget(Option<Box<str>>, BudgetField),
    Cost(Box<str>),
    Latency(Box<str>, Option<u8>),
    Healthy(Box<str>),
    Size(Box<Expr>),
    Has(Tag),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    /// Two or more, none of them an `And` itself.
    And(Vec<Expr>),
    /// Two or more, none of them an `Or` itself.
    Or(Vec<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Matches(Box<Expr>, Pattern),
    Choice(Box<[Expr; 3]>),
    /// What could not be read; it was reported.
    Wrong,
}

/// A tag, as `tenant` or as `tags.tenant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub key: Box<str>,
    pub bare: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum BudgetField {
    UsedPct,
    UsedUsd,
    RemainingUsd,
    CapUsd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A regular expression with the string that it was written as.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub text: Box<str>,
    /// `None` where it does not compile; that was reported.
    pub regex: Option<Arc<Regex>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// How tightly operators bind, loosest first.
pub(super) mod level {
    pub const CHOICE: u8 = 0;
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const ADD: u8 = 5;
    pub const MULTIPLY: u8 = 6;
    pub const UNARY: u8 = 7;
    pub const ATOM: u8 = 8;
}

impl Op {
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    pub fn level(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => level::ADD,
            Self::Multiply | Self::Divide | Self::Remainder => level::MULTIPLY,
            _ => level::COMPARE,
        }
    }

    pub fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }

    pub fn is_arithmetic(self) -> bool {
        self.level() > level::COMPARE
    }

    /// Does a comparison hold where its left side is in this order to its right one?
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterEqual => order.is_ge(),
            _ => false,
        }
    }

    /// `a < b` is `b > a`.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            other => other,
        }
    }
}

impl Expr {
    pub fn new(kind: Kind, at: At) -> Self {
        let depth = 1 + kind.children().map(|child| child.depth).max().unwrap_or(0);
        Self { kind, at, depth }
    }

    pub fn wrong(at: At) -> Self {
        Self::new(Kind::Wrong, at)
    }

    /// `and` of both; a chain is one node.
    pub fn and(left: Self, right: Self) -> Self {
        Self::chain(left, right, Kind::And, |kind| if let Kind::And(parts) = kind { Ok(parts) } else { Err(kind) })
    }

    /// `or` of both; a chain is one node.
    pub fn or(left: Self, right: Self) -> Self {
        Self::chain(left, right, Kind::Or, |kind| if let Kind::Or(parts) = kind { Ok(parts) } else { Err(kind) })
    }

    fn chain(left: Self, right: Self, whole: fn(Vec<Self>) -> Kind, parts: fn(Kind) -> Result<Vec<Self>, Kind>) -> Self {
        let at = left.at.to(right.at);
        let (mut chain, left_depth) = match parts(left.kind) {
            Ok(chain) => (chain, left.depth),
            Err(kind) => (vec![Self { kind, ..left }], left.depth + 1),
        };
        let right_depth = match parts(right.kind) {
            Ok(more) => {
                chain.extend(more);
                right.depth
            }
            Err(kind) => {
                chain.push(Self { kind, ..right });
                right.depth + 1
            }
        };
        Self { kind: whole(chain), at, depth: left_depth.max(right_depth) }
    }

    pub fn level(&self) -> u8 {
        match &self.kind {
            Kind::Choice(_) => level::CHOICE,
            Kind::Or(_) => level::OR,
            Kind::And(_) => level::AND,
            Kind::Not(_) => level::NOT,
            Kind::Matches(..) => level::COMPARE,
            Kind::Binary(op, ..) => op.level(),
            Kind::Negative(_) => level::UNARY,
            _ => level::ATOM,
        }
    }

    /// This node and all below it, in the order of the text.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in self.kind.children() {
            child.walk(visit);
        }
    }
}

impl Kind {
    pub fn children(&self) -> impl Iterator<Item = &Expr> {
        let (many, pair): (&[Expr], [Option<&Expr>; 2]) = match self {
            Self::List(items) | Self::And(items) | Self::Or(items) => (items, [None, None]),
            Self::Choice(three) => (&three[..], [None, None]),
            Self::Size(inner) | Self::Not(inner) | Self::Negative(inner) | Self::Matches(inner, _) => (&[], [Some(inner), None]),
            Self::Binary(_, left, right) => (&[], [Some(left), Some(right)]),
            _ => (&[], [None, None]),
        };
        many.iter().chain(pair.into_iter().flatten())
    }
}
