//! `runtime.json`: how the command line finds the running instance. There while it listens, readable by its owner alone.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::secrets::private_file;

const FILE: &str = "runtime.json";

/// Says where this process listens, and with which token the management API opens.
pub(crate) fn write(dir: &Path, address: &str, token: &SecretString) -> std::io::Result<()> {
    let text = json!({ "pid": std::process::id(), "address": format!("http://{address}"), "token": token.expose_secret() }).to_string();
    private_file(&dir.join(FILE), &text)
}

/// Takes it away.
pub(crate) fn remove(dir: &Path) {
    if let Err(error) = std::fs::remove_file(dir.join(FILE))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!("runtime.json could not be removed: {error}");
    }
}
