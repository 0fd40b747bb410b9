//! Names, calls and patterns: which fact a word stands for.

use std::{collections::HashMap, sync::Arc};

use regex::{Regex, RegexBuilder};

use super::{
    ConditionScope,
    parse::{Parse, Parser},
    place::{At, Findings, cut},
    token::Token,
    tree::{BudgetField, Expr, Kind, Pattern, Tag},
    words::{self, FUNCTIONS, TABLES, Variable},
};

/// What names may be used, and the patterns compiled so far.
pub(super) struct Names {
    pub scope: ConditionScope,
    pub patterns: Patterns,
}

/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 19;
/// So many different patterns may stand in one text.
const MAX_PATTERNS: usize = 64;

/// Each different pattern is compiled once.
#[derive(Default)]
pub(super) struct Patterns(HashMap<Box<str>, Option<Arc<Regex>>>);

impl Patterns {
    pub fn compile(&mut self, text: Box<str>, at: At, findings: &mut Findings) -> Pattern {
        if let Some(regex) = self.0.get(&text) {
            return Pattern { text, regex: regex.clone() };
        }
        if self.0.len() >= MAX_PATTERNS {
            findings.error(
                at,
                format!("more than {MAX_PATTERNS} different patterns: use starts_with, ends_with, contains or in where they do"),
            );
            return Pattern { text, regex: None };
        }
        let regex = match RegexBuilder::new(&text).size_limit(PATTERN_BYTES).nest_limit(64).build() {
            Ok(regex) => Some(Arc::new(regex)),
            Err(error) => {
                findings.error(at, refused(&error));
                None
            }
        };
        self.0.insert(text.clone(), regex.clone());
        Pattern { text, regex }
    }
}

/// The last line of the library's report says what is wrong.
fn refused(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "this pattern is too large: write fewer or smaller repetitions".to_owned(),
        other => {
            let report = other.to_string();
            let last = report.lines().last().unwrap_or("").trim();
            format!("this pattern is no regular expression: {}", cut(last.strip_prefix("error: ").unwrap_or(last)))
        }
    }
}

impl<'a> Parser<'a> {
    /// A name with all that belongs to it: fields, arguments.
    pub fn name(&mut self) -> Parse<Expr> {
        let (token, at) = self.next();
        let Token::Word(word) = token else { return Ok(Expr::wrong(at)) };
        if self.peek_is("(") {
            return self.call(word, at);
        }
        if word == "tags" {
            return Ok(self.tag(at).map_or_else(|| Expr::wrong(at.to(self.last)), |tag| Expr::new(Kind::Tag(tag), at.to(self.last))));
        }
        if TABLES.contains(&word) {
            return Ok(self.field(word, at));
        }
        if let Some(variable) = Variable::named(word) {
            return Ok(Expr::new(Kind::Variable(variable), at));
        }
        if FUNCTIONS.contains(&word) {
            self.findings.error(at, format!("{word} is a function: write {}", called(word)));
            return Ok(Expr::wrong(at));
        }
        self.bare(word, at)
    }

    /// A bare name is a tag; what has fields is none.
    fn bare(&mut self, word: &'a str, at: At) -> Parse<Expr> {
        let tag = Expr::new(Kind::Tag(Tag { key: word.into(), bare: true }), at);
        if !self.peek_is(".") {
            return Ok(tag);
        }
        self.next();
        let (token, field_at) = self.peek().clone();
        let Token::Word(field) = token else {
            self.findings.error(field_at, "expected a name after the dot");
            return Ok(Expr::wrong(at));
        };
        self.next();
        if self.peek_is("(") {
            return self.call_method(tag, field, field_at);
        }
        let whole = at.to(field_at);
        let written = format!("{word}.{field}");
        let tag = format!("tags.{field}");
        let known = words::variable_names().map(str::to_owned).chain([tag]).collect::<Vec<_>>();
        self.findings.unknown(whole, "variable", &written, known.iter().map(String::as_str));
        Ok(Expr::wrong(whole))
    }

    /// What follows `tags`: `.key` or `["key"]`.
    fn tag(&mut self, table: At) -> Option<Tag> {
        if self.eat(".") {
            let (token, at) = self.peek().clone();
            if let Token::Word(key) = token {
                self.next();
                return Some(Tag { key: key.into(), bare: false });
            }
            self.findings.error(at, "expected a tag's key after the dot; one that is no name stands in brackets: tags[\"my key\"]");
            return None;
        }
        if self.peek_is("[") {
            let (_, open) = self.next();
            let (token, at) = self.peek().clone();
            let Token::Text(key) = token else {
                self.findings.error(at, "expected a tag's key in quotes, such as tags[\"my key\"]");
                return None;
            };
            self.next();
            self.close("]", open);
            return Some(Tag { key: key.into(), bare: false });
        }
        self.findings.error(table, "tags is a table: name one of them, such as tags.tenant");
        None
    }

