//! Settings: a key and its JSON.

use rusqlite::{OptionalExtension, params};

use super::{Audit, Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

impl View<'_> {
    /// The JSON of one setting; `None` where it was never set.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM settings WHERE key = ?1").sql()?;
        statement.query_row([key], |row| row.get(0)).optional().sql()
    }

    /// All settings that were set, with their JSON, by key.
    pub fn settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT key, value FROM settings ORDER BY key").sql()?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }
}

impl Tx<'_> {
    /// Sets a setting to this JSON. Setting it to what it is changes nothing.
    pub fn set_setting(&self, key: &str, json: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let before = self.setting(key)?;
        if before.as_deref() == Some(json) {
            return Ok(());
        }
        self.connection
            .execute(
                "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![key, json],
            )
            .sql()?;
        self.audit(audit, &subject(key), before.as_deref(), Some(json))
    }

    /// Takes a setting back to its default.
    pub fn unset_setting(&self, key: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let Some(before) = self.setting(key)? else { return Ok(()) };
        self.connection.execute("DELETE FROM settings WHERE key = ?1", [key]).sql()?;
        self.audit(audit, &subject(key), Some(&before), None)
    }
}

fn subject(key: &str) -> String {
    format!("setting {key}")
}
