//! The listener: connections, the guard before every route, and a stop that drains.

use std::{sync::Arc, time::Duration};

use axum::Router;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tower::ServiceExt;
use wire::{ApiError, Dialect, ErrorKind};

use crate::{
    Shared, auth,
    body::ProxyBody,
    count_tokens,
    exchange::{self, REQUEST_ID},
    passthrough,
    request::Arrival,
};

/// A client that does not send its headers within this is let go.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// After a failed accept (too many open files, for one) it waits a little.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener at work.
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<GracefulShutdown>,
}

impl Running {
    /// Accepts no more and waits for what is under way, at most `grace`.
    /// True where everything ended by itself.
    pub async fn stop(self, grace: Duration) -> bool {
        let _ = self.stop.send(true);
        let Ok(open) = self.task.await else { return false };
        tokio::time::timeout(grace, open.shutdown()).await.is_ok()
    }
}

/// Serves a listener until it is stopped.
pub(crate) fn serve(shared: Arc<Shared>, listener: TcpListener, router: Router) -> Running {
    let (stop, stopped) = watch::channel(false);
    Running { stop, task: tokio::spawn(accept(shared, listener, router, stopped)) }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> GracefulShutdown {
    let open = GracefulShutdown::new();
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).pipeline_flush(true);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return open,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Without it, small writes of a stream wait for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let (shared, router) = (Arc::clone(&shared), router.clone());
        let service = hyper::service::service_fn(move |request| {
            let (shared, router) = (Arc::clone(&shared), router.clone());
            async move { Ok::<_, std::convert::Infallible>(enter(&shared, router, request).await) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(open.watch(connection));
    }
}

/// Every request enters here.
async fn enter(shared: &Arc<Shared>, router: Router, request: Request<Incoming>) -> Response<ProxyBody> {
    let settings = shared.snapshot.load();
    if let Err(error) = auth::guard(request.headers(), &settings.settings) {
        return refused(&error, dialect_of(request.uri().path()));
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    drop(settings);
    let mut response =
        if origin.is_some() && request.method() == Method::OPTIONS { preflight() } else { answer(shared, router, request).await };
    if let Some(origin) = origin {
        // The guard let it pass: it is our own or an allowed one.
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    }
    response
}

async fn answer(shared: &Arc<Shared>, router: Router, request: Request<Incoming>) -> Response<ProxyBody> {
    if shared.via.comes_back(request.headers()) {
        let message = "this request came back to the proxy that sent it; look for a provider whose base URL leads here";
        let error = ApiError::new(508, ErrorKind::InvalidRequest, message).with_code("loop_detected");
        return refused(&error, dialect_of(request.uri().path()));
    }
    let path = request.uri().path();
    if request.method() == Method::POST {
        if let Some(endpoint) = endpoint(path) {
            return exchange::handle(shared, request, endpoint).await;
        }
        if let Some(endpoint) = COUNT_TOKENS.into_iter().find(|endpoint| *endpoint == path) {
            return count_tokens::handle(shared, request, endpoint).await;
        }
    }
    if !is_own(path) {
        let path_and_query = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
        if let Some(passed) = passthrough::passed(&path_and_query, request.headers()) {
            return passthrough::handle(shared, request, &passed).await;
        }
    }
    let mut response = match router.oneshot(request).await {
        Ok(response) => response.map(ProxyBody::Routed),
        Err(never) => match never {},
    };
    name(&mut response);
    response
}

/// The routes whose requests are routed, and what they speak.
pub(crate) const ENDPOINTS: [(&str, Dialect); 10] = [
    ("/openai/v1/chat/completions", Dialect::OpenAiChat),
    ("/v1/chat/completions", Dialect::OpenAiChat),
    ("/openai/v1/responses", Dialect::OpenAiResponses),
    ("/v1/responses", Dialect::OpenAiResponses),
    ("/anthropic/v1/messages", Dialect::AnthropicMessages),
    ("/v1/messages", Dialect::AnthropicMessages),
    ("/openai/v1/embeddings", Dialect::OpenAiEmbeddings),
    ("/v1/embeddings", Dialect::OpenAiEmbeddings),
    ("/openai/v1/completions", Dialect::OpenAiCompletions),
    ("/v1/completions", Dialect::OpenAiCompletions),
];

pub(crate) const COUNT_TOKENS: [&str; 2] = ["/anthropic/v1/messages/count_tokens", "/v1/messages/count_tokens"];

/// Paths that are answered here, whatever the method.
fn is_own(path: &str) -> bool {
    let models = ["/openai/v1/models", "/v1/models", "/anthropic/v1/models"];
    let is_models = models.into_iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    is_models || endpoint(path).is_some() || COUNT_TOKENS.contains(&path)
}

/// Whose errors a caller of this path understands.
pub(crate) fn dialect_of(path: &str) -> Dialect {
    let is_anthropic = path.starts_with("/anthropic/") || path.starts_with("/v1/messages");
    if is_anthropic { Dialect::AnthropicMessages } else { Dialect::OpenAiChat }
}

fn endpoint(path: &str) -> Option<(&'static str, Dialect)> {
    ENDPOINTS.into_iter().find(|(endpoint, _)| *endpoint == path)
}

fn preflight() -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::from(bytes::Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, Authorization"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

fn refused(error: &ApiError, dialect: Dialect) -> Response<ProxyBody> {
    let request_id = Arrival::now().request_id;
    let mut response = Response::new(ProxyBody::from(bytes::Bytes::from(error.body(dialect, &request_id))));
    *response.status_mut() = StatusCode::from_u16(error.status).unwrap_or(StatusCode::FORBIDDEN);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn name(response: &mut Response<ProxyBody>) {
    if !response.headers().contains_key(REQUEST_ID)
        && let Ok(value) = HeaderValue::from_str(&Arrival::now().request_id)
    {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}
