//! Reading the log.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::{
    Export,
    content::{self, Generation},
    details,
    open::TRAFFIC,
    requests,
};
use crate::{
    database,
    error::{Sql, StoreError},
    filter::Filter,
    record::{Cost, Tokens},
};

const IDLE_READERS: usize = 4;

const COLUMNS: &str = "key, id, app, endpoint, dialect, stream, requested_model, resolved, config, version, strategy, provider,
 model, status, error_class, error_message, answered_model, input_tokens, cached_tokens, output_tokens,
 reasoning_tokens, estimated, cost_input, cost_output, cost_total, ttft_us, total_us, overhead_us, tags, end_user,
 conversation_id, trace_id, attempts";

/// The log, for reading and pruning. Cheap to clone. Every call blocks on the disk: use `spawn_blocking`.
#[derive(Debug, Clone)]
pub struct Traffic(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    generation: Generation,
}

/// A recorded request, without trace and bodies. Fields mean what they mean in [`crate::record::RequestRecord`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the same names as in RequestRecord")]
pub struct RequestRow {
    pub id: u128,
    pub time_ms: i64,
    pub app: Option<String>,
    pub endpoint: String,
    pub dialect: String,
    pub stream: bool,
    pub requested_model: String,
    pub resolved: Option<String>,
    pub config: Option<String>,
    pub version: Option<u32>,
    pub strategy: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub status: u16,
    pub error_class: Option<String>,
    pub error_message: Option<String>,
    pub answered_model: Option<String>,
    pub tokens: Option<Tokens>,
    pub cost: Option<Cost>,
    pub ttft_us: Option<u64>,
    pub total_us: u64,
    pub overhead_us: u64,
    /// In the order of their keys.
    pub tags: Vec<(String, String)>,
    pub end_user: Option<String>,
    pub conversation_id: Option<String>,
    pub trace_id: Option<String>,
    pub attempts: u32,
}

/// All that is kept of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestDetail {
    /// What lists show.
    pub row: RequestRow,
    /// The decision trace, JSON in the contract's shape.
    pub trace: String,
    /// The price it was computed with, as JSON.
    pub price: Option<String>,
    /// Outcome of budgets, as JSON.
    pub budget: Option<String>,
    /// What the caller sent; `None` where it was not captured or has been pruned.
    pub request_body: Option<Body>,
    /// What the caller got.
    pub response_body: Option<Body>,
}

/// A stored body, secrets taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// What was kept of it.
    pub bytes: Vec<u8>,
    /// Was it longer than what is kept?
    pub truncated: bool,
    /// Its full length in bytes, as received or sent.
    pub size: u64,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl Traffic {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(Arc::new(Inner { path, readers: Mutex::default(), generation: Generation::default() }))
    }

    pub(super) fn generation(&self) -> Generation {
        Arc::clone(&self.0.generation)
    }

    /// The newest requests that the filter takes, from the cursor on, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`].
    pub fn page(&self, filter: &Filter, limit: u32, cursor: Option<&str>) -> Result<Page<RequestRow>, StoreError> {
        let before = cursor.map(parse_cursor).transpose()?;
        let (mut rows, more) = self.rows_before(filter, limit, before)?;
        let next_cursor = rows.last().filter(|_| more).map(|(key, _)| format!("{key:x}"));
        Ok(Page { rows: rows.drain(..).map(|(_, row)| row).collect(), next_cursor })
    }

    /// Rows with their keys, newest first, and whether there are more.
    pub(super) fn rows_before(
        &self,
        filter: &Filter,
        limit: u32,
        before: Option<i64>,
    ) -> Result<(Vec<(i64, RequestRow)>, bool), StoreError> {
        let limit = limit.max(1);
        let condition = filter.condition();
        let sql = format!(
            "SELECT {COLUMNS} FROM requests {} WHERE {} AND key < {} ORDER BY key DESC LIMIT {}",
            condition.index_hint(),
            condition.sql,
            before.unwrap_or(i64::MAX),
            u64::from(limit) + 1,
        );
        let mut rows = self.read(|connection| {
            let mut statement = connection.prepare(&sql).sql()?;
            let rows = statement.query_map(params_from_iter(&condition.values), keyed).sql()?;
            rows.collect::<rusqlite::Result<Vec<_>>>().sql()
        })?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok((rows, more))
    }

    /// Everything of one request; `None` where there is no such id (any more).
    pub fn get(&self, id: u128) -> Result<Option<RequestDetail>, StoreError> {
        self.read(|connection| {
            let Some((key, row)) = find(connection, id)? else { return Ok(None) };
            let blob: Vec<u8> =
                connection.prepare_cached("SELECT data FROM details WHERE key = ?1").sql()?.query_row([key], |row| row.get(0)).sql()?;
            let details = details::decode(&blob)?;
            let [request_body, response_body] = content::read(connection, key)?;
            let text = |raw: Box<serde_json::value::RawValue>| String::from(Box::<str>::from(raw));
            Ok(Some(RequestDetail {
                row,
                trace: text(details.trace),
                price: details.price.map(text),
                budget: details.budget.map(text),
                request_body,
                response_body,
            }))
        })
    }

    /// The newest request.
    pub fn last_request(&self) -> Result<Option<RequestRow>, StoreError> {
        let (rows, _) = self.rows_before(&Filter::default(), 1, None)?;
        Ok(rows.into_iter().next().map(|(_, row)| row))
    }

    /// All requests that the filter takes, newest first, in chunks; later ones do not disturb it.
    pub fn export(&self, filter: Filter, chunk: u32) -> Export {
        Export::new(self.clone(), filter, chunk)
    }

    /// Bytes in use, free pages of the file not counted.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        self.read(size_bytes)
    }

    /// What SQLite's own check finds wrong; empty where all is well. Reads the whole file.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        self.read(database::integrity_check)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => database::connect(&self.0.path, TRAFFIC).sql()?,
        };
        let result = {
            let transaction = connection.unchecked_transaction().sql()?;
            look(&transaction)
        };
        let mut readers = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        result
    }
}

