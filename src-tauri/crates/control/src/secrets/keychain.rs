//! The system's keychain: macOS Keychain, Windows Credential Manager, Secret Service on Linux.

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};

use super::SecretStore;

const SERVICE: &str = "modelux";

/// The system's keychain. Entries have the service `modelux` and the provider's name as user.
#[derive(Debug)]
pub struct Keychain(());

impl Keychain {
    /// Looks whether there is one. Blocks.
    ///
    /// # Errors
    /// A sentence on why it cannot be reached, without a full stop.
    pub fn open() -> Result<Self, String> {
        match Entry::store_status() {
            Ok(()) => Ok(Self(())),
            Err(error) => Err(format!("No keychain can be reached ({error})")),
        }
    }
}

impl SecretStore for Keychain {
    fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        match Entry::new(SERVICE, name).and_then(|entry| entry.get_password()) {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(said(&error)),
        }
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), String> {
        Entry::new(SERVICE, name).and_then(|entry| entry.set_password(secret.expose_secret())).map_err(|error| said(&error))
    }

    fn delete(&self, name: &str) -> Result<(), String> {
        match Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(said(&error)),
        }
    }
}

/// Never with the data of [`keyring::Error::BadEncoding`] and its like: that is the secret.
fn said(error: &keyring::Error) -> String {
    format!("The keychain refused: {error}")
}
