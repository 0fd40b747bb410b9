//! Which base URLs a provider may have.
//!
//! ```text
//! https to anywhere     fine
//! http  to this machine or a private network   fine
//! http  to a public host   refused where a key would travel
//! this proxy itself, cloud metadata addresses  refused
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::{Code, Error};

/// What a base URL is judged by, besides itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    /// The port that this proxy listens on.
    pub own_port: u16,
    /// Would a key be sent there?
    pub carries_key: bool,
}

/// The base URL without a slash at its end.
///
/// # Errors
/// `invalid_request` with a sentence on what to change.
pub(crate) fn check(base_url: &str, around: Surroundings) -> Result<String, Error> {
    let text = base_url.trim();
    let refuse = |why: String| Error::new(Code::InvalidRequest, why).with("field", "base_url");
    let no_url = || refuse(format!("{base_url:?} is not a URL such as https://api.example.com/v1"));
    if text.contains('#') {
        return Err(refuse("The base URL may not have a fragment (#…)".to_owned()));
    }
    let uri: Uri = text.parse().map_err(|_| no_url())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(no_url()) };
    if scheme != "http" && scheme != "https" {
        return Err(refuse(format!("The base URL must begin with https:// or http://, not {scheme}://")));
    }
    if authority.as_str().contains('@') {
        return Err(refuse("The base URL may not carry a user name or password; keep the key as the provider's credential".to_owned()));
    }
    if uri.query().is_some() {
        return Err(refuse("The base URL may not have a query (?…)".to_owned()));
    }
    let host = Host::read(authority.host()).ok_or_else(no_url)?;
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    if host.is_metadata() {
        return Err(refuse(format!("{} is a cloud machine's metadata address, which no provider has", authority.host())));
    }
    if host.is_this_machine() && port == around.own_port {
        return Err(refuse(format!("{text} is Modelux itself: a request would go round in circles. Name the provider's own address")));
    }
    if scheme == "http" && around.carries_key && !host.is_near() {
        return Err(refuse(format!("The key would travel to {} unencrypted; use https://", authority.host())));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whose machine an address means.
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    pub(crate) fn read(host: &str) -> Option<Self> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Address(plain(address)));
        }
        let name = bare.trim_end_matches('.').to_ascii_lowercase();
        // `2130706433`, `0x7f.1`, `127.1`: resolvers read these as addresses, so that they would slip past the checks.
        if let Some(address) = legacy_ipv4(&name) {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        (!name.is_empty()).then_some(Self::Name(name))
    }

    fn is_metadata(&self) -> bool {
        match self {
            Self::Name(name) => {
                matches!(
                    name.as_str(),
                    "metadata" | "metadata.google.internal" | "metadata.goog" | "instance-data" | "instance-data.ec2.internal"
                )
            }
            Self::Address(IpAddr::V4(address)) => address.is_link_local() || *address == Ipv4Addr::new(100, 100, 100, 200),
            Self::Address(IpAddr::V6(address)) => is_link_local(*address) || *address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        }
    }

    pub(crate) fn is_this_machine(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(address) => address.is_loopback() || address.is_unspecified(),
        }
    }

    /// On this machine or in a private network.
    fn is_near(&self) -> bool {
        self.is_this_machine()
            || match self {
                // A name without a dot, as in a compose file, is never a public one.
                Self::Name(name) => {
                    !name.contains('.') || [".local", ".lan", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
                }
                Self::Address(IpAddr::V4(address)) => address.is_private() || is_shared(*address),
                Self::Address(IpAddr::V6(address)) => (address.segments()[0] & 0xfe00) == 0xfc00,
            }
    }
}

/// `::ffff:127.0.0.1` is 127.0.0.1.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn is_link_local(address: Ipv6Addr) -> bool {
    (address.segments()[0] & 0xffc0) == 0xfe80
}

/// 100.64.0.0/10, which overlay networks such as Tailscale use.
fn is_shared(address: Ipv4Addr) -> bool {
    address.octets()[0] == 100 && (address.octets()[1] & 0xc0) == 64
}

/// An IPv4 address as `inet_aton` reads it: one to four numbers, decimal, octal or hexadecimal, the last one filling the rest.
fn legacy_ipv4(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = name.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) {
        return None;
    }
    let rest_bits = 8 * (4 - first.len() as u32);
    if u64::from(*last) >= 1 << rest_bits {
        return None;
    }
    let high = first.iter().enumerate().fold(0_u32, |sum, (index, part)| sum | (part << (24 - 8 * index)));
    Some(Ipv4Addr::from(high | last))
}

fn number(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u32::from_str_radix(text, 8).ok();
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYED: Surroundings = Surroundings { own_port: 8642, carries_key: true };

    fn refusal(url: &str) -> String {
        check(url, KEYED).expect_err(url).message
    }

    #[test]
    fn ordinary_addresses_are_taken_without_their_last_slash() {
        for (given, kept) in [
            ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
            (" http://127.0.0.1:9001/v1 ", "http://127.0.0.1:9001/v1"),
            ("http://192.168.1.20:8000/v1", "http://192.168.1.20:8000/v1"),
            ("http://ollama:11434/v1", "http://ollama:11434/v1"),
            ("http://[::1]:11434/v1", "http://[::1]:11434/v1"),
            ("http://100.101.2.3:11434/v1", "http://100.101.2.3:11434/v1"),
        ] {
            assert_eq!(check(given, KEYED).unwrap(), kept);
        }
    }

    #[test]
    fn this_proxy_is_no_provider_however_it_is_written() {
        for url in [
            "http://127.0.0.1:8642/openai/v1",
            "http://localhost:8642",
            "http://LOCALHOST.:8642",
            "http://app.localhost:8642",
            "http://[::1]:8642/v1",
            "http://[::ffff:127.0.0.1]:8642/v1",
            "http://127.1:8642",
            "http://2130706433:8642",
            "http://0x7f.0.0.1:8642",
            "http://0.0.0.0:8642",
        ] {
            assert!(refusal(url).contains("Modelux itself"), "{url}");
        }
    }

    #[test]
    fn metadata_addresses_are_refused_however_they_are_written() {
        for url in [
            "http://169.254.169.254/latest",
            "https://169.254.1.1",
            "http://[fe80::1]/v1",
            "http://metadata.google.internal/computeMetadata",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(refusal(url).contains("metadata"), "{url}");
        }
    }

    #[test]
    fn a_key_does_not_travel_unencrypted_to_a_public_host() {
        assert!(refusal("http://api.example.com/v1").contains("unencrypted"));
        assert!(refusal("http://8.8.8.8/v1").contains("unencrypted"));
        assert!(check("http://api.example.com/v1", Surroundings { carries_key: false, ..KEYED }).is_ok());
    }

    #[test]
    fn what_is_no_plain_base_url_is_refused_with_the_reason() {
        for (url, why) in [
            ("ftp://example.com", "https://"),
            ("example.com/v1", "not a URL"),
            ("", "not a URL"),
            ("https://user:pass@example.com/v1", "user name"),
            ("https://example.com/v1?key=1", "query"),
            ("https://example.com/v1#x", "fragment"),
        ] {
            assert!(refusal(url).contains(why), "{url}: {}", refusal(url));
        }
    }
}
