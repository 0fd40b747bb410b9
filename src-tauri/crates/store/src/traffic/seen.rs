//! Tags and apps that traffic carries: what completion offers, and what tells a tag key that nobody sends.
//!
//! The most seen are kept, in bounded room: a newcomer takes the place of the least seen, and begins with its weight
//! (the space-saving algorithm), so that what is sent often stays however many others are sent once.

use ahash::{AHashMap, AHashSet};
use rusqlite::{Connection, params};

use super::{Traffic, decisions::HOUR_MS, requests};
use crate::{
    error::{Sql, StoreError},
    record::RequestRecord,
};

const KEYS: usize = 200;
const VALUES: usize = 50;
const APPS: usize = 200;
/// Counts are written at least once in so many requests, and at once where something was seen that is new in its hour:
/// pruning goes by the hour on disk.
const WRITE_EVERY: u32 = 4_096;

/// `kind` is `app` (its name in `value`), `key` (of a tag) or `tag`. Filled from the newest of what was recorded before.
pub(super) const TABLE: &str = "
CREATE TABLE seen (
  kind     TEXT NOT NULL,
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  requests INTEGER NOT NULL,
  weight   INTEGER NOT NULL,
  hour     INTEGER NOT NULL,
  PRIMARY KEY (kind, key, value)
) STRICT, WITHOUT ROWID;
INSERT INTO seen
  WITH newest AS MATERIALIZED (SELECT (key >> 20) / 3600000 AS hour, app, tags FROM requests ORDER BY key DESC LIMIT 50000),
  pairs AS MATERIALIZED (SELECT hour, pair.key, pair.value FROM newest, json_each(newest.tags) AS pair
    WHERE newest.tags IS NOT NULL AND json_valid(newest.tags) AND pair.type = 'text'),
  keys AS MATERIALIZED (SELECT key, count(*) AS requests, max(hour) AS hour FROM pairs GROUP BY key ORDER BY 2 DESC, 1 LIMIT 200),
  ranked AS (SELECT key, value, count(*) AS requests, max(hour) AS hour,
    row_number() OVER (PARTITION BY key ORDER BY count(*) DESC, value) AS rank FROM pairs GROUP BY key, value)
  SELECT 'key', key, '', requests, requests, hour FROM keys
  UNION ALL SELECT 'tag', key, value, requests, requests, hour FROM ranked WHERE rank <= 50 AND key IN (SELECT key FROM keys)
  UNION ALL SELECT * FROM (SELECT 'app', '', app, count(*), count(*), max(hour) FROM newest
    WHERE app IS NOT NULL GROUP BY app ORDER BY 4 DESC, 3 LIMIT 200);
";

/// What traffic carries, most seen first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Keys of tags with their values.
    pub tags: Vec<SeenKey>,
    /// Apps, with how many requests.
    pub apps: Vec<(String, u64)>,
}

/// A key of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenKey {
    /// The key.
    pub key: String,
    /// Requests that had it; at least so many.
    pub requests: u64,
    /// Its values, most seen first, each with at least so many requests.
    pub values: Vec<(String, u64)>,
}

impl Traffic {
    /// Tags and apps seen, with at most so many values of a key.
    pub fn seen(&self, values: usize) -> Result<Seen, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT kind, key, value, requests FROM seen ORDER BY kind, requests DESC, key, value").sql()?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).sql()?;
            let mut seen = Seen::default();
            let mut of_keys: AHashMap<String, Vec<(String, u64)>> = AHashMap::new();
            for row in rows {
                let (kind, key, value, requests): (String, String, String, u64) = row.sql()?;
                match kind.as_str() {
                    "app" => seen.apps.push((value, requests)),
                    "key" => seen.tags.push(SeenKey { key, requests, values: Vec::new() }),
                    "tag" => of_keys.entry(key).or_default().push((value, requests)),
                    _ => {}
                }
            }
            for tag in &mut seen.tags {
                tag.values = of_keys.remove(&tag.key).unwrap_or_default();
                tag.values.truncate(values);
            }
            Ok(seen)
        })
    }
}

/// Removes what was not seen since `before_ms`.
pub(super) fn prune(connection: &Connection, before_ms: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM seen WHERE hour < ?1")?.execute([before_ms.div_euclid(HOUR_MS)])?;
    Ok(())
}

