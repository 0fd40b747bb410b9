//! Keys of providers: write-only.

use secrecy::SecretString;

use crate::{
    Caller, Code, Control, Error,
    address::{self, Surroundings},
    api::{
        ByName,
        events::UiEvent,
        providers::{Provider, PutCredential},
    },
    providers::{Wanted, put},
    setup::Change,
    world::ProviderState,
};

/// Longest key, in bytes: some are signed tokens.
const LONGEST: usize = 16 * 1024;

impl Control {
    /// Keeps a provider's key in the keychain, or in a file where that is allowed.
    ///
    /// # Errors
    /// `not_found`, `invalid_request`; `no_keychain`, with the ways out.
    pub async fn put_credential(&self, caller: &Caller, input: PutCredential) -> Result<Provider, Error> {
        let PutCredential { name, key, allow_file } = input;
        let key = check(key)?;
        let of = name.clone();
        let own_port = self.own_port();
        self.change(caller, "credential.put", move |change| {
            let provider = editable(change, &of)?;
            if let Some(base_url) = &provider.own_base_url {
                address::check(base_url, Surroundings { own_port, carries_key: true })?;
            }
            let kept = change.setup.secrets.keep(&of, &key, allow_file.unwrap_or(false))?;
            put(change, &Wanted::of(&provider).with_credential(Some(kept)))
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(name).await
    }

    /// Forgets a provider's key, wherever it is; a variable is no longer looked at.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn delete_credential(&self, caller: &Caller, input: ByName) -> Result<Provider, Error> {
        let of = input.name.clone();
        self.change(caller, "credential.delete", move |change| {
            let provider = editable(change, &of)?;
            change.setup.secrets.forget(&of, provider.credential.as_ref());
            put(change, &Wanted::of(&provider).with_credential(None))
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(input.name).await
    }
}

fn editable(change: &Change<'_>, name: &str) -> Result<ProviderState, Error> {
    let provider = change.world.provider(name)?;
    if provider.built_in() {
        return Err(Error::new(Code::InvalidRequest, "The sandbox needs no key"));
    }
    Ok(provider.clone())
}

/// A key as it will travel in a header.
fn check(key: String) -> Result<SecretString, Error> {
    let trimmed = key.trim();
    if trimmed.is_empty() || trimmed.len() > LONGEST || http::HeaderValue::from_str(trimmed).is_err() {
        return Err(Error::new(
            Code::InvalidRequest,
            "That is not a key: it is empty, too long, or has characters that no header may have",
        )
        .with("field", "key"));
    }
    Ok(SecretString::from(trimmed))
}
