//! The table of requests and its key.
//!
//! The key is the time with a running number below it, so that rows lie on disk in order of time: a page is one walk
//! along the tree, a range of time is a range of keys, and there is no index to keep.

use crate::record::RequestRecord;

pub(super) const TABLE: &str = "
CREATE TABLE requests (
  key              INTEGER PRIMARY KEY,
  id               BLOB NOT NULL,
  app              TEXT,
  endpoint         TEXT NOT NULL,
  dialect          TEXT NOT NULL,
  stream           INTEGER NOT NULL,
  requested_model  TEXT NOT NULL,
  resolved         TEXT,
  config           TEXT,
  version          INTEGER,
  strategy         TEXT,
  provider         TEXT,
  model            TEXT,
  status           INTEGER NOT NULL,
  error_class      TEXT,
  error_message    TEXT,
  answered_model   TEXT,
  input_tokens     INTEGER,
  cached_tokens    INTEGER,
  output_tokens    INTEGER,
  reasoning_tokens INTEGER,
  estimated        INTEGER,
  cost_input       INTEGER,
  cost_output      INTEGER,
  cost_total       INTEGER,
  ttft_us          INTEGER,
  total_us         INTEGER NOT NULL,
  overhead_us      INTEGER NOT NULL,
  tags             TEXT,
  end_user         TEXT,
  conversation_id  TEXT,
  trace_id         TEXT,
  attempts         INTEGER NOT NULL
) STRICT;
-- Failures are few: finding them in a long log must not read the rest.
CREATE INDEX requests_failed ON requests (key) WHERE status >= 400 OR error_class IS NOT NULL;
";

/// The condition of the index `requests_failed`, word for word.
pub(crate) const FAILED: &str = "(status >= 400 OR error_class IS NOT NULL)";

/// Bits of a key below the time: as many records may share a millisecond.
const SEQUENCE_BITS: u32 = 20;
const SEQUENCE_MASK: i64 = (1 << SEQUENCE_BITS) - 1;
/// The year 2248; the key is a signed 64-bit number.
const LAST_MS: i64 = (1 << 43) - 1;

/// The key of the record that is the `sequence`th written.
pub(super) fn key(time_ms: i64, sequence: i64) -> i64 {
    first_key(time_ms) | (sequence & SEQUENCE_MASK)
}

/// The lowest key of that millisecond.
pub(crate) fn first_key(time_ms: i64) -> i64 {
    time_ms.clamp(0, LAST_MS) << SEQUENCE_BITS
}

pub(super) fn time_ms(key: i64) -> i64 {
    key >> SEQUENCE_BITS
}

pub(super) fn sequence(key: i64) -> i64 {
    key & SEQUENCE_MASK
}

/// The time that the id itself says, which is the request's unless somebody made up the id.
pub(super) fn id_time_ms(id: u128) -> i64 {
    i64::try_from(id >> 80).unwrap_or(LAST_MS)
}

/// SQLite's integers end at 2^63.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `req_` and the ULID.
pub(super) fn request_id(record: &RequestRecord) -> String {
    format!("req_{}", ulid::Ulid(record.id))
}
