//! Request and response bodies: small ones beside each other in one row per request, big ones once per content.
//!
//! ```text
//! contents.data = length of the request (4) · length of the response (4) · zstd frame of both
//! bodies.data   = zstd frame
//! ```
//! A body is kept by the time it was last referred to, so that nothing has to count or look up references.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ahash::AHashMap;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use zstd::bulk::{Compressor, decompress};

use super::{Body, redact::redact};
use crate::{
    error::{Sql, StoreError},
    record::RequestRecord,
};

pub(super) const TABLES: &str = "
CREATE TABLE contents (
  key           INTEGER PRIMARY KEY,
  request_size  INTEGER,
  response_size INTEGER,
  request_hash  BLOB,
  response_hash BLOB,
  data          BLOB
) STRICT;
CREATE TABLE bodies (
  hash    BLOB NOT NULL PRIMARY KEY,
  size    INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  data    BLOB NOT NULL
) STRICT;
CREATE INDEX bodies_by_time ON bodies (last_ms);
";

/// Of a longer body this much is kept.
pub(super) const CAP: usize = 1 << 20;
/// A key that is cut off at the cap must still be seen as one.
const OVERLAP: usize = 256;
/// From this length on a body is worth a row of its own, shared by all requests that have it.
const BIG: usize = 4_096;
/// `last_ms` of a body may lag behind its last use by this much.
pub(super) const LAG_MS: i64 = 60 * 60 * 1_000;
/// Small bodies spend most of zstd's time on its tables, which the negative levels do without: about a tenth of the recorder's time.
const LEVEL: i32 = -4;
const REMEMBERED: usize = 4_096;
const HEADER: usize = 8;

type Hash = [u8; 32];

/// Counts removals of bodies; changed only while the write lock is held.
pub(super) type Generation = Arc<AtomicU64>;

/// Writes bodies, reusing its buffers.
pub(super) struct Writer {
    compressor: Compressor<'static>,
    plain: Vec<u8>,
    packed: Vec<u8>,
    /// Bodies known to be stored, with their `last_ms`.
    known: AHashMap<Hash, i64>,
    generation: Generation,
    seen: u64,
}

impl Writer {
    pub(super) fn new(generation: Generation) -> std::io::Result<Self> {
        Ok(Self { compressor: Compressor::new(LEVEL)?, plain: Vec::new(), packed: Vec::new(), known: AHashMap::new(), generation, seen: 0 })
    }

    /// To be called once the write lock is held: what was known may have been pruned since.
    pub(super) fn begin(&mut self) {
        let now = self.generation.load(Ordering::Acquire);
        if now != self.seen {
            self.seen = now;
            self.known.clear();
        }
    }

