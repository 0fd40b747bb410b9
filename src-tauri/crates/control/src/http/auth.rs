//! Who calls: a management key in `Authorization: Bearer` or `x-api-key`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Api, answer::Refusal};
use crate::{Caller, Code, Control};

/// Lets through whoever has a management key, and says who it is in the request's extensions.
pub(super) async fn require_key(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    match caller(&api.control, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn caller(control: &Control, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let Some(key) = key(headers) else {
        return Err(unauthorized("Send a management key: `Authorization: Bearer mlx_mk_…`."));
    };
    if let Some(caller) = control.management_caller(key) {
        return Ok(caller);
    }
    if key.starts_with("mlx_sk_") {
        let message = "This is an app key (mlx_sk_…), which may only send requests to models. The management API needs a management key (mlx_mk_…); \
                       make one with `modelux keys create --management NAME`.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden.as_str(), message));
    }
    Err(unauthorized("This management key is not known, has ended or was revoked."))
}

fn key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key)
    });
    let key = bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())?.trim();
    (!key.is_empty()).then_some(key)
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthorized.as_str(), message)
}
