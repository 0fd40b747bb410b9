//! Models out of imported price lists, by kind of provider. They stand over what is built in, and below what a person says.

use rusqlite::params;

use super::{Audit, Tx, View};
use crate::error::{Sql, StoreError};

pub(super) const TABLE: &str = "
CREATE TABLE imported_models (
  kind  TEXT NOT NULL,
  name  TEXT NOT NULL,
  model TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
";

/// A model of an imported list.
#[derive(Debug, Clone, Copy)]
pub struct ImportedModel<'a> {
    /// Whose it is, such as `openai`.
    pub kind: &'a str,
    /// The name that the provider knows it by.
    pub name: &'a str,
    /// What the list says of it, as JSON.
    pub model: &'a str,
}

impl View<'_> {
    /// What imported lists say of the models of a kind of provider, as JSON, by name.
    pub fn imported_models(&self, kind: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT model FROM imported_models WHERE kind = ?1 ORDER BY name").sql()?;
        let rows = statement.query_map([kind], |row| row.get(0)).sql()?;
        rows.collect::<rusqlite::Result<_>>().sql()
    }
}

impl Tx<'_> {
    /// Keeps these models; those of the same kind and name are replaced, all others stay. The audit's entry says what
    /// `summary` says, in JSON, and not every model.
    pub fn put_imported_models(&self, list: &str, models: &[ImportedModel<'_>], summary: &str, audit: Audit<'_>) -> Result<(), StoreError> {
        let mut put = self
            .connection
            .prepare_cached(
                "INSERT INTO imported_models (kind, name, model) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET model = excluded.model",
            )
            .sql()?;
        for ImportedModel { kind, name, model } in models {
            put.execute(params![kind, name, model]).sql()?;
        }
        self.audit(audit, &format!("price list {list}"), None, Some(summary))
    }

    /// Forgets all imported models, and says how many they were.
    pub fn forget_imported_models(&self, audit: Audit<'_>) -> Result<usize, StoreError> {
        let count = self.connection.execute("DELETE FROM imported_models", []).sql()?;
        if count > 0 {
            self.audit(audit, "price lists", Some(&count.to_string()), None)?;
        }
        Ok(count)
    }
}
