//! One record into its rows.

use rusqlite::{Connection, params};

use super::{
    content::{self, Generation},
    details,
    redact::redact_text,
    requests::{self, integer},
};
use crate::{
    error::{Sql, StoreError},
    record::RequestRecord,
};

/// Keys tried for one record before it is given up; one more than can be taken in practice.
const KEY_ATTEMPTS: u32 = 8;

/// Writes records into the transaction under way.
pub(super) struct Inserter {
    sequence: i64,
    details: details::Encoder,
    content: content::Writer,
    tags: Vec<u8>,
}

impl Inserter {
    /// Goes on numbering where the log ends.
    pub(super) fn new(connection: &Connection, generation: Generation) -> Result<Self, StoreError> {
        let newest: Option<i64> = connection.query_row("SELECT max(key) FROM requests", [], |row| row.get(0)).sql()?;
        let packer = |error: std::io::Error| StoreError::Database(error.to_string());
        Ok(Self {
            sequence: newest.map_or(0, |key| requests::sequence(key) + 1),
            details: details::Encoder::new().map_err(packer)?,
            content: content::Writer::new(generation).map_err(packer)?,
            tags: Vec::new(),
        })
    }

    /// To be called at the start of each transaction.
    pub(super) fn begin(&mut self) {
        self.content.begin();
    }

    /// To be called after a rollback.
    pub(super) fn rolled_back(&mut self) {
        self.content.forget();
    }

    /// Writes the record as a whole or, where it fails for a reason of its own, not at all.
    pub(super) fn insert(&mut self, connection: &Connection, record: &RequestRecord) -> rusqlite::Result<()> {
        let key = self.insert_row(connection, record)?;
        // Taking the rows back is cheaper than a savepoint around each of the many records that go well.
        self.insert_rest(connection, key, record).or_else(|error| {
            for table in ["requests", "details", "contents"] {
                connection.execute(&format!("DELETE FROM {table} WHERE key = ?1"), [key])?;
            }
            Err(error)
        })
    }

    fn insert_rest(&mut self, connection: &Connection, key: i64, record: &RequestRecord) -> rusqlite::Result<()> {
        let blob = self.details.encode(record).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        connection.prepare_cached("INSERT INTO details (key, data) VALUES (?1, ?2)")?.execute(params![key, blob])?;
        self.content.insert(connection, key, record)
    }

    /// A clock set back while the program was down may have left a row under the key; the next number is free.
    fn insert_row(&mut self, connection: &Connection, record: &RequestRecord) -> rusqlite::Result<i64> {
        let mut tries = 0;
        loop {
            let key = requests::key(record.time_ms, self.sequence);
            self.sequence += 1;
            tries += 1;
            match self.insert_under(connection, key, record) {
                Err(error) if tries < KEY_ATTEMPTS && is_taken(&error) => {}
                other => return other.map(|()| key),
            }
        }
    }

    fn insert_under(&mut self, connection: &Connection, key: i64, record: &RequestRecord) -> rusqlite::Result<()> {
        let tokens = record.tokens.as_ref();
        let cost = record.cost.as_ref();
        let tags = tags_json(&mut self.tags, &record.tags);
        connection
            .prepare_cached(
                "INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)",
            )?
            .execute(params![
                key,
                record.id.to_be_bytes(),
                record.app.as_deref(),
                record.endpoint,
                record.dialect,
                record.stream,
                &*record.requested_model,
                record.resolved,
                record.config.as_deref(),
                record.version,
                record.strategy,
                record.provider.as_deref(),
                record.model.as_deref(),
                record.status,
                record.error_class.as_deref(),
                record.error_message.as_deref().map(redact_text),
                record.answered_model.as_deref(),
                tokens.map(|tokens| integer(tokens.input)),
                tokens.map(|tokens| integer(tokens.cached)),
                tokens.map(|tokens| integer(tokens.output)),
                tokens.map(|tokens| integer(tokens.reasoning)),
                tokens.map(|tokens| tokens.estimated),
                cost.map(|cost| integer(cost.input)),
                cost.map(|cost| integer(cost.output)),
                cost.map(|cost| integer(cost.total)),
                record.ttft_us.map(integer),
                integer(record.total_us),
                integer(record.overhead_us),
                tags,
                record.end_user.as_deref(),
                record.conversation_id.as_deref(),
                record.trace_id.as_deref(),
                record.attempts,
            ])?;
        Ok(())
    }
}

fn is_taken(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _)
        if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            || failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_ROWID)
}

fn tags_json<'a>(buffer: &'a mut Vec<u8>, tags: &[(Box<str>, Box<str>)]) -> Option<&'a str> {
    struct Tags<'a>(&'a [(Box<str>, Box<str>)]);
    impl serde::Serialize for Tags<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
        }
    }
    if tags.is_empty() {
        return None;
    }
    buffer.clear();
    serde_json::to_writer(&mut *buffer, &Tags(tags)).ok()?;
    std::str::from_utf8(buffer).ok()
}
