//! Price lists that others publish, read into models.
//!
//! ```text
//! bytes ──read──> which of two formats ──> a row at a time ──> model of a provider that we know
//!                                                       ├───> refused, with the reason (bad numbers)
//!                                                       └───> skipped, counted (others' providers, pictures, speech, retired)
//! ```
//!
//! Nothing in a file is trusted: its size and its number of rows are bounded, rows are read one by
//! one and never nested deeper than the parser allows, and a number that cannot be a price or a
//! limit refuses its row alone. A price of nothing is taken as unknown, which is what lists mean by
//! it, save for OpenRouter's `:free` models.

mod compare;
mod litellm;
mod models_dev;
mod numbers;

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, error::Category};

use crate::{Model, ProviderKind};

pub use compare::{Change, Changed, compare};

/// A file is no larger than this, in bytes: four times the largest of today.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Rows that are read; what comes behind is an error.
const MAX_ROWS: usize = 50_000;
/// One row, in bytes.
const MAX_ROW: usize = 64 * 1024;
/// Reasons that are kept; the rest is only counted.
const MAX_REASONS: usize = 200;

/// Which list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// LiteLLM's `model_prices_and_context_window.json`: USD per token.
    LiteLlm,
    /// The `api.json` of models.dev: USD per million tokens.
    ModelsDev,
}

/// A price list that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    /// Which list it is.
    pub format: Format,
    /// Its day, `YYYY-MM-DD`: the file's own where it says one.
    pub date: String,
    /// Models by provider, each name once, in order.
    pub models: BTreeMap<ProviderKind, Vec<Model>>,
    /// Rows that make no sense; the first 200.
    pub refused: Vec<Refused>,
    /// How many rows make no sense.
    pub refused_count: usize,
    /// Rows that are not for us.
    pub skipped: Skipped,
}

/// A row that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The row's name.
    pub name: String,
    /// Why, as the end of a sentence.
    pub reason: String,
}

/// How many rows are not for us, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Of a provider that Modelux does not know.
    pub unknown_provider: usize,
    /// Neither chat nor embeddings: pictures, speech, ranking.
    pub other_mode: usize,
    /// No model that can be called: retired, or a class of prices.
    pub not_callable: usize,
}

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Too large.
    #[error("the file has {0} bytes, and the largest that is read has {MAX_BYTES}; take the file that LiteLLM or models.dev publishes")]
    TooLarge(usize),
    /// More rows than any list has.
    #[error("the file has more than {MAX_ROWS} rows; take the file that LiteLLM or models.dev publishes")]
    TooManyRows,
    /// No JSON object.
    #[error("this is no JSON price list: {0}")]
    NotJson(String),
    /// Neither of the formats.
    #[error(
        "the file is of no format that is known; known are LiteLLM's model_prices_and_context_window.json and the api.json of models.dev"
    )]
    UnknownFormat,
    /// The day is none.
    #[error("{0:?} is not a day; write it as 2026-10-21")]
    BadDate(String),
}

impl Format {
    /// Its name, as it stands beside a price.
    pub fn name(self) -> &'static str {
        match self {
            Format::LiteLlm => "LiteLLM",
            Format::ModelsDev => "models.dev",
        }
    }
}

/// Reads a price list. `date` is its day, as `YYYY-MM-DD`, where the file does not say it.
///
/// # Errors
/// [`ImportError`]. Single rows never are one: see [`PriceList::refused`].
pub fn read(file: &[u8], date: &str) -> Result<PriceList, ImportError> {
    if file.len() > MAX_BYTES {
        return Err(ImportError::TooLarge(file.len()));
    }
    if !is_day(date) {
        return Err(ImportError::BadDate(date.to_owned()));
    }
    let top = entries(file)?;
    if let Some((_, row)) = top.iter().find(|(name, row)| name == "providers" && row.get().starts_with('{')) {
        let said = top.iter().find(|(name, _)| name == "_commit_date").and_then(|(_, row)| serde_json::from_str::<String>(row.get()).ok());
        let day = said.as_deref().and_then(|text| text.get(..10)).filter(|day| is_day(day)).unwrap_or(date);
        return models_dev::read(&entries(row.get().as_bytes())?, Reading::new(Format::ModelsDev, day));
    }
    match top.iter().find_map(|(_, row)| format_of(row)) {
        Some(Format::LiteLlm) => Ok(litellm::read(&top, Reading::new(Format::LiteLlm, date))),
        Some(Format::ModelsDev) => models_dev::read(&top, Reading::new(Format::ModelsDev, date)),
        None => Err(ImportError::UnknownFormat),
    }
}

