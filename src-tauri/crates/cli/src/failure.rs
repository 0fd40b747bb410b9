//! How a command ends that did not succeed.

use std::{io, process::ExitCode};

use control::{Code, Error};
use serde_json::{Value, json};

use crate::output::{Output, Style, hint};

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// An operation was refused or failed.
    Refused(Error),
    /// The command itself could not be done.
    Said(String),
    /// It found something wrong and has said so already.
    Found,
    /// Nobody reads the output any more (`| head`): nothing to complain about.
    NoReader,
}

impl Failure {
    /// A plain sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Said(message.into())
    }

    /// Says why on standard error; gives the exit code that `--help` documents.
    pub fn report(&self, output: &Output) -> ExitCode {
        match self {
            Self::Refused(error) => {
                report(error, output);
                exit_code(error.code)
            }
            Self::Said(message) => {
                complain(output, message, || json!({ "error": { "code": "failed", "message": message } }));
                ExitCode::from(1)
            }
            Self::Found => ExitCode::from(1),
            Self::NoReader => ExitCode::SUCCESS,
        }
    }
}

fn exit_code(code: Code) -> ExitCode {
    ExitCode::from(match code {
        Code::PortInUse => 3,
        Code::Locked => 4,
        Code::NewerSchema => 5,
        Code::Conflict => 6,
        _ => 1,
    })
}

fn report(error: &Error, output: &Output) {
    complain(output, &error.message, || {
        let mut inner = error.details.clone();
        inner.insert("code".to_owned(), error.code.as_str().into());
        inner.insert("message".to_owned(), error.message.as_str().into());
        json!({ "error": inner })
    });
    if output.json {
        return;
    }
    let diagnostics = error.details.get("diagnostics").and_then(Value::as_array);
    for diagnostic in diagnostics.into_iter().flatten() {
        let text = |name: &str| diagnostic.get(name).and_then(Value::as_str).unwrap_or_default();
        let hint = hint(text("message"), diagnostic.get("suggestion").and_then(Value::as_str));
        let place = if text("path").is_empty() { "/" } else { text("path") };
        output.complain(&format!("  {}: {place}: {}{hint}", text("severity"), text("message")));
    }
    let changes = error.details.get("diff").and_then(|diff| diff["changes"].as_array());
    for change in changes.into_iter().flatten() {
        output.complain(&format!("  • {}", change["text"].as_str().unwrap_or_default()));
    }
    if let Some(port) = error.details.get("free_port").and_then(Value::as_u64) {
        output.complain(&format!("Port {port} is free: --port {port}"));
    }
}

fn complain(output: &Output, message: &str, as_json: impl FnOnce() -> Value) {
    if output.json {
        output.complain(&as_json().to_string());
    } else {
        output.complain(&format!("{} {message}", output.styled_error(Style::Red, "error:")));
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::NoReader } else { Self::Said(error.to_string()) }
    }
}
