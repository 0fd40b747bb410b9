//! What routing needs to know of a request.

use crate::json::Scanner;
use crate::request::reading::{Fault, Grammar, Reading};

/// What is read of it.
pub(crate) const GRAMMAR: Grammar = Grammar { read: &["messages"], required: &["model", "messages"], member };

fn member(_: &mut Reading, scan: &mut Scanner<'_>, _: &str) -> Result<(), Fault> {
    Ok(scan.skip()?)
}
