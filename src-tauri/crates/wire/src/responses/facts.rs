//! What routing needs to know of a request.

use super::items::{OUR_THOUGHT, REDACTED, SIGNATURE};
use crate::SyntaxError;
use crate::json::{Kind, Scanner};
use crate::request::reading::{Fault, Grammar, Reading, expect, optional_bool, optional_count, optional_string};

/// What is read of it. `input` need not be there: a `prompt` kept by OpenAI stands for it.
pub(crate) const GRAMMAR: Grammar = Grammar {
    read: &[
        "input",
        "instructions",
        "tools",
        "text",
        "max_output_tokens",
        "stream",
        "user",
        "safety_identifier",
        "metadata",
        "previous_response_id",
    ],
    required: &["model"],
    member,
};

fn member(reading: &mut Reading, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
    let facts = &mut reading.facts;
    match name {
        "input" => input(reading, scan)?,
        "instructions" => facts.input_chars += instructions(scan)?,
        "tools" => reading.tools(scan, name)?,
        "text" => (facts.wants_json, facts.wants_schema) = format(scan)?,
        "max_output_tokens" => facts.max_tokens = optional_count(scan, name)?,
        "stream" => facts.stream = optional_bool(scan, name)?.unwrap_or(false),
        // `user` is the older name and the more telling one: it wins, whichever comes first.
        "user" => facts.user = optional_string(scan, name)?.or(facts.user.take()),
        "safety_identifier" => facts.user = facts.user.take().or(optional_string(scan, name)?),
        "metadata" => reading.metadata(scan)?,
        "previous_response_id" => facts.previous_response = optional_string(scan, name)?.filter(|id| !id.is_empty()),
        _ => scan.skip()?,
    }
    Ok(())
}

/// A string, or (as answers echo them) a list of items.
fn instructions(scan: &mut Scanner<'_>) -> Result<u64, Fault> {
    let mut held = Held::default();
    match scan.kind()? {
        Kind::String => held.chars += scan.string()?.chars(),
        Kind::Array => scan.array(|scan| held.item(scan).map(drop))?,
        Kind::Null => scan.skip()?,
        other => return Err(Fault::wrong_type("instructions", Kind::String.name(), other.name())),
    }
    Ok(held.chars)
}

fn input(reading: &mut Reading, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    let Reading { facts, own, .. } = reading;
    match scan.kind()? {
        Kind::Null => scan.skip()?,
        Kind::String => {
            facts.messages = 1;
            facts.input_chars += scan.string()?.chars();
        }
        Kind::Array => {
            let (mut held, mut items) = (Held::default(), Vec::new());
            scan.array(|scan| {
                let start = scan.pos();
                let kind = scan.kind()?;
                if kind != Kind::Object {
                    let param = format!("input[{}]", facts.messages);
                    return Err(Fault::wrong_type(&param, Kind::Object.name(), kind.name()));
                }
                facts.messages += 1;
                let is_ours = held.item(scan)?;
                items.push((start..scan.pos(), is_ours));
                Ok::<_, Fault>(())
            })?;
            if items.iter().any(|(_, is_ours)| *is_ours) {
                own.push(items);
            }
            facts.input_chars += held.chars;
            facts.has_images |= held.has_images;
        }
        other => return Err(Fault::wrong_type("input", "a string or an array", other.name())),
    }
    Ok(())
}

/// What the items hold.
#[derive(Default)]
struct Held {
    chars: u64,
    has_images: bool,
}

impl Held {
    /// Reads an item. Is it a thought that we wrote, which OpenAI would refuse?
    fn item(&mut self, scan: &mut Scanner<'_>) -> Result<bool, SyntaxError> {
        if scan.kind()? != Kind::Object {
            scan.skip()?;
            return Ok(false);
        }
        let (mut is_thought, mut is_marked, mut is_theirs) = (false, false, false);
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("type", Kind::String) => {
                is_thought = scan.string()?.raw == "reasoning";
                Ok(())
            }
            ("id", Kind::String) => {
                is_theirs = true;
                is_marked |= scan.string()?.raw.starts_with(OUR_THOUGHT);
                Ok(())
            }
            ("encrypted_content", Kind::String) => {
                is_theirs = true;
                let encrypted = scan.string()?.raw;
                is_marked |= encrypted.starts_with(SIGNATURE) || encrypted.starts_with(REDACTED);
                Ok(())
            }
            // Ours are summaries.
            ("content", Kind::Array) => {
                is_theirs = true;
                self.parts(scan)
            }
            ("content" | "output" | "summary", _) => self.parts(scan),
            ("name" | "arguments" | "input", _) => self.text(scan),
            _ => scan.skip(),
        })?;
        // Codex sends thoughts without their ids: a mere summary is nothing that OpenAI could take back.
        Ok(is_thought && (is_marked || !is_theirs))
    }

    /// A string, or an array of parts.
    fn parts(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        match scan.kind()? {
            Kind::Array => scan.array(|scan| match scan.kind()? {
                Kind::Object => self.part(scan),
                _ => self.text(scan),
            }),
            Kind::Object => self.part(scan),
            _ => self.text(scan),
        }
    }

    fn part(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("text" | "refusal", Kind::String) => self.text(scan),
            ("type", Kind::String) => {
                self.has_images |= matches!(scan.string()?.raw, "input_image" | "computer_screenshot");
                Ok(())
            }
            _ => scan.skip(),
        })
    }

    fn text(&mut self, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        match scan.kind()? {
            Kind::String => self.chars += scan.string()?.chars(),
            _ => scan.skip()?,
        }
        Ok(())
    }
}

/// Whether `text.format` asks for JSON, and whether by a schema.
fn format(scan: &mut Scanner<'_>) -> Result<(bool, bool), Fault> {
    let mut wanted = (false, false);
    if scan.null()? {
        return Ok(wanted);
    }
    expect(scan, "text", Kind::Object)?;
    scan.object(|scan, key| {
        if &*key.decode() != "format" || scan.kind()? == Kind::Null {
            return scan.skip().map_err(Fault::from);
        }
        expect(scan, "text.format", Kind::Object)?;
        scan.object(|scan, key| {
            if &*key.decode() != "type" {
                return scan.skip().map_err(Fault::from);
            }
            expect(scan, "text.format.type", Kind::String)?;
            let kind = scan.string()?.decode();
            wanted = (matches!(&*kind, "json_object" | "json_schema"), &*kind == "json_schema");
            Ok(())
        })
    })?;
    Ok(wanted)
}
