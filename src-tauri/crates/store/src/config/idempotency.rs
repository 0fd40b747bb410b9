//! Answers kept for a day, so that a call repeated with the same `Idempotency-Key` is not done twice.

use rusqlite::{OptionalExtension, params};

use super::{Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE idempotency (
  key          TEXT NOT NULL,
  operation    TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  response     TEXT NOT NULL,
  at_ms        INTEGER NOT NULL,
  PRIMARY KEY (key, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (at_ms);
";

const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// What was answered to the first call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Hash of that call's body: another one under the same key is the caller's mistake.
    pub request_hash: [u8; 32],
    /// The answer, as the caller of the store wrote it.
    pub response: String,
}

impl View<'_> {
    /// The answer given to this key and operation in the last 24 hours.
    pub fn idempotent(&self, key: &str, operation: &str, now_ms: i64) -> Result<Option<Answer>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT request_hash, response FROM idempotency WHERE key = ?1 AND operation = ?2 AND at_ms > ?3")
            .sql()?;
        statement
            .query_row(params![key, operation, now_ms - KEPT_MS], |row| Ok(Answer { request_hash: row.get(0)?, response: row.get(1)? }))
            .optional()
            .sql()
    }
}

impl Tx<'_> {
    /// Keeps an answer for 24 hours, and forgets older ones.
    pub fn keep_idempotent(&self, key: &str, operation: &str, answer: &Answer, now_ms: i64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM idempotency WHERE at_ms <= ?1", [now_ms - KEPT_MS]).sql()?;
        self.connection
            .execute(
                "INSERT OR REPLACE INTO idempotency (key, operation, request_hash, response, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![key, operation, answer.request_hash, answer.response, now_ms],
            )
            .sql()?;
        Ok(())
    }
}
