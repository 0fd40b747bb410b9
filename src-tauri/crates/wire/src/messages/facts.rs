//! What routing needs to know of a request.

use std::ops::Range;

use super::UNSIGNED;
use crate::SyntaxError;
use crate::hub::OPENAI_ENCRYPTED;
use crate::json::{Kind, Scanner};
use crate::request::Facts;
use crate::request::reading::{Fault, Grammar, Reading, expect, optional_bool, optional_count, optional_string};

/// What is read of it.
pub(crate) const GRAMMAR: Grammar = Grammar {
    read: &["messages", "system", "tools", "max_tokens", "stream", "output_config", "output_format", "metadata"],
    required: &["model", "messages"],
    member,
};

fn member(reading: &mut Reading, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
    let facts = &mut reading.facts;
    match name {
        "messages" => messages(reading, scan)?,
        "system" => content(facts, scan)?,
        "tools" => reading.tools(scan, name)?,
        "max_tokens" => facts.max_tokens = optional_count(scan, name)?,
        "stream" => facts.stream = optional_bool(scan, name)?.unwrap_or(false),
        "output_config" => output_config(facts, scan)?,
        "output_format" => format(facts, scan)?,
        "metadata" => metadata(reading, scan)?,
        _ => scan.skip()?,
    }
    Ok(())
}

fn messages(reading: &mut Reading, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    expect(scan, "messages", Kind::Array)?;
    let Reading { facts, own, .. } = reading;
    let mut turns = Vec::new();
    scan.array(|scan| {
        let kind = scan.kind()?;
        let (start, before, mut is_ours) = (scan.pos(), own.len(), false);
        if kind != Kind::Object {
            let param = format!("messages[{}]", facts.messages);
            return Err(Fault::wrong_type(&param, Kind::Object.name(), kind.name()));
        }
        facts.messages += 1;
        scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
            ("content", Kind::Array) => {
                let blocks = blocks(facts, scan)?;
                // Of a turn of such thoughts alone nothing would be left: it goes as a whole.
                is_ours = !blocks.is_empty() && blocks.iter().all(|(_, is_ours)| *is_ours);
                if blocks.iter().any(|(_, is_ours)| *is_ours) {
                    own.push(blocks);
                }
                Ok(())
            }
            ("content", _) => content(facts, scan),
            _ => scan.skip(),
        })?;
        if is_ours {
            own.truncate(before);
        }
        turns.push((start..scan.pos(), is_ours));
        Ok::<_, Fault>(())
    })?;
    if turns.iter().any(|(_, is_ours)| *is_ours) {
        own.push(turns);
    }
    Ok(())
}

/// The blocks of one turn: where each stands, and whether it is a thought that we passed on and Anthropic would refuse.
fn blocks(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<Vec<(Range<usize>, bool)>, SyntaxError> {
    let mut blocks = Vec::new();
    scan.array(|scan| {
        let start = scan.pos();
        let is_ours = block(facts, scan)?;
        blocks.push((start..scan.pos(), is_ours));
        Ok::<_, SyntaxError>(())
    })?;
    Ok(blocks)
}

/// Text, or a list of blocks, at any depth: a tool's result and a document hold blocks of their own.
fn content(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
    match scan.kind()? {
        Kind::String => text(facts, scan),
        Kind::Array => scan.array(|scan| content(facts, scan)),
        _ => block(facts, scan).map(drop),
    }
}

fn block(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<bool, SyntaxError> {
    let (mut is_unsigned, mut is_hidden, mut is_openais) = (false, false, false);
    if scan.kind()? != Kind::Object {
        scan.skip()?;
        return Ok(false);
    }
    scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("type", Kind::String) => {
            let kind = scan.string()?.raw;
            facts.has_images |= kind == "image";
            is_hidden |= kind == "redacted_thinking";
            Ok(())
        }
        ("signature", Kind::String) => {
            is_unsigned = scan.string()?.raw == UNSIGNED;
            Ok(())
        }
        ("data", Kind::String) => {
            is_openais = scan.string()?.raw.starts_with(OPENAI_ENCRYPTED);
            Ok(())
        }
        ("text" | "thinking" | "title" | "context" | "name", Kind::String) => text(facts, scan),
        ("content", _) => content(facts, scan),
        ("input", _) => {
            facts.input_chars += scan.raw()?.chars().count() as u64;
            Ok(())
        }
        ("source", Kind::Object) => source(facts, scan),
        _ => scan.skip(),
    })?;
    Ok(is_unsigned || (is_hidden && is_openais))
}

/// Of what a document is made of, only text counts.
fn source(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
    let (mut chars, mut is_text) = (0, false);
    scan.object(|scan, key| match (&*key.decode(), scan.kind()?) {
        ("type", Kind::String) => {
            is_text = scan.string()?.raw == "text";
            Ok(())
        }
        ("data", Kind::String) => {
            chars = scan.string()?.chars();
            Ok(())
        }
        ("content", _) => content(facts, scan),
        _ => scan.skip(),
    })?;
    facts.input_chars += if is_text { chars } else { 0 };
    Ok(())
}

fn text(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<(), SyntaxError> {
    facts.input_chars += scan.string()?.chars();
    Ok(())
}

fn output_config(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    if scan.null()? {
        return Ok(());
    }
    expect(scan, "output_config", Kind::Object)?;
    scan.object(|scan, key| if &*key.decode() == "format" { format(facts, scan) } else { Ok(scan.skip()?) })
}

/// The only form of output that has a name is JSON by a schema.
fn format(facts: &mut Facts, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    if scan.kind()? != Kind::Object {
        return Ok(scan.skip()?);
    }
    scan.object(|scan, key| {
        if &*key.decode() == "type" && scan.kind()? == Kind::String {
            facts.wants_json = scan.string()?.raw == "json_schema";
            facts.wants_schema = facts.wants_json;
            return Ok(());
        }
        Ok(scan.skip()?)
    })
}

/// Anthropic knows `user_id` alone; ours are remembered by their place, to be taken out on the way.
fn metadata(reading: &mut Reading, scan: &mut Scanner<'_>) -> Result<(), Fault> {
    if scan.null()? {
        return Ok(());
    }
    expect(scan, "metadata", Kind::Object)?;
    let Reading { facts, own, .. } = reading;
    let mut members = Vec::new();
    scan.object(|scan, key| {
        let name = key.decode();
        match &*name {
            "user_id" => facts.user = optional_string(scan, "metadata.user_id")?,
            "trace_id" => facts.trace_id = optional_string(scan, "metadata.trace_id")?,
            "conversation_id" => facts.conversation_id = optional_string(scan, "metadata.conversation_id")?,
            _ => scan.skip()?,
        }
        members.push((key.start..scan.pos(), matches!(&*name, "trace_id" | "conversation_id")));
        Ok::<_, Fault>(())
    })?;
    own.push(members);
    Ok(())
}

#[cfg(test)]
mod tests;
