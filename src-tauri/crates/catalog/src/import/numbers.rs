//! Numbers of a row: absent, good, or a reason to refuse the row.

use serde_json::{Map, Value};

/// No model has more tokens than this.
const MAX_TOKENS: f64 = 1e9;

pub(super) type Fields = Map<String, Value>;

/// A price of so many USD per million tokens for one of the file's `unit`; nothing where it is absent or null.
pub(super) fn price(fields: &Fields, name: &str, per_million: f64) -> Result<Option<f64>, String> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let Some(number) = value.as_f64() else { return Err(format!("{name} is not a number")) };
    if number < 0.0 {
        return Err(format!("{name} is negative ({number})"));
    }
    // To the pico-dollar per token, so that 1.5e-7 a token comes out as 0.15 a million.
    let usd = (number * per_million * 1e6).round() / 1e6;
    if usd > 1e6 {
        return Err(format!("{name} is {usd:e} USD per million tokens, which no model costs"));
    }
    Ok(Some(usd))
}

/// The same, where nothing means unknown.
pub(super) fn known_price(fields: &Fields, name: &str, per_million: f64) -> Result<Option<f64>, String> {
    Ok(price(fields, name, per_million)?.filter(|usd| *usd > 0.0))
}

/// A number of tokens; nothing where it is absent, null or 0.
pub(super) fn tokens(fields: &Fields, name: &str) -> Result<Option<u64>, String> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let Some(number) = value.as_f64() else { return Err(format!("{name} is not a number")) };
    if !(0.0..=MAX_TOKENS).contains(&number) || number.fract() != 0.0 {
        return Err(format!("{name} is {number:e}, which is no number of tokens"));
    }
    Ok(Some(number as u64).filter(|tokens| *tokens > 0))
}

/// Is the field true?
pub(super) fn yes(fields: &Fields, name: &str) -> bool {
    fields.get(name) == Some(&Value::Bool(true))
}

/// Does the field's list hold the word?
pub(super) fn lists(fields: &Fields, name: &str, word: &str) -> bool {
    fields.get(name).and_then(Value::as_array).is_some_and(|list| list.iter().any(|item| item == word))
}
