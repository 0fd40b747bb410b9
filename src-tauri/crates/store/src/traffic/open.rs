//! Opening `traffic.db`. A damaged one is moved aside, since traffic must go on and nothing of it is irreplaceable.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{Recorder, RecorderOptions, Traffic, content, decisions, details, requests, seen};
use crate::{
    database::{self, Kind},
    error::{Sql, StoreError, database as database_error, is_corrupt},
    files,
};

pub(super) const TRAFFIC: Kind = Kind {
    name: "traffic.db",
    // In order; only ever appended to.
    migrations: &[requests::TABLE, details::TABLE, content::TABLES, decisions::TABLE, seen::TABLE],
    synchronous: "NORMAL",
    precious: false,
};

/// What [`open`] gives.
#[derive(Debug)]
pub struct Opened {
    /// For reading and pruning.
    pub traffic: Traffic,
    /// For writing; its thread runs already.
    pub recorder: Recorder,
    /// What opening came upon.
    pub report: OpenReport,
}

/// What opening came upon.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// There was no log: a new one was begun.
    pub created: bool,
    /// The damaged log that was moved here, a new one begun in its place.
    pub moved_aside: Option<PathBuf>,
    /// What was wrong with it.
    pub damage: Option<String>,
}

/// Opens the log of the directory, making it where it is missing, and starts its writer.
///
/// # Errors
/// [`StoreError::NewerSchema`], or what the disk says. A damaged file is no error: see [`OpenReport::moved_aside`].
pub fn open(dir: &Path, options: RecorderOptions, now_ms: i64) -> Result<Opened, StoreError> {
    let path = dir.join(TRAFFIC.name);
    let mut report = OpenReport { created: !path.exists(), ..OpenReport::default() };
    let connection = match try_open(dir) {
        Err(StoreError::Corrupt { file, detail }) => {
            tracing::error!(file = %file.display(), detail, "the log is damaged; moving it aside");
            report.moved_aside = Some(move_aside(&path, now_ms)?);
            report.damage = Some(detail);
            try_open(dir)?
        }
        other => other?,
    };
    connection.pragma_update(None, "wal_autocheckpoint", 4_000).sql()?;
    connection.pragma_update(None, "cache_size", -16_000).sql()?;
    let traffic = Traffic::new(path);
    let recorder = Recorder::start(connection, options, traffic.generation())?;
    Ok(Opened { traffic, recorder, report })
}

/// Opens the file and reads its newest row of each table, which a torn file rarely survives.
fn try_open(dir: &Path) -> Result<Connection, StoreError> {
    let connection = database::open(dir, TRAFFIC)?;
    for table in ["requests", "details", "contents"] {
        let newest = format!("SELECT count(*) FROM (SELECT * FROM {table} ORDER BY key DESC LIMIT 1)");
        connection.query_row(&newest, [], |_| Ok(())).map_err(|error| {
            if is_corrupt(&error) {
                StoreError::Corrupt { file: dir.join(TRAFFIC.name), detail: error.to_string() }
            } else {
                database_error(error)
            }
        })?;
    }
    Ok(connection)
}

fn move_aside(path: &Path, now_ms: i64) -> Result<PathBuf, StoreError> {
    let target = (0..)
        .map(|n| if n == 0 { format!(".corrupt-{now_ms}") } else { format!(".corrupt-{now_ms}-{n}") })
        .map(|suffix| files::beside(path, &suffix))
        .find(|target| !target.exists())
        .unwrap_or_else(|| files::beside(path, ".corrupt"));
    for suffix in ["", "-wal", "-shm"] {
        let from = files::beside(path, suffix);
        if from.exists() {
            fs::rename(&from, files::beside(&target, suffix)).map_err(StoreError::io("move", from))?;
        }
    }
    Ok(target)
}
