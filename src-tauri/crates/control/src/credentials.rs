//! Keys of providers: write-only.

use secrecy::SecretString;

use crate::{
    Caller, Code, Control, Error,
    address::{self, Surroundings},
    api::{
        ByName,
        events::UiEvent,
        providers::{ByCredential, CredentialSource, Provider, PutCredential, PutNamedCredential},
    },
    configs::in_use,
    providers::leads_to,
    secrets::slot,
    setup::Change,
    wanted::{Wanted, checked_label, put, read_source},
    world::{ProviderState, World},
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
            may_carry_key(&provider, own_port)?;
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

    /// Keeps a further key of a provider under a name that targets may ask for, or notes the variable that holds it.
    ///
    /// # Errors
    /// `not_found`, `invalid_request`; `no_keychain`, with the ways out.
    pub async fn put_named_credential(&self, caller: &Caller, input: PutNamedCredential) -> Result<Provider, Error> {
        let PutNamedCredential { name, label, key, env, allow_file } = input;
        let label = checked_label(&label)?;
        let given = given(key, env)?;
        let of = name.clone();
        let own_port = self.own_port();
        self.change(caller, "credential.put", move |change| {
            let provider = editable(change, &of)?;
            may_carry_key(&provider, own_port)?;
            let slot = slot(&of, Some(&label));
            let kept = match &given {
                Given::Key(key) => Some(change.setup.secrets.keep(&slot, key, allow_file.unwrap_or(false))?),
                Given::Variable(source) => read_source(source)?,
            };
            put(change, &Wanted::of(&provider).with_named(&label, kept.clone()))?;
            // The key that was kept before a variable took its place.
            if let Some(before) = provider.credentials.get(&label).filter(|before| Some(*before) != kept.as_ref()) {
                change.setup.secrets.forget(&slot, Some(before));
            }
            Ok(())
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(name).await
    }

    /// Forgets a further key of a provider.
    ///
    /// # Errors
    /// `not_found`; `in_use`, naming the configs whose active versions use it.
    pub async fn delete_named_credential(&self, caller: &Caller, input: ByCredential) -> Result<Provider, Error> {
        let ByCredential { name, label } = input;
        let of = name.clone();
        self.change(caller, "credential.delete", move |change| {
            let provider = editable(change, &of)?;
            known(&provider, &label)?;
            let wanted = Wanted::of(&provider).with_named(&label, None);
            keep_used(change, &provider, &wanted)?;
            put(change, &wanted)?;
            change.setup.secrets.forget(&slot(&of, Some(&label)), provider.credentials.get(&label));
            Ok(())
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(name).await
    }
}

/// What shall be kept under a name.
enum Given {
    Key(SecretString),
    Variable(CredentialSource),
}

fn given(key: Option<String>, env: Option<String>) -> Result<Given, Error> {
    match (key, env) {
        (Some(key), None) => Ok(Given::Key(check(key)?)),
        (None, Some(env)) => Ok(Given::Variable(CredentialSource { env: Some(env) })),
        _ => {
            Err(Error::new(Code::InvalidRequest, "Give either the key, or as env the name of the variable that holds it")
                .with("field", "key"))
        }
    }
}

/// The key would be sent to the provider's address: that must be one for it.
fn may_carry_key(provider: &ProviderState, own_port: u16) -> Result<(), Error> {
    let Some(base_url) = &provider.own_base_url else { return Ok(()) };
    address::check(base_url, Surroundings { own_port, carries_key: true }).map(drop)
}

/// The provider has a further credential of that name.
///
/// # Errors
/// `not_found`, with the nearest name.
pub(crate) fn known(provider: &ProviderState, label: &str) -> Result<(), Error> {
    if provider.credentials.contains_key(label) {
        return Ok(());
    }
    let near = routing::names::nearest(label, provider.credentials.keys().map(String::as_str));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Err(Error::new(Code::NotFound, format!("{} has no credential {label:?}{hint}", provider.name)).with("suggestion", near))
}

/// Configs whose active versions call the provider with that credential.
pub(crate) fn users(world: &World, provider: &str, label: &str) -> Vec<String> {
    let uses = |(model, credential): &(String, String)| credential == label && leads_to(world, model, provider);
    world.configs_where(|document| document.credentials().iter().any(uses))
}

/// Refuses a change that takes a credential away that a config uses.
///
/// # Errors
/// `in_use`, naming the configs.
pub(crate) fn keep_used(change: &Change<'_>, before: &ProviderState, wanted: &Wanted) -> Result<(), Error> {
    for label in before.credentials.keys().filter(|label| !wanted.has(label)) {
        let users = users(&change.world, &before.name, label);
        if !users.is_empty() {
            return Err(in_use(&format!("the credential {label} of {}", before.name), users));
        }
    }
    Ok(())
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
