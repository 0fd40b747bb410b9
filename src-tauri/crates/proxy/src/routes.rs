//! The routes besides the chat: models, liveness, metrics, and what is not there.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use wire::{ApiError, Dialect, ErrorKind};

use crate::{Shared, auth, request::Arrival};

/// Routes that callers' SDKs ask for.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/openai/v1/models", get(list))
        .route("/openai/v1/models/{*id}", get(one))
        .route("/v1/models", get(list))
        .route("/v1/models/{*id}", get(one))
        // POST to these never comes here: the listener answers it itself.
        .route("/openai/v1/chat/completions", any(wrong_method))
        .route("/v1/chat/completions", any(wrong_method))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(wrong_method)
        .fallback(missing)
        .with_state(shared)
}

fn refused(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = error.body(Dialect::OpenAiChat, "");
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn list(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match models(&shared, &headers) {
        Ok(models) => axum::Json(json!({"object": "list", "data": models})).into_response(),
        Err(error) => refused(&error),
    }
}

async fn one(State(shared): State<Arc<Shared>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    match models(&shared, &headers) {
        Ok(models) => match models.into_iter().find(|model| model["id"] == id.as_str()) {
            Some(model) => axum::Json(model).into_response(),
            None => refused(
                &ApiError::new(404, ErrorKind::NotFound, format!("unknown model {id:?}")).with_code("model_not_found").with_param("model"),
            ),
        },
        Err(error) => refused(&error),
    }
}

/// Every config that the key may call, and every model of enabled providers.
fn models(shared: &Shared, headers: &HeaderMap) -> Result<Vec<Value>, ApiError> {
    let snapshot = shared.snapshot.load();
    let app = auth::app_of(headers, &snapshot.keys, Arrival::now().time_ms)?;
    let allowed = |slug: &str| app.allowed_configs.is_empty() || app.allowed_configs.iter().any(|allowed| **allowed == *slug);
    let mut slugs: Vec<&str> = snapshot.configs.keys().map(|slug| &**slug).filter(|slug| allowed(slug)).collect();
    slugs.sort_unstable();
    let entry = |id: String, owner: &str| json!({"id": id, "object": "model", "created": 0, "owned_by": owner});
    let configs = slugs.into_iter().map(|slug| entry(format!("@{slug}"), "modelux"));
    let by_name = snapshot.catalogue.models().filter(|_| app.allowed_configs.is_empty());
    Ok(configs.chain(by_name.map(|(provider, model)| entry(format!("{provider}/{}", model.name), provider))).collect())
}

async fn healthz(State(shared): State<Arc<Shared>>) -> Response {
    let health = shared.sink.health();
    let status = if health.failing.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let word = match (&health.failing, shared.is_paused()) {
        (Some(_), _) => "recorder_failing",
        (None, true) => "paused",
        (None, false) => "ok",
    };
    let problem = health.failing.map(|failing| failing.message);
    (status, axum::Json(json!({"status": word, "version": env!("CARGO_PKG_VERSION"), "problem": problem}))).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.figures.prometheus()).into_response()
}

async fn wrong_method(uri: Uri) -> Response {
    let message = format!("{} does not take this method", uri.path());
    refused(&ApiError::new(405, ErrorKind::InvalidRequest, message).with_code("method_not_allowed"))
}

async fn missing(uri: Uri) -> Response {
    let path = uri.path();
    let hint = if path.contains("/anthropic/") || path.ends_with("/messages") {
        "this version speaks OpenAI chat completions; Anthropic's API comes later"
    } else if path.starts_with("/openai/") || path.starts_with("/v1/") {
        "this version has /openai/v1/chat/completions and /openai/v1/models"
    } else if path.starts_with("/ui") {
        "the window is served with `modelux serve --ui`"
    } else {
        "the OpenAI base URL ends in /openai/v1"
    };
    refused(&ApiError::new(404, ErrorKind::NotFound, format!("there is nothing at {path}: {hint}")).with_code("route_not_found"))
}
