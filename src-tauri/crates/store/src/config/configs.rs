//! Configs: a name, a description, and which of its versions is active.

use rusqlite::{OptionalExtension, Row, params};

use super::{Activate, ActivationReason, Audit, NewVersion, Origin, Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE configs (
  slug           TEXT PRIMARY KEY,
  description    TEXT NOT NULL,
  active_version INTEGER NOT NULL,
  latest_version INTEGER NOT NULL,
  created_at_ms  INTEGER NOT NULL,
  updated_at_ms  INTEGER NOT NULL,
  archived_at_ms INTEGER
) STRICT, WITHOUT ROWID;
";

const SELECT: &str = "
SELECT c.slug, c.description, c.active_version, c.latest_version, v.strategy,
       c.created_at_ms, c.updated_at_ms, c.archived_at_ms
FROM configs c JOIN versions v ON v.slug = c.slug AND v.number = c.active_version
";

/// A config, without its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its name, without the `@`.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// Number of the version in force.
    pub active_version: u32,
    /// Number of the newest version.
    pub latest_version: u32,
    /// Outermost strategy of the active version.
    pub strategy: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// When anything of it last changed.
    pub updated_at_ms: i64,
    /// When it was archived; `None` while it is in use.
    pub archived_at_ms: Option<i64>,
}

/// A config to be made, with its first version.
#[derive(Debug, Clone, Copy)]
pub struct NewConfig<'a> {
    /// Its name, without the `@`; checked by the caller.
    pub slug: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// Canonical JSON of version 1.
    pub document: &'a str,
    /// Hash of the canonical document.
    pub hash: [u8; 32],
    /// Its outermost strategy.
    pub strategy: &'a str,
    /// What this version is about.
    pub message: &'a str,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a config has in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveDocument {
    /// The config's name.
    pub slug: String,
    /// The active version's number.
    pub version: u32,
    /// Its canonical JSON.
    pub document: String,
}

impl View<'_> {
    /// All configs by name; archived ones only where asked for.
    pub fn configs(&self, archived: bool) -> Result<Vec<Config>, StoreError> {
        let sql = format!("{SELECT} WHERE ?1 OR c.archived_at_ms IS NULL ORDER BY c.slug");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        let rows = statement.query_map([archived], config).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }

    /// The config of this name, archived or not.
    ///
    /// # Errors
    /// [`StoreError::UnknownConfig`].
    pub fn config(&self, slug: &str) -> Result<Config, StoreError> {
        let sql = format!("{SELECT} WHERE c.slug = ?1");
        let mut statement = self.connection.prepare_cached(&sql).sql()?;
        let found = statement.query_row([slug], config).optional().sql()?;
        found.ok_or_else(|| StoreError::UnknownConfig { slug: slug.to_owned() })
    }

    /// What every config that is not archived has in force, by name.
    pub fn active_documents(&self) -> Result<Vec<ActiveDocument>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.slug, c.active_version, v.document
                 FROM configs c JOIN versions v ON v.slug = c.slug AND v.number = c.active_version
                 WHERE c.archived_at_ms IS NULL ORDER BY c.slug",
            )
            .sql()?;
        let rows =
            statement.query_map([], |row| Ok(ActiveDocument { slug: row.get(0)?, version: row.get(1)?, document: row.get(2)? })).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }
}

impl Tx<'_> {
    /// Makes a config whose version 1 is active.
    ///
    /// # Errors
    /// [`StoreError::SlugTaken`]; [`StoreError::SlugArchived`], since an archived config keeps its name.
    pub fn create_config(&self, new: NewConfig<'_>, audit: Audit<'_>) -> Result<Config, StoreError> {
        match self.config(new.slug) {
            Err(StoreError::UnknownConfig { slug: _ }) => {}
            Err(error) => return Err(error),
            Ok(config) if config.archived_at_ms.is_some() => {
                return Err(StoreError::SlugArchived { slug: config.slug });
            }
            Ok(config) => return Err(StoreError::SlugTaken { slug: config.slug }),
        }
        self.connection
            .execute(
                "INSERT INTO configs (slug, description, active_version, latest_version, created_at_ms, updated_at_ms)
                 VALUES (?1, ?2, 0, 0, ?3, ?3)",
                params![new.slug, new.description, audit.at_ms],
            )
            .sql()?;
        self.insert_version(1, new.version(), audit)?;
        let reason = if new.origin == Origin::Import { ActivationReason::Import } else { ActivationReason::Save };
        self.set_active(Activate { slug: new.slug, version: 1, reason, note: None, simulation: None }, audit)?;
        self.audit(audit, &at(new.slug), None, Some(new.document))?;
        self.config(new.slug)
    }

    /// Puts a config away; its versions, history and name stay. Archiving twice is archiving once.
    /// Whether another config refers to it is for the caller to see, in the same transaction.
    pub fn archive_config(&self, slug: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        if self.config(slug)?.archived_at_ms.is_none() {
            self.touch(slug, "archived_at_ms = ?2", audit.at_ms)?;
            self.audit(audit, &at(slug), None, None)?;
        }
        Ok(())
    }

    /// Takes an archived config back into use, with the version that was active.
    pub fn restore_config(&self, slug: &str, audit: Audit<'_>) -> Result<Config, StoreError> {
        if self.config(slug)?.archived_at_ms.is_some() {
            self.touch(slug, "archived_at_ms = NULL", audit.at_ms)?;
            self.audit(audit, &at(slug), None, None)?;
        }
        self.config(slug)
    }

    /// Changes what the config is said to be for.
    pub fn describe_config(&self, slug: &str, description: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let before = self.config(slug)?.description;
        if before == description {
            return Ok(());
        }
        self.connection
            .execute("UPDATE configs SET description = ?2, updated_at_ms = ?3 WHERE slug = ?1", params![slug, description, audit.at_ms])
            .sql()?;
        let json = |text: &str| serde_json::Value::from(text).to_string();
        self.audit(audit, &at(slug), Some(&json(&before)), Some(&json(description)))
    }

    fn touch(&self, slug: &str, set: &'static str, at_ms: i64) -> Result<(), StoreError> {
        let sql = format!("UPDATE configs SET updated_at_ms = ?2, {set} WHERE slug = ?1");
        self.connection.execute(&sql, params![slug, at_ms]).sql()?;
        Ok(())
    }

    /// The config, refusing an archived one.
    pub(super) fn config_in_use(&self, slug: &str) -> Result<Config, StoreError> {
        let config = self.config(slug)?;
        match config.archived_at_ms {
            None => Ok(config),
            Some(_) => Err(StoreError::SlugArchived { slug: config.slug }),
        }
    }
}

impl<'a> NewConfig<'a> {
    fn version(&self) -> NewVersion<'a> {
        NewVersion {
            slug: self.slug,
            document: self.document,
            hash: self.hash,
            strategy: self.strategy,
            message: self.message,
            origin: self.origin,
            base_version: None,
            activate: true,
        }
    }
}

/// How the audit names a config.
pub(super) fn at(slug: &str) -> String {
    format!("@{slug}")
}

fn config(row: &Row<'_>) -> rusqlite::Result<Config> {
    Ok(Config {
        slug: row.get(0)?,
        description: row.get(1)?,
        active_version: row.get(2)?,
        latest_version: row.get(3)?,
        strategy: row.get(4)?,
        created_at_ms: row.get(5)?,
        updated_at_ms: row.get(6)?,
        archived_at_ms: row.get(7)?,
    })
}