    /// What follows `request`, `budget`, `time` or `response`.
    fn field(&mut self, table: &'a str, at: At) -> Expr {
        if !self.eat(".") {
            let first = words::variable_names().find(|name| name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')));
            self.findings.error(at, format!("{table} has fields: name one of them, such as {}", first.unwrap_or(table)));
            return Expr::wrong(at);
        }
        let (token, field_at) = self.peek().clone();
        let Token::Word(field) = token else {
            self.findings.error(field_at, format!("expected a field of {table} after the dot"));
            return Expr::wrong(at);
        };
        self.next();
        let whole = at.to(field_at);
        if table == "budget"
            && let Some(field) = BudgetField::named(field)
        {
            return Expr::new(Kind::Budget(None, field), whole);
        }
        let written = format!("{table}.{field}");
        let Some(variable) = Variable::named(&written) else {
            self.findings.unknown(whole, "variable", &written, words::variable_names().filter(|name| name.contains('.')));
            return Expr::wrong(whole);
        };
        if variable.word().response_only && self.names.scope == ConditionScope::Request {
            self.findings
                .error(whole, format!("{written} can be read only in accept and valid_when: a rule is decided before there is an answer"));
            return Expr::wrong(whole);
        }
        Expr::new(Kind::Variable(variable), whole)
    }

    fn call(&mut self, word: &'a str, at: At) -> Parse<Expr> {
        let kind = match word {
            "cost" | "latency" | "healthy" => self.about_target(word),
            "budget" => return Ok(self.named_budget(at)),
            "has" => self.has(),
            "size" => {
                let (_, open) = self.next();
                let inner = self.condition()?;
                self.close(")", open);
                Some(Kind::Size(inner.into()))
            }
            _ => {
                self.findings.unknown(at, "function", word, FUNCTIONS);
                let (_, open) = self.next();
                self.skip_arguments(open);
                None
            }
        };
        let whole = at.to(self.last);
        Ok(Expr::new(kind.unwrap_or(Kind::Wrong), whole))
    }

    /// Past the parenthesis that closes the call of an unknown function, if it closes before the rule's next part.
    fn skip_arguments(&mut self, _open: At) {
        let was_quiet = std::mem::replace(&mut self.lexer.quiet, true);
        let mut open = 1_u32;
        loop {
            match self.peek().0 {
                Token::Symbol("(") => open += 1,
                Token::Symbol(")") => open -= 1,
                Token::End | Token::Word("if" | "then" | "else" | "use" | "block") => break,
                _ => {}
            }
            self.next();
            if open == 0 {
                break;
            }
        }
        self.lexer.quiet = was_quiet;
    }

    /// `(T)`, and for `latency` `(T, 95)`.
    fn about_target(&mut self, word: &'a str) -> Option<Kind> {
        let (_, open) = self.next();
        let target = self.model_target(word);
        let percentile = if self.eat(",") { Some(self.percentile(word)) } else { None };
        self.close(")", open);
        let target = target?;
        match word {
            "cost" => Some(Kind::Cost(target)),
            "healthy" => Some(Kind::Healthy(target)),
            _ => match percentile {
                None => Some(Kind::Latency(target, None)),
                Some(percentile) => Some(Kind::Latency(target, Some(percentile?))),
            },
        }
    }

    fn percentile(&mut self, word: &str) -> Option<u8> {
        let value = match self.condition() {
            Ok(value) => value,
            Err(_) => return None,
        };
        if word != "latency" {
            self.findings.error(value.at, format!("{word}() takes one model"));
            return None;
        }
        match value.kind {
            Kind::Number(percentile, _) if percentile.fract() == 0.0 && (1.0..=99.0).contains(&percentile) => Some(percentile as u8),
            Kind::Wrong => None,
            Kind::Number(share, _) if share > 0.0 && share < 1.0 => {
                let meant = (share * 100.0).round().clamp(1.0, 99.0).to_string();
                self.findings.error_meaning(value.at, "a percentile is a whole number from 1 to 99", Some(&meant));
                None
            }
            _ => {
                self.findings.error(value.at, "a percentile is a whole number from 1 to 99");
                None
            }
        }
    }

    /// `budget("name").used_pct`.
    fn named_budget(&mut self, at: At) -> Expr {
        let (_, open) = self.next();
        let (token, name_at) = self.peek().clone();
        let name = match token {
            Token::Text(name) => {
                self.next();
                Some(name)
            }
            _ => {
                self.findings.error(name_at, "expected a budget's name in quotes, such as budget(\"team\").used_pct");
                if matches!(token, Token::Word(word) if !words::KEYWORDS.contains(&word)) {
                    self.next();
                }
                None
            }
        };
        self.close(")", open);
        let call = at.to(self.last);
        if !self.eat(".") {
            self.findings.error(call, "budget(…) has fields: name one of them, such as budget(\"team\").used_pct");
            return Expr::wrong(call);
        }
        let (token, field_at) = self.peek().clone();
        let Token::Word(word) = token else {
            self.findings.error(field_at, "expected a field of the budget after the dot, such as used_pct");
            return Expr::wrong(call);
        };
        self.next();
        match (name, BudgetField::named(word)) {
            (Some(name), Some(field)) => Expr::new(Kind::Budget(Some(name.into()), field), at.to(field_at)),
            (_, Some(_)) => Expr::wrong(at.to(field_at)),
            (_, None) => {
                let fields = words::BUDGET.iter().map(|(field, _)| field.name());
                let near = if word.len() > 32 { None } else { crate::names::nearest(word, fields) };
                self.findings.error_meaning(field_at, format!("a budget has no field {}", cut(word)), near);
                Expr::wrong(at.to(field_at))
            }
        }
    }

    /// `has(tags.x)`.
    fn has(&mut self) -> Option<Kind> {
        let (_, open) = self.next();
        let inner = match self.condition() {
            Ok(inner) => inner,
            Err(_) => return None,
        };
        self.close(")", open);
        match inner.kind {
            Kind::Tag(tag) => Some(Kind::Has(tag)),
            Kind::Wrong => None,
            _ => {
                self.findings.error(inner.at, "has() takes a tag, such as has(tags.tenant); other names always have a value");
                None
            }
        }
    }
}

fn called(word: &str) -> &'static str {
    match word {
        "cost" => "cost(provider/model)",
        "latency" => "latency(provider/model)",
        "healthy" => "healthy(provider/model)",
        "size" => "size(tags.tenant)",
        _ => "has(tags.tenant)",
    }
}
