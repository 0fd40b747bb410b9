//! `modelux rules`.

use std::io;

use clap::Subcommand;
use serde_json::json;

use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Print the language's reference page (Markdown)
    Reference,
}

pub fn run(rules: &Rules, output: &Output) -> io::Result<()> {
    match rules {
        Rules::Reference => output.either(&json!({ "markdown": control::RULES_REFERENCE }), || output.text(control::RULES_REFERENCE)),
    }
}
