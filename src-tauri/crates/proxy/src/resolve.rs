//! What a request's `model` means: `@slug`, `@slug:N`, `provider/model`, or a bare model name.

use std::sync::Arc;

use catalog::Catalogue;
use routing::{document::Reference, names::nearest, plan::Plan, target::ModelTarget};
use wire::{ApiError, ErrorKind};

use crate::{
    Shared,
    snapshot::{AppKey, Snapshot},
};

/// A model name, resolved.
pub struct Resolved {
    /// What to run.
    pub plan: Arc<Plan>,
    /// `config`, `direct` or `auto`.
    pub how: &'static str,
}

/// Finds what to run.
///
/// # Errors
/// 404 for what is unknown, with the nearest names; 400 for a bare name that nobody knows; 403 for what the key may not call.
pub async fn resolve(shared: &Arc<Shared>, snapshot: &Snapshot, model: &str, app: &AppKey) -> Result<Resolved, ApiError> {
    let resolved = match model.strip_prefix('@') {
        Some(_) => Resolved { plan: config(shared, snapshot, model).await?, how: "config" },
        None => named(snapshot, model)?,
    };
    allowed(&resolved, model, app)?;
    Ok(resolved)
}

fn allowed(resolved: &Resolved, model: &str, app: &AppKey) -> Result<(), ApiError> {
    let slug = resolved.plan.config.as_ref().map(|(slug, _)| &**slug);
    if app.allowed_configs.is_empty() || app.allowed_configs.iter().any(|allowed| Some(&**allowed) == slug) {
        return Ok(());
    }
    let list: Vec<String> = app.allowed_configs.iter().map(|slug| format!("@{slug}")).collect();
    let message = format!("app {:?} may call {} only, not {model:?}", app.name, list.join(", "));
    Err(ApiError::new(403, ErrorKind::Permission, message).with_code("config_not_allowed").with_param("model"))
}

async fn config(shared: &Arc<Shared>, snapshot: &Snapshot, model: &str) -> Result<Arc<Plan>, ApiError> {
    let Some(reference) = Reference::parse(model) else {
        return Err(unknown(format!("{model:?} is no config name; write @slug or @slug:version"), "config_not_found"));
    };
    if let Some(plan) = snapshot.plan(&reference.slug, reference.version) {
        return Ok(plan);
    }
    if let Some(version) = reference.version
        && snapshot.configs.contains_key(reference.slug.as_str())
    {
        let (loader, slug) = (Arc::clone(&shared.loader), reference.slug.clone());
        let loaded = tokio::task::spawn_blocking(move || loader.load(&slug, version)).await;
        return loaded.ok().flatten().ok_or_else(|| unknown(format!("@{} has no version {version}", reference.slug), "version_not_found"));
    }
    let slugs: Vec<String> = snapshot.configs.keys().map(|slug| format!("@{slug}")).collect();
    let asked = format!("@{}", reference.slug);
    let hint = match nearest(&asked, slugs.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => "Configs in Modelux lists those that exist".to_owned(),
    };
    Err(unknown(format!("unknown config {asked}: {hint}"), "config_not_found"))
}

fn named(snapshot: &Snapshot, model: &str) -> Result<Resolved, ApiError> {
    let direct = |provider: &str, model: &str, how| Resolved { plan: Arc::new(Plan::direct(ModelTarget::new(provider, model, None))), how };
    if let Some((provider, name)) = model.split_once('/')
        && snapshot.providers.contains_key(provider)
    {
        return listed(&snapshot.catalogue, provider, name)
            .then(|| direct(provider, name, "direct"))
            .ok_or_else(|| unknown_model(snapshot, model));
    }
    if !snapshot.settings.bare_model_names {
        let message = format!("{model:?} is a bare model name, and Settings has these switched off; write provider/model or @config");
        return Err(ApiError::new(400, ErrorKind::InvalidRequest, message).with_code("bare_names_off").with_param("model"));
    }
    match snapshot.catalogue.resolve_bare(model) {
        Ok((provider, name)) => Ok(direct(provider, name, "auto")),
        Err(_) if model.contains('/') => Err(unknown_model(snapshot, model)),
        Err(error) => {
            Err(ApiError::new(400, ErrorKind::InvalidRequest, error.to_string()).with_code("model_not_found").with_param("model"))
        }
    }
}

/// A provider that lists no models may have any.
fn listed(catalogue: &Catalogue, provider: &str, model: &str) -> bool {
    catalogue.lookup(provider, model).is_some() || !catalogue.models().any(|(name, _)| name == provider)
}

fn unknown_model(snapshot: &Snapshot, model: &str) -> ApiError {
    unknown(snapshot.catalogue.unknown(model).to_string(), "model_not_found")
}

fn unknown(message: String, code: &'static str) -> ApiError {
    ApiError::new(404, ErrorKind::NotFound, message).with_code(code).with_param("model")
}
