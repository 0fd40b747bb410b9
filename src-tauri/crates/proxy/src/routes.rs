//! The routes besides the chat: models, liveness, metrics, and what is not there.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use wire::{ApiError, Dialect, ErrorKind};

use crate::{Shared, auth, paths::dialect_of, request::Arrival};

/// Routes that callers' SDKs ask for.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/openai/v1/models", get(list))
        .route("/openai/v1/models/{*id}", get(one))
        .route("/v1/models", get(list))
        .route("/v1/models/{*id}", get(one))
        .route("/anthropic/v1/models", get(list))
        .route("/anthropic/v1/models/{*id}", get(one))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(wrong_method)
        .fallback(missing)
        .with_state(shared)
}

fn refused(error: &ApiError, dialect: Dialect) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = error.body(dialect, &Arrival::now().request_id);
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn list(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let dialect = dialect_of(uri.path(), &headers);
    match models(&shared, &headers, dialect) {
        Ok(models) if dialect.is_openai() => axum::Json(json!({"object": "list", "data": models})).into_response(),
        Ok(models) => {
            let id = |model: Option<&Value>| model.map(|model| model["id"].clone());
            let (first, last) = (id(models.first()), id(models.last()));
            axum::Json(json!({"data": models, "has_more": false, "first_id": first, "last_id": last})).into_response()
        }
        Err(error) => refused(&error, dialect),
    }
}

async fn one(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let dialect = dialect_of(uri.path(), &headers);
    let unknown =
        || ApiError::new(404, ErrorKind::NotFound, format!("unknown model {id:?}")).with_code("model_not_found").with_param("model");
    let found = models(&shared, &headers, dialect)
        .and_then(|models| models.into_iter().find(|model| model["id"] == id.as_str()).ok_or_else(unknown));
    match found {
        Ok(model) => axum::Json(model).into_response(),
        Err(error) => refused(&error, dialect),
    }
}

/// Every config that the key may call, and every model of enabled providers.
fn models(shared: &Shared, headers: &HeaderMap, dialect: Dialect) -> Result<Vec<Value>, ApiError> {
    let snapshot = shared.snapshot.load();
    let app = auth::app_of(headers, &snapshot.keys, Arrival::now().time_ms)?;
    let allowed = |slug: &str| app.allowed_configs.is_empty() || app.allowed_configs.iter().any(|allowed| **allowed == *slug);
    let mut slugs: Vec<&str> = snapshot.configs.keys().map(|slug| &**slug).filter(|slug| allowed(slug)).collect();
    slugs.sort_unstable();
    let entry = |id: String, owner: &str| match dialect {
        Dialect::AnthropicMessages => json!({"type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z"}),
        _ => json!({"id": id, "object": "model", "created": 0, "owned_by": owner}),
    };
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

async fn wrong_method(uri: Uri, headers: HeaderMap) -> Response {
    let message = format!("{} does not take this method", uri.path());
    refused(&ApiError::new(405, ErrorKind::InvalidRequest, message).with_code("method_not_allowed"), dialect_of(uri.path(), &headers))
}

async fn missing(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let hint = if path.starts_with("/ui") {
        "the window is served with `modelux serve --ui`"
    } else {
        "OpenAI's base URL ends in /openai/v1, Anthropic's in /anthropic"
    };
    let error = ApiError::new(404, ErrorKind::NotFound, format!("there is nothing at {path}: {hint}")).with_code("route_not_found");
    refused(&error, dialect_of(path, &headers))
}
