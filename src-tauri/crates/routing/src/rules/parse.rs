//! Tokens to the tree of a condition: a Pratt parser that reports a mistake and reads on.

use super::{
    names::Names,
    place::{At, Findings, cut},
    token::{Lexer, Token},
    tree::{Expr, Kind, Op, level},
    words::KEYWORDS,
};

/// How deep the tree of a condition may be.
pub(super) const MAX_DEPTH: u16 = 40;
/// How deep the parser goes: a tree's level costs at most an operand and the parentheses around it.
const MAX_OPEN: u16 = 2 * MAX_DEPTH + 16;

pub(super) struct Parser<'a> {
    pub lexer: Lexer<'a>,
    pub findings: Findings,
    pub names: Names,
    peeked: Option<(Token<'a>, At)>,
    /// Where the token taken last ended.
    pub last: At,
    depth: u16,
}

/// The text after this cannot be read as a part of the condition any more; it was reported.
pub(super) struct Lost;

pub(super) type Parse<T> = Result<T, Lost>;

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, names: Names) -> Self {
        Self { lexer: Lexer::new(text), findings: Findings::default(), names, peeked: None, last: At::default(), depth: 0 }
    }

    pub fn peek(&mut self) -> &(Token<'a>, At) {
        let Self { lexer, findings, peeked, .. } = self;
        peeked.get_or_insert_with(|| lexer.next(findings))
    }

    pub fn next(&mut self) -> (Token<'a>, At) {
        let (token, at) = match self.peeked.take() {
            Some(token) => token,
            None => self.lexer.next(&mut self.findings),
        };
        if token != Token::End {
            self.last = at;
        }
        (token, at)
    }

    /// Where a target is to be read: no token may have been looked at.
    pub fn at_target(&mut self) {
        debug_assert!(self.peeked.is_none(), "a target is no token");
        self.lexer.skip_space();
    }

    pub fn peek_word(&mut self) -> Option<&'a str> {
        match self.peek().0 {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn peek_is(&mut self, symbol: &str) -> bool {
        matches!(self.peek().0, Token::Symbol(next) if next == symbol)
    }

    pub fn eat(&mut self, symbol: &str) -> bool {
        let eaten = self.peek_is(symbol);
        if eaten {
            self.next();
        }
        eaten
    }

    /// Just behind the token taken last.
    pub fn behind(&self) -> At {
        At::new(self.last.end, self.last.end)
    }

    /// The closing bracket that belongs to the one at `open`.
    pub fn close(&mut self, symbol: &str, open: At) {
        if self.eat(symbol) {
            return;
        }
        let (token, at) = self.peek().clone();
        if token == Token::Bad {
            self.next();
            return self.close(symbol, open);
        }
        let opened = self.lexer.text.get(open.start..open.end).unwrap_or("(").to_owned();
        let found = self.shown(&token, at);
        let place = if token == Token::End { self.behind() } else { at };
        self.findings.error(place, format!("expected {symbol} to close {opened}, found {found}"));
    }

    /// A token as a message names it.
    pub fn shown(&self, token: &Token<'_>, at: At) -> String {
        match token {
            Token::End => "the end of the text".to_owned(),
            _ => cut(self.lexer.text.get(at.start..at.end).unwrap_or("")),
        }
    }

    /// A whole condition.
    pub fn condition(&mut self) -> Parse<Expr> {
        self.expression(level::CHOICE)
    }

    fn expression(&mut self, least: u8) -> Parse<Expr> {
        self.deeper(|parser| {
            let mut left = parser.prefix(least)?;
            while let Some(next) = parser.infix(least)? {
                left = parser.continued(left, next)?;
                if left.depth > MAX_DEPTH {
                    return Err(parser.too_deep(left.at));
                }
            }
            Ok(left)
        })
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_OPEN {
            let at = self.peek().1;
            return Err(self.too_deep(at));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn too_deep(&mut self, at: At) -> Lost {
        self.findings.error(at, format!("this condition nests more than {MAX_DEPTH} levels deep: split it into several rules"));
        Lost
    }

    fn prefix(&mut self, least: u8) -> Parse<Expr> {
        let (token, at) = self.peek().clone();
        match token {
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.next();
                self.lower_case(word, at);
                let inner = self.expression(least.max(level::NOT))?;
                let at = at.to(inner.at);
                Ok(Expr::new(Kind::Not(inner.into()), at))
            }
            Token::Symbol("!") => {
                self.next();
                let inner = self.deeper(|parser| parser.prefix(level::UNARY))?;
                let at = at.to(inner.at);
                Ok(Expr::new(Kind::Not(inner.into()), at))
            }
            Token::Symbol("-") => {
                self.next();
                let inner = self.deeper(|parser| parser.prefix(level::UNARY))?;
                let at = at.to(inner.at);
                Ok(Expr::new(Kind::Negative(inner.into()), at))
            }
            _ => self.operand(),
        }
    }

    /// Is it a keyword in capitals? It is taken as the keyword, and reported.
    pub fn lower_case(&mut self, word: &str, at: At) {
        let lower = word.to_ascii_lowercase();
        if lower != word {
            self.findings.error_meaning(at, format!("{word} is written in lower case"), Some(&lower));
        }
    }

    fn operand(&mut self) -> Parse<Expr> {
        let (token, at) = self.peek().clone();
        let mut operand = match token {
            Token::Number(value, written) => {
                self.next();
                Expr::new(Kind::Number(value, written.into()), at)
            }
            Token::Text(text) => {
                self.next();
                Expr::new(Kind::Text(text.into()), at)
            }
            Token::Word("true" | "True" | "TRUE" | "false" | "False" | "FALSE") => self.truth(),
            Token::Word(word) if !KEYWORDS.contains(&word) => self.name()?,
            Token::Symbol("(") => self.parenthesised()?,
            Token::Symbol("[") => self.list()?,
            Token::Bad => {
                self.next();
                Expr::wrong(at)
            }
            _ => return Ok(self.missing_operand(&token, at)),
        };
        while self.peek_is(".") {
            operand = self.method(operand)?;
            if operand.depth > MAX_DEPTH {
                return Err(self.too_deep(operand.at));
            }
        }
        Ok(operand)
    }

    fn truth(&mut self) -> Expr {
        let (token, at) = self.next();
        let Token::Word(word) = token else { return Expr::wrong(at) };
        self.lower_case(word, at);
        Expr::new(Kind::Bool(word.eq_ignore_ascii_case("true")), at)
    }

    fn missing_operand(&mut self, token: &Token<'a>, at: At) -> Expr {
        let found = self.shown(token, at);
        let place = if *token == Token::End { self.behind() } else { at };
        match token {
            Token::Config(_) => {
                self.next();
                self.findings.error(at, format!("{found} is a config: it can stand only after use"));
            }
            Token::Symbol("{") => self.findings.error(at, "an object can stand only after use"),
            Token::Symbol("==" | "!=" | "<" | "<=" | ">" | ">=" | "=" | "&&" | "||" | "*" | "/" | "%" | "+" | "?") => {
                self.findings.error(place, format!("a value is missing before {found}"));
            }
            _ => self.findings.error(place, format!("expected a value, found {found}")),
        }
        Expr::wrong(place)
    }

    fn parenthesised(&mut self) -> Parse<Expr> {
        let (_, open) = self.next();
        let mut inner = self.expression(level::CHOICE)?;
        self.close(")", open);
        inner.at = open.to(self.last);
        Ok(inner)
    }

    fn list(&mut self) -> Parse<Expr> {
        let (_, open) = self.next();
        let items = self.items("]", open)?;
        Ok(Expr::new(Kind::List(items), open.to(self.last)))
    }

    /// Expressions with commas between, up to the closing bracket.
    fn items(&mut self, closing: &'static str, open: At) -> Parse<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.peek_is(closing) {
            items.push(self.expression(level::CHOICE)?);
            if !self.eat(",") {
                break;
            }
        }
        self.close(closing, open);
        Ok(items)
    }

    /// `.contains(x)` and the like, behind any value.
    fn method(&mut self, receiver: Expr) -> Parse<Expr> {
        self.next();
        let (token, at) = self.peek().clone();
        let Token::Word(word) = token else {
            let found = self.shown(&token, at);
            self.findings.error(at, format!("expected a name after the dot, found {found}"));
            return Ok(Expr::wrong(receiver.at));
        };
        self.next();
        if !self.peek_is("(") {
            self.findings.error(at, format!("{word} is no part of {}", self.shown(&Token::Bad, receiver.at)));
            return Ok(Expr::wrong(receiver.at.to(at)));
        }
        self.call_method(receiver, word, at)
    }

    pub fn call_method(&mut self, receiver: Expr, word: &str, at: At) -> Parse<Expr> {
        let (_, open) = self.next();
        let mut arguments = self.items(")", open)?;
        let whole = receiver.at.to(self.last);
        let op = match word {
            "contains" => Op::Contains,
            "startsWith" | "starts_with" => Op::StartsWith,
            "endsWith" | "ends_with" => Op::EndsWith,
            "matches" | "size" => Op::Equal,
            _ => {
                self.findings.unknown(at, "method", word, super::words::METHODS);
                return Ok(Expr::wrong(whole));
            }
        };
        let wanted = usize::from(word != "size");
        if arguments.len() != wanted {
            let takes = if wanted == 0 { "nothing" } else { "one value" };
            self.findings.error(whole, format!("{word}() takes {takes} in its parentheses"));
            return Ok(Expr::wrong(whole));
        }
        Ok(match arguments.pop() {
            None => Expr::new(Kind::Size(receiver.into()), whole),
            Some(pattern) if word == "matches" => self.matches(receiver, pattern),
            Some(argument) => self.binary(op, receiver, argument, whole),
        })
    }

    fn binary(&mut self, op: Op, left: Expr, right: Expr, at: At) -> Expr {
        Expr::new(Kind::Binary(op, left.into(), right.into()), at)
    }

    fn matches(&mut self, subject: Expr, pattern: Expr) -> Expr {
        let at = subject.at.to(self.last);
        match pattern.kind {
            Kind::Text(text) => {
                let pattern = self.names.patterns.compile(text, pattern.at, &mut self.findings);
                Expr::new(Kind::Matches(subject.into(), pattern), at)
            }
            Kind::Wrong => Expr::wrong(at),
            _ => {
                self.findings.error(pattern.at, "the pattern of matches must be a string written here, such as \"^gpt-4\"");
                Expr::wrong(at)
            }
        }
    }

    fn continued(&mut self, left: Expr, next: Infix) -> Parse<Expr> {
        match next {
            Infix::And => Ok(Expr::and(left, self.expression(level::NOT)?)),
            Infix::Or => Ok(Expr::or(left, self.expression(level::AND)?)),
            Infix::Choice => self.choice(left),
            Infix::Matches => {
                let pattern = self.expression(level::ADD)?;
                let compared = self.matches(left, pattern);
                self.unchained(compared)
            }
            Infix::Op(op) => {
                let right = self.expression(op.level() + 1)?;
                let at = left.at.to(right.at);
                let made = self.binary(op, left, right, at);
                if op.is_arithmetic() { Ok(made) } else { self.unchained(made) }
            }
        }
    }

    fn choice(&mut self, condition: Expr) -> Parse<Expr> {
        let then = self.expression(level::CHOICE)?;
        if !self.eat(":") {
            let (token, at) = self.peek().clone();
            let found = self.shown(&token, at);
            self.findings.error(at, format!("expected : and a second value after ?, found {found}"));
            return Ok(Expr::wrong(condition.at.to(then.at)));
        }
        let otherwise = self.expression(level::CHOICE)?;
        let at = condition.at.to(otherwise.at);
        Ok(Expr::new(Kind::Choice(Box::new([condition, then, otherwise])), at))
    }

    /// After a comparison, another one may not follow.
    fn unchained(&mut self, mut compared: Expr) -> Parse<Expr> {
        loop {
            let (token, at) = self.peek().clone();
            let chained = match token {
                Token::Symbol(symbol) => symbol == "=" || Op::of_symbol(symbol).is_some_and(|op| !op.is_arithmetic()),
                Token::Word(word) => word == "matches" || Op::of_word(word).is_some(),
                _ => false,
            };
            if !chained {
                return Ok(compared);
            }
            self.next();
            let found = self.shown(&token, at);
            self.findings.error(at, format!("comparisons cannot be chained: join two of them with and, before this {found}"));
            let right = self.expression(level::ADD)?;
            compared = Expr::wrong(compared.at.to(right.at));
        }
    }

    /// The operator that comes next, taken, if it binds at least as tightly.
    fn infix(&mut self, least: u8) -> Parse<Option<Infix>> {
        loop {
            let (token, at) = self.peek().clone();
            let (next, meant) = match token {
                Token::Bad => {
                    self.next();
                    continue;
                }
                Token::Symbol(symbol) => match infix_symbol(symbol) {
                    Some(known) => known,
                    None => return Ok(None),
                },
                Token::Word(word) => match self.infix_word(word) {
                    Some(known) => known,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            };
            if next.level() < least {
                return Ok(None);
            }
            self.next();
            if let Some(meant) = meant {
                let found = self.shown(&token, at);
                self.findings.error_meaning(at, format!("{found} is no operator"), Some(meant));
            }
            if token == Token::Word("not") && !self.not_in(at) {
                return Err(Lost);
            }
            return Ok(Some(next));
        }
    }

    /// After an infix `not` comes `in`.
    fn not_in(&mut self, at: At) -> bool {
        if self.peek_word() == Some("in") {
            self.next();
            return true;
        }
        self.findings.error(at, "not stands before a whole comparison, or before in: write not (a contains b)");
        false
    }

    fn infix_word(&mut self, word: &str) -> Option<(Infix, Option<&'static str>)> {
        let known = |word: &str| match word {
            "and" => Some(Infix::And),
            "or" => Some(Infix::Or),
            "not" => Some(Infix::Op(Op::NotIn)),
            "matches" => Some(Infix::Matches),
            _ => Op::of_word(word).map(Infix::Op),
        };
        if let Some(infix) = known(word) {
            return Some((infix, None));
        }
        if KEYWORDS.contains(&word) || word.len() > 32 {
            return None;
        }
        if matches!(word, "is" | "eq" | "equals") {
            return Some((Infix::Op(Op::Equal), Some("==")));
        }
        let words = ["and", "or", "in", "contains", "starts_with", "ends_with", "matches", "then", "use", "block", "else"];
        let lower = word.to_ascii_lowercase();
        let near = words.into_iter().find(|word| *word == lower).or_else(|| crate::names::nearest(word, words))?;
        known(near).map(|infix| (infix, Some(near)))
    }
}

/// What may follow a value.
enum Infix {
    And,
    Or,
    Choice,
    Matches,
    Op(Op),
}

impl Infix {
    fn level(&self) -> u8 {
        match self {
            Self::And => level::AND,
            Self::Or => level::OR,
            Self::Choice => level::CHOICE,
            Self::Matches => level::COMPARE,
            Self::Op(op) => op.level(),
        }
    }
}

/// With what was meant, where it is a slip.
fn infix_symbol(symbol: &str) -> Option<(Infix, Option<&'static str>)> {
    let slip = |op: Op| Some((Infix::Op(op), Some(op.symbol())));
    match symbol {
        "&&" => Some((Infix::And, None)),
        "||" => Some((Infix::Or, None)),
        "?" => Some((Infix::Choice, None)),
        "=" => slip(Op::Equal),
        "=>" => slip(Op::GreaterEqual),
        "=<" => slip(Op::LessEqual),
        "<>" => slip(Op::Unequal),
        "&" => Some((Infix::And, Some("and"))),
        "|" => Some((Infix::Or, Some("or"))),
        _ => Op::of_symbol(symbol).map(|op| (Infix::Op(op), None)),
    }
}
