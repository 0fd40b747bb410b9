//! `modelux.db`: configs, versions, activations, providers, keys, settings, audit. Precious and small.
//!
//! ```text
//! ConfigStore ── read(|view| …)    any number at once, each a consistent view
//!             └─ write(|tx| …)     one at a time, IMMEDIATE, on disk when it returns; Err undoes all of it
//! ```
//!
//! Everything that changes something is a method of [`Tx`], so that a check and the change it guards, several changes
//! (a bundle), a change and its audit entry, are one transaction wherever that is wanted.

#[macro_use]
mod words;

mod activations;
mod audit;
mod configs;
mod idempotency;
mod imported;
mod keys;
mod providers;
mod settings;
mod versions;

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{
    database::{self, Kind},
    error::{Sql, StoreError},
};

pub use activations::{Activate, Activated, Activation, ActivationReason};
pub use audit::{Audit, AuditEntry};
pub use configs::{ActiveDocument, Config, NewConfig};
pub use idempotency::Answer;
pub use imported::ImportedModel;
pub use keys::{Key, KeyKind};
pub use providers::{NewProvider, Provider};
pub use versions::{NewVersion, Origin, SaveOutcome, Version};

const MODELUX: Kind = Kind {
    name: "modelux.db",
    // In order; only ever appended to.
    migrations: &[
        configs::TABLE,
        versions::TABLE,
        activations::TABLE,
        providers::TABLE,
        keys::TABLE,
        settings::TABLE,
        audit::TABLE,
        idempotency::TABLE,
        providers::MORE,
        imported::TABLE,
    ],
    synchronous: "FULL",
    precious: true,
};

/// Connections kept open for reading when nobody reads.
const IDLE_READERS: usize = 4;

/// The store of all that a person made. Every call blocks on the disk: use `spawn_blocking`.
#[derive(Debug)]
pub struct ConfigStore {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// A consistent view of the store.
#[derive(Debug)]
pub struct View<'a> {
    connection: &'a Connection,
}

/// A change of the store under way; reads through it see what it has written.
#[derive(Debug)]
pub struct Tx<'a> {
    view: View<'a>,
}

impl<'a> Deref for Tx<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

impl ConfigStore {
    /// Opens `modelux.db` in the directory, making either where it is missing, and migrates it after a backup copy.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], [`StoreError::Corrupt`] (nothing is overwritten), or what the disk says.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let writer = database::open(dir, MODELUX)?;
        Ok(Self { path: dir.join(MODELUX.name), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Runs `change` in one transaction. `Ok` is on disk when this returns; `Err` leaves everything as it was.
    pub fn write<T, E: From<StoreError>>(&self, change: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = unpoisoned(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).sql()?;
        let result = change(&Tx { view: View { connection: &transaction } })?;
        transaction.commit().sql()?;
        Ok(result)
    }

    /// Runs `look` on a consistent view.
    pub fn read<T, E: From<StoreError>>(&self, look: impl FnOnce(&View<'_>) -> Result<T, E>) -> Result<T, E> {
        let pooled = unpoisoned(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => database::connect(&self.path, MODELUX).sql()?,
        };
        let result = {
            let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Deferred).sql()?;
            look(&View { connection: &transaction })
        };
        let mut readers = unpoisoned(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        result
    }

    /// What SQLite's own check finds wrong; empty where all is well.
    pub fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|view| database::integrity_check(view.connection))
    }
}

/// A panic elsewhere cannot have left a connection half-changed: its transaction was rolled back.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
