//! Tokens to rules: `if … then A (else if … then A)* else A`.

use serde_json::Value;

use super::{parse::Parser, place::At, token::Token, tree::Expr};

/// One rule as it was read. What is wrong in it was reported.
pub(super) struct RawRule {
    /// From its first word to the end of its action.
    pub at: At,
    pub condition: Option<Expr>,
    pub action: Option<RawAction>,
}

pub(super) enum RawAction {
    Use(Value, At),
    Block(String, At),
}

/// Which words end a skipped part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Rule,
    Part,
}

impl Parser<'_> {
    pub fn program(&mut self) -> Vec<RawRule> {
        let mut rules: Vec<RawRule> = Vec::new();
        let mut last_else: Option<At> = None;
        if self.peek().0 == Token::End {
            self.findings.error(At::default(), "there is no rule yet: write if … then use @slug, and a last else use @slug");
            return rules;
        }
        while !self.findings.is_full() {
            let Some((start, is_else)) = self.rule_start(rules.is_empty()) else { break };
            if let Some(at) = last_else {
                self.findings.error(at, "else without if must be the last rule: what stands below it never runs");
            }
            let before = self.findings.len();
            let condition = if is_else { None } else { self.rule_condition() };
            // What swallowed the action, such as a string without an end, was reported.
            let is_swallowed = self.findings.len() > before && self.at_rule();
            let action = if is_swallowed { None } else { self.action() };
            if is_else {
                last_else = Some(start);
            }
            rules.push(RawRule { at: start.to(self.last), condition, action });
            self.end_of_rule();
        }
        if let Some(last) = rules.last()
            && last_else.is_none()
            && !self.findings.is_full()
        {
            let at = first_word(self.lexer.text, last.at);
            self.findings.error(at, "the last rule must be an else without if: add else use @slug, for all that no rule takes");
        }
        rules
    }

    /// The words that start a rule, taken: is it the last `else`? `None` at the end of the text.
    fn rule_start(&mut self, is_first: bool) -> Option<(At, bool)> {
        loop {
            let (token, at) = self.peek().clone();
            let word = match token {
                Token::End => return None,
                Token::Word(word) => word,
                _ => "",
            };
            let lower = word.to_ascii_lowercase();
            match lower.as_str() {
                "if" => {
                    self.next();
                    self.lower_case(word, at);
                    if !is_first {
                        self.findings.error_meaning(at, "every rule but the first starts with else", Some("else if"));
                    }
                    return Some((at, false));
                }
                "else" => {
                    self.next();
                    self.lower_case(word, at);
                    let followed = self.peek_word().is_some_and(|next| next.eq_ignore_ascii_case("if"));
                    if followed {
                        let (token, if_at) = self.next();
                        if let Token::Word(next) = token {
                            self.lower_case(next, if_at);
                        }
                    }
                    if is_first && followed {
                        self.findings.error_meaning(at.to(self.last), "the first rule starts with if", Some("if"));
                    } else if is_first {
                        self.findings.error(at, "the first rule starts with if: there is nothing yet that this else is the rest of");
                    }
                    return Some((at, !followed));
                }
                "elif" | "elseif" | "elsif" | "elsf" => {
                    self.next();
                    let meant = if is_first { "if" } else { "else if" };
                    self.findings.error_meaning(at, format!("unknown word {word}"), Some(meant));
                    return Some((at, false));
                }
                _ => self.no_rule(&token, at, is_first),
            }
        }
    }

    /// Something else where a rule should start.
    fn no_rule(&mut self, token: &Token<'_>, at: At, is_first: bool) {
        let found = self.shown(token, at);
        if *token != Token::Bad {
            let wanted: &[&str] = if is_first { &["if"] } else { &["else", "else if"] };
            let near = if found.len() > 32 { None } else { crate::names::nearest(&found, wanted.iter().copied()) };
            let message =
                if is_first { format!("a program starts with if, not with {found}") } else { format!("expected else, found {found}") };
            self.findings.error_meaning(at, message, near);
        }
        self.next();
        self.skip(Until::Rule);
    }

    /// The condition with its `then`.
    fn rule_condition(&mut self) -> Option<Expr> {
        let before = self.findings.len();
        let condition = self.condition().ok();
        if condition.is_some() {
            let (token, at) = self.peek().clone();
            match token {
                Token::Word("then") => {
                    self.next();
                    return condition;
                }
                Token::Word(word) if word.eq_ignore_ascii_case("then") => {
                    self.next();
                    self.lower_case(word, at);
                    return condition;
                }
                Token::Word("use" | "block") => {
                    let place = self.behind();
                    self.findings.error(place, "then is missing before the action");
                    return condition;
                }
                _ => self.no_then(&token, at, before),
            }
        }
        self.skip(Until::Part);
        if self.peek_word() == Some("then") {
            self.next();
        }
        condition
    }

    fn no_then(&mut self, token: &Token<'_>, at: At, before: usize) {
        let found = self.shown(token, at);
        let place = if *token == Token::End { self.behind() } else { at };
        // After something wrong in the condition, what follows it is likely a part of that.
        if self.findings.len() == before {
            let near = if let Token::Word(word) = token { crate::names::nearest(cut_word(word), ["then"]) } else { None };
            let wanted = if near.is_some() { "expected then" } else { "expected an operator or then" };
            self.findings.error_meaning(place, format!("{wanted}, found {found}"), near);
        }
    }

    fn action(&mut self) -> Option<RawAction> {
        let (token, at) = self.peek().clone();
        match token {
            Token::Word(word) if word.eq_ignore_ascii_case("use") => {
                self.next();
                self.lower_case(word, at);
                let read = self.target();
                if read.is_none() {
                    self.skip(Until::Rule);
                }
                read.map(|(value, at)| RawAction::Use(value, at))
            }
            Token::Word(word) if word.eq_ignore_ascii_case("block") => {
                self.next();
                self.lower_case(word, at);
                self.message()
            }
            Token::Config(target) => {
                self.findings.error_meaning(at, "use is missing before the target", Some(&format!("use {target}")));
                self.skip(Until::Rule);
                None
            }
            Token::End => {
                let place = self.behind();
                self.findings.error(place, "the action is missing: write use @slug or block \"message\"");
                None
            }
            _ => {
                let found = self.shown(&token, at);
                let near = match token {
                    Token::Word(word) if !starts_rule(word) => crate::names::nearest(cut_word(word), ["use", "block"]),
                    _ => None,
                };
                self.findings.error_meaning(at, format!("expected use or block, found {found}"), near);
                self.skip(Until::Rule);
                None
            }
        }
    }

    fn message(&mut self) -> Option<RawAction> {
        let (token, at) = self.peek().clone();
        if let Token::Text(message) = token {
            self.next();
            return Some(RawAction::Block(message, at));
        }
        let found = self.shown(&token, at);
        let place = if token == Token::End { self.behind() } else { at };
        self.findings.error(place, format!("block needs its message in quotes, such as block \"not allowed here\", found {found}"));
        self.skip(Until::Rule);
        None
    }

    /// Does the next rule start here, or does the text end?
    fn at_rule(&mut self) -> bool {
        match self.peek().0 {
            Token::End => true,
            Token::Word(word) => starts_rule(word),
            _ => false,
        }
    }

    /// Nothing but the next rule may follow an action.
    fn end_of_rule(&mut self) {
        if self.at_rule() {
            return;
        }
        let (token, at) = self.peek().clone();
        if token != Token::Bad {
            let found = self.shown(&token, at);
            self.findings.error(at, format!("unexpected {found} after the action: the next rule starts with else"));
        }
        self.next();
        self.skip(Until::Rule);
    }

    /// Quietly past what cannot be read.
    fn skip(&mut self, until: Until) {
        let last = self.last;
        self.lexer.quiet = true;
        loop {
            match self.peek().0 {
                Token::End => break,
                Token::Word(word) if starts_rule(word) => break,
                Token::Word("then" | "use" | "block") if until == Until::Part => break,
                _ => self.next(),
            };
        }
        self.lexer.quiet = false;
        self.last = last;
    }
}

fn starts_rule(word: &str) -> bool {
    ["if", "else", "elif", "elseif", "elsif"].iter().any(|start| start.eq_ignore_ascii_case(word))
}

fn cut_word(word: &str) -> &str {
    word.get(..32).unwrap_or(word)
}

fn first_word(text: &str, at: At) -> At {
    let word = text.get(at.start..at.end).and_then(|text| text.split_whitespace().next()).map_or(1, str::len);
    At::new(at.start, at.start + word)
}