/// What was seen, as the writer keeps it in memory.
pub(super) struct Book {
    apps: Top,
    keys: Top,
    values: AHashMap<Box<str>, Top>,
    /// On disk, but no more in the book: kind, key, value.
    removed: AHashSet<(&'static str, Box<str>, Box<str>)>,
    unwritten: u32,
    novel: bool,
}

impl Book {
    /// As it is on disk.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut book = Self {
            apps: Top::new(APPS),
            keys: Top::new(KEYS),
            values: AHashMap::new(),
            removed: AHashSet::new(),
            unwritten: 0,
            novel: false,
        };
        let mut statement = connection.prepare_cached("SELECT kind, key, value, requests, weight, hour FROM seen")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, key, value): (String, Box<str>, Box<str>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let count = Count { requests: row.get(3)?, weight: row.get(4)?, hour: row.get(5)?, written_hour: row.get(5)?, dirty: false };
            match kind.as_str() {
                "app" => book.apps.counts.insert(value, count),
                "key" => book.keys.counts.insert(key, count),
                _ => book.values.entry(key).or_insert_with(|| Top::new(VALUES)).counts.insert(value, count),
            };
        }
        Ok(book)
    }

    /// Notes what a record carries.
    pub(super) fn observe(&mut self, record: &RequestRecord) {
        let hour = record.time_ms.div_euclid(HOUR_MS);
        self.unwritten += 1;
        if let Some(app) = record.app.as_deref() {
            match self.apps.see(app, hour) {
                Sight::Known => {}
                Sight::New => self.novel = true,
                Sight::InPlaceOf(least) => self.remove("app", "", least),
            }
        }
        for (key, value) in &record.tags {
            self.observe_tag(key, value, hour);
        }
    }

    fn observe_tag(&mut self, key: &str, value: &str, hour: i64) {
        match self.keys.see(key, hour) {
            Sight::Known => {}
            Sight::New => self.novel = true,
            Sight::InPlaceOf(least) => {
                let values = self.values.remove(&least).map(|top| top.counts).unwrap_or_default();
                for value in values.into_keys() {
                    self.remove("tag", &least, value);
                }
                self.removed.insert(("key", least, "".into()));
            }
        }
        let values = match self.values.get_mut(key) {
            Some(values) => values,
            None => self.values.entry(key.into()).or_insert_with(|| Top::new(VALUES)),
        };
        match values.see(value, hour) {
            Sight::Known => {}
            Sight::New => self.novel = true,
            Sight::InPlaceOf(least) => self.remove("tag", key, least),
        }
    }

    fn remove(&mut self, kind: &'static str, key: &str, value: Box<str>) {
        self.removed.insert((kind, key.into(), value));
    }

    /// Has it to be written with this batch?
    pub(super) fn is_due(&self) -> bool {
        self.novel || self.unwritten >= WRITE_EVERY
    }

    /// Is there anything that is not on disk?
    pub(super) fn is_ahead(&self) -> bool {
        self.unwritten > 0
    }

    /// Writes what has changed, in the transaction under way. Where that is rolled back, the book has to be loaded anew.
    pub(super) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut delete = connection.prepare_cached("DELETE FROM seen WHERE kind = ?1 AND key = ?2 AND value = ?3")?;
        for (kind, key, value) in self.removed.drain() {
            delete.execute(params![kind, key, value])?;
        }
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO seen VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        let mut put = |kind: &str, key: &str, value: &str, count: &Count| {
            let [requests, weight] = [count.requests, count.weight].map(requests::integer);
            put.execute(params![kind, key, value, requests, weight, count.hour]).map(drop)
        };
        self.apps.changed(|app, count| put("app", "", app, count))?;
        self.keys.changed(|key, count| put("key", key, "", count))?;
        for (key, values) in &mut self.values {
            values.changed(|value, count| put("tag", key, value, count))?;
        }
        self.unwritten = 0;
        self.novel = false;
        Ok(())
    }
}

/// The names most seen.
struct Top {
    room: usize,
    counts: AHashMap<Box<str>, Count>,
}

struct Count {
    /// Times seen since it is here.
    requests: u64,
    /// Those, and the weight of whose place it took.
    weight: u64,
    /// Hour in which it was seen last.
    hour: i64,
    /// The one that is on disk.
    written_hour: i64,
    /// Is it other than on disk?
    dirty: bool,
}

enum Sight {
    Known,
    /// New, or new in its hour.
    New,
    InPlaceOf(Box<str>),
}

impl Top {
    fn new(room: usize) -> Self {
        Self { room, counts: AHashMap::new() }
    }

    fn see(&mut self, name: &str, hour: i64) -> Sight {
        if let Some(count) = self.counts.get_mut(name) {
            count.requests += 1;
            count.weight += 1;
            count.hour = count.hour.max(hour);
            count.dirty = true;
            return if count.hour > count.written_hour { Sight::New } else { Sight::Known };
        }
        let least = if self.counts.len() < self.room { None } else { self.least() };
        let (sight, weight) = match least.and_then(|least| self.counts.remove_entry(&least)) {
            Some((least, count)) => (Sight::InPlaceOf(least), count.weight),
            None => (Sight::New, 0),
        };
        self.counts.insert(name.into(), Count { requests: 1, weight: weight + 1, hour, written_hour: hour, dirty: true });
        sight
    }

    fn least(&self) -> Option<Box<str>> {
        let (name, _) = self.counts.iter().min_by_key(|(name, count)| (count.weight, count.hour, *name))?;
        Some(name.clone())
    }

    fn changed(&mut self, mut write: impl FnMut(&str, &Count) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
        for (name, count) in self.counts.iter_mut().filter(|(_, count)| count.dirty) {
            write(name, count)?;
            (count.written_hour, count.dirty) = (count.hour, false);
        }
        Ok(())
    }
}