/// What a row of the top level shows of its file.
fn format_of(row: &RawValue) -> Option<Format> {
    let fields = entries(row.get().as_bytes()).ok()?;
    let has = |name: &str| fields.iter().any(|(field, _)| field == name);
    match () {
        () if has("litellm_provider") => Some(Format::LiteLlm),
        () if has("models") => Some(Format::ModelsDev),
        () => None,
    }
}

/// A list while it is read.
struct Reading {
    list: PriceList,
    /// With whether the row was the provider's own rather than an alias.
    found: BTreeMap<(ProviderKind, String), (bool, Model)>,
}

impl Reading {
    fn new(format: Format, date: &str) -> Reading {
        let list = PriceList {
            format,
            date: date.to_owned(),
            models: BTreeMap::new(),
            refused: Vec::new(),
            refused_count: 0,
            skipped: Skipped::default(),
        };
        Reading { list, found: BTreeMap::new() }
    }

    /// Takes a model. Of two of the same name the provider's own row holds, then the later one.
    fn take(&mut self, kind: ProviderKind, own: bool, mut model: Model) {
        if model.price.is_some() {
            model.price_source = Some(self.list.format.name().to_owned());
            model.price_date = Some(self.list.date.clone());
        }
        let key = (kind, model.name.clone());
        if self.found.get(&key).is_none_or(|(before, _)| own >= *before) {
            self.found.insert(key, (own, model));
        }
    }

    fn refuse(&mut self, name: &str, reason: String) {
        self.list.refused_count += 1;
        if self.list.refused.len() < MAX_REASONS {
            let name = name.chars().take(256).collect();
            self.list.refused.push(Refused { name, reason });
        }
    }

    fn done(self) -> PriceList {
        let mut list = self.list;
        for ((kind, _), (_, model)) in self.found {
            list.models.entry(kind).or_default().push(model);
        }
        list
    }
}

/// The fields of one row.
fn fields(row: &RawValue) -> Result<Map<String, Value>, String> {
    let text = row.get();
    if text.len() > MAX_ROW {
        return Err(format!("it has {} bytes, and no row needs more than {MAX_ROW}", text.len()));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("it is not a JSON object".to_owned()),
        Err(error) => Err(format!("it cannot be read: {error}")),
    }
}

/// Can it be a model's name?
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// `2026-10-21`.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    bytes.len() == 10
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && (1..=12).contains(&number(5..7))
        && (1..=31).contains(&number(8..10))
}

type Entries<'f> = Vec<(String, &'f RawValue)>;

/// The entries of a JSON object, unread, in their order.
fn entries(json: &[u8]) -> Result<Entries<'_>, ImportError> {
    struct Rows;
    impl<'de> Visitor<'de> for Rows {
        type Value = (Entries<'de>, bool);

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut rows = Vec::new();
            let mut too_many = false;
            while let Some((name, row)) = map.next_entry::<String, &'de RawValue>()? {
                too_many |= rows.len() >= MAX_ROWS;
                if !too_many {
                    rows.push((name, row));
                }
            }
            Ok((rows, too_many))
        }
    }
    let mut input = serde_json::Deserializer::from_slice(json);
    let read = input.deserialize_map(Rows).and_then(|read| input.end().map(|()| read));
    match read {
        Ok((rows, false)) => Ok(rows),
        Ok((_, true)) => Err(ImportError::TooManyRows),
        Err(error) => Err(ImportError::NotJson(why_no_json(&error))),
    }
}

/// What is wrong with the text, and what to do.
fn why_no_json(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends in the middle ({place}); download it again from LiteLLM or models.dev"),
        Category::Data => "it holds no object of models; take the file that LiteLLM or models.dev publishes".to_owned(),
        Category::Syntax | Category::Io => {
            format!("it cannot be read from {place} on; take the file that LiteLLM or models.dev publishes, as it is")
        }
    }
}

#[cfg(test)]
mod tests;
