//! The pooled HTTP client for calls upstream. It follows no redirect and keeps no cookie.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use wire::Segments;

/// A client whose bodies are pieces of bytes.
pub type HttpClient = Client<HttpsConnector<HttpConnector>, Pieces>;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle one is kept: below the 60 s after which common servers close theirs.
const IDLE: Duration = Duration::from_secs(55);

/// A new client.
pub fn new() -> HttpClient {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    http.set_keepalive(Some(Duration::from_secs(60)));
    let https = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(http);
    Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).pool_timer(TokioTimer::new()).timer(TokioTimer::new()).build(https)
}

/// A request body in pieces, of known length.
#[derive(Debug)]
pub struct Pieces {
    parts: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl Pieces {
    /// No body.
    pub fn empty() -> Self {
        Self { parts: Vec::new().into_iter(), left: 0 }
    }
}

impl From<Segments> for Pieces {
    fn from(segments: Segments) -> Self {
        let left = segments.len() as u64;
        Self { parts: segments.into_parts().into_iter(), left }
    }
}

impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        Self { left: bytes.len() as u64, parts: vec![bytes].into_iter() }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = self.parts.next();
        if let Some(part) = &next {
            self.left -= part.len() as u64;
        }
        Poll::Ready(next.map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
