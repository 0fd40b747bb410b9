//! Targets as they stand in a text: a name, a name in quotes, or JSON in place.

use serde_json::Value;

use super::{
    parse::Parser,
    place::{At, Lines, cut},
    token::Token,
};

/// Words that end what stands before them: none of them is a target without quotes.
pub(super) const RESERVED: [&str; 5] = ["if", "then", "else", "use", "block"];

/// May that character stand in a target without quotes?
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '.' | ':' | '-' | '_' | '@' | '+' | '~')
}

/// Can that target stand without quotes?
pub(super) fn needs_no_quotes(target: &str) -> bool {
    !target.is_empty() && target.chars().all(is_plain) && !RESERVED.contains(&target)
}

/// Why that is no target, and what may have been meant.
pub(super) fn refused(target: &str) -> Option<(String, Option<String>)> {
    if let Some(reference) = target.strip_prefix('@') {
        let (slug, version) = reference.split_once(':').map_or((reference, None), |(slug, version)| (slug, Some(version)));
        let good_version =
            version.is_none_or(|version| version.parse::<u32>().is_ok_and(|number| number > 0) && !version.starts_with(['0', '+']));
        if is_slug(slug) && good_version {
            return None;
        }
        let lower = slug.to_lowercase().replace(['_', '.', '/'], "-");
        let meant = (is_slug(&lower) && good_version).then(|| version.map_or(format!("@{lower}"), |version| format!("@{lower}:{version}")));
        return Some((format!("{} is no config name; write @slug or @slug:version, the slug of a-z, 0-9 and -", cut(target)), meant));
    }
    let bad = target.trim() != target
        || target.is_empty()
        || target.chars().any(char::is_control)
        || target.starts_with('/')
        || target.ends_with('/');
    bad.then(|| (format!("{:?} is no model name; write provider/model or @slug", cut(target)), None))
}

fn is_slug(slug: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    slug.len() <= 63 && slug.starts_with(plain) && slug.chars().all(|c| plain(c) || c == '-')
}

impl Parser<'_> {
    /// The target after `use`.
    pub fn target(&mut self) -> Option<(Value, At)> {
        self.at_target();
        if self.lexer.rest().starts_with('{') {
            return self.object();
        }
        self.named_target("use").map(|(name, at)| (Value::String(name), at))
    }

    /// The model or config in `cost(…)` and the like.
    pub fn model_target(&mut self, function: &str) -> Option<Box<str>> {
        self.at_target();
        if self.lexer.rest().starts_with('{') {
            let at = self.lexer.at;
            self.findings
                .error(At::new(at, at + 1), format!("{function}() takes the name of a model or config, such as {function}(openai/gpt-4o)"));
            self.object();
            return None;
        }
        self.named_target(function).map(|(name, _)| name.into())
    }

    fn named_target(&mut self, before: &str) -> Option<(String, At)> {
        let start = self.lexer.at;
        let is_quoted = self.lexer.rest().starts_with(['"', '\'']);
        let name = if is_quoted {
            match self.next().0 {
                Token::Text(name) => name,
                _ => return None,
            }
        } else {
            self.lexer.take(is_plain).to_owned()
        };
        let at = At::new(start, self.lexer.at);
        if !is_quoted && (name.is_empty() || RESERVED.contains(&name.as_str())) {
            self.lexer.at = start;
            let (token, at) = self.peek().clone();
            let found = self.shown(&token, at);
            let place = if token == Token::End { self.behind() } else { at };
            let what = if before == "use" { "a target such as @slug or provider/model" } else { "a model such as openai/gpt-4o" };
            self.findings.error(place, format!("expected {what}, found {found}"));
            return None;
        }
        self.last = at;
        if let Some((why, meant)) = refused(&name) {
            self.findings.error_meaning(at, why, meant.as_deref());
            return None;
        }
        Some((name, at))
    }

    /// JSON in place: a strategy, or a model with options.
    fn object(&mut self) -> Option<(Value, At)> {
        let start = self.lexer.at;
        let rest = self.lexer.rest();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let read = values.next();
        match read {
            Some(Ok(value)) => {
                self.lexer.at = start + values.byte_offset();
                self.last = At::new(start, self.lexer.at);
                Some((value, self.last))
            }
            Some(Err(error)) => {
                let end = start + balanced(rest);
                let wrong = start + Lines::of(rest).offset(error.line(), error.column());
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or("");
                let wrong = self.lexer.text.floor_char_boundary(wrong.clamp(start, end.saturating_sub(1).max(start)));
                let width = self.lexer.text.get(wrong..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                self.findings.error(At::new(wrong, wrong + width), format!("this is no JSON: {message}"));
                self.lexer.at = end;
                self.last = At::new(start, end);
                None
            }
            None => None,
        }
    }
}

/// Where the braces that open a text close; the end of its line if they do not.
fn balanced(text: &str) -> usize {
    let (mut open, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => open += 1,
            b'}' | b']' if !quoted => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.find('\n').unwrap_or(text.len())
}
