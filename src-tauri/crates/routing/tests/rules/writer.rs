//! Writes random conditions, typed as the language wants them, from a list of choices that proptest can shrink.

use std::fmt::Write;

use proptest::prelude::*;

pub struct Writer<'a> {
    choices: &'a [u8],
    at: usize,
    /// Nothing that CEL does not know, and nothing that it reads differently on purpose.
    pub only_cel: bool,
}

pub fn choices() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..120)
}

const TEXTS: [&str; 7] = ["\"\"", "\"a\"", "'acme'", "\"acme corp\"", "\"é\\n\"", "'it\"s'", "\"25\""];

impl<'a> Writer<'a> {
    pub fn new(choices: &'a [u8], only_cel: bool) -> Self {
        Self { choices, at: 0, only_cel }
    }

    pub fn pick(&mut self, of: usize) -> usize {
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(choice) % of
    }

    fn one<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.pick(of.len())]
    }

    fn operator(&mut self, cel: &'static str, word: &'static str) -> &'static str {
        if self.only_cel || self.pick(2) == 0 { cel } else { word }
    }

    /// A condition, not in parentheses.
    pub fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.simple();
        }
        match self.pick(8) {
            0 => self.simple(),
            1 => {
                let (left, right) = (self.operand(depth), self.operand(depth));
                format!("{left} {} {right}", self.operator("&&", "and"))
            }
            2 => {
                let (left, right) = (self.operand(depth), self.operand(depth));
                format!("{left} {} {right}", self.operator("||", "or"))
            }
            3 => format!("!({})", self.condition(depth - 1)),
            4 if !self.only_cel => format!("not {}", self.comparison(depth)),
            4 => format!("!({})", self.comparison(depth)),
            5 => {
                let (condition, then, otherwise) = (self.operand(depth), self.condition(depth - 1), self.condition(depth - 1));
                format!("{condition} ? ({then}) : {otherwise}")
            }
            6 => format!("({}) == ({})", self.condition(depth - 1), self.condition(depth - 1)),
            _ => self.comparison(depth),
        }
    }

    /// What binds tighter than `&&`, or is in parentheses; now and then a chain without.
    fn operand(&mut self, depth: usize) -> String {
        match self.pick(3) {
            0 => self.comparison(depth - 1),
            1 => format!("({})", self.condition(depth - 1)),
            _ => {
                let (left, right) = (self.comparison(depth - 1), self.simple());
                let operator = self.operator("&&", "and");
                format!("{left} {operator} {right}")
            }
        }
    }

    fn simple(&mut self) -> String {
        match self.pick(4) {
            0 => self.one(&["true", "false", "request.stream", "request.has_tools"]).to_owned(),
            1 => format!("!{}", self.one(&["request.stream", "request.has_images", "request.wants_json"])),
            2 => format!("has({})", self.one(&["tags.tenant", "tags.missing"])),
            _ if self.only_cel => "request.has_tools".to_owned(),
            _ => self.one(&["healthy(openai/gpt-4o)", "has(tenant)", "response.valid_json", "response.has_tool_calls"]).to_owned(),
        }
    }

    fn comparison(&mut self, depth: usize) -> String {
        let order = self.one(&["==", "!=", "<", "<=", ">", ">="]);
        match self.pick(9) {
            0 | 1 => format!("{} {order} {}", self.whole(depth), self.whole(depth)),
            2 => format!("{} {order} {}", self.real(depth), self.real(depth)),
            3 => format!("{} {order} {}", self.text(depth), self.text(depth)),
            4 => {
                let method = self.one(&["contains", "startsWith", "endsWith"]);
                format!("{}.{method}({})", self.receiver(depth), self.text(depth))
            }
            5 => format!("{}.matches({})", self.receiver(depth), self.one(&["'^a'", "\"c.*p$\"", "\"[0-9]+\"", "''"])),
            6 => format!("{} in [{}, {}]", self.text(depth), self.text(depth), self.text(0)),
            7 => format!("{} in [{}, {}, 7]", self.whole(depth), self.whole(0), self.whole(depth)),
            _ if self.only_cel => format!("size({}) {order} {}", self.text(depth), self.whole(depth)),
            _ => self.ours(depth, order),
        }
    }

    /// What CEL does not know.
    fn ours(&mut self, depth: usize, order: &str) -> String {
        match self.pick(8) {
            0 => format!("tenant {order} {}", self.whole(depth)),
            1 => format!("tags[\"my key\"] {order} {}", self.real(depth)),
            2 => format!("{} not in [tenant, 25, 'a']", self.one(&["tenant", "seats", "tags.x"])),
            3 => format!("cost(openai/gpt-4o) {order} {}", self.real(depth)),
            4 => format!("latency(\"my provider/m\", 95) {order} {}", self.whole(depth)),
            5 => format!("time.weekday {order} \"Sat\""),
            6 => format!("{} {} {}", self.text(depth), self.one(&["contains", "starts_with", "ends_with"]), self.text(depth)),
            _ => format!("seats {} tenant {order} budget(\"team\").remaining_usd / 0", self.one(&["+", "-", "*", "/", "%"])),
        }
    }

    fn receiver(&mut self, depth: usize) -> String {
        if self.pick(2) == 0 {
            self.one(&["tags.tenant", "request.model", "end_user"]).to_owned()
        } else {
            format!("({})", self.text(depth))
        }
    }

    fn text(&mut self, depth: usize) -> String {
        if depth > 0 && self.pick(6) == 0 {
            return format!("(({}) ? {} : {})", self.condition(depth - 1), self.text(depth - 1), self.text(depth - 1));
        }
        if self.pick(2) == 0 {
            self.one(&TEXTS).to_owned()
        } else {
            self.one(&["tags.tenant", "request.model", "end_user", "tags.seats", "app"]).to_owned()
        }
    }

    /// A whole number, small.
    fn whole(&mut self, depth: usize) -> String {
        let mut out = String::new();
        match self.pick(if depth == 0 { 2 } else { 6 }) {
            0 => write!(out, "{}", self.pick(30)),
            1 => {
                write!(out, "{}", self.one(&["request.input_tokens", "request.messages", "time.hour", "time.weekday", "size(tags.tenant)"]))
            }
            2 => write!(out, "{} {} {}", self.whole(depth - 1), self.one(&["+", "-"]), self.product(depth - 1)),
            3 => write!(out, "{}", self.product(depth - 1)),
            4 => write!(out, "(request.stream ? {} : {})", self.whole(depth - 1), self.whole(depth - 1)),
            _ => write!(out, "-({})", self.whole(depth - 1)),
        }
        .unwrap();
        out
    }

    fn product(&mut self, depth: usize) -> String {
        match self.pick(4) {
            0 => format!("{} * ({})", self.pick(9), self.whole(depth.saturating_sub(1))),
            1 => format!("request.input_tokens % {}", self.pick(9) + 1),
            2 => format!("-request.messages * {}", self.pick(9)),
            _ => format!("({})", self.whole(depth.saturating_sub(1))),
        }
    }

    /// A number with a fraction.
    fn real(&mut self, depth: usize) -> String {
        if depth > 0 && self.pick(3) == 0 {
            let divisor = self.pick(9) + 1;
            return format!("{} {} {} / {divisor}.5", self.real(depth - 1), self.one(&["+", "-"]), self.real(0));
        }
        self.one(&["0.5", "12.25", "0.9", "budget.used_pct", "budget.cap_usd", "budget.used_usd"]).to_owned()
    }
}
