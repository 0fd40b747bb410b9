//! Reads a non-streamed answer.

use bytes::Bytes;

use super::scan;
use crate::json::{Kind, Scanner};
use crate::reply::{Malformed, ReplyFacts};
use crate::segments::Edits;
use crate::upstream_error;
use crate::{Segments, SyntaxError, Usage};

/// Reads the body of a 200.
///
/// # Errors
/// A body that is empty, no JSON, or neither a completion nor an error.
pub(crate) fn read_reply(body: &[u8]) -> Result<ReplyFacts, Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(Malformed::Empty);
    }
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotUtf8)?;
    let mut scan = Scanner::new(text);
    if scan.kind()? != Kind::Object {
        scan.skip()?;
        scan.end()?;
        return Err(Malformed::NoChoices);
    }
    let whole = envelope(&mut scan)?;
    scan.end()?;
    match whole.choices {
        _ if whole.facts.error.is_some() => Ok(whole.facts),
        None => Err(Malformed::NoChoices),
        Some(0) => Err(Malformed::EmptyChoices),
        Some(_) => Ok(whole.facts),
    }
}

/// What the members say that every answer of OpenAI's has: `model`, `usage`, `error`. The text must be an object.
pub(crate) fn read_envelope(text: &str) -> Result<ReplyFacts, SyntaxError> {
    let mut scan = Scanner::new(text);
    let whole = envelope(&mut scan)?;
    scan.end()?;
    Ok(whole.facts)
}

/// The answer with one more top-level member behind its last one: `mlx:trace` for a caller that asked
/// for it. `value` is JSON text. The body must be an object with members, as [`read_reply`] accepts;
/// any other comes back unchanged.
pub fn add_member(body: &Bytes, name: &str, value: &str) -> Segments {
    let mut edits = Edits::default();
    let inside = body.trim_ascii_end().strip_suffix(b"}").map(<[u8]>::trim_ascii_end);
    if let Some(at) = inside.map(<[u8]>::len).filter(|at| *at > 1) {
        edits.replace(at..at, |text| {
            text.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        });
    }
    edits.apply(body)
}

/// The envelope that answers and the chunks of a stream share.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub(super) facts: ReplyFacts,
    /// Length of `choices`, if it is there.
    pub(super) choices: Option<u32>,
    /// Index and finish of each choice, as bits.
    pub(super) seen: u64,
    pub(super) finished: u64,
}

pub(super) fn envelope(scan: &mut Scanner<'_>) -> Result<Envelope, SyntaxError> {
    let mut whole = Envelope::default();
    let mut is_error_object = false;
    let start = scan.clone();
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("model", Kind::String) => {
                let model = scan.string()?;
                whole.facts.model = (!model.is_empty()).then(|| model.decode().into_owned());
            }
            ("object", Kind::String) => is_error_object = scan.string()?.raw == "error",
            ("usage", Kind::Object) => whole.facts.usage = Some(usage(scan)?),
            ("choices", Kind::Array) => {
                whole.choices = Some(0);
                scan.array(|scan| choice(scan, &mut whole))?;
            }
            ("error", Kind::Object | Kind::String) => {
                whole.facts.error = Some(upstream_error::in_body(scan.raw()?));
            }
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    if is_error_object && whole.facts.error.is_none() {
        whole.facts.error = Some(upstream_error::in_body(start.clone().raw()?));
    }
    Ok(whole)
}

fn choice(scan: &mut Scanner<'_>, whole: &mut Envelope) -> Result<(), SyntaxError> {
    let position = whole.choices.unwrap_or(0);
    whole.choices = Some(position + 1);
    if scan.kind()? != Kind::Object {
        return scan.skip();
    }
    let (mut index, mut finished) = (position, false);
    let facts = &mut whole.facts;
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("index", Kind::Number) => index = scan.number()?.parse().unwrap_or(position),
            ("finish_reason", Kind::String) => {
                let reason = scan.string()?;
                finished = !reason.is_empty();
                if finished && facts.finish_reason.is_none() {
                    facts.finish_reason = Some(reason.decode().into_owned());
                }
            }
            ("message" | "delta", Kind::Object) => {
                let message = scan::message(scan)?;
                facts.has_content |= message.has_content;
                facts.output_chars += message.chars;
            }
            // The old completions'.
            ("text", Kind::String) => {
                let text = scan.string()?;
                facts.has_content |= !text.is_empty();
                facts.output_chars += text.chars();
            }
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    let bit = 1u64 << index.min(63);
    whole.seen |= bit;
    whole.finished |= if finished { bit } else { 0 };
    Ok(())
}

/// Reads `usage`, in the variants that OpenAI-shaped upstreams have of it.
pub(super) fn usage(scan: &mut Scanner<'_>) -> Result<Usage, SyntaxError> {
    let mut usage = Usage::default();
    let mut total = 0;
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("prompt_tokens", Kind::Number) => usage.input = count(scan)?,
            ("completion_tokens", Kind::Number) => usage.output = count(scan)?,
            ("total_tokens", Kind::Number) => total = count(scan)?,
            // DeepSeek's name for it.
            ("prompt_cache_hit_tokens", Kind::Number) => usage.cached_input = count(scan)?,
            ("prompt_tokens_details" | "completion_tokens_details", Kind::Object) => {
                details(scan, &mut usage)?;
            }
            _ => scan.skip()?,
        }
        Ok::<_, SyntaxError>(())
    })?;
    // xAI and Google leave reasoning out of `completion_tokens`, but bill it and have it in the total.
    let hidden = total.saturating_sub(usage.input).saturating_sub(usage.output);
    if hidden > 0 {
        usage.output += hidden;
        usage.reasoning = usage.reasoning.max(hidden);
    }
    usage.cached_input = usage.cached_input.min(usage.input);
    usage.cache_write = usage.cache_write.min(usage.input - usage.cached_input);
    Ok(usage)
}

fn details(scan: &mut Scanner<'_>, usage: &mut Usage) -> Result<(), SyntaxError> {
    scan.object(|scan, key| {
        match (&*key.decode(), scan.kind()?) {
            ("cached_tokens", Kind::Number) => usage.cached_input = count(scan)?,
            // OpenRouter's name for it, and that of gateways before Anthropic.
            ("cache_write_tokens" | "cache_creation_tokens", Kind::Number) => usage.cache_write = count(scan)?,
            ("reasoning_tokens", Kind::Number) => usage.reasoning = count(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    })
}

/// A count; what is no whole number of zero or more reads as 0.
fn count(scan: &mut Scanner<'_>) -> Result<u64, SyntaxError> {
    Ok(scan.number()?.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests;
