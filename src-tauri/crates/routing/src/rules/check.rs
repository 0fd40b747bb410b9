//! Types: every part of a condition must be what its place needs. All that is wrong is reported, once.

use super::{
    place::{At, Findings, cut},
    print,
    tree::{Expr, Kind, Op},
    words::Variable,
};

/// What a part of a condition gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Number,
    Text,
    /// A tag: a string that is read as a number where a number stands beside it.
    Tag,
    List,
    /// Something wrong, reported already: it fits everywhere.
    Unknown,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text | Self::Tag => "a string",
            Self::List => "a list",
            Self::Unknown => "unknown",
        }
    }

    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Tag | Self::Unknown)
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Tag | Self::Unknown)
    }
}

/// The type of a checked tree.
pub(super) fn type_of(expr: &Expr) -> Type {
    match &expr.kind {
        Kind::Number(..) | Kind::Budget(..) | Kind::Cost(_) | Kind::Latency(..) | Kind::Size(_) | Kind::Negative(_) => Type::Number,
        Kind::Text(_) => Type::Text,
        Kind::List(_) => Type::List,
        Kind::Tag(_) => Type::Tag,
        Kind::Variable(variable) => of_variable(*variable),
        Kind::Binary(op, ..) if op.is_arithmetic() => Type::Number,
        Kind::Choice(three) => match (type_of(&three[1]), type_of(&three[2])) {
            (Type::Unknown, other) | (other, Type::Unknown) => other,
            (one, other) if one == other => one,
            _ => Type::Text,
        },
        Kind::Wrong => Type::Unknown,
        _ => Type::Bool,
    }
}

fn of_variable(variable: Variable) -> Type {
    match variable.word().type_ {
        "bool" => Type::Bool,
        "number" => Type::Number,
        _ => Type::Text,
    }
}

/// The day of the week that a string names: 1 is Monday.
pub(super) fn weekday(text: &str) -> Option<u8> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let text = text.to_ascii_lowercase();
    let long_enough = text.len() >= 3;
    let day = DAYS.iter().position(|day| long_enough && (*day == text || day[..3] == text))?;
    u8::try_from(day + 1).ok()
}

pub(super) fn is_weekday(expr: &Expr) -> bool {
    expr.kind == Kind::Variable(Variable::Weekday)
}

/// Reports what does not fit, in the whole of a condition.
pub(super) fn condition(expr: &Expr, findings: &mut Findings) {
    let mut check = Check { findings };
    check.truth(expr, "a condition");
}

struct Check<'a> {
    findings: &'a mut Findings,
}

