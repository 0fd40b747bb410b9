//! Retention: by age and by size, in steps so small that the writer is never kept waiting.

use std::sync::atomic::Ordering;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{
    Traffic,
    content::{Generation, LAG_MS},
    decisions,
    open::TRAFFIC,
    read::size_bytes,
    requests, seen,
};
use crate::{
    database,
    error::{Sql, StoreError},
};

/// Rows of one table that one transaction removes.
const STEP: u32 = 500;
/// Bodies are bigger than rows.
const BODY_STEP: u32 = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days that counts of decisions are kept; they are small, and hold nothing that callers wrote.
const COUNTS_DAYS: i64 = 365;

/// How long and how much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days that requests are kept, and the tags and apps seen in them.
    pub max_age_days: u32,
    /// Days that bodies are kept; never longer than their requests.
    pub body_days: u32,
    /// Size from which on the oldest requests go, whatever their age.
    pub max_bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { max_age_days: 30, body_days: 7, max_bytes: 2 << 30 }
    }
}

/// What a pruning removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Requests, with their traces and contents.
    pub requests: u64,
    /// Requests that only lost their bodies.
    pub contents: u64,
    /// Bodies that were shared.
    pub bodies: u64,
}

impl Traffic {
    /// Removes what is over the limits. Blocks, for long where there is much to remove; recording and reading go on.
    pub fn prune(&self, retention: &Retention, now_ms: i64) -> Result<Pruned, StoreError> {
        let mut pruner =
            Pruner { connection: database::connect(self.path(), TRAFFIC).sql()?, generation: self.generation(), pruned: Pruned::default() };
        pruner.by_age(retention, now_ms)?;
        pruner.by_size(retention.max_bytes)?;
        Ok(pruner.pruned)
    }
}

struct Pruner {
    connection: Connection,
    generation: Generation,
    pruned: Pruned,
}

impl Pruner {
    fn by_age(&mut self, retention: &Retention, now_ms: i64) -> Result<(), StoreError> {
        let requests_before = now_ms - i64::from(retention.max_age_days) * DAY_MS;
        let bodies_before = now_ms - i64::from(retention.body_days.min(retention.max_age_days)) * DAY_MS;
        while self.requests_before(requests::first_key(requests_before))? > 0 {}
        while self.contents_before(requests::first_key(bodies_before))? > 0 {}
        while self.bodies_before(bodies_before - LAG_MS)? > 0 {}
        let counts_before = now_ms - COUNTS_DAYS * DAY_MS;
        decisions::prune(&self.connection, counts_before).sql()?;
        // These are what callers wrote, not counts alone: they stay no longer than the requests that carried them.
        seen::prune(&self.connection, requests_before).sql()
    }

    fn by_size(&mut self, max_bytes: u64) -> Result<(), StoreError> {
        while size_bytes(&self.connection)? > max_bytes {
            if self.requests_before(i64::MAX)? == 0 {
                while self.bodies_before(i64::MAX)? > 0 {}
                break;
            }
            let oldest: Option<i64> = self.connection.query_row("SELECT min(key) FROM requests", [], |row| row.get(0)).sql()?;
            let unreferenced = oldest.map_or(i64::MAX, |key| requests::time_ms(key) - LAG_MS);
            while self.bodies_before(unreferenced)? > 0 {}
        }
        Ok(())
    }

    /// Removes some of the oldest requests below the key with all that hangs on them.
    fn requests_before(&mut self, key: i64) -> Result<u64, StoreError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate).sql()?;
        let last: Option<i64> = transaction
            .prepare_cached("SELECT max(key) FROM (SELECT key FROM requests WHERE key < ?1 ORDER BY key LIMIT ?2)")
            .sql()?
            .query_row(params![key, STEP], |row| row.get(0))
            .sql()?;
        let Some(last) = last else { return Ok(0) };
        for sql in ["DELETE FROM details WHERE key <= ?1", "DELETE FROM contents WHERE key <= ?1"] {
            transaction.prepare_cached(sql).sql()?.execute([last]).sql()?;
        }
        let removed = transaction.prepare_cached("DELETE FROM requests WHERE key <= ?1").sql()?.execute([last]).sql()? as u64;
        transaction.commit().sql()?;
        self.pruned.requests += removed;
        Ok(removed)
    }

    fn contents_before(&mut self, key: i64) -> Result<u64, StoreError> {
        let removed = self
            .connection
            .prepare_cached("DELETE FROM contents WHERE key IN (SELECT key FROM contents WHERE key < ?1 ORDER BY key LIMIT ?2)")
            .sql()?
            .execute(params![key, STEP])
            .sql()? as u64;
        self.pruned.contents += removed;
        Ok(removed)
    }

    /// Removes some bodies that were last used before that time.
    fn bodies_before(&mut self, time_ms: i64) -> Result<u64, StoreError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate).sql()?;
        let removed = transaction
            .prepare_cached(
                "DELETE FROM bodies WHERE rowid IN
                   (SELECT rowid FROM bodies WHERE last_ms < ?1 ORDER BY last_ms LIMIT ?2)",
            )
            .sql()?
            .execute(params![time_ms, BODY_STEP])
            .sql()? as u64;
        // Before the commit, so that the writer, whose transaction begins after it, cannot take a body as still there.
        self.generation.fetch_add(1, Ordering::Release);
        transaction.commit().sql()?;
        self.pruned.bodies += removed;
        Ok(removed)
    }
}
