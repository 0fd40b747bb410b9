//! A provider as it shall be: what is asked for, over what is there, checked.

use std::collections::BTreeMap;

use catalog::{Override, ProviderKind, ProviderOptions, builtin};
use store::config::NewProvider;

use crate::{
    Code, Error,
    address::{self, Surroundings},
    api::providers::{CredentialSource, ProviderInput},
    kinds, models,
    secrets::Credential,
    setup::Change,
    world::ProviderState,
};

/// Headers that carry keys: they belong to the credential, which is kept apart and never shown.
const KEY_HEADERS: [&str; 6] = ["authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"];
/// Headers that belong to the connection, or to Modelux.
const OWN_HEADERS: [&str; 9] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "user-agent", "via"];

/// A provider as it shall be; everything in it has been checked.
pub(crate) struct Wanted {
    name: String,
    kind: ProviderKind,
    base_url: Option<String>,
    headers: BTreeMap<String, String>,
    credential: Option<Credential>,
    credentials: BTreeMap<String, Credential>,
    options: ProviderOptions,
    models: Vec<Override>,
    enabled: bool,
}

impl Wanted {
    /// What is asked for, over what is there.
    pub(crate) fn read(input: &ProviderInput, before: Option<&ProviderState>, own_port: u16) -> Result<Self, Error> {
        check_name(&input.name)?;
        let kind = read_kind(&input.kind)?;
        let sandbox = input.name == catalog::sandbox::NAME;
        if sandbox != (kind == ProviderKind::Sandbox) {
            return Err(Error::new(Code::InvalidRequest, "The name and the kind sandbox belong to the one that comes with Modelux")
                .with("field", "name"));
        }
        // What was said of another kind means nothing for this one.
        let before = before.filter(|before| before.kind == kind);
        let preset = kind.preset();
        let credential = match &input.credential {
            Some(source) => read_source(source)?,
            None => match before {
                Some(before) => before.credential.clone(),
                None => preset.key_env.map(|env| Credential::Env { env: env.to_owned() }),
            },
        };
        let mut credentials = before.map(|before| before.credentials.clone()).unwrap_or_default();
        for (label, source) in input.credentials.iter().flatten() {
            credentials.insert(checked_label(label)?, read_source(source)?.ok_or_else(|| no_source(label))?);
        }
        let options = match (&input.options, before) {
            (Some(options), _) => kinds::read_options(kind, options)?,
            (None, Some(before)) => before.options.clone(),
            (None, None) => ProviderOptions::default(),
        };
        let carries_key = credential.is_some() || preset.needs_key || !credentials.is_empty();
        let base_url = match (&input.base_url, before) {
            (Some(url), _) if !url.trim().is_empty() => Some(address::check(url, Surroundings { own_port, carries_key })?),
            (None, Some(before)) => before.own_base_url.clone(),
            _ => None,
        };
        // An address that is the kind's own follows it, should it change in a later release.
        let base_url = base_url.filter(|url| Some(url.as_str()) != preset.base_url);
        if base_url.is_none() && !sandbox {
            kinds::check_reachable(kind, &options)?;
        }
        let headers = match (&input.headers, before) {
            (Some(headers), _) => check_headers(headers)?,
            (None, Some(before)) => before.headers.clone(),
            (None, None) => BTreeMap::new(),
        };
        let models = match (&input.models, before) {
            (Some(models), before) => {
                let known = before.map_or_else(|| builtin::models(kind), |before| &before.known);
                models::beyond(models::read_all(models)?, known)
            }
            (None, Some(before)) => before.own_models.clone(),
            (None, None) => Vec::new(),
        };
        let enabled = input.enabled.unwrap_or(before.is_none_or(|before| before.enabled));
        Ok(Self { name: input.name.clone(), kind, base_url, headers, credential, credentials, options, models, enabled })
    }

    /// A provider as it is.
    pub(crate) fn of(provider: &ProviderState) -> Self {
        Self {
            name: provider.name.clone(),
            kind: provider.kind,
            base_url: provider.own_base_url.clone(),
            headers: provider.headers.clone(),
            credential: provider.credential.clone(),
            credentials: provider.credentials.clone(),
            options: provider.options.clone(),
            models: provider.own_models.clone(),
            enabled: provider.enabled,
        }
    }

    /// With its key somewhere else.
    pub(crate) fn with_credential(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// With a further credential somewhere else, or without it.
    pub(crate) fn with_named(mut self, label: &str, credential: Option<Credential>) -> Self {
        match credential {
            Some(credential) => self.credentials.insert(label.to_owned(), credential),
            None => self.credentials.remove(label),
        };
        self
    }

    /// With what is kept here already, and this does not name.
    pub(crate) fn keeping(mut self, there: &ProviderState) -> Self {
        for (label, credential) in &there.credentials {
            self.credentials.entry(label.clone()).or_insert_with(|| credential.clone());
        }
        self
    }

    /// Credentials that are there, and will not be any more or will be somewhere else; `None` is the default one.
    pub(crate) fn replaces<'a>(&self, there: &'a ProviderState) -> Vec<(Option<&'a str>, &'a Credential)> {
        let default = there.credential.as_ref().filter(|_| self.credential != there.credential).map(|credential| (None, credential));
        let named = there.credentials.iter().filter(|(label, credential)| self.credentials.get(*label) != Some(credential));
        default.into_iter().chain(named.map(|(label, credential)| (Some(label.as_str()), credential))).collect()
    }

