//! Opens connections, directly or through a proxy.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::{
        legacy::connect::{
            Connected, HttpConnector,
            dns::{GaiResolver, Name},
            proxy::Tunnel,
        },
        proxy::matcher::Intercept,
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower::Service;

use super::{
    CONNECT_TIMEOUT, KEEPALIVE,
    outbound::{Rules, is_metadata},
};

type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Opens connections by the rules.
#[derive(Clone)]
pub struct Connector {
    http: HttpConnector<Guarded>,
    rules: Arc<Rules>,
}

impl Connector {
    pub(super) fn new(rules: &Arc<Rules>) -> Self {
        let mut http = HttpConnector::new_with_resolver(Guarded { resolver: GaiResolver::new(), rules: Arc::clone(rules) });
        http.set_nodelay(true);
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        http.set_keepalive(Some(KEEPALIVE));
        Self { http, rules: Arc::clone(rules) }
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // The inner one always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        if self.rules.refuses(&destination) {
            let refused = refused(destination.host().unwrap_or_default());
            return Box::pin(std::future::ready(Err(refused.into())));
        }
        let mut http = self.http.clone();
        match self.rules.proxy(&destination) {
            None => Box::pin(async move { Ok(Connection { io: http.call(destination).await?, proxied: false }) }),
            Some(proxy) => Box::pin(async move { Ok(through(http, proxy, destination).await?) }),
        }
    }
}

/// Opens a connection through a proxy: a tunnel for `https://`, one to the proxy itself for `http://`.
async fn through(mut http: HttpConnector<Guarded>, proxy: Intercept, destination: Uri) -> io::Result<Connection> {
    let address = proxy.uri().clone();
    let name = address.authority().map(ToString::to_string).unwrap_or_default();
    let failed =
        |why: &str| io::Error::other(format!("the outbound proxy {name} does not let the call through ({why}); look into Settings"));
    let opening = async {
        if destination.scheme_str() != Some("https") {
            let io = http.call(address).await.map_err(|error| failed(&deepest(&error)))?;
            return Ok(Connection { io, proxied: true });
        }
        let mut tunnel = Tunnel::new(address, http);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let io = tunnel.call(destination).await.map_err(|error| failed(&deepest(&error)))?;
        Ok(Connection { io, proxied: false })
    };
    let within = tokio::time::timeout(CONNECT_TIMEOUT, opening).await;
    within.unwrap_or_else(|_| Err(failed(&format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))))
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn refused(host: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{host} leads to a link-local or metadata address of a cloud machine, which no provider has; name the provider's own address"
        ),
    )
}

/// Resolves names, but to no address where calls never go.
#[derive(Clone)]
pub struct Guarded {
    resolver: GaiResolver,
    rules: Arc<Rules>,
}

impl Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Opening<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (mut resolver, rules) = (self.resolver.clone(), Arc::clone(&self.rules));
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = resolver.call(name).await?;
            allowed(&host, found, rules.allow_metadata)
        })
    }
}

/// The addresses where a call may go.
pub(super) fn allowed(host: &str, found: impl Iterator<Item = SocketAddr>, all: bool) -> io::Result<std::vec::IntoIter<SocketAddr>> {
    let mut left = false;
    let kept: Vec<SocketAddr> = found
        .filter(|address| {
            let keep = all || !is_metadata(address.ip());
            left |= !keep;
            keep
        })
        .collect();
    if kept.is_empty() && left { Err(refused(host)) } else { Ok(kept.into_iter()) }
}

/// A connection, of which the client must know whether a proxy is at its other end.
pub struct Connection {
    io: TokioIo<TcpStream>,
    proxied: bool,
}

impl hyper_util::client::legacy::connect::Connection for Connection {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.proxied)
    }
}

impl Read for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl Write for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }
}
