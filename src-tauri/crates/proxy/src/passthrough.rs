//! Everything else below `/openai/v1` and `/anthropic/v1`: files, batches, images, audio. It goes to the provider of
//! that name as it is, streamed both ways, and is recorded without its content.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use catalog::ProviderKind;
use http::{HeaderMap, Method, Request, Response, header, request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use secrecy::SecretString;
use tokio::time::{Sleep, sleep, timeout};
use wire::{ApiError, Dialect, ErrorKind};

use crate::{
    Shared,
    answer::put,
    body::ProxyBody,
    exchange::{REQUEST_ID, admit, discard},
    paths::Passed,
    pieces::Pieces,
    provider::Provider,
    recording::Recording,
    refusal::Refusal,
    request::Attributes,
    snapshot::{AppKey, Snapshot},
    upstream::{self, UpstreamBody},
};

/// Of a path, so much is recorded and repeated.
pub const MAX_PATH: usize = 200;
/// Of an answer that is read here, an error's for one, so much.
const MAX_READ: usize = 1024 * 1024;

/// Passes a request on.
pub async fn handle(shared: &Arc<Shared>, request: Request<Incoming>, passed: &Passed<'_>) -> Response<ProxyBody> {
    let path: String = request.uri().path().chars().take(MAX_PATH).collect();
    let mut recording = Recording::begin(shared, path, passed.dialect);
    let request_id = Arc::clone(&recording.arrival.request_id);
    let mut response = match pass(shared, request, passed, &mut recording).await {
        Ok(Answer::Comes(response)) => {
            let (head, body) = response.into_parts();
            let body = PassedBody { body, recording, status: head.status.as_u16(), idle: shared.options.passed_idle, silence: None };
            Response::from_parts(head, ProxyBody::Passed(Box::new(body)))
        }
        Ok(Answer::Error(response)) => {
            let status = response.status().as_u16();
            recording.finish(status, Some((&format!("http_{status}"), PASSED_ON)));
            response.map(ProxyBody::from)
        }
        Err(refusal) => {
            let (status, class, message) = (refusal.error.status, refusal.class.clone(), refusal.error.message.clone());
            recording.finish(status, Some((&class, &message)));
            refusal.response(passed.dialect, &request_id)
        }
    };
    if let Ok(value) = http::HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

const PASSED_ON: &str = "the upstream's own error, passed on";

enum Answer {
    /// It goes on as it comes.
    Comes(Response<Incoming>),
    /// It was read as a whole, to take keys out of it.
    Error(Response<Bytes>),
}

/// Who is asked, and with which key.
pub struct Addressee<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// Which of its keys; the default one without.
    pub credential: Option<&'a str>,
    /// The caller's own key, in place of any.
    pub own_key: Option<&'a SecretString>,
}

async fn pass(shared: &Arc<Shared>, request: Request<Incoming>, passed: &Passed<'_>, recording: &mut Recording) -> Result<Answer, Refusal> {
    let snapshot = shared.snapshot.load_full();
    let (head, mut body) = request.into_parts();
    let found = allowed(shared, &snapshot, &head, passed, recording);
    let (attributes, provider, credential) = match found {
        Ok(found) => found,
        Err(refusal) => {
            discard(&mut body).await;
            return Err(refusal);
        }
    };
    let to = Addressee { provider, credential: credential.as_deref(), own_key: attributes.provider_key.as_ref() };
    let mut response = send(shared, &to, (head.method, passed.path, &head.headers), body, shared.options.passed_head).await?;
    put(response.headers_mut(), "x-modelux-provider-used", &provider.name);
    if response.status().as_u16() < 400 {
        return Ok(Answer::Comes(response));
    }
    read(response, &to, shared.options.passed_idle).await.map(Answer::Error).map_err(Refusal::from)
}

/// Whom a request may be passed on to: its provider, and which of the provider's keys.
fn allowed<'a>(
    shared: &Shared,
    snapshot: &'a Snapshot,
    head: &request::Parts,
    passed: &Passed<'_>,
    recording: &mut Recording,
) -> Result<(Attributes, &'a Provider, Option<String>), Refusal> {
    let app = admit(shared, snapshot, &head.headers, recording)?;
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
    let (provider, credential) = provider(shared, snapshot, passed, app)?;
    recording.note(|record| {
        record.provider = Some(Arc::clone(&provider.name));
        record.tags.clone_from(&attributes.tags);
        record.end_user.clone_from(&attributes.end_user);
        record.conversation_id.clone_from(&attributes.conversation);
        record.trace_id.clone_from(&attributes.trace_id);
    });
    if provider.lacks_key(credential.as_deref()) && attributes.provider_key.is_none() {
        let message = format!("{} has no key; add one in Providers", provider.name);
        return Err(ApiError::new(401, ErrorKind::Authentication, message).with_code("missing_provider_key").into());
    }
    Ok((attributes, provider, credential))
}

