//! What routing needs to know of a request.

use crate::completions::input;
use crate::json::Scanner;
use crate::request::reading::{Fault, Grammar, Reading, optional_string};

/// What is read of it.
pub(crate) const GRAMMAR: Grammar = Grammar { read: &["input", "user"], required: &["model", "input"], member };

fn member(reading: &mut Reading, scan: &mut Scanner<'_>, name: &str) -> Result<(), Fault> {
    let facts = &mut reading.facts;
    match name {
        "input" => {
            let (chars, texts) = input(scan, name)?;
            facts.input_chars += chars;
            facts.messages = texts;
        }
        "user" => facts.user = optional_string(scan, name)?,
        _ => scan.skip()?,
    }
    Ok(())
}
