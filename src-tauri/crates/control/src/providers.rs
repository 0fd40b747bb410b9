//! Providers: where models are called.

use std::collections::BTreeMap;

use catalog::{Model, ProviderKind, builtin};
use store::config::NewProvider;

use crate::{
    Caller, Code, Control, Error,
    address::{self, Surroundings},
    api::{
        ByName, Done, Empty, Page,
        events::UiEvent,
        providers::{CredentialSource, ModelRow, Provider, ProviderInput, ProviderKind as KindDto, ProviderKinds, PutModel, Verification},
    },
    configs::in_use,
    models,
    secrets::Credential,
    setup::{Change, blocking},
    world::{ProviderState, World},
};

/// Headers that carry keys: they belong to the credential, which is kept apart and never shown.
const KEY_HEADERS: [&str; 6] = ["authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"];
/// Headers that belong to the connection, or to Modelux.
const OWN_HEADERS: [&str; 9] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "user-agent", "via"];

impl Control {
    /// Providers by name, the sandbox among them.
    ///
    /// # Errors
    /// None in practice.
    pub async fn list_providers(&self, _: &Caller, _: Empty) -> Result<Page<Provider>, Error> {
        let names = self.setup.world().providers.keys().cloned().collect::<Vec<_>>();
        let mut data = Vec::with_capacity(names.len());
        for name in names {
            data.push(self.provider(name).await?);
        }
        Ok(Page::whole(data))
    }

    /// Kinds of provider that can be added.
    ///
    /// # Errors
    /// None.
    pub async fn list_provider_kinds(&self, _: &Caller, _: Empty) -> Result<ProviderKinds, Error> {
        let kinds = ProviderKind::ALL.into_iter().filter(|kind| *kind != ProviderKind::Sandbox);
        Ok(ProviderKinds { data: kinds.map(kind).collect() })
    }

    /// One provider.
    ///
    /// # Errors
    /// `not_found`, with the nearest name.
    pub async fn get_provider(&self, _: &Caller, input: ByName) -> Result<Provider, Error> {
        self.provider(input.name).await
    }

