//! What was decided, counted per hour of UTC. The counts stay when the requests themselves have been pruned.
//!
//! ```text
//! a batch of records ─ Tally::add each ─▶ counts by (hour, config, version, what) ─ Tally::write ─▶ a few upserts
//!                                         └────────── all in the batch's own transaction ───────────────┘
//! ```
//! A request counts for every config that it went through. Its attempts and its cost count for the config that it came
//! to, and for those that this one merely handed it on to: below a strategy that tries several targets, nothing says
//! which call was made for which of them.

use ahash::AHashMap;
use routing::{outcome::Outcome, trace::Step};
use rusqlite::{Connection, Row, params};

use super::{Traffic, requests};
use crate::{
    error::{Sql, StoreError},
    record::RequestRecord,
};

pub(super) const TABLE: &str = "
CREATE TABLE decisions (
  hour       INTEGER NOT NULL,
  config     TEXT NOT NULL,
  version    INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  key        TEXT NOT NULL,
  requests   INTEGER NOT NULL,
  cost_nanos INTEGER,
  PRIMARY KEY (config, hour, version, kind, key)
) STRICT, WITHOUT ROWID;
";

pub(super) const HOUR_MS: i64 = 60 * 60 * 1_000;
/// Attempts beyond this one count as this one.
const LAST_POSITION: usize = 64;
/// Strategies that choose one target and leave the rest to it.
const HANDS_ON: [&str; 4] = ["single", "custom_rules", "ab_test", "direct"];

/// Something that a config decided, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub what: Decided,
    /// In how many requests.
    pub requests: u64,
    /// What these cost where that is known, in nano-dollars; always `None` of attempts.
    pub cost_nanos: Option<u64>,
}

/// What a config decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decided {
    /// Something: a request came to it.
    Request,
    /// That a rule holds.
    Rule {
        /// Its place among the rules, from 0.
        index: u32,
        /// Its line in the text, from 1.
        line: u32,
    },
    /// For a variant, by its label.
    Variant(String),
    /// To call a target.
    Attempt {
        /// The number of the attempt in its request, from 1.
        position: u32,
        /// How it ended: `ok`, `timeout`, `http_503`, …
        outcome: String,
        /// `provider/model`.
        target: String,
    },
}

impl Traffic {
    /// What a config decided since the beginning of the hour of `since_ms`, in all versions or in one.
    pub fn decisions(&self, config: &str, version: Option<u32>, since_ms: i64) -> Result<Vec<Decision>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT kind, key, sum(requests), sum(cost_nanos) FROM decisions
                     WHERE config = ?1 AND hour >= ?2 AND (?3 IS NULL OR version = ?3) GROUP BY kind, key",
                )
                .sql()?;
            let rows = statement.query_map(params![config, since_ms.div_euclid(HOUR_MS), version], decision).sql()?;
            let mut found: Vec<Decision> = rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>().sql()?;
            found.sort_by(|a, b| a.what.cmp(&b.what));
            Ok(found)
        })
    }
}

/// `None` of a kind that only a later release knows.
fn decision(row: &Row<'_>) -> rusqlite::Result<Option<Decision>> {
    let (kind, key): (String, String) = (row.get(0)?, row.get(1)?);
    let Some(what) = decided(&kind, key) else { return Ok(None) };
    Ok(Some(Decision { what, requests: row.get(2)?, cost_nanos: row.get(3)? }))
}

fn decided(kind: &str, key: String) -> Option<Decided> {
    Some(match kind {
        "request" => Decided::Request,
        "rule" => {
            let (index, line) = key.split_once(':')?;
            Decided::Rule { index: index.parse().ok()?, line: line.parse().ok()? }
        }
        "variant" => Decided::Variant(key),
        "attempt" => {
            let (position, rest) = key.split_once(' ')?;
            let (outcome, target) = rest.split_once(' ')?;
            Decided::Attempt { position: position.parse().ok()?, outcome: outcome.to_owned(), target: target.to_owned() }
        }
        _ => return None,
    })
}

/// Removes what is older than `before_ms`.
pub(super) fn prune(connection: &Connection, before_ms: i64) -> rusqlite::Result<()> {
    // One config at a time, oldest hours first: the table's own order, and never many rows at once.
    let mut configs = connection.prepare_cached("SELECT DISTINCT config FROM decisions")?;
    let configs: Vec<String> = configs.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for config in configs {
        let mut statement = connection.prepare_cached("DELETE FROM decisions WHERE config = ?1 AND hour < ?2")?;
        statement.execute(params![config, before_ms.div_euclid(HOUR_MS)])?;
    }
    Ok(())
}

