//! How calls leave this machine: through which proxy, trusting whom, and never where.
//!
//! ```text
//! to this machine                 directly, always
//! to a metadata address           refused, however the name leads there
//! to what NO_PROXY names          directly
//! https://, else, with a proxy    CONNECT through it
//! http://,  else, with a proxy    asked of it
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::{RootCertStore, pki_types::CertificateDer};

/// How calls leave this machine. The default is: directly, trusting the usual authorities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbound {
    /// Proxy for calls to `https://` addresses, such as `http://user:password@host:3128`.
    pub https_proxy: Option<String>,
    /// Proxy for calls to `http://` addresses.
    pub http_proxy: Option<String>,
    /// Hosts, domains and networks that are called directly all the same, separated by commas.
    pub no_proxy: String,
    /// Authorities to trust besides the usual ones.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Let calls go to link-local and cloud metadata addresses.
    pub allow_metadata: bool,
}

/// Why calls cannot leave that way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The proxy is none.
    #[error("the outbound proxy is not an address such as http://proxy.example.com:3128; look into Settings, or at HTTPS_PROXY")]
    Proxy,
    /// A certificate is none.
    #[error("certificate {0} cannot be trusted: {1}; look into Settings for the file of authorities")]
    Certificate(usize, String),
}

impl Outbound {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in capitals or not. One that is no proxy of ours
    /// is as good as none: it was set for other programs.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_lowercase())).filter(|value| !value.trim().is_empty());
        let proxy = |name: &str| [name, "ALL_PROXY"].into_iter().filter_map(read).find(|address| is_proxy(address));
        Self {
            https_proxy: proxy("HTTPS_PROXY"),
            http_proxy: proxy("HTTP_PROXY"),
            no_proxy: read("NO_PROXY").unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Through this proxy, whatever the environment says.
    #[must_use]
    pub fn through(self, proxy: &Uri) -> Self {
        let proxy = Some(proxy.to_string());
        Self { https_proxy: proxy.clone(), http_proxy: proxy, ..self }
    }

    /// Trusting these authorities, too.
    #[must_use]
    pub fn trusting(self, certificates: Vec<CertificateDer<'static>>) -> Self {
        Self { certificates, ..self }
    }

    pub(super) fn roots(&self) -> Result<RootCertStore, OutboundError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for (index, certificate) in self.certificates.iter().enumerate() {
            roots.add(certificate.clone()).map_err(|error| OutboundError::Certificate(index + 1, error.to_string()))?;
        }
        Ok(roots)
    }

    pub(super) fn rules(&self) -> Result<Rules, OutboundError> {
        let given = [&self.https_proxy, &self.http_proxy];
        if given.into_iter().flatten().any(|proxy| !is_proxy(proxy)) {
            return Err(OutboundError::Proxy);
        }
        let text = |proxy: &Option<String>| proxy.clone().unwrap_or_default();
        let matcher = Matcher::builder().https(text(&self.https_proxy)).http(text(&self.http_proxy)).no(self.no_proxy.clone()).build();
        Ok(Rules { matcher, allow_metadata: self.allow_metadata })
    }
}

/// A proxy without a scheme is an `http://` one; what it carries for `https://` addresses is encrypted within.
fn is_proxy(address: &str) -> bool {
    let address = address.trim();
    let uri: Option<Uri> = address.parse().ok();
    uri.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()) && uri.scheme_str().is_none_or(|scheme| scheme == "http"))
}

/// Where a call may go, and which way.
#[derive(Debug)]
pub(super) struct Rules {
    matcher: Matcher,
    pub(super) allow_metadata: bool,
}

impl Rules {
    pub(super) fn direct() -> Self {
        Self { matcher: Matcher::builder().build(), allow_metadata: false }
    }

    /// The proxy to go through; `None` to go directly.
    pub(super) fn proxy(&self, destination: &Uri) -> Option<Intercept> {
        let host = bare(destination.host()?);
        if is_this_machine(host) { None } else { self.matcher.intercept(destination) }
    }

    /// Is the destination written as an address where calls never go?
    pub(super) fn refuses(&self, destination: &Uri) -> bool {
        let address = destination.host().and_then(|host| bare(host).parse().ok());
        !self.allow_metadata && address.is_some_and(is_metadata)
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|address| plain(address).is_loopback())
}

/// An address at which a cloud machine tells its secrets, or one that only the local link has.
pub fn is_metadata(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(v4) => v4.is_link_local() || v4 == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    }
}

/// `::ffff:127.0.0.1` is 127.0.0.1.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}