    /// Adds a provider.
    ///
    /// # Errors
    /// `invalid_request`, `already_exists`.
    pub async fn create_provider(&self, caller: &Caller, input: ProviderInput) -> Result<Provider, Error> {
        let name = input.name.clone();
        let own_port = self.own_port();
        self.change(caller, "provider.create", move |change| {
            if change.world.providers.contains_key(&input.name) {
                return Err(Error::new(
                    Code::AlreadyExists,
                    format!("There is a provider {} already; change that one, or choose another name", input.name),
                ));
            }
            put(change, &Wanted::read(&input, None, own_port)?)
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(name).await
    }

    /// Changes a provider. What is left out stays as it is.
    ///
    /// # Errors
    /// `invalid_request`, `not_found`.
    pub async fn update_provider(&self, caller: &Caller, input: ProviderInput) -> Result<Provider, Error> {
        let name = input.name.clone();
        let own_port = self.own_port();
        self.change(caller, "provider.update", move |change| {
            let before = change.world.provider(&input.name)?;
            let wanted = Wanted::read(&input, Some(before), own_port)?;
            if wanted.credential != before.credential {
                change.setup.secrets.forget(&before.name, before.credential.as_ref());
            }
            put(change, &wanted)
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        self.provider(name).await
    }

    /// Removes a provider and forgets its key.
    ///
    /// # Errors
    /// `not_found`; `in_use`, naming the configs whose active versions call it; `forbidden` for the sandbox.
    pub async fn delete_provider(&self, caller: &Caller, input: ByName) -> Result<Done, Error> {
        self.change(caller, "provider.delete", move |change| {
            let provider = change.world.provider(&input.name)?;
            if provider.built_in() {
                return Err(Error::new(Code::Forbidden, "The sandbox comes with Modelux; switch it off instead"));
            }
            let referrers =
                change.world.configs_where(|document| document.models().iter().any(|model| leads_to(&change.world, model, &input.name)));
            if !referrers.is_empty() {
                return Err(in_use(&input.name, referrers));
            }
            change.tx.delete_provider(&input.name, change.audit)?;
            change.setup.secrets.forget(&input.name, provider.credential.as_ref());
            Ok(())
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(Done::OK)
    }

    /// Asks a provider for its models, which shows whether address and key are good.
    ///
    /// # Errors
    /// `not_found`. What the provider says is no error of the call.
    pub async fn verify_provider(&self, _: &Caller, input: ByName) -> Result<Verification, Error> {
        let world = self.setup.world();
        let provider = world.provider(&input.name)?.clone();
        Ok(self.live.verify(&self.setup, &provider).await)
    }

    /// Models of enabled providers, for pickers.
    ///
    /// # Errors
    /// None.
    pub async fn list_models(&self, _: &Caller, _: Empty) -> Result<Page<ModelRow>, Error> {
        let world = self.setup.world();
        let rows = world.catalogue.models().map(|(provider, model)| {
            let overridden = world.providers.get(provider).is_some_and(|provider| provider.overrides(&model.name));
            ModelRow { id: format!("{provider}/{}", model.name), provider: provider.to_owned(), model: models::shown(model, overridden) }
        });
        Ok(Page::whole(rows.collect()))
    }

    /// Puts the user's own facts in place of a model's; a model that is not listed yet is added.
    ///
    /// # Errors
    /// `not_found` for the provider, `invalid_request`.
    pub async fn put_model(&self, caller: &Caller, input: PutModel) -> Result<crate::api::providers::Model, Error> {
        let model = self
            .change(caller, "model.put", move |change| {
                let mut provider = change.world.provider(&input.provider)?.clone();
                let known = provider.models.iter().find(|known| known.name == input.model).cloned();
                let mut model = match known {
                    Some(known) => known,
                    None => models::read(&named(&input.model))?,
                };
                models::apply(&mut model, &input)?;
                match provider.own_models.iter_mut().find(|own| own.name == model.name) {
                    Some(own) => own.clone_from(&model),
                    None => provider.own_models.push(model.clone()),
                }
                put(change, &Wanted::of(&provider))?;
                Ok(model)
            })
            .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(models::shown(&model, true))
    }

    pub(crate) async fn provider(&self, name: String) -> Result<Provider, Error> {
        let figures = self.figures().await?;
        let health = self.live.provider_health(&name);
        let setup = std::sync::Arc::clone(&self.setup);
        blocking(move || {
            let world = setup.world();
            let provider = world.provider(&name)?;
            let preset = provider.kind.preset();
            let credential = setup.secrets.credential_state(&name, provider.credential.as_ref(), preset.needs_key);
            let figures = figures.providers.get(&name);
            let (health, health_reason) = match (provider.enabled, credential.source.as_str()) {
                (false, _) => ("off".to_owned(), None),
                (true, "missing") => ("no_key".to_owned(), credential.problem.clone()),
                (true, _) => health,
            };
            Ok(Provider {
                kind: provider.kind.as_str().to_owned(),
                display_name: preset.display_name.to_owned(),
                base_url: provider.base_url().to_owned(),
                headers: provider.headers.clone(),
                enabled: provider.enabled,
                built_in: provider.built_in(),
                credential,
                health,
                health_reason,
                requests_24h: figures.map_or(0, |figures| figures.requests),
                p50_ms: figures.and_then(|figures| figures.p50_ms),
                success_rate: figures.and_then(crate::traffic::ProviderFigures::success_rate),
                models: provider.models.iter().map(|model| models::shown(model, provider.overrides(&model.name))).collect(),
                name,
            })
        })
        .await
    }
}

/// A provider as it shall be; everything in it has been checked.
pub(crate) struct Wanted {
    name: String,
    kind: ProviderKind,
    base_url: Option<String>,
    headers: BTreeMap<String, String>,
    credential: Option<Credential>,
    models: Vec<Model>,
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
        let base_url = match (&input.base_url, before) {
            (Some(url), _) if !url.trim().is_empty() => {
                Some(address::check(url, Surroundings { own_port, carries_key: credential.is_some() || preset.needs_key })?)
            }
            (None, Some(before)) => before.own_base_url.clone(),
            _ => None,
        };
        // An address that is the kind's own follows it, should it change in a later release.
        let base_url = base_url.filter(|url| Some(url.as_str()) != preset.base_url);
        if base_url.is_none() && preset.base_url.is_none() && !sandbox {
            return Err(
                Error::new(Code::InvalidRequest, format!("A provider of the kind {kind} needs a base_url")).with("field", "base_url")
            );
        }
        let headers = match (&input.headers, before) {
            (Some(headers), _) => check_headers(headers)?,
            (None, Some(before)) => before.headers.clone(),
            (None, None) => BTreeMap::new(),
        };
        let models = match (&input.models, before) {
            (Some(models), _) => own_models(kind, models::read_all(models)?),
            (None, Some(before)) => before.own_models.clone(),
            (None, None) => Vec::new(),
        };
        let enabled = input.enabled.unwrap_or(before.is_none_or(|before| before.enabled));
        Ok(Self { name: input.name.clone(), kind, base_url, headers, credential, models, enabled })
    }

    /// A provider as it is.
    pub(crate) fn of(provider: &ProviderState) -> Self {
        Self {
            name: provider.name.clone(),
            kind: provider.kind,
            base_url: provider.own_base_url.clone(),
            headers: provider.headers.clone(),
            credential: provider.credential.clone(),
            models: provider.own_models.clone(),
            enabled: provider.enabled,
        }
    }

    /// With its key somewhere else.
    pub(crate) fn with_credential(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// Is this what is there?
    pub(crate) fn is(&self, there: &ProviderState) -> bool {
        self.kind == there.kind
            && self.base_url == there.own_base_url
            && self.headers == there.headers
            && self.credential == there.credential
            && self.models == there.own_models
            && self.enabled == there.enabled
    }
}

/// Writes a provider.
pub(crate) fn put(change: &Change<'_>, wanted: &Wanted) -> Result<(), Error> {
    let json = |error: serde_json::Error| Error::new(Code::Internal, error.to_string());
    let headers = serde_json::to_string(&wanted.headers).map_err(json)?;
    let models = serde_json::to_string(&wanted.models).map_err(json)?;
    let credential = wanted.credential.as_ref().map(Credential::json);
    let new = NewProvider {
        name: &wanted.name,
        kind: wanted.kind.as_str(),
        base_url: wanted.base_url.as_deref(),
        headers: &headers,
        credential: credential.as_deref(),
        models: &models,
        enabled: wanted.enabled,
    };
    change.tx.put_provider(new, change.audit)?;
    Ok(())
}

/// The user's own among these: one that says what the catalogue says anyway is not.
fn own_models(kind: ProviderKind, models: Vec<Model>) -> Vec<Model> {
    let known = builtin::models(kind);
    let same = |model: &Model| {
        known.iter().any(|known| {
            Model { price_source: None, price_date: None, ..known.clone() }
                == Model { price_source: None, price_date: None, ..model.clone() }
        })
    };
    models.into_iter().filter(|model| !same(model)).collect()
}

/// Does this target, as written in a document, call that provider?
fn leads_to(world: &World, model: &str, provider: &str) -> bool {
    match model.split_once('/') {
        Some((name, _)) if world.providers.contains_key(name) => name == provider,
        _ => world.catalogue.resolve_bare(model).is_ok_and(|(name, _)| name == provider),
    }
}

fn kind(kind: ProviderKind) -> KindDto {
    let preset = kind.preset();
    KindDto {
        kind: kind.as_str().to_owned(),
        display_name: preset.display_name.to_owned(),
        base_url: preset.base_url.map(str::to_owned),
        needs_key: preset.needs_key,
        key_env: preset.key_env.map(str::to_owned),
        supported: preset.supported,
    }
}

fn read_kind(text: &str) -> Result<ProviderKind, Error> {
    ProviderKind::from_name(text).ok_or_else(|| {
        let near = routing::names::nearest(text, ProviderKind::ALL.iter().map(|kind| kind.as_str()));
        let hint =
            near.map_or_else(|| "any address of OpenAI's shape is openai_compatible".to_owned(), |near| format!("did you mean {near}?"));
        Error::new(Code::InvalidRequest, format!("There is no kind of provider {text:?}: {hint}")).with("field", "kind")
    })
}

fn check_name(name: &str) -> Result<(), Error> {
    let sign = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    if bytes.len() <= 63 && bytes.first().is_some_and(sign) && bytes.iter().all(|byte| sign(byte) || matches!(byte, b'-' | b'_')) {
        return Ok(());
    }
    Err(Error::new(
        Code::InvalidRequest,
        format!("{name:?} cannot be a provider's name: use small letters, digits, - and _, at most 63, a letter or digit first"),
    )
    .with("field", "name"))
}

fn read_source(source: &CredentialSource) -> Result<Option<Credential>, Error> {
    let Some(env) = &source.env else { return Ok(None) };
    let env = env.trim();
    let plain = !env.is_empty()
        && env.len() <= 128
        && !env.starts_with(|first: char| first.is_ascii_digit())
        && env.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain {
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

fn named(name: &str) -> crate::api::providers::Model {
    crate::api::providers::Model {
        name: name.to_owned(),
        context: None,
        max_output: None,
        tier: None,
        price: None,
        capabilities: None,
        enabled: None,
        overridden: None,
        price_source: None,
    }
}
