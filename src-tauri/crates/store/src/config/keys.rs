//! Keys of apps and of management, by their SHA-256.

use rusqlite::{OptionalExtension, Row, params};

use super::{Audit, Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE keys (
  id              TEXT PRIMARY KEY,
  kind            TEXT NOT NULL,
  name            TEXT NOT NULL,
  hash            BLOB NOT NULL UNIQUE,
  prefix          TEXT NOT NULL,
  default_tags    TEXT NOT NULL,
  allowed_configs TEXT,
  per_minute      INTEGER,
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER,
  last_used_at_ms INTEGER,
  revoked_at_ms   INTEGER
) STRICT;
";

const SELECT: &str = "
SELECT id, kind, name, hash, prefix, default_tags, allowed_configs, per_minute,
       created_at_ms, expires_at_ms, last_used_at_ms, revoked_at_ms FROM keys
";

words! {
    /// What a key opens.
    KeyKind {
        /// The proxy, for one app.
        App = "app",
        /// The management API.
        Management = "management",
    }
}

/// A key, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it opens.
    pub kind: KeyKind,
    /// The app's name.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// How it is shown: `mlx_sk_ab12…`.
    pub prefix: String,
    /// Tags given to its requests, a JSON object.
    pub default_tags: String,
    /// The configs it may call, a JSON array of slugs; `None` for all.
    pub allowed_configs: Option<String>,
    /// Most requests in a minute; `None` for no limit.
    pub per_minute: Option<u32>,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it stops working by itself.
    pub expires_at_ms: Option<i64>,
    /// When it was last used, to within the interval at which that is written down.
    pub last_used_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
}

impl View<'_> {
    /// All keys, revoked ones too, oldest first.
    pub fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{SELECT} ORDER BY created_at_ms, id")).sql()?;
        let rows = statement.query_map([], key).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }

    /// The key of this id, if there is one.
    pub fn key(&self, id: &str) -> Result<Option<Key>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{SELECT} WHERE id = ?1")).sql()?;
        statement.query_row([id], key).optional().sql()
    }
}

impl Tx<'_> {
    /// Adds a key. `last_used_at_ms` and `revoked_at_ms` are taken as given.
    pub fn insert_key(&self, key: &Key, audit: Audit<'_>) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO keys (id, kind, name, hash, prefix, default_tags, allowed_configs, per_minute,
                   created_at_ms, expires_at_ms, last_used_at_ms, revoked_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    key.id,
                    key.kind.as_str(),
                    key.name,
                    key.hash,
                    key.prefix,
                    key.default_tags,
                    key.allowed_configs,
                    key.per_minute,
                    key.created_at_ms,
                    key.expires_at_ms,
                    key.last_used_at_ms,
                    key.revoked_at_ms
                ],
            )
            .sql()?;
        self.audit(audit, &subject(&key.id), None, Some(&summary(key)))
    }

    /// Makes the key open nothing from now on; it stays listed. Revoking twice keeps the first time.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub fn revoke_key(&self, id: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let key = self.key(id)?.ok_or_else(|| StoreError::Unknown { kind: "key", name: id.to_owned() })?;
        if key.revoked_at_ms.is_some() {
            return Ok(());
        }
        self.connection.execute("UPDATE keys SET revoked_at_ms = ?2 WHERE id = ?1", params![id, audit.at_ms]).sql()?;
        self.audit(audit, &subject(id), Some(&summary(&key)), None)
    }

    /// Writes down when keys were last used. Not audited.
    pub fn touch_keys(&self, used: &[(String, i64)]) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE keys SET last_used_at_ms = max(coalesce(last_used_at_ms, 0), ?2) WHERE id = ?1")
            .sql()?;
        for (id, at_ms) in used {
            statement.execute(params![id, at_ms]).sql()?;
        }
        Ok(())
    }
}

fn subject(id: &str) -> String {
    format!("key {id}")
}

fn summary(key: &Key) -> String {
    serde_json::json!({ "kind": key.kind, "name": key.name, "prefix": key.prefix }).to_string()
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: row.get(0)?,
        kind: row.get(1)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        prefix: row.get(4)?,
        default_tags: row.get(5)?,
        allowed_configs: row.get(6)?,
        per_minute: row.get(7)?,
        created_at_ms: row.get(8)?,
        expires_at_ms: row.get(9)?,
        last_used_at_ms: row.get(10)?,
        revoked_at_ms: row.get(11)?,
    })
}
