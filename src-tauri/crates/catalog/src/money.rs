//! Money in integers: prices in pico-dollars per token, amounts in nano-dollars.
//!
//! A price of 1 USD per million tokens is 1,000,000 pico-dollars per token, so that every price
//! with up to six decimals is exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Pico-dollars per token in one USD per million tokens.
const PICOS_PER_USD_PER_MILLION: f64 = 1_000_000.0;
/// No price is higher than this, in USD per million tokens.
const MAX_USD_PER_MILLION: f64 = 1_000_000.0;

/// An amount of money in nano-dollars (10⁻⁹ USD). Sums saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub i64);

impl Nanos {
    /// No money.
    pub const ZERO: Nanos = Nanos(0);

    /// The nearest amount to so many dollars; an amount out of range is cut off at the range's end.
    pub fn from_usd_f64(usd: f64) -> Nanos {
        Nanos((usd * 1e9).round() as i64)
    }

    /// The amount in dollars, for display and JSON only: never sum these.
    pub fn as_usd_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The larger of this and nothing.
    pub fn at_least_zero(self) -> Nanos {
        Nanos(self.0.max(0))
    }
}

impl Add for Nanos {
    type Output = Nanos;
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

impl Sub for Nanos {
    type Output = Nanos;
    fn sub(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Nanos) {
        *self = *self + other;
    }
}

impl Sum for Nanos {
    fn sum<I: Iterator<Item = Nanos>>(amounts: I) -> Nanos {
        amounts.fold(Nanos::ZERO, Add::add)
    }
}

/// `$12.34` from a dollar up, `$0.0051` below, and two significant digits below `$0.0001`, so that a
/// small amount never reads as nothing. Rounded half up.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.0.unsigned_abs();
        let decimals = match amount {
            0 => 2,
            1_000_000_000.. => 2,
            100_000.. => 4,
            _ => (10 - amount.ilog10()).min(9),
        };
        let unit = 10u64.pow(9 - decimals);
        let rounded = (amount + unit / 2) / unit;
        let scale = 10u64.pow(decimals);
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (rounded / scale, rounded % scale);
        write!(f, "{sign}${whole}.{part:0width$}", width = decimals as usize)
    }
}

/// What a model costs, in pico-dollars (10⁻¹² USD) per token. In JSON: USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// An input token.
    #[serde(with = "usd_per_million")]
    pub input: u64,
    /// An input token that the provider reads from its cache; where it is not known, the input price holds.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<u64>,
    /// An input token that the provider writes to its cache, for the usual few minutes. Where it is
    /// not known, the input price holds: so bill those who do not charge for it.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// The same for an hour (Anthropic); where it is not known, the price of the usual write holds.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<u64>,
    /// An output token.
    #[serde(with = "usd_per_million")]
    pub output: u64,
    /// What holds instead for a call with a long input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<LongInput>,
}

/// The price of a call whose input is longer than `tokens`. It holds for every token of that call,
/// the output too, and not only for those past the limit: so bill all who have such a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongInput {
    /// The longest input, cached tokens included, that the usual price holds for.
    pub tokens: u64,
    /// An input token.
    #[serde(with = "usd_per_million")]
    pub input: u64,
    /// An input token from the cache; where it is not known, this tier's input price holds.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<u64>,
    /// An input token written to the cache; where it is not known, this tier's input price holds.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// The same for an hour; where it is not known, the price of this tier's usual write holds.
    #[serde(default, with = "optional_usd_per_million", skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<u64>,
    /// An output token.
    #[serde(with = "usd_per_million")]
    pub output: u64,
}

/// Tokens of one call. `cached_input` and `cache_write` are parts of `input`, `cache_write_1h` a part of `cache_write`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// Input tokens, those read from and written to a cache included.
    pub input: u64,
    /// Input tokens read from the provider's cache.
    pub cached_input: u64,
    /// Input tokens written to the provider's cache.
    pub cache_write: u64,
    /// Input tokens written to the provider's cache for an hour.
    pub cache_write_1h: u64,
    /// Output tokens.
    pub output: u64,
}

/// What a call costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// For the input: fresh, read from a cache and written to it.
    pub input: Nanos,
    /// The part of `input` that the tokens written to a cache cost.
    #[serde(default)]
    pub cache_write: Nanos,
    /// For the output.
    pub output: Nanos,
    /// The sum of input and output.
    pub total: Nanos,
}

