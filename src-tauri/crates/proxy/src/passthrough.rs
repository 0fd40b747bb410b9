//! Everything else below `/openai/v1` and `/anthropic/v1`: files, batches, images, audio. It goes to the provider of
//! that name as it is, streamed both ways, and is recorded without its content.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use catalog::ProviderKind;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use wire::{ApiError, Dialect, ErrorKind};

use crate::{
    Shared,
    answer::put,
    body::ProxyBody,
    exchange::{REQUEST_ID, admit},
    paths::Passed,
    pieces::Pieces,
    provider::Provider,
    recording::Recording,
    refusal::Refusal,
    request::Attributes,
    snapshot::{AppKey, Snapshot},
    upstream,
};

/// Passes a request on.
pub async fn handle(shared: &Arc<Shared>, request: Request<Incoming>, passed: &Passed<'_>) -> Response<ProxyBody> {
    let path: String = request.uri().path().chars().take(MAX_PATH).collect();
    let mut recording = Recording::begin(shared, path, passed.dialect);
    let request_id = Arc::clone(&recording.arrival.request_id);
    let mut response = match pass(shared, request, passed, &mut recording).await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = PassedBody { body, recording, status: head.status.as_u16() };
            Response::from_parts(head, ProxyBody::Passed(Box::new(body)))
        }
        Err(refusal) => {
            let (status, class, message) = (refusal.error.status, refusal.class.clone(), refusal.error.message.clone());
            recording.finish(status, Some((&class, &message)));
            refusal.response(passed.dialect, &request_id)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Of a path, so much is recorded.
pub const MAX_PATH: usize = 200;

async fn pass(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    passed: &Passed<'_>,
    recording: &mut Recording,
) -> Result<Response<Incoming>, Refusal> {
    let snapshot = shared.snapshot.load_full();
    let (head, body) = request.into_parts();
    let app = admit(shared, &snapshot, &head.headers, recording)?;
    recording.note(|record| {
        record.resolved = Some("passthrough");
        record.dialect = if passed.dialect.is_openai() { "openai" } else { "anthropic" };
    });
    if !app.allowed_configs.is_empty() {
        let message = format!("app {:?} may call its configs only, and {} is none", app.name, head.uri.path());
        return Err(ApiError::new(403, ErrorKind::Permission, message).with_code("config_not_allowed").into());
    }
    if head.headers.contains_key(header::UPGRADE) {
        let message = "WebSockets are not passed on; use the API over plain HTTP";
        return Err(ApiError::new(501, ErrorKind::InvalidRequest, message).with_code("upgrade_not_supported").into());
    }
    let attributes = Attributes::read(&head.headers, None, app).map_err(ApiError::from)?;
    let provider = provider(shared, &snapshot, passed, app)?;
    recording.note(|record| {
        record.provider = Some(Arc::clone(&provider.name));
        record.tags.clone_from(&attributes.tags);
        record.end_user.clone_from(&attributes.end_user);
        record.conversation_id.clone_from(&attributes.conversation);
        record.trace_id.clone_from(&attributes.trace_id);
    });
    if provider.lacks_key(None) {
        let message = format!("{} has no key; add one in Providers", provider.name);
        return Err(ApiError::new(401, ErrorKind::Authentication, message).with_code("missing_provider_key").into());
    }
    let mut response = send(shared, provider, (head.method, passed.path, &head.headers), body).await?;
    put(response.headers_mut(), "x-modelux-provider-used", &provider.name);
    Ok(response)
}

/// Sends a request on, and takes the connection's own headers off the answer.
///
/// # Errors
/// A path that is none, a provider that cannot be reached.
pub async fn send(
    shared: &Shared,
    provider: &Provider,
    (method, path, headers): (Method, &str, &HeaderMap),
    body: impl Into<Pieces>,
) -> Result<Response<Incoming>, ApiError> {
    let mut parts = provider
        .passthrough(method, path, headers)
        .map_err(|error| ApiError::new(400, ErrorKind::InvalidRequest, error.to_string()).with_code("invalid_path"))?;
    if let Some(via) = shared.via.onward(headers) {
        parts.headers.insert(header::VIA, via);
    }
    let sent = shared.client.request(Request::from_parts(parts, body.into())).await;
    let mut response = sent.map_err(|error| {
        let why = upstream::unreachable(&error).reason;
        ApiError::new(502, ErrorKind::Upstream, format!("{}: {why}", provider.name)).with_code("upstream_failed")
    })?;
    if response.status().is_redirection() {
        let message = format!("{} answered {} with a redirect, and redirects are not followed", provider.name, response.status().as_u16());
        return Err(ApiError::new(502, ErrorKind::Upstream, message).with_code("redirected"));
    }
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TRAILER, header::SET_COOKIE] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}

/// The provider whose API it is: the one that gave the answer that the path names, the one of the dialect's name, or
/// else the first of its kind.
fn provider<'a>(shared: &Shared, snapshot: &'a Snapshot, passed: &Passed<'_>, app: &AppKey) -> Result<&'a Arc<Provider>, ApiError> {
    let (kind, name) = match passed.dialect {
        Dialect::AnthropicMessages => (ProviderKind::Anthropic, "anthropic"),
        _ => (ProviderKind::OpenAi, "openai"),
    };
    let named = passed.path.strip_prefix("/responses/").and_then(|rest| rest.split(['/', '?']).next());
    let giver = named.and_then(|id| shared.continued.target(&app.name, id));
    if let Some(provider) = giver.and_then(|target| snapshot.providers.get(target.provider())) {
        return Ok(provider);
    }
    let of_kind = || {
        let all = snapshot.providers.values().filter(|provider| provider.kind == kind);
        all.min_by(|one, other| one.name.cmp(&other.name))
    };
    snapshot.providers.get(name).or_else(of_kind).ok_or_else(|| {
        let message = format!(
            "there is no {} provider to pass {} on to; add one in Providers",
            kind.preset().display_name,
            passed.path.split('?').next().unwrap_or_default()
        );
        ApiError::new(404, ErrorKind::NotFound, message).with_code("no_provider")
    })
}

/// An answer that is passed on; its record goes to the log at its end.
pub struct PassedBody {
    body: Incoming,
    recording: Recording,
    status: u16,
}

impl PassedBody {
    /// The next piece.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if self.body.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                self.recording.finish(self.status, Some(("broken", &format!("the upstream's answer broke off: {error}"))));
                Poll::Ready(Some(Err(axum::Error::new(error))))
            }
            None => {
                self.finish();
                Poll::Ready(None)
            }
        }
    }

    /// Where it is known how much comes, the server may not ask for the end.
    pub fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    /// Nothing is to come.
    pub fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn finish(&mut self) {
        let class = format!("http_{}", self.status);
        let error = (self.status >= 400).then_some((class.as_str(), "the upstream's own error, passed on"));
        self.recording.finish(self.status, error);
    }
}

impl Drop for PassedBody {
    fn drop(&mut self) {
        // An empty body is never asked for its first piece.
        if self.body.is_end_stream() {
            self.finish();
        }
    }
}
