//! The pooled HTTP client for calls upstream. It follows no redirect and keeps no cookie.
//!
//! ```text
//! request ─▶ HttpClient ─▶ pool ─▶ TLS ─▶ Connector ─▶ directly, or through the outbound proxy
//! ```

mod connector;
mod outbound;
#[cfg(test)]
mod tests;
pub mod trouble;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use http::{Request, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, ResponseFuture},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore};

use crate::pieces::Pieces;
use connector::Connector;
use outbound::Rules;
pub use outbound::{Outbound, OutboundError, is_metadata};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle one is kept: below the 60 s after which common servers close theirs.
const IDLE: Duration = Duration::from_secs(55);
/// When to ask whether the other side of a silent one is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The client, and the way that its calls take, which may change while some are under way.
pub struct HttpClient {
    way: ArcSwap<Way>,
}

/// A pool of connections that were all made by the same rules.
struct Way {
    pool: Client<HttpsConnector<Connector>, Pieces>,
    rules: Arc<Rules>,
    outbound: Outbound,
}

impl HttpClient {
    /// A client whose calls go out directly.
    pub fn new() -> Self {
        let outbound = Outbound::default();
        // With no certificates of the user's there is nothing in it to refuse.
        let roots = outbound.roots().unwrap_or_else(|_| RootCertStore::empty());
        Self { way: ArcSwap::from_pointee(Way::new(Rules::direct(), roots, outbound)) }
    }

    /// Has later calls take another way. Those under way end on their own.
    ///
    /// # Errors
    /// A proxy or a certificate that is none; nothing changes then.
    pub fn set(&self, outbound: Outbound) -> Result<(), OutboundError> {
        if self.way.load().outbound == outbound {
            return Ok(());
        }
        let way = Way::new(outbound.rules()?, outbound.roots()?, outbound);
        self.way.store(Arc::new(way));
        Ok(())
    }

    /// Sends a request.
    pub fn request(&self, mut request: Request<Pieces>) -> ResponseFuture {
        let way = self.way.load();
        // What goes to a proxy itself carries the proxy's password; a tunnel has given it before.
        if request.uri().scheme_str() == Some("http")
            && let Some(proxy) = way.rules.proxy(request.uri())
            && let Some(auth) = proxy.basic_auth()
        {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, auth.clone());
        }
        way.pool.request(request)
    }
}

impl Way {
    fn new(rules: Rules, roots: RootCertStore, outbound: Outbound) -> Self {
        let rules = Arc::new(rules);
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(Connector::new(&rules));
        let pool = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(https);
        Self { pool, rules, outbound }
    }
}
