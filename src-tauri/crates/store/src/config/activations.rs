//! Activations: the append-only history of what was active when.

use rusqlite::{OptionalExtension, Row, params};

use super::{Audit, Tx, View, configs::at};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE activations (
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL,
  version    INTEGER NOT NULL,
  at_ms      INTEGER NOT NULL,
  who        TEXT NOT NULL,
  reason     TEXT NOT NULL,
  note       TEXT,
  simulation TEXT,
  FOREIGN KEY (slug, version) REFERENCES versions (slug, number)
) STRICT;
CREATE INDEX activations_by_time ON activations (slug, at_ms, id);
CREATE TRIGGER activations_never_change BEFORE UPDATE ON activations
  BEGIN SELECT RAISE(ABORT, 'an activation never changes'); END;
CREATE TRIGGER activations_stay BEFORE DELETE ON activations
  BEGIN SELECT RAISE(ABORT, 'an activation is never deleted'); END;
";

const SELECT: &str = "SELECT slug, version, at_ms, who, reason, note, simulation FROM activations";

words! {
    /// Why a version came into force.
    ActivationReason {
        /// It was saved.
        Save = "save",
        /// A person went back to it.
        Rollback = "rollback",
        /// A candidate was promoted.
        Promotion = "promotion",
        /// A bundle brought it.
        Import = "import",
    }
}

/// One entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// The config's name.
    pub slug: String,
    /// The version that came into force.
    pub version: u32,
    /// When; never before the entry before it, even if the clock was set back.
    pub at_ms: i64,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: ActivationReason,
    /// The person's own words.
    pub note: Option<String>,
    /// The simulation behind a promotion.
    pub simulation: Option<String>,
}

/// What to put in force.
#[derive(Debug, Clone, Copy)]
pub struct Activate<'a> {
    /// The config's name.
    pub slug: &'a str,
    /// The version.
    pub version: u32,
    /// Why.
    pub reason: ActivationReason,
    /// The person's own words.
    pub note: Option<&'a str>,
    /// The simulation behind a promotion.
    pub simulation: Option<&'a str>,
}

/// What an activation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    /// The version now in force.
    pub version: u32,
    /// The version in force before; the same one where nothing changed (and nothing was added to the history).
    pub previous: u32,
}

impl View<'_> {
    /// The history of a config, newest first, at most `limit` entries.
    pub fn activations(&self, slug: &str, limit: u32) -> Result<Vec<Activation>, StoreError> {
        self.config(slug)?;
        let sql = format!("{SELECT} WHERE slug = ?1 ORDER BY at_ms DESC, id DESC LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        let rows = statement.query_map(params![slug, limit], activation).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }

    /// What was in force at that time; `None` before the config was made.
    pub fn active_at(&self, slug: &str, at_ms: i64) -> Result<Option<Activation>, StoreError> {
        self.config(slug)?;
        let sql = format!("{SELECT} WHERE slug = ?1 AND at_ms <= ?2 ORDER BY at_ms DESC, id DESC LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        statement.query_row(params![slug, at_ms], activation).optional().sql()
    }
}

impl Tx<'_> {
    /// Puts a version in force: rollback, promotion. Activating the active version changes nothing.
    ///
    /// # Errors
    /// [`StoreError::UnknownConfig`], [`StoreError::UnknownVersion`], [`StoreError::SlugArchived`].
    pub fn activate(&self, activate: Activate<'_>, audit: Audit<'_>) -> Result<Activated, StoreError> {
        let previous = self.config_in_use(activate.slug)?.active_version;
        let version = self.version(activate.slug, activate.version)?.number;
        if version != previous {
            self.set_active(activate, audit)?;
            self.audit(audit, &at(activate.slug), Some(&previous.to_string()), Some(&version.to_string()))?;
        }
        Ok(Activated { version, previous })
    }

    pub(super) fn set_active(&self, activate: Activate<'_>, audit: Audit<'_>) -> Result<(), StoreError> {
        // The clock may have been set back since the last entry; the history's order may not.
        self.connection
            .execute(
                "INSERT INTO activations (slug, version, at_ms, who, reason, note, simulation)
                 VALUES (?1, ?2, max(?3, coalesce((SELECT max(at_ms) FROM activations WHERE slug = ?1), ?3)), ?4, ?5, ?6, ?7)",
                params![
                    activate.slug,
                    activate.version,
                    audit.at_ms,
                    audit.who,
                    activate.reason.as_str(),
                    activate.note,
                    activate.simulation
                ],
            )
            .sql()?;
        self.connection
            .execute(
                "UPDATE configs SET active_version = ?2, updated_at_ms = ?3 WHERE slug = ?1",
                params![activate.slug, activate.version, audit.at_ms],
            )
            .sql()?;
        Ok(())
    }
}

fn activation(row: &Row<'_>) -> rusqlite::Result<Activation> {
    Ok(Activation {
        slug: row.get(0)?,
        version: row.get(1)?,
        at_ms: row.get(2)?,
        by: row.get(3)?,
        reason: row.get(4)?,
        note: row.get(5)?,
        simulation: row.get(6)?,
    })
}
