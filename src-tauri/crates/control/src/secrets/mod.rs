//! Where provider keys are kept: the system's keychain, a 0600 file by explicit choice, or an environment variable.
//!
//! ```text
//! credential of a provider   {"env":"OPENAI_API_KEY"} ─▶ the variable
//!                            {"store":"keychain"}     ─▶ keychain, service `modelux`, user = slot
//!                            {"store":"file"}         ─▶ secrets.json in the data directory
//! slot                       `openai` for the default credential, `openai/backup` for the one of that name
//! ```

mod file;
mod keychain;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use catalog::ProviderKind;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    Code, Error,
    api::providers::{CredentialSource, CredentialState},
};

pub use file::FileStore;
pub(crate) use file::private_file;
pub use keychain::Keychain;

/// Keeps secrets by name. Calls block.
pub trait SecretStore: Send + Sync {
    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// A sentence on why the store cannot be read.
    fn get(&self, name: &str) -> Result<Option<SecretString>, String>;

    /// Keeps the secret, in place of the one of that name.
    ///
    /// # Errors
    /// A sentence on why it could not be kept.
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), String>;

    /// Forgets the secret; forgetting what is not there is fine.
    ///
    /// # Errors
    /// A sentence on why it could not be forgotten.
    fn delete(&self, name: &str) -> Result<(), String>;
}

/// Where a provider's key is, as its row in the database says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Credential {
    /// In this environment variable.
    Env {
        /// Its name.
        env: String,
    },
    /// In one of the stores.
    Kept {
        /// Which one.
        store: Kept,
    },
}

/// A store of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kept {
    /// The system's.
    Keychain,
    /// `secrets.json`.
    File,
}

impl Credential {
    /// As the database keeps it.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the database; `None` where there is none.
    pub(crate) fn read(json: Option<&str>) -> Option<Self> {
        json.and_then(|json| serde_json::from_str(json).ok())
    }

    /// What a bundle may say of it: variables travel, keys and their stores do not.
    pub(crate) fn source(&self) -> Option<CredentialSource> {
        match self {
            Self::Env { env } => Some(CredentialSource { env: Some(env.clone()) }),
            Self::Kept { .. } => None,
        }
    }
}

/// The name that a credential's secret has in a store. No provider's name has a slash.
pub(crate) fn slot(provider: &str, label: Option<&str>) -> String {
    label.map_or_else(|| provider.to_owned(), |label| format!("{provider}/{label}"))
}

/// The stores of this machine, and what was read from them.
pub(crate) struct Secrets {
    keychain: Result<Box<dyn SecretStore>, String>,
    file: FileStore,
    environment: fn(&str) -> Option<String>,
    read: Mutex<HashMap<String, SecretString>>,
}

impl Secrets {
    /// `keychain` is the system's store, or why there is none.
    pub(crate) fn new(data_dir: &Path, keychain: Result<Box<dyn SecretStore>, String>, environment: fn(&str) -> Option<String>) -> Self {
        Self { keychain, file: FileStore::new(data_dir.join("secrets.json")), environment, read: Mutex::default() }
    }

    /// Why there is no keychain; `None` where there is one.
    pub(crate) fn problem(&self) -> Option<String> {
        self.keychain.as_ref().err().map(|reason| format!("{reason}. {WAYS_OUT}."))
    }

