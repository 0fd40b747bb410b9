//! What routing needs to know of a request.

use crate::json::{Kind, Scanner};
use crate::request::reading::{Fault, Grammar, Reading, expect, optional_bool, optional_count, optional_string};

/// Characters that stand for one token of a prompt that is given in tokens.
const CHARS_PER_TOKEN: u64 = 4;

/// What is read of it.
pub(crate) const GRAMMAR: Grammar = Grammar {
    read: &["prompt", "stream", "stream_options", "max_tokens", "n", "user", "suffix", "metadata"],
    required: &["model"],
    member,
};

fn member(reading: &mut Reading, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
    let facts = &mut reading.facts;
    match name {
        "prompt" => {
            let (chars, prompts) = input(scan, name)?;
            facts.input_chars += chars;
            facts.messages = prompts;
        }
        "suffix" => facts.input_chars += optional_string(scan, name)?.map_or(0, |suffix| suffix.chars().count() as u64),
        "stream" => facts.stream = optional_bool(scan, name)?.unwrap_or(false),
        "stream_options" => reading.stream_options(scan)?,
        "max_tokens" => facts.max_tokens = optional_count(scan, name)?,
        "n" => facts.n = optional_count(scan, name)?,
        "user" => facts.user = optional_string(scan, name)?,
        "metadata" => reading.metadata(scan)?,
        _ => scan.skip()?,
    }
    Ok(())
}

/// Characters and number of the texts in a string, an array of strings, an array of tokens, or an array of these.
pub(crate) fn input(scan: &mut Scanner<'_>, param: &str) -> Result<(u64, u32), Fault> {
    let (mut chars, mut texts, mut tokens) = (0, 0, 0);
    match scan.kind()? {
        Kind::Null => scan.skip()?,
        Kind::String => (chars, texts) = (scan.string()?.chars(), 1),
        Kind::Array => scan.array(|scan| {
            match scan.kind()? {
                Kind::String => {
                    chars += scan.string()?.chars();
                    texts += 1;
                }
                Kind::Number => {
                    scan.number()?;
                    tokens += 1;
                }
                Kind::Array => {
                    scan.array(|scan| {
                        expect(scan, param, Kind::Number)?;
                        scan.number()?;
                        tokens += 1;
                        Ok::<_, Fault>(())
                    })?;
                    texts += 1;
                }
                kind => return Err(Fault::wrong_type(param, "a string, an array of strings, or an array of tokens", kind.name())),
            }
            Ok(())
        })?,
        kind => return Err(Fault::wrong_type(param, "a string or an array", kind.name())),
    }
    // Tokens beside each other are one text.
    Ok((chars + tokens * CHARS_PER_TOKEN, if texts == 0 && tokens > 0 { 1 } else { texts }))
}
