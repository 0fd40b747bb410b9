//! How calls reach providers: through which proxy, and whose certificates are trusted.

use http::Uri;
use proxy::Outbound;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{Code, Error, address::Host, api::settings::Settings, wanted::is_variable};

/// Largest file of certificates: a whole system's is a quarter of that.
const MAX_CA_BYTES: u64 = 1024 * 1024;

/// The outbound proxy as it is kept: an address without a password, `$NAME`, or nothing.
///
/// # Errors
/// `invalid_request` with a sentence on what to change.
pub(crate) fn checked_proxy(given: &str, own_port: u16) -> Result<String, Error> {
    let text = given.trim().trim_end_matches('/');
    let refuse = |why: String| Error::new(Code::InvalidRequest, why).with("field", "outbound_proxy");
    if text.is_empty() {
        return Ok(String::new());
    }
    if let Some(variable) = text.strip_prefix('$') {
        return if is_variable(variable) {
            Ok(text.to_owned())
        } else {
            Err(refuse(format!("{text:?} does not name a variable; write one such as $HTTPS_PROXY")))
        };
    }
    // Not repeated: it may carry a password.
    if text.contains('@') {
        return Err(refuse(
            "A proxy's user name and password are not kept here: put the whole address into an environment variable, and name that, such as $HTTPS_PROXY".to_owned(),
        ));
    }
    address(text, own_port).map_err(refuse)?;
    Ok(text.to_owned())
}

/// Is it the address of a proxy? The password in it, if any, is never repeated.
fn address(text: &str, own_port: u16) -> Result<Uri, String> {
    let no_address = || "That is not the address of a proxy; write one such as http://proxy.example.com:3128".to_owned();
    let uri: Uri = text.parse().map_err(|_| no_address())?;
    let host = uri.authority().and_then(|authority| Host::read(authority.host()));
    let (Some(scheme), Some(host)) = (uri.scheme_str(), host) else { return Err(no_address()) };
    if scheme != "http" {
        return Err("The address of the proxy must begin with http://; calls to https:// providers stay encrypted through it".to_owned());
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(no_address());
    }
    if host.is_this_machine() && uri.port_u16().unwrap_or(80) == own_port {
        return Err("That is Modelux itself: calls would go round in circles. Name the proxy that leads out".to_owned());
    }
    Ok(uri)
}

/// The proxy that is set; `None` where none is, and the environment decides.
///
/// # Errors
/// What is wrong with the variable that is named.
pub(crate) fn proxy(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Uri>, String> {
    let set = settings.outbound_proxy.as_deref().unwrap_or_default();
    if set.is_empty() {
        return Ok(None);
    }
    let own_port = settings.port.unwrap_or(crate::settings::DEFAULT_PORT);
    let Some(name) = set.strip_prefix('$') else { return address(set, own_port).map(Some) };
    let value = variable(name).ok_or_else(|| {
        format!(
            "The environment variable {name} of the outbound proxy is not set, so calls do not go through it. Set it and restart Modelux"
        )
    })?;
    address(value.trim_end_matches('/'), own_port).map(Some).map_err(|why| format!("The environment variable {name}: {why}"))
}

/// Refuses a variable that leads nowhere now, before calls go past the proxy that was meant.
///
/// # Errors
/// `invalid_request`: it is not set for this program, or holds no address.
pub(crate) fn check_variable(given: &Settings, own_port: u16, variable: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::new(Code::InvalidRequest, why).with("field", "outbound_proxy"));
    let Some(name) = given.outbound_proxy.as_deref().and_then(|set| set.strip_prefix('$')) else { return Ok(()) };
    if variable(name).is_none() {
        return refuse(format!(
            "The environment variable {name} is not set for Modelux. Set it and restart Modelux, or write the proxy's address here"
        ));
    }
    let with_port = Settings { port: given.port.or(Some(own_port)), ..given.clone() };
    proxy(&with_port, variable).map(drop).or_else(refuse)
}

/// The file of certificates as it is kept: an absolute path, or nothing.
///
/// # Errors
/// `invalid_request`, where no certificate can be read from it.
pub(crate) fn checked_ca_file(given: &str) -> Result<String, Error> {
    let text = given.trim();
    if !text.is_empty() {
        read_certificates(text).map_err(|why| Error::new(Code::InvalidRequest, why).with("field", "ca_file"))?;
    }
    Ok(text.to_owned())
}

/// The certificates to trust besides the usual ones. Blocks.
///
/// # Errors
/// Why none can be read from the file.
pub(crate) fn certificates(settings: &Settings) -> Result<Vec<CertificateDer<'static>>, String> {
    match settings.ca_file.as_deref().unwrap_or_default() {
        "" => Ok(Vec::new()),
        path => read_certificates(path),
    }
}

