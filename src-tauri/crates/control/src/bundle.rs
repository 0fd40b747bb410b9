//! Bundles: a whole setup without secrets, taken out and put in.
//!
//! ```text
//! import = one transaction:  settings ─▶ providers ─▶ names as they will be ─▶ every document checked ─▶ versions
//! ```
//! A config whose active document is the one given gets no new version, so that the same bundle can be applied at every start.

use std::collections::BTreeMap;

use routing::document::Document;
use serde_json::Value;
use store::config::{Activate, ActivationReason, Origin};

use crate::{
    Caller, Code, Control, Error,
    api::{
        Empty,
        bundle::{Bundle, BundleConfig, BundleProvider, BundleReport, ImportedConfig},
        configs::Diagnostic,
        events::UiEvent,
        providers::{CredentialSource, ProviderInput},
    },
    configs::{create, new_slug, short},
    kinds, models,
    secrets::Credential,
    settings,
    setup::{Change, blocking},
    validate::plain,
    versions::{Saving, hash_of, save},
    wanted::{Wanted, put},
    world::{ProviderState, World},
};

/// The format that this release writes and reads.
const FORMAT: u32 = 1;

impl Control {
    /// The setup without secrets.
    ///
    /// # Errors
    /// None in practice.
    pub async fn export_bundle(&self, _: &Caller, _: Empty) -> Result<Bundle, Error> {
        let setup = std::sync::Arc::clone(&self.setup);
        blocking(move || {
            let world = setup.world();
            let configs = setup.read(|view| {
                let used = view.configs(false)?.into_iter();
                used.map(|config| {
                    let active = view.version(&config.slug, config.active_version)?;
                    let message = Some(active.message).filter(|message| !message.is_empty());
                    Ok(BundleConfig {
                        slug: config.slug,
                        description: config.description,
                        document: crate::world::json(&active.document)?,
                        message,
                    })
                })
                .collect::<Result<Vec<_>, Error>>()
            })?;
            let mut settings = settings::changed(&world.settings);
            // These belong to one person's machine.
            (settings.onboarding_done, settings.start_at_login, settings.theme) = (None, None, None);
            (settings.outbound_proxy, settings.ca_file) = (None, None);
            Ok(Bundle { modelux: FORMAT, providers: exported(&world), configs, budgets: Vec::new(), settings })
        })
        .await
    }

    /// Applies a bundle: all of it, or nothing.
    ///
    /// # Errors
    /// `invalid_request`; `invalid_document`, with the diagnostics of all its documents, their paths from the bundle's root.
    pub async fn import_bundle(self: &std::sync::Arc<Self>, caller: &Caller, input: Bundle) -> Result<BundleReport, Error> {
        check(&input)?;
        let own_port = self.own_port();
        let moved = input.settings.port.filter(|port| Some(*port) != self.setup.world().settings.port);
        let listener = match moved {
            Some(port) => self.live.bind_other(port).await?,
            None => None,
        };
        let report = self.change(caller, "bundle.import", move |change| apply(change, &input, own_port)).await?;
        if let Some(listener) = listener {
            self.move_to(listener).await?;
        }
        for slug in &report.configs {
            self.events.tell(UiEvent::ConfigChanged { slug: slug.slug.clone() });
        }
        self.events.tell(UiEvent::ProvidersChanged);
        self.events.tell(UiEvent::SettingsChanged);
        Ok(report)
    }
}

/// What can be seen without looking at what is there.
pub(crate) fn check(bundle: &Bundle) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::new(Code::InvalidRequest, why));
    if bundle.modelux != FORMAT {
        return refuse(format!("This bundle is of format {}; this version of Modelux reads format {FORMAT}", bundle.modelux));
    }
    if !bundle.budgets.is_empty() {
        return refuse("This version of Modelux has no budgets yet, and importing the bundle without them would let spending go unbounded; take them out to import the rest".to_owned());
    }
    let twice = |what: &str, names: Vec<&str>| {
        let mut seen = std::collections::BTreeSet::new();
        match names.into_iter().find(|name| !seen.insert(*name)) {
            Some(name) => refuse(format!("The bundle has the {what} {name} twice")),
            None => Ok(()),
        }
    };
    twice("provider", bundle.providers.iter().map(|provider| provider.name.as_str()).collect())?;
    twice("config", bundle.configs.iter().map(|config| config.slug.as_str()).collect())
}

pub(crate) fn apply(change: &Change<'_>, bundle: &Bundle, own_port: u16) -> Result<BundleReport, Error> {
    let given = settings::check(bundle.settings.clone(), own_port)?;
    settings::write(change.tx, &given, change.audit)?;
    let providers = put_providers(change, &bundle.providers, own_port)?;
    // As it will be: with the providers that were just written.
    let world = World::load(change.tx)?;
    let documents = check_documents(change, &world, &bundle.configs)?;
    let mut report = BundleReport { providers, configs: Vec::new(), unchanged: Vec::new() };
    for (config, document) in bundle.configs.iter().zip(&documents) {
        match put_config(change, &world, config, document)? {
            Some(version) => report.configs.push(ImportedConfig { slug: config.slug.clone(), version }),
            None => report.unchanged.push(config.slug.clone()),
        }
    }
    Ok(report)
}