    /// Has it a further credential of that name?
    pub(crate) fn has(&self, label: &str) -> bool {
        self.credentials.contains_key(label)
    }

    /// Is this what is there?
    pub(crate) fn is(&self, there: &ProviderState) -> bool {
        self.kind == there.kind
            && self.base_url == there.own_base_url
            && self.headers == there.headers
            && self.credential == there.credential
            && self.credentials == there.credentials
            && self.options == there.options
            && self.models == there.own_models
            && self.enabled == there.enabled
    }
}

/// Writes a provider.
pub(crate) fn put(change: &Change<'_>, wanted: &Wanted) -> Result<(), Error> {
    let json = |error: serde_json::Error| Error::new(Code::Internal, error.to_string());
    let headers = serde_json::to_string(&wanted.headers).map_err(json)?;
    let models = serde_json::to_string(&wanted.models).map_err(json)?;
    let credentials = serde_json::to_string(&wanted.credentials).map_err(json)?;
    let options = serde_json::to_string(&wanted.options).map_err(json)?;
    let credential = wanted.credential.as_ref().map(Credential::json);
    let new = NewProvider {
        name: &wanted.name,
        kind: wanted.kind.as_str(),
        base_url: wanted.base_url.as_deref(),
        headers: &headers,
        credential: credential.as_deref(),
        credentials: &credentials,
        options: &options,
        models: &models,
        enabled: wanted.enabled,
    };
    change.tx.put_provider(new, change.audit)?;
    Ok(())
}

fn read_kind(text: &str) -> Result<ProviderKind, Error> {
    ProviderKind::from_name(text).ok_or_else(|| {
        let near = routing::names::nearest(text, ProviderKind::ALL.iter().map(|kind| kind.as_str()));
        let hint =
            near.map_or_else(|| "any address of OpenAI's shape is openai_compatible".to_owned(), |near| format!("did you mean {near}?"));
        Error::new(Code::InvalidRequest, format!("There is no kind of provider {text:?}: {hint}")).with("field", "kind")
    })
}

fn is_name(name: &str) -> bool {
    let sign = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.len() <= 63 && bytes.first().is_some_and(sign) && bytes.iter().all(|byte| sign(byte) || matches!(byte, b'-' | b'_'))
}

fn check_name(name: &str) -> Result<(), Error> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::new(
        Code::InvalidRequest,
        format!("{name:?} cannot be a provider's name: use small letters, digits, - and _, at most 63, a letter or digit first"),
    )
    .with("field", "name"))
}

/// Can it be the name of an environment variable?
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A name that a further credential may have.
pub(crate) fn checked_label(label: &str) -> Result<String, Error> {
    let refuse = |why: String| Err(Error::new(Code::InvalidRequest, why).with("field", "label"));
    if label == "default" {
        return refuse("The default credential has no name of its own; call this one something else".to_owned());
    }
    if !is_name(label) {
        // It may be a key, pasted into the wrong field: it is not repeated.
        return refuse(
            "A credential's name has small letters, digits, - and _, at most 63, a letter or digit first, such as team-a".to_owned(),
        );
    }
    Ok(label.to_owned())
}

fn no_source(label: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("The credential {label} needs the name of an environment variable: {{\"env\": \"…\"}}"))
        .with("field", "credentials")
}

pub(crate) fn read_source(source: &CredentialSource) -> Result<Option<Credential>, Error> {
    let Some(env) = &source.env else { return Ok(None) };
    let env = env.trim();
    if !is_variable(env) {
        // It may be the key itself, pasted into the wrong field: it is not repeated.
        return Err(Error::new(
            Code::InvalidRequest,
            "The credential's env must be the name of an environment variable, such as OPENAI_API_KEY, never the key itself",
        )
        .with("field", "credential"));
    }
    Ok(Some(Credential::Env { env: env.to_owned() }))
}

fn check_headers(headers: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    let refuse = |why: String| Err(Error::new(Code::InvalidRequest, why).with("field", "headers"));
    let mut checked = BTreeMap::new();
    for (name, value) in headers {
        let lower = name.trim().to_ascii_lowercase();
        if KEY_HEADERS.contains(&lower.as_str()) {
            return refuse(format!("The header {name} carries a key: keep that as the provider's credential"));
        }
        if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("x-modelux-") {
            return refuse(format!("The header {name} is set by Modelux itself"));
        }
        if http::HeaderName::from_bytes(lower.as_bytes()).is_err() {
            return refuse(format!("{name:?} is not a header's name"));
        }
        if http::HeaderValue::from_str(value).is_err() {
            return refuse(format!("The value of the header {name} has characters that no header may have"));
        }
        checked.insert(lower, value.clone());
    }
    Ok(checked)
}
