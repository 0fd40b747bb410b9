//! The audit: who changed what, when, written in the same transaction as the change.

use rusqlite::params;

use super::{Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  at_ms   INTEGER NOT NULL,
  who     TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  before  TEXT,
  after   TEXT
) STRICT;
";

/// Who changes something, how the audit calls it, and when.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// The person or key behind it; also the author of a version and the `by` of an activation.
    pub who: &'a str,
    /// What is done, such as `config.save`.
    pub action: &'a str,
    /// Now, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// One entry of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; grows with every entry.
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what: `@production`, `provider openai`, `key …`, `setting …`.
    pub subject: String,
    /// JSON before.
    pub before: Option<String>,
    /// JSON after.
    pub after: Option<String>,
}

impl View<'_> {
    /// Entries whose id is below `before` (all where `None`), newest first, at most `limit`.
    pub fn audit_entries(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, at_ms, who, action, subject, before, after FROM audit
                 WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )
            .sql()?;
        let rows = statement
            .query_map(params![before.unwrap_or(i64::MAX), limit], |row| {
                Ok(AuditEntry {
                    id: row.get(0)?,
                    at_ms: row.get(1)?,
                    who: row.get(2)?,
                    action: row.get(3)?,
                    subject: row.get(4)?,
                    before: row.get(5)?,
                    after: row.get(6)?,
                })
            })
            .sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }
}

impl Tx<'_> {
    /// Adds an entry of one's own. Every change made through [`Tx`] adds its entry by itself.
    pub fn audit(&self, audit: Audit<'_>, subject: &str, before: Option<&str>, after: Option<&str>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT INTO audit (at_ms, who, action, subject, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .sql()?
            .execute(params![audit.at_ms, audit.who, audit.action, subject, before, after])
            .sql()?;
        Ok(())
    }
}
