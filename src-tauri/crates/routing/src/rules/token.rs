//! Text to tokens, one at a time: where a target stands, the parser asks for a target instead.

use super::place::{At, Findings, cut};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    /// Its value, and as it was written.
    Number(f64, &'a str),
    Text(String),
    /// `@slug`, where no target may stand.
    Config(&'a str),
    Symbol(&'static str),
    /// Something that was reported already.
    Bad,
    End,
}

/// Longest first.
const SYMBOLS: [&str; 25] =
    ["==", "!=", "<=", ">=", "&&", "||", "=>", "=<", "<>", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ".", "!"];
const LATER: [&str; 6] = ["?", ":", "=", "&", "|", ";"];

pub(super) struct Lexer<'a> {
    pub text: &'a str,
    pub at: usize,
    /// Where comments stand, `#` and all.
    pub comments: Vec<At>,
    /// Says nothing while it skips what was reported already.
    pub quiet: bool,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, comments: Vec::new(), quiet: false }
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Past space and comments.
    pub fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            self.at += space;
            if !self.rest().starts_with('#') {
                return;
            }
            let rest = self.rest();
            let end = self.at + rest.find('\n').unwrap_or(rest.len());
            self.comments.push(At::new(self.at, end));
            self.at = end;
        }
    }

    pub fn next(&mut self, findings: &mut Findings) -> (Token<'a>, At) {
        self.skip_space();
        let start = self.at;
        let token = self.token(findings);
        (token, At::new(start, self.at))
    }

    fn token(&mut self, findings: &mut Findings) -> Token<'a> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Token::End };
        match first {
            '"' | '\'' => self.string(first, first, findings),
            '“' | '”' | '„' | '‘' | '’' => self.curly(first, findings),
            '0'..='9' => self.number(findings),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) && !self.is_behind_name() => self.number(findings),
            '@' => Token::Config(self.take(|c| is_name(c) || c == '-' || c == ':' || c == '@')),
            _ if is_name_start(first) => Token::Word(self.take(is_name)),
            _ => match SYMBOLS.iter().chain(&LATER).find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => {
                    self.at += symbol.len();
                    Token::Symbol(symbol)
                }
                None => {
                    self.at += first.len_utf8();
                    self.say(findings, At::new(self.at - first.len_utf8(), self.at), format!("unknown character {first}"), None);
                    Token::Bad
                }
            },
        }
    }

    /// Is the dot here one that parts a name?
    fn is_behind_name(&self) -> bool {
        self.text.get(..self.at).is_some_and(|before| before.ends_with(|c| is_name(c) || c == ')' || c == ']'))
    }

    pub fn take(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = rest.find(|c| !part(c)).map_or(rest, |end| &rest[..end]);
        self.at += taken.len();
        taken
    }

    fn say(&self, findings: &mut Findings, at: At, message: String, suggestion: Option<&str>) {
        if !self.quiet {
            findings.error_meaning(at, message, suggestion);
        }
    }

    fn number(&mut self, findings: &mut Findings) -> Token<'a> {
        let start = self.at;
        let digit = |c: char| c.is_ascii_digit() || c == '_';
        self.take(digit);
        let rest = self.rest();
        if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            self.take(digit);
        }
        let exponent = self.rest().strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
        if exponent.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            self.at += 1;
            self.take(|c| c == '+' || c == '-');
            self.take(digit);
        }
        self.take(is_name);
        let written = &self.text[start..self.at];
        let at = At::new(start, self.at);
        let digits = written.replace('_', "");
        let value = if written.ends_with('_') || written.starts_with('.') { None } else { digits.parse::<f64>().ok() };
        match value {
            Some(value) if value.is_finite() => return Token::Number(value, written),
            Some(_) => self.say(findings, at, format!("{} is too large a number", cut(written)), None),
            None if written.starts_with('.') => {
                self.say(findings, at, format!("{} is no number", cut(written)), Some(&format!("0{}", cut(written))));
            }
            None => {
                let meant = scaled(&digits);
                self.say(findings, at, format!("{} is no number", cut(written)), meant.as_deref());
            }
        }
        Token::Bad
    }

    /// A string up to the same quote, on one line.
    fn string(&mut self, open: char, close: char, findings: &mut Findings) -> Token<'a> {
        let start = self.at;
        self.at += open.len_utf8();
        let mut value = String::new();
        loop {
            let plain = self.take(|c| c != close && c != '\\' && c != '\n');
            value.push_str(plain);
            let Some(next) = self.rest().chars().next().filter(|c| *c != '\n') else {
                let end = self.text[start..self.at].trim_end().len() + start;
                self.say(findings, At::new(start, end), format!("this string does not end: add {close} before the end of the line"), None);
                return Token::Text(value);
            };
            self.at += next.len_utf8();
            if next == close {
                return Token::Text(value);
            }
            self.escape(&mut value, findings);
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, value: &mut String, findings: &mut Findings) {
        let start = self.at - 1;
        let Some(letter) = self.rest().chars().next().filter(|c| *c != '\n') else { return };
        self.at += letter.len_utf8();
        let meant = match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            '\\' | '"' | '\'' | '/' => letter,
            'u' => match self.code_point() {
                Some(meant) => meant,
                None => {
                    let at = At::new(start, self.at);
                    self.say(findings, at, "after \\u come four hexadecimal digits, or one to six in braces".to_owned(), None);
                    return;
                }
            },
            _ => {
                let written = &self.text[start..self.at];
                self.say(findings, At::new(start, self.at), format!("unknown escape {written} in a string"), Some(&format!("\\{written}")));
                letter
            }
        };
        value.push(meant);
    }

    /// `00e9`, a pair of surrogates `d83d\ude00`, or `{1f600}`.
    fn code_point(&mut self) -> Option<char> {
        if self.rest().starts_with('{') {
            self.at += 1;
            let digits = self.take(|c| c.is_ascii_hexdigit());
            self.rest().starts_with('}').then(|| self.at += 1)?;
            return u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        }
        let first = self.four()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.rest().starts_with("\\u").then(|| self.at += 2)?;
        let second = self.four().filter(|second| (0xdc00..0xe000).contains(second))?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn four(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// Quotes as word processors make them.
    fn curly(&mut self, open: char, findings: &mut Findings) -> Token<'a> {
        let start = self.at;
        let was_quiet = std::mem::replace(&mut self.quiet, true);
        let single = matches!(open, '‘' | '’');
        self.at += open.len_utf8();
        let value = self.take(|c| c != '\n' && if single { c != '’' } else { c != '”' && c != '“' }).to_owned();
        if let Some(close) = self.rest().chars().next().filter(|c| *c != '\n') {
            self.at += close.len_utf8();
        }
        self.quiet = was_quiet;
        let meant = super::print::quoted(&value);
        self.say(findings, At::new(start, self.at), "strings stand in straight quotes".to_owned(), Some(&cut(&meant)));
        Token::Text(value)
    }
}

/// `32k` means 32000.
fn scaled(digits: &str) -> Option<String> {
    let (number, factor) =
        [("k", 1e3), ("K", 1e3), ("m", 1e6), ("M", 1e6)].iter().find_map(|(unit, factor)| Some((digits.strip_suffix(unit)?, factor)))?;
    let value = number.parse::<f64>().ok()? * factor;
    (value < 1e15).then(|| value.to_string())
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