    /// To be called after a rollback: what was written is not there.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// Writes the record's bodies, if it has any.
    pub(super) fn insert(&mut self, connection: &Connection, key: i64, record: &RequestRecord) -> rusqlite::Result<()> {
        let (request, response) = (record.request_body.as_ref(), record.response_body.as_ref());
        if request.is_none() && response.is_none() {
            return Ok(());
        }
        self.plain.clear();
        let request_hash = self.place(connection, request, record.time_ms)?;
        let request_length = self.plain.len();
        let response_hash = self.place(connection, response, record.time_ms)?;
        let response_length = self.plain.len() - request_length;
        let data = self.pack_inline(request_length, response_length).map_err(unpackable)?;
        let size = |body: Option<&Bytes>| body.map(|body| i64::try_from(body.len()).unwrap_or(i64::MAX));
        connection
            .prepare_cached(
                "INSERT INTO contents (key, request_size, response_size, request_hash, response_hash, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![key, size(request), size(response), request_hash, response_hash, data])?;
        Ok(())
    }

    /// Puts a small body into the row's own text, a big one into its own row, whose hash this gives.
    fn place(&mut self, connection: &Connection, body: Option<&Bytes>, time_ms: i64) -> rusqlite::Result<Option<Hash>> {
        let Some(body) = body else { return Ok(None) };
        if body.len() < BIG {
            self.plain.extend_from_slice(&redact(body));
            return Ok(None);
        }
        let hash = *blake3::hash(body).as_bytes();
        let stored = self.known.get(&hash).copied();
        if stored.is_some_and(|last_ms| time_ms < last_ms + LAG_MS) {
            return Ok(Some(hash));
        }
        let touched =
            connection.prepare_cached("UPDATE bodies SET last_ms = max(last_ms, ?2) WHERE hash = ?1")?.execute(params![hash, time_ms])?;
        if touched == 0 {
            self.insert_body(connection, &hash, body, time_ms)?;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(hash, time_ms);
        Ok(Some(hash))
    }

    fn insert_body(&mut self, connection: &Connection, hash: &Hash, body: &[u8], time_ms: i64) -> rusqlite::Result<()> {
        let text = redact(&body[..body.len().min(CAP + OVERLAP)]);
        let text = &text[..text.len().min(CAP)];
        let data = self.compressor.compress(text).map_err(unpackable)?;
        let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
        connection
            .prepare_cached("INSERT INTO bodies (hash, size, last_ms, data) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![hash, size, time_ms, data])?;
        Ok(())
    }

    fn pack_inline(&mut self, request: usize, response: usize) -> std::io::Result<Option<&[u8]>> {
        if self.plain.is_empty() {
            return Ok(None);
        }
        let bound = HEADER + zstd::zstd_safe::compress_bound(self.plain.len());
        self.packed.resize(bound.max(self.packed.len()), 0);
        for (at, length) in [(0, request), (4, response)] {
            let length = u32::try_from(length).map_err(std::io::Error::other)?;
            self.packed[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        let written = self.compressor.compress_to_buffer(&self.plain, &mut self.packed[HEADER..])?;
        Ok(Some(&self.packed[..HEADER + written]))
    }
}

fn unpackable(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// The two bodies of a request, as far as they are (still) there.
pub(super) fn read(connection: &Connection, key: i64) -> Result<[Option<Body>; 2], StoreError> {
    let row = connection
        .prepare_cached("SELECT request_size, request_hash, response_size, response_hash, data FROM contents WHERE key = ?1")
        .sql()?
        .query_row([key], |row| {
            let sides: [(Option<u64>, Option<Hash>); 2] = [(row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)];
            Ok((sides, row.get::<_, Option<Vec<u8>>>(4)?))
        })
        .optional()
        .sql()?;
    let Some((sides, data)) = row else { return Ok([None, None]) };
    let inline = data.as_deref().map_or(Ok([Vec::new(), Vec::new()]), unpack_inline)?;
    let mut bodies = [None, None];
    for ((slot, inline), (size, hash)) in bodies.iter_mut().zip(inline).zip(sides) {
        let Some(size) = size else { continue };
        let bytes = match hash {
            None => Some(inline),
            Some(hash) => big(connection, &hash)?,
        };
        *slot = bytes.map(|bytes| Body { bytes, truncated: size > CAP as u64, size });
    }
    Ok(bodies)
}

fn unpack_inline(data: &[u8]) -> Result<[Vec<u8>; 2], StoreError> {
    let damaged = || StoreError::Database("a stored body cannot be read".to_owned());
    let (header, frame) = data.split_at_checked(HEADER).ok_or_else(damaged)?;
    let length = |at: usize| header[at..at + 4].try_into().map(u32::from_le_bytes).map_err(|_| damaged());
    let (request, response) = (length(0)? as usize, length(4)? as usize);
    let mut both = decompress(frame, request + response).map_err(|_| damaged())?;
    if both.len() != request + response {
        return Err(damaged());
    }
    let response = both.split_off(request);
    Ok([both, response])
}

fn big(connection: &Connection, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let found = connection
        .prepare_cached("SELECT size, data FROM bodies WHERE hash = ?1")
        .sql()?
        .query_row([hash], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()
        .sql()?;
    let Some((size, data)) = found else { return Ok(None) };
    let size = usize::try_from(size).unwrap_or(CAP);
    let damaged = |_| StoreError::Database("a stored body cannot be read".to_owned());
    decompress(&data, size).map(Some).map_err(damaged)
}