    /// `keychain`, `file` or `unavailable`: where keys go or are.
    pub(crate) fn state(&self) -> &'static str {
        match &self.keychain {
            Ok(_) => "keychain",
            Err(_) if self.file.exists() => "file",
            Err(_) => "unavailable",
        }
    }

    /// What a variable of the environment holds; `None` where it is not set or empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The key of a [`slot`], wherever it is.
    ///
    /// # Errors
    /// What to do about its absence.
    pub(crate) fn find(&self, slot: &str, credential: &Credential) -> Result<SecretString, String> {
        let store = match credential {
            Credential::Env { env } => {
                return self.key_in(env).map(SecretString::from).ok_or_else(|| {
                    format!("The environment variable {env} is not set. Set it and restart Modelux, or enter the key here.")
                });
            }
            Credential::Kept { store } => *store,
        };
        if let Some(secret) = self.remembered().get(slot) {
            return Ok(secret.clone());
        }
        let found = self.store(store)?.get(slot)?;
        let secret = found.ok_or_else(|| format!("There is no key for {slot:?} in the {}. Enter it again.", store.name()))?;
        self.remembered().insert(slot.to_owned(), secret.clone());
        Ok(secret)
    }

    /// AWS' key may stand in several variables, which its own SDKs read in place of the one.
    fn key_in(&self, name: &str) -> Option<String> {
        let bedrock = ProviderKind::Bedrock;
        if bedrock.preset().key_env == Some(name) {
            return bedrock.from_environment(|name| self.variable(name)).key;
        }
        self.variable(name)
    }

    /// Keeps the key of a slot: in the keychain, or in the file where that was allowed.
    pub(crate) fn keep(&self, slot: &str, secret: &SecretString, allow_file: bool) -> Result<Credential, Error> {
        let kept = match &self.keychain {
            Ok(_) => Kept::Keychain,
            Err(_) if allow_file => Kept::File,
            Err(reason) => {
                return Err(Error::new(Code::NoKeychain, format!("{reason}. {WAYS_OUT}.")));
            }
        };
        let set = self.store(kept).and_then(|store| store.set(slot, secret));
        set.map_err(|reason| Error::new(Code::NoKeychain, format!("The key could not be kept in the {}: {reason}", kept.name())))?;
        self.remembered().insert(slot.to_owned(), secret.clone());
        Ok(Credential::Kept { store: kept })
    }

    /// Forgets the key of a slot. A store that cannot be reached is no reason to keep the provider.
    pub(crate) fn forget(&self, slot: &str, credential: Option<&Credential>) {
        self.remembered().remove(slot);
        if let Some(Credential::Kept { store }) = credential
            && let Err(reason) = self.store(*store).and_then(|kept| kept.delete(slot))
        {
            tracing::warn!(slot, reason, "a key could not be taken out of its store");
        }
    }

    /// Where the key of a slot is, as people are told.
    pub(crate) fn credential_state(&self, slot: &str, credential: Option<&Credential>, needs_key: bool) -> CredentialState {
        let Some(credential) = credential else {
            return CredentialState {
                source: if needs_key { "missing" } else { "none" }.to_owned(),
                env: None,
                hint: None,
                problem: needs_key.then(|| "Enter this provider's API key.".to_owned()),
            };
        };
        let env = match credential {
            Credential::Env { env } => Some(env.clone()),
            Credential::Kept { .. } => None,
        };
        match self.find(slot, credential) {
            Ok(secret) => CredentialState { source: credential.name().to_owned(), env, hint: hint(&secret), problem: None },
            Err(_) if !needs_key && env.is_some() => CredentialState { source: "none".to_owned(), env, hint: None, problem: None },
            Err(problem) => CredentialState { source: "missing".to_owned(), env, hint: None, problem: Some(problem) },
        }
    }

    fn store(&self, kept: Kept) -> Result<&dyn SecretStore, String> {
        match kept {
            Kept::File => Ok(&self.file),
            Kept::Keychain => self.keychain.as_deref().map_err(|reason| format!("The key is in the keychain. {reason}")),
        }
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<String, SecretString>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const WAYS_OUT: &str =
    "Either name an environment variable that holds the key, or allow Modelux to keep it in a file that only you can read";

impl Kept {
    fn name(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }
}

impl Credential {
    fn name(&self) -> &'static str {
        match self {
            Self::Env { .. } => "env",
            Self::Kept { store } => store.name(),
        }
    }
}

/// Its last four characters, where it is long enough that they give nothing away.
fn hint(secret: &SecretString) -> Option<String> {
    let chars: Vec<char> = secret.expose_secret().chars().collect();
    (chars.len() >= 12).then(|| chars[chars.len() - 4..].iter().collect())
}

#[cfg(test)]
mod tests;