impl Price {
    /// A price from USD per million tokens.
    ///
    /// # Errors
    /// A number below 0, above 1,000,000, or none at all, as a sentence.
    pub fn from_usd_per_million(input: f64, cached_input: Option<f64>, output: f64) -> Result<Price, String> {
        Ok(Price {
            input: to_picos(input)?,
            cached_input: cached_input.map(to_picos).transpose()?,
            cache_write: None,
            cache_write_1h: None,
            output: to_picos(output)?,
            above: None,
        })
    }

    /// With what writing to the provider's cache costs, for the usual few minutes and for an hour.
    ///
    /// # Errors
    /// As [`Price::from_usd_per_million`].
    pub fn with_cache_write(self, usual: Option<f64>, hour: Option<f64>) -> Result<Price, String> {
        Ok(Price { cache_write: usual.map(to_picos).transpose()?, cache_write_1h: hour.map(to_picos).transpose()?, ..self })
    }

    /// With what holds for calls whose input is longer than `tokens`: that price, but for its own `above`.
    pub fn with_above(self, tokens: u64, price: Price) -> Price {
        let Price { input, cached_input, cache_write, cache_write_1h, output, .. } = price;
        Price { above: Some(LongInput { tokens, input, cached_input, cache_write, cache_write_1h, output }), ..self }
    }

    /// With what holds, in USD per million tokens, for calls whose input is longer than `tokens`.
    ///
    /// # Errors
    /// As [`Price::from_usd_per_million`].
    pub fn with_long_input(self, tokens: u64, input: f64, cached_input: Option<f64>, output: f64) -> Result<Price, String> {
        Ok(self.with_above(tokens, Price::from_usd_per_million(input, cached_input, output)?))
    }

    /// The price that holds for a call with so many input tokens.
    pub fn at(&self, input_tokens: u64) -> Price {
        match self.above {
            Some(above) if input_tokens > above.tokens => above.price(),
            _ => Price { above: None, ..*self },
        }
    }

    /// What these tokens cost. Input, output and the writes to a cache are each rounded half up to a
    /// nano-dollar, once.
    pub fn cost(&self, tokens: TokenCounts) -> Cost {
        let price = self.at(tokens.input);
        let cached = tokens.cached_input.min(tokens.input);
        let written = tokens.cache_write.min(tokens.input - cached);
        let hour = tokens.cache_write_1h.min(written);
        let usual_write = price.cache_write.unwrap_or(price.input);
        let writes = picos(written - hour, usual_write).saturating_add(picos(hour, price.cache_write_1h.unwrap_or(usual_write)));
        let reads = picos(cached, price.cached_input.unwrap_or(price.input));
        let fresh = picos(tokens.input - cached - written, price.input);
        let input = to_nanos(fresh.saturating_add(reads).saturating_add(writes));
        let output = to_nanos(picos(tokens.output, price.output));
        Cost { input, cache_write: to_nanos(writes), output, total: input + output }
    }
}

impl LongInput {
    /// As a price of its own.
    pub fn price(&self) -> Price {
        let LongInput { tokens: _, input, cached_input, cache_write, cache_write_1h, output } = *self;
        Price { input, cached_input, cache_write, cache_write_1h, output, above: None }
    }
}

fn picos(tokens: u64, price: u64) -> u128 {
    u128::from(tokens) * u128::from(price)
}

fn to_nanos(picos: u128) -> Nanos {
    Nanos(i64::try_from(picos.saturating_add(500) / 1000).unwrap_or(i64::MAX))
}

fn to_picos(usd_per_million: f64) -> Result<u64, String> {
    if !(0.0..=MAX_USD_PER_MILLION).contains(&usd_per_million) {
        return Err(format!("a price must be between 0 and 1000000 USD per million tokens, not {usd_per_million}"));
    }
    Ok((usd_per_million * PICOS_PER_USD_PER_MILLION).round() as u64)
}

fn from_picos(picos: u64) -> f64 {
    picos as f64 / PICOS_PER_USD_PER_MILLION
}

mod usd_per_million {
    use super::*;

    pub(super) fn serialize<S: Serializer>(picos: &u64, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(from_picos(*picos))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
        to_picos(f64::deserialize(input)?).map_err(serde::de::Error::custom)
    }
}

mod optional_usd_per_million {
    use super::*;

    pub(super) fn serialize<S: Serializer>(picos: &Option<u64>, out: S) -> Result<S::Ok, S::Error> {
        picos.map(from_picos).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
        let usd = Option::<f64>::deserialize(input)?;
        usd.map(to_picos).transpose().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
