//! `secrets.json`: for machines without a keychain, by explicit choice. Readable by its owner alone.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use secrecy::{ExposeSecret, SecretString};

use super::SecretStore;

/// Secrets in a JSON file of mode 0600.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    writing: Mutex<()>,
}

type Entries = BTreeMap<String, String>;

impl FileStore {
    /// The file need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, writing: Mutex::new(()) }
    }

    /// Is there such a file?
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    fn entries(&self) -> Result<Entries, String> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Entries::new()),
            Err(error) => return Err(format!("{} cannot be read: {error}", self.path.display())),
        };
        serde_json::from_str(&text).map_err(|error| format!("{} is damaged: {}", self.path.display(), place(&error)))
    }

    fn change(&self, change: impl FnOnce(&mut Entries)) -> Result<(), String> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = self.entries()?;
        change(&mut entries);
        let text = serde_json::to_string_pretty(&entries).map_err(|error| error.to_string())?;
        private_file(&self.path, &text).map_err(|error| format!("{} cannot be written: {error}", self.path.display()))
    }
}

impl SecretStore for FileStore {
    fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        Ok(self.entries()?.remove(name).map(SecretString::from))
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), String> {
        self.change(|entries| {
            entries.insert(name.to_owned(), secret.expose_secret().to_owned());
        })
    }

    fn delete(&self, name: &str) -> Result<(), String> {
        if !self.exists() {
            return Ok(());
        }
        self.change(|entries| {
            entries.remove(name);
        })
    }
}

/// serde_json's own messages may quote what stands there.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// Writes a file that only its owner can read, in one step: it is never half there.
pub(crate) fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)
}
