//! What routing needs to know of a chat request.

use super::scan;
use crate::json::{Kind, Scanner};
use crate::request::reading::{Fault, Grammar, Reading, expect, optional_bool, optional_count, optional_string};

/// What is read of it.
pub(crate) const GRAMMAR: Grammar = Grammar {
    read: &[
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "n",
        "user",
        "tools",
        "functions",
        "response_format",
        "metadata",
    ],
    required: &["model", "messages"],
    member,
};

fn member(reading: &mut Reading, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
    let facts = &mut reading.facts;
    match name {
        "messages" => messages(reading, scan)?,
        "stream" => facts.stream = optional_bool(scan, name)?.unwrap_or(false),
        "stream_options" => reading.stream_options(scan)?,
        // The newer name wins, whichever comes first.
        "max_tokens" => facts.max_tokens = facts.max_tokens.or(optional_count(scan, name)?),
        "max_completion_tokens" => facts.max_tokens = optional_count(scan, name)?.or(facts.max_tokens),
        "n" => facts.n = optional_count(scan, name)?,
        "user" => facts.user = optional_string(scan, name)?,
        "tools" | "functions" => reading.tools(scan, name)?,
        "response_format" => (facts.wants_json, facts.wants_schema) = wants_json(scan)?,
        "metadata" => reading.metadata(scan)?,
        _ => scan.skip()?,
    }
    Ok(())
}

fn messages(reading: &mut Reading, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    expect(scan, "messages", Kind::Array)?;
    let Reading { facts, own, .. } = reading;
    scan.array(|scan| {
        let kind = scan.kind()?;
        if kind != Kind::Object {
            let param = format!("messages[{}]", facts.messages);
            return Err(Fault::wrong_type(&param, Kind::Object.name(), kind.name()));
        }
        let mut start = scan.clone();
        let message = scan::message(scan)?;
        if message.has_ours {
            own.push(scan::thoughts(&mut start)?);
        }
        facts.messages += 1;
        facts.input_chars += message.chars;
        facts.has_images |= message.has_images;
        Ok(())
    })
}

/// Whether `response_format` asks for JSON, and whether by a schema.
fn wants_json(scan: &mut Scanner<'_>) -> Result<(bool, bool), Fault> {
    let mut wanted = (false, false);
    if scan.null()? {
        return Ok(wanted);
    }
    expect(scan, "response_format", Kind::Object)?;
    scan.object(|scan, key| {
        if &*key.decode() == "type" {
            expect(scan, "response_format.type", Kind::String)?;
            let kind = scan.string()?.decode();
            wanted = (matches!(&*kind, "json_object" | "json_schema"), &*kind == "json_schema");
            return Ok(());
        }
        scan.skip().map_err(Fault::from)
    })?;
    Ok(wanted)
}
