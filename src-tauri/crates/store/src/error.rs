//! What can go wrong in a data directory, and what to do about it.

use std::{io, path::PathBuf};

/// An error of the store. Its message is a plain sentence that says what to do; [`StoreError::code`] is stable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or directory could not be read, made or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `open`, `create`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file was written by a later release.
    #[error(
        "{} was written by a newer Modelux (schema {found}; this program knows {known}). \
         Install the newer version, or start with another data directory (--data-dir).",
        file.display()
    )]
    NewerSchema {
        /// The database.
        file: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// Another instance works on the data directory.
    #[error("{}", locked(dir, *pid, address.as_deref()))]
    Locked {
        /// The directory.
        dir: PathBuf,
        /// Process that holds it, where it could be read.
        pid: Option<u32>,
        /// Address that process listens on, where it said so.
        address: Option<String>,
    },
    /// The file of configs and keys is damaged. It was left as it is.
    #[error(
        "{} is damaged ({detail}). Nothing in it was changed. Put back a backup (a modelux.db.bak-vN file beside it, \
         or your own), or start with another data directory (--data-dir).",
        file.display()
    )]
    Corrupt {
        /// The database.
        file: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// A config of this name is there already.
    #[error("config @{slug} exists already; save a new version of it, or choose another name")]
    SlugTaken {
        /// Its name.
        slug: String,
    },
    /// The name belongs to an archived config.
    #[error("config @{slug} is archived and keeps its name; restore it, or choose another name")]
    SlugArchived {
        /// Its name.
        slug: String,
    },
    /// No such config.
    #[error("there is no config @{slug}")]
    UnknownConfig {
        /// The name asked for.
        slug: String,
    },
    /// No such version of the config.
    #[error("config @{slug} has no version {version}")]
    UnknownVersion {
        /// The config.
        slug: String,
        /// The number asked for.
        version: u32,
    },
    /// No such provider, key or other named thing.
    #[error("there is no {kind} {name:?}")]
    Unknown {
        /// `provider`, `key`.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A paging cursor that was not made here.
    #[error("the cursor is not one that this program gave out; start again without it")]
    InvalidCursor,
    /// The disk is full.
    #[error("the disk is full; free some space, then try again")]
    DiskFull,
    /// The file may not be written to.
    #[error("the database is read-only; check the permissions of the data directory")]
    ReadOnly,
    /// Anything else that SQLite reports.
    #[error("database error: {0}")]
    Database(String),
    /// The recorder's thread could not be started or has ended.
    #[error("the recorder has stopped; restart Modelux")]
    RecorderStopped,
}

impl StoreError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::NewerSchema { .. } => "newer_schema",
            Self::Locked { .. } => "locked",
            Self::Corrupt { .. } => "corrupt",
            Self::SlugTaken { .. } => "slug_taken",
            Self::SlugArchived { .. } => "slug_archived",
            Self::UnknownConfig { .. } => "unknown_config",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::Unknown { .. } => "unknown",
            Self::InvalidCursor => "invalid_cursor",
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "read_only",
            Self::Database(_) => "database",
            Self::RecorderStopped => "recorder_stopped",
        }
    }

    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

fn locked(dir: &std::path::Path, pid: Option<u32>, address: Option<&str>) -> String {
    let holder = match (pid, address) {
        (Some(pid), Some(address)) => format!("process {pid}, which listens on {address}"),
        (Some(pid), None) => format!("process {pid}"),
        (None, _) => "another process".to_owned(),
    };
    format!(
        "the data directory {} is in use by {holder}. Use that instance, stop it, or start with another data directory (--data-dir).",
        dir.display()
    )
}

/// Turns SQLite's results into the crate's own, so that no SQLite type leaves it.
pub(crate) trait Sql<T> {
    fn sql(self) -> Result<T, StoreError>;
}

impl<T> Sql<T> for rusqlite::Result<T> {
    fn sql(self) -> Result<T, StoreError> {
        self.map_err(database)
    }
}

pub(crate) fn database(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull,
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
        _ => StoreError::Database(error.to_string()),
    }
}

pub(crate) fn is_corrupt(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