/// The counts of a batch.
#[derive(Default)]
pub(super) struct Tally<'a> {
    counts: AHashMap<Entry<'a>, Count>,
    /// What the record under way has counted for.
    noted: Vec<Entry<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Entry<'a> {
    hour: i64,
    config: &'a str,
    version: u32,
    what: What<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What<'a> {
    Request,
    Rule { index: u32, line: u32 },
    Variant(&'a str),
    Attempt { position: usize, outcome: Outcome, target: &'a str },
}

#[derive(Default)]
struct Count {
    requests: u64,
    cost_nanos: Option<u64>,
}

impl<'a> Tally<'a> {
    /// Counts a record that has been written.
    pub(super) fn add(&mut self, record: &'a RequestRecord) {
        self.noted.clear();
        let hour = record.time_ms.div_euclid(HOUR_MS);
        let cost = record.cost.map(|cost| cost.total);
        let trace = &record.trace;
        if let Some((config, version)) = record.config.as_deref().zip(record.version) {
            self.enter(Entry { hour, config, version, what: What::Request }, cost, Some(record));
        }
        let mut handed_on = true;
        for step in &trace.steps {
            if let Some((config, version)) = step.config.as_deref().zip(step.version) {
                let request = Entry { hour, config, version, what: What::Request };
                let cost = cost.filter(|_| handed_on);
                self.enter(request, cost, handed_on.then_some(record));
                for what in choices(step) {
                    self.note(Entry { what, ..request }, cost);
                }
            }
            handed_on &= HANDS_ON.contains(&step.strategy);
        }
    }

    /// The request came to a config; `whole` is there where all that it came to happened in it.
    fn enter(&mut self, request: Entry<'a>, cost: Option<u64>, whole: Option<&'a RequestRecord>) {
        if !self.note(request, cost) {
            return;
        }
        for (index, attempt) in whole.iter().flat_map(|record| record.trace.attempts.iter().enumerate()) {
            let position = (index + 1).min(LAST_POSITION);
            self.note(Entry { what: What::Attempt { position, outcome: attempt.outcome, target: attempt.target.name() }, ..request }, None);
        }
    }

    /// Counts once a request, however often it came by.
    fn note(&mut self, entry: Entry<'a>, cost: Option<u64>) -> bool {
        if self.noted.contains(&entry) {
            return false;
        }
        self.noted.push(entry);
        let count = self.counts.entry(entry).or_default();
        count.requests += 1;
        if let Some(cost) = cost {
            count.cost_nanos = Some(count.cost_nanos.unwrap_or(0).saturating_add(cost));
        }
        true
    }

    /// Adds the counts to those on disk, in the transaction under way.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        // A sum that leaves SQLite's integers would be refused, and the batch with it: it stays at the greatest one.
        let mut statement = connection.prepare_cached(
            "INSERT INTO decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
               requests = requests + excluded.requests,
               cost_nanos = CASE WHEN excluded.cost_nanos IS NULL THEN cost_nanos ELSE coalesce(cost_nanos, 0)
                 + min(excluded.cost_nanos, 9223372036854775807 - coalesce(cost_nanos, 0)) END",
        )?;
        for (entry, count) in &self.counts {
            let (kind, key) = entry.what.written();
            let cost = count.cost_nanos.map(requests::integer);
            statement.execute(params![entry.hour, entry.config, entry.version, kind, key, requests::integer(count.requests), cost])?;
        }
        Ok(())
    }
}

impl What<'_> {
    fn written(&self) -> (&'static str, String) {
        match self {
            Self::Request => ("request", String::new()),
            Self::Rule { index, line } => ("rule", format!("{index}:{line}")),
            Self::Variant(label) => ("variant", (*label).to_owned()),
            Self::Attempt { position, outcome, target } => ("attempt", format!("{position} {outcome} {target}")),
        }
    }
}

fn choices(step: &Step) -> impl Iterator<Item = What<'_>> {
    let rule = step.rule.as_deref().map(|rule| What::Rule { index: rule.index, line: rule.line });
    rule.into_iter().chain(step.variant.as_deref().map(What::Variant))
}
