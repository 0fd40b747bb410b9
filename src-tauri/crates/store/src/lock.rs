//! One instance per data directory.
//!
//! `modelux.lock` carries an advisory lock of the operating system, which ends with the process however it ends,
//! and says in JSON who holds it.

use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{error::StoreError, files};

const FILE: &str = "modelux.lock";

/// Who works on a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// When it started, in milliseconds since the Unix epoch.
    pub started_at_ms: i64,
    /// Where it listens, such as `127.0.0.1:8642`, once it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The right to work on a data directory; it ends when this is dropped or the process dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    holder: Holder,
}

impl Lock {
    /// Takes the directory, making it (mode 0700) where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another instance has it, naming that one.
    pub fn acquire(dir: &Path, started_at_ms: i64) -> Result<Self, StoreError> {
        files::private_directory(dir)?;
        let path = dir.join(FILE);
        let file = files::private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read(&file);
                return Err(StoreError::Locked {
                    dir: dir.to_owned(),
                    pid: holder.as_ref().map(|holder| holder.pid),
                    address: holder.and_then(|holder| holder.address),
                });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { doing: "lock", path, source }),
        }
        let mut lock = Self { file, path, holder: Holder { pid: std::process::id(), started_at_ms, address: None } };
        lock.write()?;
        Ok(lock)
    }

    /// Says where this instance listens, so that others can reach it.
    pub fn publish(&mut self, address: &str) -> Result<(), StoreError> {
        self.holder.address = Some(address.to_owned());
        self.write()
    }

    /// Who works on the directory now; `None` where nobody does, even if a stale file is there.
    pub fn holder(dir: &Path) -> Option<Holder> {
        let file = File::open(dir.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read(&file),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let text = serde_json::to_string(&self.holder).map_err(|error| StoreError::Database(error.to_string()))?;
        let mut write = || {
            self.file.set_len(0)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(text.as_bytes())
        };
        write().map_err(StoreError::io("write", &self.path))
    }
}

fn read(mut file: &File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