impl Check<'_> {
    /// Must be true or false.
    fn truth(&mut self, expr: &Expr, place: &str) {
        let found = self.expr(expr);
        let (message, meant) = match found {
            Type::Bool | Type::Unknown => return,
            Type::List => (format!("{place} is true or false, not a list: did you leave out in?"), None),
            Type::Tag | Type::Text if matches!(expr.kind, Kind::Text(_)) => (format!("{place} is true or false, not a string"), None),
            Type::Tag | Type::Text => (
                format!("{} is a string, not true or false: compare it with something, such as {} == \"x\"", shown(expr), shown(expr)),
                None,
            ),
            Type::Number => (format!("{} is a number, not true or false: compare it with something", shown(expr)), None::<String>),
        };
        self.findings.error_meaning(expr.at, message, meant.as_deref());
    }

    fn expr(&mut self, expr: &Expr) -> Type {
        match &expr.kind {
            Kind::And(parts) | Kind::Or(parts) => {
                let place = if matches!(expr.kind, Kind::And(_)) { "each side of and" } else { "each side of or" };
                parts.iter().for_each(|part| self.truth(part, place));
            }
            Kind::Not(inner) => self.truth(inner, "what stands after not"),
            Kind::Negative(inner) => return self.number(inner, "-"),
            Kind::Binary(op, left, right) if op.is_arithmetic() => {
                let (left, right) = (self.number(left, op.symbol()), self.number(right, op.symbol()));
                return if left == Type::Unknown { left } else { right };
            }
            Kind::Binary(Op::In | Op::NotIn, left, right) => self.membership(left, right),
            Kind::Binary(op @ (Op::Contains | Op::StartsWith | Op::EndsWith), left, right) => {
                self.text_operator(*op, left, right);
            }
            Kind::Binary(op, left, right) => self.comparison(*op, expr.at, left, right),
            Kind::Matches(subject, _) => self.text(subject, "matches"),
            Kind::Choice(three) => return self.choice(three),
            Kind::Size(inner) => self.size(inner),
            Kind::List(items) => items.iter().for_each(|item| {
                self.expr(item);
            }),
            _ => {}
        }
        type_of(expr)
    }

    /// A number, or unknown where it is none.
    fn number(&mut self, expr: &Expr, operator: &str) -> Type {
        let found = self.expr(expr);
        if found.is_number() {
            return Type::Number;
        }
        self.findings.error(expr.at, format!("{operator} works on numbers, and {} is {}", shown(expr), found.name()));
        Type::Unknown
    }

    fn text(&mut self, expr: &Expr, operator: &str) {
        let found = self.expr(expr);
        if !found.is_text() {
            self.findings.error(expr.at, format!("{operator} works on strings, and {} is {}", shown(expr), found.name()));
        }
    }

    fn text_operator(&mut self, op: Op, left: &Expr, right: &Expr) {
        if op == Op::Contains && type_of(left) == Type::List {
            self.expr(left);
            self.expr(right);
            let meant = format!("{} in {}", shown(right), shown(left));
            self.findings.error_meaning(left.at.to(right.at), "contains looks into a string, not into a list", Some(&meant));
            return;
        }
        self.text(left, op.symbol());
        self.text(right, op.symbol());
    }

    fn size(&mut self, inner: &Expr) {
        let found = self.expr(inner);
        if !found.is_text() && found != Type::List {
            self.findings.error(inner.at, format!("size() is for strings and lists, and {} is {}", shown(inner), found.name()));
        }
    }

    fn choice(&mut self, three: &[Expr; 3]) -> Type {
        let [condition, then, otherwise] = three;
        self.truth(condition, "what stands before ?");
        let (one, other) = (self.expr(then), self.expr(otherwise));
        let fits = one == other || one == Type::Unknown || other == Type::Unknown || (one.is_text() && other.is_text());
        if !fits {
            let message = format!(
                "both sides of : must be of one kind, and {} is {} but {} is {}",
                shown(then),
                one.name(),
                shown(otherwise),
                other.name()
            );
            self.findings.error(then.at.to(otherwise.at), message);
            return Type::Unknown;
        }
        if one == Type::List || other == Type::List {
            self.findings.error(then.at.to(otherwise.at), "a list can stand only behind in or in size()");
            return Type::Unknown;
        }
        if one == Type::Unknown {
            other
        } else if one == other {
            one
        } else {
            Type::Text
        }
    }

    fn membership(&mut self, left: &Expr, right: &Expr) {
        let found = self.expr(left);
        let Kind::List(items) = &right.kind else {
            let list = self.expr(right);
            if list == Type::Unknown {
                return;
            }
            if list.is_text() && found.is_text() {
                let meant = format!("{} contains {}", shown(right), shown(left));
                self.findings.error_meaning(left.at.to(right.at), "in needs a list, such as [\"a\", \"b\"]", Some(&meant));
            } else {
                self.findings.error(right.at, format!("in needs a list, such as [\"a\", \"b\"], and {} is {}", shown(right), list.name()));
            }
            return;
        };
        if found == Type::List {
            self.findings.error(left.at, "a list cannot be in a list: name one value");
        }
        for item in items {
            let of_item = self.expr(item);
            if found != Type::List {
                self.pair(Op::Equal, item.at, (left, found), (item, of_item));
            }
        }
    }

    fn comparison(&mut self, op: Op, at: At, left: &Expr, right: &Expr) {
        let types = (self.expr(left), self.expr(right));
        self.pair(op, at, (left, types.0), (right, types.1));
    }

    /// May these two be compared?
    fn pair(&mut self, op: Op, at: At, left: (&Expr, Type), right: (&Expr, Type)) {
        if left.1 == Type::Unknown || right.1 == Type::Unknown || self.day(left.0, right.0) || self.day(right.0, left.0) {
            return;
        }
        if left.1 == Type::List || right.1 == Type::List {
            let list = if left.1 == Type::List { left.0 } else { right.0 };
            self.findings.error(list.at, "a list can stand only behind in or in size()");
            return;
        }
        let numbers = left.1.is_number() && right.1.is_number();
        let texts = left.1.is_text() && right.1.is_text();
        let bools = left.1 == Type::Bool && right.1 == Type::Bool;
        if bools && op.is_order() {
            self.findings.error(at, format!("{} compares numbers and strings, not true and false", op.symbol()));
        } else if !numbers && !texts && !bools {
            self.mismatch(at, left, right);
        }
    }

    fn mismatch(&mut self, at: At, left: (&Expr, Type), right: (&Expr, Type)) {
        for ((literal, _), (other, wanted)) in [(left, right), (right, left)] {
            if let Some(meant) = meant(literal, other, wanted) {
                let message = format!("{} is {}, not {}", shown(other), wanted.name(), shown(literal));
                self.findings.error_meaning(literal.at, message, Some(&meant));
                return;
            }
        }
        let message =
            format!("{} is {} and {} is {}: they cannot be compared", shown(left.0), left.1.name(), shown(right.0), right.1.name());
        match dashed(left.0) {
            Some(meant) => self.findings.error_meaning(left.0.at, message, Some(&meant)),
            None => self.findings.error(at, message),
        }
    }

    /// A string beside `time.weekday` is the name of a day.
    fn day(&mut self, day: &Expr, other: &Expr) -> bool {
        let Kind::Text(text) = &other.kind else { return false };
        if !is_weekday(day) {
            return false;
        }
        if weekday(text).is_none() {
            let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
            let lower = text.to_lowercase();
            let near = if text.len() > 32 { None } else { crate::names::nearest(&lower, days).map(print::quoted) };
            self.findings.error_meaning(other.at, format!("{} is no day of the week", shown(other)), near.as_deref());
        }
        true
    }
}

