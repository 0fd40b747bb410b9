//! Opening a SQLite file: private, in WAL mode, brought to the newest schema after a backup copy.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, backup::Backup};
use rusqlite_migration::{M, Migrations};

use crate::{
    error::{Sql, StoreError, database, is_corrupt},
    files,
};

const BACKUPS_KEPT: usize = 3;

/// One of the two files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Its name in the data directory.
    pub name: &'static str,
    /// Its schema, one migration per entry; only ever appended to.
    pub migrations: &'static [&'static str],
    /// `PRAGMA synchronous`.
    pub synchronous: &'static str,
    /// Checked as a whole when opened, and copied before a migration?
    pub precious: bool,
}

/// Opens or makes the file and migrates it. A damaged file is [`StoreError::Corrupt`] and left as it is.
pub(crate) fn open(dir: &Path, kind: Kind) -> Result<Connection, StoreError> {
    files::private_directory(dir)?;
    let path = dir.join(kind.name);
    files::private_file(&path)?;
    let mut connection = connect(&path, kind).map_err(|error| damaged(&path, error))?;
    let found = schema(&connection).map_err(|error| damaged(&path, error))?;
    if kind.precious {
        check(&connection, &path)?;
    }
    let known = u32::try_from(kind.migrations.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { file: path, found, known });
    }
    if found < known {
        if kind.precious && found > 0 {
            back_up(&connection, &path, found)?;
        }
        migrate(&mut connection, kind)?;
    }
    for suffix in ["-wal", "-shm"] {
        let path = files::beside(&path, suffix);
        if path.exists() {
            files::private_file(&path)?;
        }
    }
    Ok(connection)
}

/// One more connection to a file that [`open`] has prepared.
pub(crate) fn connect(path: &Path, kind: Kind) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", kind.synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// `ok`, or what SQLite's own check found.
pub(crate) fn integrity_check(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check").sql()?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).sql()?;
    let found: Vec<String> = rows.collect::<rusqlite::Result<_>>().sql()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let detail: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| damaged(path, error))?;
    if detail == "ok" { Ok(()) } else { Err(StoreError::Corrupt { file: path.to_owned(), detail }) }
}

/// The schema's number; reading it also proves that the file is a database with a readable schema.
fn schema(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn migrate(connection: &mut Connection, kind: Kind) -> Result<(), StoreError> {
    let steps = kind.migrations.iter().map(|sql| M::up(sql)).collect();
    Migrations::new(steps).to_latest(connection).map_err(|error| StoreError::Database(error.to_string()))
}

fn damaged(path: &Path, error: rusqlite::Error) -> StoreError {
    if is_corrupt(&error) { StoreError::Corrupt { file: path.to_owned(), detail: error.to_string() } } else { database(error) }
}

fn back_up(connection: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let target = files::beside(path, &format!(".bak-v{version}"));
    files::private_file(&target)?;
    let mut copy = Connection::open(&target).sql()?;
    let backup = Backup::new(connection, &mut copy).sql()?;
    backup.run_to_completion(1_000, Duration::ZERO, None).sql()?;
    drop(backup);
    drop(copy);
    forget_old_backups(path)
}

fn forget_old_backups(path: &Path) -> Result<(), StoreError> {
    let mut backups = backups(path)?;
    backups.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    for (_, old) in backups.into_iter().skip(BACKUPS_KEPT) {
        fs::remove_file(&old).map_err(StoreError::io("remove", old))?;
    }
    Ok(())
}

fn backups(path: &Path) -> Result<Vec<(u32, PathBuf)>, StoreError> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let prefix = format!("{name}.bak-v");
    let entries = fs::read_dir(dir).map_err(StoreError::io("list", dir))?;
    Ok(entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect())
}