fn put_providers(change: &Change<'_>, providers: &[BundleProvider], own_port: u16) -> Result<Vec<String>, Error> {
    let mut changed = Vec::new();
    for provider in providers {
        let before = change.world.providers.get(&provider.name);
        let mut wanted = Wanted::read(&input(provider), None, own_port).map_err(|error| of(&provider.name, error))?;
        // Further credentials that the bundle does not name stay, as providers and configs do.
        if let Some(before) = before {
            wanted = wanted.keeping(before);
        }
        // A key that was entered here stays: a bundle cannot carry one.
        if provider.credential.is_none()
            && let Some(kept @ Credential::Kept { .. }) = before.and_then(|before| before.credential.clone())
        {
            wanted = wanted.with_credential(Some(kept));
        }
        if before.is_some_and(|before| wanted.is(before)) {
            continue;
        }
        put(change, &wanted)?;
        changed.push(provider.name.clone());
    }
    Ok(changed)
}

/// All documents checked against the names as they will be.
fn check_documents(change: &Change<'_>, world: &World, configs: &[BundleConfig]) -> Result<Vec<Document>, Error> {
    for config in configs {
        new_slug(&config.slug)?;
        short(config.description.clone(), "description")?;
        short(config.message.clone().unwrap_or_default(), "message")?;
    }
    let incoming: BTreeMap<String, Value> = configs.iter().map(|config| (config.slug.clone(), config.document.clone())).collect();
    let names = change.setup.names(world, &incoming);
    let mut documents = Vec::with_capacity(configs.len());
    let mut found: Vec<Diagnostic> = Vec::new();
    for (index, config) in configs.iter().enumerate() {
        let checked = Document::check(&config.document, &names, Some(&config.slug));
        match checked.document {
            Some(document) => documents.push(document),
            None => found.extend(checked.diagnostics.iter().map(|diagnostic| {
                let shown = plain(diagnostic);
                Diagnostic {
                    path: format!("/configs/{index}/document{}", shown.path),
                    message: format!("@{}: {}", config.slug, shown.message),
                    ..shown
                }
            })),
        }
    }
    match found.first() {
        None => Ok(documents),
        Some(first) => {
            let message = format!("Nothing was imported: {}", first.message);
            let shown: Vec<Value> = found.iter().filter_map(|diagnostic| serde_json::to_value(diagnostic).ok()).collect();
            Err(Error::new(Code::InvalidDocument, message).with("diagnostics", shown))
        }
    }
}

/// Makes the config what the bundle says. `None` where its active document was that already.
fn put_config(change: &Change<'_>, world: &World, config: &BundleConfig, document: &Document) -> Result<Option<u32>, Error> {
    let message = config.message.as_deref().unwrap_or_default();
    let Some(before) = world.configs.get(&config.slug) else {
        create(change, &config.slug, &config.description, document, message, Origin::Import)?;
        return Ok(Some(1));
    };
    if before.archived {
        change.tx.restore_config(&config.slug, change.audit)?;
    }
    if !config.description.is_empty() {
        change.tx.describe_config(&config.slug, &config.description, change.audit)?;
    }
    let hash = hash_of(document);
    if change.tx.version(&config.slug, before.active)?.hash == hash {
        return Ok(None);
    }
    let saving = Saving { slug: &config.slug, document, message, origin: Origin::Import, base_version: None, activate: false };
    let saved = save(change, &saving)?;
    let activate = Activate { slug: &config.slug, version: saved.version, reason: ActivationReason::Import, note: None, simulation: None };
    change.tx.activate(activate, change.audit)?;
    Ok(Some(saved.version))
}

fn exported(world: &World) -> Vec<BundleProvider> {
    let untouched = |provider: &ProviderState| provider.built_in() && provider.enabled && provider.own_models.is_empty();
    let providers = world.providers.values().filter(|provider| !untouched(provider));
    providers
        .map(|provider| BundleProvider {
            name: provider.name.clone(),
            kind: provider.kind.as_str().to_owned(),
            base_url: provider.own_base_url.clone(),
            credential: provider.credential.as_ref().and_then(Credential::source),
            credentials: variables(provider),
            options: (!provider.options.is_empty()).then(|| kinds::shown_options(&provider.options)),
            headers: provider.headers.clone(),
            models: (!provider.own_models.is_empty()).then(|| provider.own_models.iter().map(models::exported).collect()),
            enabled: (!provider.enabled).then_some(false),
        })
        .collect()
}

/// Its further credentials that are variables: keys and their stores do not travel.
fn variables(provider: &ProviderState) -> BTreeMap<String, CredentialSource> {
    let source = |(label, credential): (&String, &Credential)| Some((label.clone(), credential.source()?));
    provider.credentials.iter().filter_map(source).collect()
}

fn input(provider: &BundleProvider) -> ProviderInput {
    ProviderInput {
        name: provider.name.clone(),
        kind: provider.kind.clone(),
        base_url: provider.base_url.clone(),
        headers: Some(provider.headers.clone()),
        credential: provider.credential.clone(),
        credentials: Some(provider.credentials.clone()),
        options: Some(provider.options.clone().unwrap_or_default()),
        models: Some(provider.models.clone().unwrap_or_default()),
        enabled: Some(provider.enabled.unwrap_or(true)),
    }
}

fn of(provider: &str, error: Error) -> Error {
    Error { message: format!("Provider {provider}: {}", error.message), ..error }
}
