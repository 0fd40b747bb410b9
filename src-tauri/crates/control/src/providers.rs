//! Providers: where models are called.

use catalog::ProviderKind;

use crate::{
    Caller, Code, Control, Error,
    api::{
        ByName, Done, Empty, Page,
        events::UiEvent,
        providers::{NamedCredential, Provider, ProviderInput, ProviderKinds, Verification, VerifyProvider},
    },
    configs::in_use,
    credentials::{keep_used, known, users},
    kinds, models,
    secrets::slot,
    setup::{Setup, blocking},
    wanted::{Wanted, put},
    world::{ProviderState, World},
};

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
        Ok(ProviderKinds { data: kinds.map(kinds::shown).collect() })
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
            keep_used(change, before, &wanted)?;
            put(change, &wanted)?;
            for (label, credential) in wanted.replaces(before) {
                change.setup.secrets.forget(&slot(&before.name, label), Some(credential));
            }
            Ok(())
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
            for (label, credential) in &provider.credentials {
                change.setup.secrets.forget(&slot(&input.name, Some(label)), Some(credential));
            }
            Ok(())
        })
        .await?;
        self.events.tell(UiEvent::ProvidersChanged);
        Ok(Done::OK)
    }

    /// Asks a provider for its models, which shows whether address and key are good.
    ///
    /// # Errors
    /// `not_found`, for the credential too. What the provider says is no error of the call.
    pub async fn verify_provider(&self, _: &Caller, input: VerifyProvider) -> Result<Verification, Error> {
        let world = self.setup.world();
        let provider = world.provider(&input.name)?.clone();
        if let Some(label) = &input.credential {
            known(&provider, label)?;
        }
        Ok(self.live.verify(&self.setup, &provider, input.credential.as_deref()).await)
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
                base_url: provider.base_url().into_owned(),
                headers: provider.headers.clone(),
                enabled: provider.enabled,
                built_in: provider.built_in(),
                credential,
                credentials: named_credentials(&setup, &world, provider),
                options: kinds::shown_options(&provider.options),
                health,
                health_reason,
                requests_24h: figures.map_or(0, |figures| figures.requests),
                p50_ms: figures.and_then(|figures| figures.p50_ms),
                success_rate: figures.and_then(crate::traffic::ProviderFigures::success_rate),
                models: provider.models.iter().map(|model| models::shown(model, provider.say(&model.name))).collect(),
                name,
            })
        })
        .await
    }
}

fn named_credentials(setup: &Setup, world: &World, provider: &ProviderState) -> std::collections::BTreeMap<String, NamedCredential> {
    let shown = |(label, credential)| {
        let label: &String = label;
        let state = setup.secrets.credential_state(&slot(&provider.name, Some(label)), Some(credential), true);
        (label.clone(), NamedCredential { state, used_by: users(world, &provider.name, label) })
    };
    provider.credentials.iter().map(shown).collect()
}

/// Does this target, as written in a document, call that provider?
pub(crate) fn leads_to(world: &World, model: &str, provider: &str) -> bool {
    match model.split_once('/') {
        Some((name, _)) if world.providers.contains_key(name) => name == provider,
        _ => world.catalogue.resolve_bare(model).is_ok_and(|(name, _)| name == provider),
    }
}
