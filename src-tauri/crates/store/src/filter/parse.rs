//! Text into terms.

use jiff::Zoned;

use super::{Comparison, Field, Figure, Filter, Pattern, Status, Term, Test, value};

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {column})")]
pub struct FilterError {
    /// The character at fault, from 1.
    pub column: usize,
    /// How many characters are at fault.
    pub length: usize,
    /// A plain sentence.
    pub message: String,
}

/// Names of text fields, for the parser and for its suggestions.
const FIELDS: [(&str, Field); 11] = [
    ("config", Field::Config),
    ("app", Field::App),
    ("provider", Field::Provider),
    ("model", Field::Model),
    ("requested", Field::RequestedModel),
    ("endpoint", Field::Endpoint),
    ("strategy", Field::Strategy),
    ("error", Field::ErrorClass),
    ("user", Field::EndUser),
    ("conversation", Field::Conversation),
    ("trace", Field::TraceId),
];
const FIGURES: [(&str, Figure); 6] = [
    ("latency", Figure::Latency),
    ("ttft", Figure::Ttft),
    ("overhead", Figure::Overhead),
    ("cost", Figure::Cost),
    ("tokens", Figure::Tokens),
    ("attempts", Figure::Attempts),
];
const OTHERS: &str = "status, stream, after, before, tag.KEY";

/// One term as written: its characters and where they stand.
struct Word {
    column: usize,
    /// Without quotes.
    text: String,
    length: usize,
    /// Position in `text` (in bytes) of the first `:`, `<`, `>` or `=` that stands outside quotes.
    operator: Option<usize>,
    negated: bool,
}

pub(super) fn parse(text: &str, now: &Zoned) -> Result<Filter, FilterError> {
    let terms = words(text)?.into_iter().map(|word| Ok(Term { negated: word.negated, test: test(&word, now)? }));
    Ok(Filter { terms: terms.collect::<Result<_, _>>()? })
}

fn words(text: &str) -> Result<Vec<Word>, FilterError> {
    let characters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if character.is_whitespace() {
            at += 1;
        } else {
            let (word, next) = word(&characters, at)?;
            words.push(word);
            at = next;
        }
    }
    Ok(words)
}

/// The word that begins at `start`, and where it ends. Quotes may stand around all of it or around its value.
fn word(characters: &[char], start: usize) -> Result<(Word, usize), FilterError> {
    let negated = characters[start] == '-' && characters.get(start + 1).is_some_and(|next| !next.is_whitespace());
    let mut at = start + usize::from(negated);
    let mut word = Word { column: at + 1, text: String::new(), length: 0, operator: None, negated };
    while let Some(&character) = characters.get(at).filter(|character| !character.is_whitespace()) {
        if character == '"' {
            at = quoted(characters, at, &mut word.text)?;
            continue;
        }
        if word.operator.is_none() && matches!(character, ':' | '<' | '>' | '=') && word.text_is_unquoted(at) {
            word.operator = Some(word.text.len());
        }
        word.text.push(character);
        at += 1;
    }
    word.length = at + 1 - word.column;
    Ok((word, at))
}

fn quoted(characters: &[char], open: usize, text: &mut String) -> Result<usize, FilterError> {
    let mut at = open + 1;
    loop {
        match characters.get(at) {
            None => {
                let message = "this quote is not closed; add a \" at the end of the text".to_owned();
                return Err(FilterError { column: open + 1, length: characters.len() - open, message });
            }
            Some('"') => return Ok(at + 1),
            Some('\\') if matches!(characters.get(at + 1), Some('"' | '\\')) => {
                text.push(characters[at + 1]);
                at += 2;
            }
            Some(&character) => {
                text.push(character);
                at += 1;
            }
        }
    }
}

impl Word {
    /// So far as many characters have been taken as the text has: there was no quote.
    fn text_is_unquoted(&self, at: usize) -> bool {
        self.text.chars().count() == at + 1 - self.column
    }

    fn error(&self, message: String) -> FilterError {
        FilterError { column: self.column, length: self.length, message }
    }

    /// An error under the part of the word from this byte on.
    fn error_from(&self, byte: usize, message: String) -> FilterError {
        let before = self.text[..byte].chars().count();
        FilterError { column: self.column + before, length: self.length.saturating_sub(before).max(1), message }
    }
}

