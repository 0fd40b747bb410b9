//! What can go wrong, with a stable code beside the sentence.

use serde_json::{Map, Value};

/// An operation that was refused or failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Stable: clients match on this, never on the message.
    pub code: Code,
    /// A plain sentence that says what to do.
    pub message: String,
    /// More, by code: `diagnostics` for invalid documents, `latest_version` and `diff` for conflicts.
    pub details: Map<String, Value>,
}

/// Stable codes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The input is wrong.
    InvalidRequest,
    /// The document has errors; `details.diagnostics` lists them.
    InvalidDocument,
    /// No or a wrong key.
    Unauthorized,
    /// Not allowed.
    Forbidden,
    /// No such thing.
    NotFound,
    /// There is a thing of that name already.
    AlreadyExists,
    /// Somebody saved meanwhile; `details.latest_version` and `details.diff`.
    Conflict,
    /// Others refer to it; `details.referrers`.
    InUse,
    /// No keychain can be reached; offer the file.
    NoKeychain,
    /// The port is taken.
    PortInUse,
    /// Another instance works on the data directory.
    Locked,
    /// A newer release wrote the data directory.
    NewerSchema,
    /// Ours.
    Internal,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::InvalidRequest,
        Self::InvalidDocument,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Conflict,
        Self::InUse,
        Self::NoKeychain,
        Self::PortInUse,
        Self::Locked,
        Self::NewerSchema,
        Self::Internal,
    ];

    /// As written in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidDocument => "invalid_document",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::InUse => "in_use",
            Self::NoKeychain => "no_keychain",
            Self::PortInUse => "port_in_use",
            Self::Locked => "locked",
            Self::NewerSchema => "newer_schema",
            Self::Internal => "internal",
        }
    }

    /// HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidDocument => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Conflict | Self::InUse | Self::NoKeychain | Self::PortInUse => 409,
            Self::Locked => 409,
            Self::NewerSchema | Self::Internal => 500,
        }
    }
}

impl Error {
    /// An error of this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// With one more detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        use store::StoreError;
        let code = match &error {
            StoreError::SlugTaken { .. } | StoreError::SlugArchived { .. } => Code::AlreadyExists,
            StoreError::UnknownConfig { .. } | StoreError::UnknownVersion { .. } | StoreError::Unknown { .. } => Code::NotFound,
            StoreError::InvalidCursor => Code::InvalidRequest,
            StoreError::Locked { .. } => Code::Locked,
            StoreError::NewerSchema { .. } => Code::NewerSchema,
            _ => Code::Internal,
        };
        Self::new(code, sentence(error.to_string()))
    }
}

/// The store's messages begin small, as parts of a log line do.
fn sentence(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
