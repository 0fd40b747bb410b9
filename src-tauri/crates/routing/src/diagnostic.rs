//! What is wrong with a document, or worth knowing.

use crate::locate::Position;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be saved.
    Error,
    /// It can, but look at it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// JSON pointer into the document as it was given.
    pub path: String,
    /// Is it about the key at that path rather than its value?
    pub about_key: bool,
    /// Where in the text at that path, where the value is a program or a condition.
    pub text: Option<Position>,
    /// A plain sentence.
    pub message: String,
    /// What to write in place of what stands there.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// An error about the value at `path`.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path: path.into(), about_key: false, text: None, message: message.into(), suggestion: None }
    }

    /// A warning about the value at `path`.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, message) }
    }

    /// With what to write instead; the message gets `: did you mean …?`.
    #[must_use]
    pub fn meaning(mut self, suggestion: Option<&str>) -> Self {
        if let Some(suggestion) = suggestion {
            self.message = format!("{}: did you mean {suggestion}?", self.message);
            self.suggestion = Some(suggestion.to_owned());
        }
        self
    }
}
