//! Providers: where models are called. Credentials are never stored here, only where they are kept.

use rusqlite::{OptionalExtension, Row, params};

use super::{Audit, Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE providers (
  name          TEXT PRIMARY KEY,
  kind          TEXT NOT NULL,
  base_url      TEXT,
  headers       TEXT NOT NULL,
  credential    TEXT,
  models        TEXT NOT NULL,
  enabled       INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Credentials besides the default one, and what only some kinds have.
pub(super) const MORE: &str = "
ALTER TABLE providers ADD COLUMN credentials TEXT NOT NULL DEFAULT '{}';
ALTER TABLE providers ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
";

const SELECT: &str = "SELECT name, kind, base_url, headers, credential, models, enabled, created_at_ms, updated_at_ms, credentials, options
  FROM providers";

/// A provider as stored. JSON is kept as the caller wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name, the part before the slash of a target.
    pub name: String,
    /// Its kind, such as `openai_compatible`.
    pub kind: String,
    /// Base URL, where it is not the kind's own.
    pub base_url: Option<String>,
    /// Headers sent along, a JSON object.
    pub headers: String,
    /// Where the credential is kept, as JSON (`{"env":"X"}`); never the secret.
    pub credential: Option<String>,
    /// Where its other credentials are kept, a JSON object by their names; never the secrets.
    pub credentials: String,
    /// What only its kind has, such as a region; a JSON object.
    pub options: String,
    /// What the user says of its models, a JSON array.
    pub models: String,
    /// May it be called?
    pub enabled: bool,
    /// When it was added.
    pub created_at_ms: i64,
    /// When it last changed.
    pub updated_at_ms: i64,
}

/// A provider to be added or changed.
#[derive(Debug, Clone, Copy)]
pub struct NewProvider<'a> {
    /// See [`Provider::name`].
    pub name: &'a str,
    /// See [`Provider::kind`].
    pub kind: &'a str,
    /// See [`Provider::base_url`].
    pub base_url: Option<&'a str>,
    /// See [`Provider::headers`].
    pub headers: &'a str,
    /// See [`Provider::credential`].
    pub credential: Option<&'a str>,
    /// See [`Provider::credentials`].
    pub credentials: &'a str,
    /// See [`Provider::options`].
    pub options: &'a str,
    /// See [`Provider::models`].
    pub models: &'a str,
    /// See [`Provider::enabled`].
    pub enabled: bool,
}

impl View<'_> {
    /// All providers by name.
    pub fn providers(&self) -> Result<Vec<Provider>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{SELECT} ORDER BY name")).sql()?;
        let rows = statement.query_map([], provider).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }

    /// The provider of this name, if there is one.
    pub fn provider(&self, name: &str) -> Result<Option<Provider>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{SELECT} WHERE name = ?1")).sql()?;
        statement.query_row([name], provider).optional().sql()
    }
}

impl Tx<'_> {
    /// Adds the provider, or puts it in place of the one of its name.
    /// The audit entry leaves its headers out, since they may hold secrets.
    pub fn put_provider(&self, new: NewProvider<'_>, audit: Audit<'_>) -> Result<Provider, StoreError> {
        let before = self.provider(new.name)?;
        self.connection
            .execute(
                "INSERT INTO providers
                   (name, kind, base_url, headers, credential, models, enabled, created_at_ms, updated_at_ms, credentials, options)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)
                 ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, base_url = excluded.base_url,
                   headers = excluded.headers, credential = excluded.credential, credentials = excluded.credentials,
                   options = excluded.options, models = excluded.models,
                   enabled = excluded.enabled, updated_at_ms = excluded.updated_at_ms",
                params![
                    new.name,
                    new.kind,
                    new.base_url,
                    new.headers,
                    new.credential,
                    new.models,
                    new.enabled,
                    audit.at_ms,
                    new.credentials,
                    new.options
                ],
            )
            .sql()?;
        let after = self.provider(new.name)?.ok_or_else(|| unknown(new.name))?;
        self.audit(audit, &subject(new.name), before.as_ref().map(summary).as_deref(), Some(&summary(&after)))?;
        Ok(after)
    }

    /// Removes the provider.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub fn delete_provider(&self, name: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let before = self.provider(name)?.ok_or_else(|| unknown(name))?;
        self.connection.execute("DELETE FROM providers WHERE name = ?1", [name]).sql()?;
        self.audit(audit, &subject(name), Some(&summary(&before)), None)
    }
}

fn subject(name: &str) -> String {
    format!("provider {name}")
}

fn unknown(name: &str) -> StoreError {
    StoreError::Unknown { kind: "provider", name: name.to_owned() }
}

fn summary(provider: &Provider) -> String {
    serde_json::json!({
        "kind": provider.kind,
        "base_url": provider.base_url,
        "credential": provider.credential,
        "credentials": provider.credentials,
        "options": provider.options,
        "models": provider.models,
        "enabled": provider.enabled,
    })
    .to_string()
}

fn provider(row: &Row<'_>) -> rusqlite::Result<Provider> {
    Ok(Provider {
        name: row.get(0)?,
        kind: row.get(1)?,
        base_url: row.get(2)?,
        headers: row.get(3)?,
        credential: row.get(4)?,
        models: row.get(5)?,
        enabled: row.get(6)?,
        created_at_ms: row.get(7)?,
        updated_at_ms: row.get(8)?,
        credentials: row.get(9)?,
        options: row.get(10)?,
    })
}
