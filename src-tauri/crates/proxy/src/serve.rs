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
    passthrough::{self, MAX_PATH},
    paths::{self, dialect_of},
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
    // No `pipeline_flush`: with it nothing is written while something unread is in the buffer, such as the rest of a broken
    // body, and writes are buffered without bounds, so that a slow reader would not slow down its upstream.
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
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
        return refused(&error, dialect_of(request.uri().path(), request.headers()));
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
        return refused(&error, dialect_of(request.uri().path(), request.headers()));
    }
    let path = request.uri().path();
    if let Some(right) = paths::rewritten(path) {
        return rewrite(request, &right).await;
    }
    if request.method() == Method::POST {
        if let Some(endpoint) = paths::endpoint(path) {
            return exchange::handle(shared, request, endpoint).await;
        }
        if let Some(endpoint) = paths::count_tokens(path) {
            return count_tokens::handle(shared, request, endpoint).await;
        }
    }
    if !paths::reads_models(request.method(), path) {
        let path_and_query = request.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
        if let Some(passed) = paths::passed(&path_and_query, request.headers()) {
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

/// Passed on as it is written, it might be read as what is routed here.
async fn rewrite(request: Request<Incoming>, right: &str) -> Response<ProxyBody> {
    let (head, mut body) = request.into_parts();
    exchange::discard(&mut body).await;
    let path: String = head.uri.path().chars().take(MAX_PATH).collect();
    let message = format!("there is nothing at {path}: write it as {right}");
    let error = ApiError::new(404, ErrorKind::NotFound, message).with_code("route_not_found");
    refused(&error, dialect_of(head.uri.path(), &head.headers))
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