fn test(word: &Word, now: &Zoned) -> Result<Test, FilterError> {
    let Some(operator) = word.operator else { return free_text(word) };
    let (name, rest) = word.text.split_at(operator);
    let (symbol, comparison) = comparison(rest);
    let value_at = operator + symbol.len();
    let value = &word.text[value_at..];
    if value.is_empty() {
        return Err(word.error_from(operator, format!("a value is missing after {symbol:?}")));
    }
    let figure = FIGURES.iter().find(|(known, _)| *known == name);
    match (figure, comparison) {
        (Some((_, figure)), Some(comparison)) => {
            let number = value::figure(*figure, value).map_err(|message| word.error_from(value_at, message))?;
            Ok(Test::Figure(*figure, comparison, number))
        }
        (Some((name, _)), None) => Err(word.error_from(operator, format!("{name} is a number; compare it with <, <=, =, >= or >"))),
        (None, None) => equality(name, value, now).map_err(|problem| match problem {
            Problem::Name(message) => word.error(message),
            Problem::Value(message) => word.error_from(value_at, message),
        }),
        (None, Some(_)) if is_known(name) => Err(word.error_from(operator, format!("{name} is not a number; write {name}:{value}"))),
        (None, Some(_)) => Err(word.error(unknown(name))),
    }
}

fn free_text(word: &Word) -> Result<Test, FilterError> {
    if word.text.is_empty() {
        return Err(word.error("there is nothing between the quotes".to_owned()));
    }
    Ok(Test::Text(word.text.clone()))
}

/// The operator that the text begins with; `None` for `:`.
fn comparison(rest: &str) -> (&'static str, Option<Comparison>) {
    [
        ("<=", Some(Comparison::LessOrEqual)),
        (">=", Some(Comparison::GreaterOrEqual)),
        ("<", Some(Comparison::Less)),
        (">", Some(Comparison::Greater)),
        ("=", Some(Comparison::Equal)),
    ]
    .into_iter()
    .find(|(symbol, _)| rest.starts_with(symbol))
    .unwrap_or((":", None))
}

enum Problem {
    Name(String),
    Value(String),
}

fn equality(name: &str, value: &str, now: &Zoned) -> Result<Test, Problem> {
    if let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) {
        return Ok(field_test(*field, value));
    }
    match name {
        "status" => value::status(value).map(Test::Status).map_err(Problem::Value),
        "stream" => value::boolean(value).map(Test::Stream).map_err(Problem::Value),
        "after" => value::time(value, now).map(Test::After).map_err(Problem::Value),
        "before" => value::time(value, now).map(Test::Before).map_err(Problem::Value),
        _ => match name.strip_prefix("tag.") {
            Some("") => Err(Problem::Name("the tag's key is missing: write tag.KEY:VALUE".to_owned())),
            Some(key) => Ok(Test::Tag(key.to_owned(), Pattern(value.to_owned()))),
            None => Err(Problem::Name(unknown(name))),
        },
    }
}

/// Configs may be written as callers write them: `@production`, `production:12`.
fn field_test(field: Field, value: &str) -> Test {
    if field != Field::Config {
        return Test::Field(field, Pattern(value.to_owned()));
    }
    let value = value.strip_prefix('@').unwrap_or(value);
    match value.split_once(':').map(|(slug, number)| (slug, number.parse())) {
        Some((slug, Ok(number))) => Test::Version(Pattern(slug.to_owned()), number),
        _ => Test::Field(field, Pattern(value.to_owned())),
    }
}

fn is_known(name: &str) -> bool {
    FIELDS.iter().any(|(known, _)| *known == name) || matches!(name, "status" | "stream" | "after" | "before") || name.starts_with("tag.")
}

fn unknown(name: &str) -> String {
    let fields = FIELDS.iter().map(|(name, _)| *name);
    let figures = FIGURES.iter().map(|(name, _)| *name);
    let names: Vec<&str> = fields.chain(figures).chain([OTHERS]).collect();
    format!("there is no field {name:?}; there are {}. Put free text that has a sign in it in quotes", names.join(", "))
}

/// Statuses that can be asked for.
pub(super) fn status_class(value: &str) -> Option<Status> {
    let class = value.strip_suffix("xx")?.parse().ok()?;
    (1..=5).contains(&class).then_some(Status::Class(class))
}
