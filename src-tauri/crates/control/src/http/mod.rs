//! The management API: one route per operation, nothing that the table of operations does not say.
//!
//! ```text
//! request ─ id ─ key ─ route ─ input (path + query + body) ─ once (Idempotency-Key) ─ operation ─ answer
//! ```

mod answer;
mod auth;
mod body;
mod events;
mod export;
mod input;
mod missing;
mod once;
mod openapi;
mod perform;
#[cfg(test)]
mod tests;
pub mod ui;

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    middleware,
    response::IntoResponse,
    routing::{MethodFilter, get, on},
};

use crate::{Control, ops::OPERATIONS};
use answer::Refusal;
use input::Shape;
use once::Once;

pub use openapi::document as openapi;

/// Where the routes are nested.
pub const PREFIX: &str = "/manage/v1";

/// What every route shares.
struct Api {
    control: Arc<Control>,
    once: Once,
}

/// The routes, to be nested under [`PREFIX`]. Every one but `/openapi.json` asks for a management key.
pub fn router(control: Arc<Control>) -> Router {
    let api = Arc::new(Api { control, once: Once::default() });
    operations()
        .route("/events", get(events::stream))
        .route("/logs/export", get(export::download))
        .method_not_allowed_fallback(missing::method)
        .fallback(missing::route)
        .layer(middleware::from_fn_with_state(api.clone(), auth::require_key))
        .route("/openapi.json", get(openapi::serve))
        .layer(middleware::from_fn(answer::identify))
        .with_state(api)
}

fn operations() -> Router<Arc<Api>> {
    OPERATIONS.iter().fold(Router::new(), |router, operation| {
        let shape = Arc::new(Shape::of(operation));
        let handler = move |State(api): State<Arc<Api>>, path: RawPathParams, request: Request| async move {
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            perform::perform(&api, operation, &shape, path, request).await.unwrap_or_else(Refusal::into_response)
        };
        router.route(&pattern(operation.path), on(filter(operation.method), handler))
    })
}

/// In axum's syntax. A model's name may contain slashes.
fn pattern(path: &str) -> String {
    path.replace("/{provider}/{model}", "/{provider}/{*model}")
}

fn filter(method: &str) -> MethodFilter {
    match method {
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}