fn read_certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    if !std::path::Path::new(path).is_absolute() {
        return Err(format!("{path} must be a whole path, such as /etc/ssl/company-ca.pem"));
    }
    let unreadable = |error: std::io::Error| format!("{path} cannot be read: {error}");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > MAX_CA_BYTES {
        return Err(format!("{path} is larger than 1 MiB; name a file that holds certificates alone"));
    }
    let pem = std::fs::read(path).map_err(unreadable)?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{path} is damaged ({error}); it must be PEM: -----BEGIN CERTIFICATE-----"))?;
    if certificates.is_empty() {
        return Err(format!("{path} holds no certificate; it must be PEM: -----BEGIN CERTIFICATE-----"));
    }
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|error| format!("Certificate {} in {path} cannot be trusted: {error}", index + 1))?;
    }
    Ok(certificates)
}

/// How calls leave this machine. What is wrong is logged, and told by `modelux doctor`; the rest of it holds. Blocks.
pub(crate) fn outbound(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> Outbound {
    let usual = Outbound::from_environment(&variable);
    let outbound = match proxy(settings, &variable) {
        Ok(Some(proxy)) => usual.through(&proxy),
        Ok(None) => usual,
        Err(why) => {
            tracing::warn!(why, "the outbound proxy cannot be used");
            usual
        }
    };
    match certificates(settings) {
        Ok(certificates) => outbound.trusting(certificates),
        Err(why) => {
            tracing::warn!(why, "the file of certificate authorities cannot be used");
            outbound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        checked_proxy(text, 8642).expect_err(text).message
    }

    #[test]
    fn a_proxy_is_an_address_without_a_password_or_names_a_variable() {
        for (given, kept) in [
            ("", ""),
            (" http://proxy.example.com:3128/ ", "http://proxy.example.com:3128"),
            ("http://127.0.0.1:3128", "http://127.0.0.1:3128"),
            ("$HTTPS_PROXY", "$HTTPS_PROXY"),
        ] {
            assert_eq!(checked_proxy(given, 8642).unwrap(), kept);
        }
        let with_password = refusal("http://ann:hush@proxy:3128");
        assert!(with_password.contains("$HTTPS_PROXY") && !with_password.contains("hush"), "{with_password}");
        for (given, why) in [
            ("proxy:3128", "not the address"),
            ("socks5://proxy:1080", "http://"),
            ("http://proxy/path", "not the address"),
            ("http://localhost:8642", "Modelux itself"),
            ("$not a name", "$HTTPS_PROXY"),
        ] {
            assert!(refusal(given).contains(why), "{given}: {}", refusal(given));
        }
    }

    #[test]
    fn a_variable_may_hold_a_password_which_nobody_is_told() {
        let settings = Settings { outbound_proxy: Some("$P".to_owned()), ..Settings::default() };
        let found = proxy(&settings, |_| Some("http://ann:hush@proxy:3128/".to_owned())).unwrap().unwrap();
        assert_eq!(found.authority().unwrap().as_str(), "ann:hush@proxy:3128");
        assert!(proxy(&settings, |_| None).unwrap_err().contains("variable P "));
        let wrong = proxy(&settings, |_| Some("ftp://ann:hush@proxy".to_owned())).unwrap_err();
        assert!(wrong.contains("variable P:") && !wrong.contains("hush"), "{wrong}");
        assert_eq!(proxy(&Settings::default(), |_| None).unwrap(), None);
    }

    #[test]
    fn a_variable_that_is_not_set_or_holds_no_address_is_refused_with_what_to_do() {
        let named = |proxy: &str| Settings { outbound_proxy: Some(proxy.to_owned()), ..Settings::default() };
        let environment = |name: &str| match name {
            "GOOD" => Some("http://ann:hush@proxy:3128".to_owned()),
            "SELF" => Some("http://127.0.0.1:8642".to_owned()),
            _ => None,
        };
        let refusal = |proxy: &str| check_variable(&named(proxy), 8642, environment).expect_err(proxy).message;
        assert!(refusal("$NOPE").contains("NOPE is not set for Modelux. Set it and restart"), "{}", refusal("$NOPE"));
        assert!(refusal("$SELF").contains("Modelux itself"));
        for fine in ["$GOOD", "http://proxy:3128", ""] {
            check_variable(&named(fine), 8642, environment).unwrap();
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_refused_with_what_to_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let said = |path: &str| checked_ca_file(path).expect_err(path).message;
        assert!(said("ca.pem").contains("whole path"));
        assert!(said("/nowhere/ca.pem").contains("cannot be read"));
        assert!(said(&path("empty.pem", "")).contains("no certificate"));
        assert!(said(&path("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")).contains("no certificate"));
        assert!(said(&path("odd.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).contains("cannot be trusted"));
        assert_eq!(checked_ca_file(" ").unwrap(), "");
    }
}