/// The literal of the other type that somebody meant.
fn meant(literal: &Expr, other: &Expr, wanted: Type) -> Option<String> {
    match (&literal.kind, wanted) {
        (Kind::Bool(value), Type::Tag) => Some(print::quoted(if *value { "true" } else { "false" })),
        (Kind::Number(_, written), Type::Text) if matches!(other.kind, Kind::Variable(_)) => Some(print::quoted(written)),
        (Kind::Text(text), Type::Number) => {
            text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.to_string())
        }
        (Kind::Text(text), Type::Bool) => matches!(&**text, "true" | "false").then(|| text.to_string()),
        _ => None,
    }
}

/// `tags.my-key` is a subtraction; `tags["my-key"]` was meant.
fn dashed(expr: &Expr) -> Option<String> {
    let Kind::Binary(Op::Subtract, left, right) = &expr.kind else { return None };
    match (&left.kind, &right.kind) {
        (Kind::Tag(left_tag), Kind::Tag(right_tag)) if right_tag.bare && left.at.end + 1 == right.at.start => {
            Some(format!("tags[{}]", print::quoted(&format!("{}-{}", left_tag.key, right_tag.key))))
        }
        _ => None,
    }
}

/// A part of a condition, as a message quotes it.
pub(super) fn shown(expr: &Expr) -> String {
    let text = if expr.depth > 6 { "this".to_owned() } else { print::condition(expr) };
    cut(&text)
}