pub(super) fn size_bytes(connection: &Connection) -> Result<u64, StoreError> {
    connection
        .query_row(
            "SELECT (page_count - freelist_count) * page_size
             FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
            [],
            |row| row.get(0),
        )
        .sql()
}

/// Ids carry their time, so the row is found without an index; one whose id was made up is searched for.
fn find(connection: &Connection, id: u128) -> Result<Option<(i64, RequestRow)>, StoreError> {
    let time_ms = requests::id_time_ms(id);
    let range = [requests::first_key(time_ms), requests::first_key(time_ms + 1)];
    for within in [format!("key >= {} AND key < {} AND", range[0], range[1]), String::new()] {
        let sql = format!("SELECT {COLUMNS} FROM requests WHERE {within} id = ?1 LIMIT 1");
        let found = connection.prepare(&sql).sql()?.query_row([id.to_be_bytes()], keyed).optional().sql()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn parse_cursor(cursor: &str) -> Result<i64, StoreError> {
    i64::from_str_radix(cursor, 16).ok().filter(|key| *key >= 0).ok_or(StoreError::InvalidCursor)
}

fn keyed(row: &Row<'_>) -> rusqlite::Result<(i64, RequestRow)> {
    let key = row.get(0)?;
    Ok((key, request_row(key, row)?))
}

fn request_row(key: i64, row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow {
        id: u128::from_be_bytes(row.get(1)?),
        time_ms: requests::time_ms(key),
        app: row.get(2)?,
        endpoint: row.get(3)?,
        dialect: row.get(4)?,
        stream: row.get(5)?,
        requested_model: row.get(6)?,
        resolved: row.get(7)?,
        config: row.get(8)?,
        version: row.get(9)?,
        strategy: row.get(10)?,
        provider: row.get(11)?,
        model: row.get(12)?,
        status: row.get(13)?,
        error_class: row.get(14)?,
        error_message: row.get(15)?,
        answered_model: row.get(16)?,
        tokens: tokens(row)?,
        cost: cost(row)?,
        ttft_us: row.get(25)?,
        total_us: row.get(26)?,
        overhead_us: row.get(27)?,
        tags: tags(row.get_ref(28)?.as_str_or_null()?),
        end_user: row.get(29)?,
        conversation_id: row.get(30)?,
        trace_id: row.get(31)?,
        attempts: row.get(32)?,
    })
}

fn tokens(row: &Row<'_>) -> rusqlite::Result<Option<Tokens>> {
    let Some(input) = row.get(17)? else { return Ok(None) };
    Ok(Some(Tokens { input, cached: row.get(18)?, output: row.get(19)?, reasoning: row.get(20)?, estimated: row.get(21)? }))
}

fn cost(row: &Row<'_>) -> rusqlite::Result<Option<Cost>> {
    let Some(total) = row.get(24)? else { return Ok(None) };
    Ok(Some(Cost { input: row.get(22)?, output: row.get(23)?, total }))
}

fn tags(json: Option<&str>) -> Vec<(String, String)> {
    let parse = |json| serde_json::from_str::<std::collections::BTreeMap<String, String>>(json).ok();
    json.and_then(parse).map(|tags| tags.into_iter().collect()).unwrap_or_default()
}
