//! The first start: a config that answers without any key, and keys to call with.

use routing::document::Document;
use secrecy::SecretString;
use serde_json::json;
use store::config::{KeyKind, Origin};

use crate::{Caller, Code, Error, configs::create, keys::Wanted, secret_key, setup::Setup};

/// The app that the first run makes a key for.
pub(crate) const FIRST_APP: &str = "my-app";
const FIRST_CONFIG: &str = "production";
const FIRST_MESSAGE: &str = "First config, made by Modelux";
const FIRST_DESCRIPTION: &str = "Answers with the built-in sandbox, until you name models of your own.";
/// The management key that a headless first start makes.
const MANAGEMENT: &str = "first-start";

/// Keys made at this start, held in memory for as long as it runs. Nothing of them but a hash is kept.
#[derive(Debug, Default, Clone)]
pub struct FirstKeys {
    /// Calls the proxy as `my-app`.
    pub app: Option<SecretString>,
    /// Opens the management API.
    pub management: Option<SecretString>,
}

/// What this start needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// No bundle says what the setup is.
    pub config: bool,
    /// No key for apps was given.
    pub app_key: bool,
    /// Nobody opens the window, and no key for management was given.
    pub management_key: bool,
}

/// Makes what is missing where nothing was ever made. Blocks.
pub(crate) fn prepare(setup: &Setup, needs: Needs) -> Result<FirstKeys, Error> {
    let world = setup.world();
    let config = needs.config && world.configs.is_empty();
    // A revoked key was made once: whoever revoked it wants none made anew at each start.
    let missing = |kind: KeyKind| world.keys.iter().all(|key| key.kind != kind);
    let kinds: Vec<KeyKind> = [(KeyKind::App, needs.app_key), (KeyKind::Management, needs.management_key)]
        .into_iter()
        .filter(|(kind, needed)| *needed && missing(*kind))
        .map(|(kind, _)| kind)
        .collect();
    if !config && kinds.is_empty() {
        return Ok(FirstKeys::default());
    }
    setup.change(&Caller::program().name, "first-run", |change| {
        if config {
            let document = first_document()?;
            create(change, FIRST_CONFIG, FIRST_DESCRIPTION, &document, FIRST_MESSAGE, Origin::Edit)?;
        }
        let mut made = FirstKeys::default();
        for kind in kinds {
            let (name, place) = match kind {
                KeyKind::App => (FIRST_APP, &mut made.app),
                KeyKind::Management => (MANAGEMENT, &mut made.management),
            };
            let secret = secret_key::fresh(kind)?;
            change.tx.insert_key(&Wanted::plain(kind, name).key(&secret, change.audit.at_ms), change.audit)?;
            *place = Some(secret);
        }
        Ok(made)
    })
}

fn first_document() -> Result<Document, Error> {
    let value = json!({ "strategy": "fallback", "attempts": ["sandbox/flaky", "sandbox/fast"] });
    Document::load(&value).map_err(|why| Error::new(Code::Internal, why))
}
