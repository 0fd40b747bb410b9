//! Versions: immutable, numbered 1, 2, 3 … per config.

use rusqlite::{OptionalExtension, Row, params};

use super::{Activate, ActivationReason, Audit, Tx, View, configs::at};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE versions (
  slug          TEXT NOT NULL REFERENCES configs (slug),
  number        INTEGER NOT NULL,
  document      TEXT NOT NULL,
  hash          BLOB NOT NULL,
  strategy      TEXT NOT NULL,
  message       TEXT NOT NULL,
  author        TEXT NOT NULL,
  origin        TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (slug, number)
) STRICT;
CREATE TRIGGER versions_never_change BEFORE UPDATE ON versions
  BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;
CREATE TRIGGER versions_stay BEFORE DELETE ON versions
  BEGIN SELECT RAISE(ABORT, 'a version is never deleted'); END;
";

const SELECT: &str = "
SELECT v.slug, v.number, v.document, v.hash, v.strategy, v.message, v.author, v.origin, v.created_at_ms,
       v.number = c.active_version
FROM versions v JOIN configs c ON c.slug = v.slug
";

words! {
    /// Where a version comes from.
    Origin {
        /// A person or program saved it.
        Edit = "edit",
        /// A bundle brought it.
        Import = "import",
        /// A candidate was promoted.
        Promotion = "promotion",
    }
}

/// One version of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The config's name.
    pub slug: String,
    /// Its number, from 1.
    pub number: u32,
    /// Canonical JSON.
    pub document: String,
    /// Hash of the canonical document.
    pub hash: [u8; 32],
    /// Outermost strategy.
    pub strategy: String,
    /// What it is about.
    pub message: String,
    /// Who made it.
    pub author: String,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was made.
    pub created_at_ms: i64,
    /// Is it the one in force?
    pub active: bool,
}

/// A version to be saved.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// The config's name.
    pub slug: &'a str,
    /// Canonical JSON.
    pub document: &'a str,
    /// Hash of the canonical document.
    pub hash: [u8; 32],
    /// Its outermost strategy.
    pub strategy: &'a str,
    /// What it is about.
    pub message: &'a str,
    /// Where it comes from.
    pub origin: Origin,
    /// The version that it was edited from; `None` saves on top of whatever is newest.
    pub base_version: Option<u32>,
    /// `false` saves a candidate and leaves the active version alone.
    pub activate: bool,
}

/// What became of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveOutcome {
    /// A new version is there.
    Saved {
        /// Its number.
        version: u32,
        /// Is it in force?
        active: bool,
    },
    /// The newest version has this very document; no version was made.
    Unchanged {
        /// The newest version.
        version: u32,
        /// Did this save put it in force, where it was not?
        activated: bool,
    },
    /// A newer version than the one that was edited exists; nothing was changed.
    Conflict {
        /// The newest version.
        latest_version: u32,
        /// Its canonical JSON.
        latest_document: String,
    },
}

impl View<'_> {
    /// One version.
    ///
    /// # Errors
    /// [`StoreError::UnknownConfig`], [`StoreError::UnknownVersion`].
    pub fn version(&self, slug: &str, number: u32) -> Result<Version, StoreError> {
        let sql = format!("{SELECT} WHERE v.slug = ?1 AND v.number = ?2");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        let found = statement.query_row(params![slug, number], version).optional().sql()?;
        match found {
            Some(version) => Ok(version),
            None => {
                self.config(slug)?;
                Err(StoreError::UnknownVersion { slug: slug.to_owned(), version: number })
            }
        }
    }

    /// Versions with a number below `before` (all where `None`), newest first, at most `limit`.
    pub fn versions(&self, slug: &str, before: Option<u32>, limit: u32) -> Result<Vec<Version>, StoreError> {
        self.config(slug)?;
        let sql = format!("{SELECT} WHERE v.slug = ?1 AND v.number < ?2 ORDER BY v.number DESC LIMIT ?3");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        let before = before.map_or(i64::MAX, i64::from);
        let rows = statement.query_map(params![slug, before, limit], version).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }
}

impl Tx<'_> {
    /// Saves a version, and activates it where asked. See [`SaveOutcome`] for what can come of it.
    ///
    /// # Errors
    /// [`StoreError::UnknownConfig`], [`StoreError::SlugArchived`].
    pub fn save_version(&self, new: NewVersion<'_>, audit: Audit<'_>) -> Result<SaveOutcome, StoreError> {
        let config = self.config_in_use(new.slug)?;
        let latest = self.version(new.slug, config.latest_version)?;
        if latest.hash == new.hash {
            let activated = new.activate && !latest.active;
            if activated {
                self.activate(new.activation(latest.number), audit)?;
            }
            return Ok(SaveOutcome::Unchanged { version: latest.number, activated });
        }
        if new.base_version.is_some_and(|base| base < latest.number) {
            return Ok(SaveOutcome::Conflict { latest_version: latest.number, latest_document: latest.document });
        }
        let number = latest.number + 1;
        self.insert_version(number, new, audit)?;
        if new.activate {
            self.set_active(new.activation(number), audit)?;
        }
        self.audit(audit, &format!("{}:{number}", at(new.slug)), Some(&latest.document), Some(new.document))?;
        Ok(SaveOutcome::Saved { version: number, active: new.activate })
    }

    pub(super) fn insert_version(&self, number: u32, new: NewVersion<'_>, audit: Audit<'_>) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO versions (slug, number, document, hash, strategy, message, author, origin, created_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![new.slug, number, new.document, new.hash, new.strategy, new.message, audit.who, new.origin.as_str(), audit.at_ms],
            )
            .sql()?;
        self.connection
            .execute("UPDATE configs SET latest_version = ?2, updated_at_ms = ?3 WHERE slug = ?1", params![new.slug, number, audit.at_ms])
            .sql()?;
        Ok(())
    }
}

impl<'a> NewVersion<'a> {
    fn activation(&self, version: u32) -> Activate<'a> {
        let reason = match self.origin {
            Origin::Edit => ActivationReason::Save,
            Origin::Import => ActivationReason::Import,
            Origin::Promotion => ActivationReason::Promotion,
        };
        Activate { slug: self.slug, version, reason, note: None, simulation: None }
    }
}

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        slug: row.get(0)?,
        number: row.get(1)?,
        document: row.get(2)?,
        hash: row.get(3)?,
        strategy: row.get(4)?,
        message: row.get(5)?,
        author: row.get(6)?,
        origin: row.get(7)?,
        created_at_ms: row.get(8)?,
        active: row.get(9)?,
    })
}