/// Sends a request on, and takes the connection's own headers off the answer.
///
/// # Errors
/// A path that is none, a provider that cannot be reached, or says nothing for `patience` after all was sent.
pub async fn send(
    shared: &Shared,
    to: &Addressee<'_>,
    (method, path, headers): (Method, &str, &HeaderMap),
    body: impl Into<Pieces>,
    patience: Duration,
) -> Result<Response<Incoming>, ApiError> {
    let provider = to.provider;
    let mut parts = provider
        .passthrough(method, path, headers, (to.credential, to.own_key))
        .map_err(|error| ApiError::new(400, ErrorKind::InvalidRequest, error.to_string()).with_code("invalid_path"))?;
    if let Some(via) = shared.via.onward(headers) {
        parts.headers.insert(header::VIA, via);
    }
    let (body, uploaded) = Into::<Pieces>::into(body).watched();
    // An upload may take its time; the upstream's begins when it has all of it.
    let silence = async {
        let _ = uploaded.await;
        sleep(patience).await;
    };
    let sent = tokio::select! {
        sent = shared.client.request(Request::from_parts(parts, body)) => sent,
        () = silence => return Err(silent(provider, patience)),
    };
    let mut response = sent.map_err(|error| failed(provider, &upstream::unreachable(&error).reason.to_string()))?;
    if response.status().is_redirection() {
        let message = format!("{} answered {} with a redirect, and redirects are not followed", provider.name, response.status().as_u16());
        return Err(ApiError::new(502, ErrorKind::Upstream, message).with_code("redirected"));
    }
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TRAILER, header::SET_COOKIE] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}

/// Reads a small answer as a whole, and takes out of it what the upstream must not repeat.
///
/// # Errors
/// An answer that is too large, breaks off, or stands still.
pub async fn read(response: Response<Incoming>, to: &Addressee<'_>, idle: Duration) -> Result<Response<Bytes>, ApiError> {
    let provider = to.provider;
    let response = UpstreamBody::of(response).map_err(|failure| failed(provider, &failure.reason.to_string()))?;
    let (mut head, body) = response.into_parts();
    let body = match timeout(idle, Limited::new(body, MAX_READ).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) => return Err(failed(provider, &format!("its answer of {} cannot be read: {error}", head.status.as_u16()))),
        Err(_) => return Err(silent(provider, idle)),
    };
    // It is no longer as it came.
    for name in [header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        head.headers.remove(name);
    }
    let body = provider.secrets(to.own_key).redact(&body).map_or(body, Bytes::from);
    Ok(Response::from_parts(head, body))
}

fn failed(provider: &Provider, why: &str) -> ApiError {
    ApiError::new(502, ErrorKind::Upstream, format!("{}: {why}", provider.name)).with_code("upstream_failed")
}

fn silent(provider: &Provider, patience: Duration) -> ApiError {
    let message = format!("{} said nothing for {} ms; try again", provider.name, patience.as_millis());
    ApiError::new(504, ErrorKind::Timeout, message).with_code("upstream_timeout")
}

/// The provider whose API it is, and which of its keys: the one that gave this app the answer that the path names, the one
/// of the dialect's name, or else the first of its kind.
fn provider<'a>(
    shared: &Shared,
    snapshot: &'a Snapshot,
    passed: &Passed<'_>,
    app: &AppKey,
) -> Result<(&'a Arc<Provider>, Option<String>), ApiError> {
    let (kind, name) = match passed.dialect {
        Dialect::AnthropicMessages => (ProviderKind::Anthropic, "anthropic"),
        _ => (ProviderKind::OpenAi, "openai"),
    };
    let named = passed.path.strip_prefix("/responses/").and_then(|rest| rest.split(['/', '?']).next());
    let giver = named.and_then(|id| shared.continued.target(&app.name, id));
    if let Some((provider, giver)) = giver.and_then(|giver| Some((snapshot.providers.get(giver.provider())?, giver))) {
        return Ok((provider, giver.credential().map(str::to_owned)));
    }
    let of_kind = || {
        let all = snapshot.providers.values().filter(|provider| provider.kind == kind);
        all.min_by(|one, other| one.name.cmp(&other.name))
    };
    snapshot.providers.get(name).or_else(of_kind).map(|provider| (provider, None)).ok_or_else(|| {
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
    /// It may stand still so long.
    idle: Duration,
    /// Runs while somebody waits for the next piece.
    silence: Option<Pin<Box<Sleep>>>,
}

impl PassedBody {
    /// The next piece.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Poll::Ready(next) = Pin::new(&mut self.body).poll_frame(cx) else { return self.poll_silence(cx) };
        self.silence = None;
        match next {
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

    /// A slow caller is no slow upstream: time runs while the caller wants more and there is nothing.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let idle = self.idle;
        std::task::ready!(self.silence.get_or_insert_with(|| Box::pin(sleep(idle))).as_mut().poll(cx));
        let why = format!("the upstream sent nothing for {} ms", idle.as_millis());
        self.recording.finish(self.status, Some(("timeout", &why)));
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::new(std::io::ErrorKind::TimedOut, why)))))
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
        self.recording.finish(self.status, None);
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
