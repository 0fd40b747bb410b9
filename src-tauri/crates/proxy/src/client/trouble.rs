//! Why a call did not reach its upstream, in words that lead on.

use std::{error::Error, io};

use hyper_util::client::legacy;
use rustls::CertificateError;

/// What happened, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, the end of a sentence.
    pub message: String,
    /// What to do, a sentence; `None` where that depends on whom was called.
    pub advice: Option<&'static str>,
}

/// Reads the client's error.
pub fn read(error: &legacy::Error) -> Trouble {
    let causes = causes(error);
    let deepest = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return of_tls(tls);
    }
    if causes.iter().any(|cause| cause.to_string() == "dns error") {
        return Trouble {
            message: format!("its name is not known ({deepest})"),
            advice: Some("Check its spelling, and that this machine is online."),
        };
    }
    let kind = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => Trouble { message: "nothing listens there".to_owned(), advice: None },
        Some(io::ErrorKind::TimedOut) => Trouble {
            message: "it does not answer".to_owned(),
            advice: Some("A firewall may be in the way; a proxy can be set in Settings."),
        },
        // These say themselves what to do.
        Some(io::ErrorKind::PermissionDenied | io::ErrorKind::Other) => Trouble { message: deepest, advice: Some("") },
        _ => Trouble { message: deepest, advice: None },
    }
}

fn of_tls(error: &rustls::Error) -> Trouble {
    let said = |message: &str, advice| Trouble { message: message.to_owned(), advice: Some(advice) };
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => said(
            "its certificate is signed by an authority that is not trusted here",
            "If your network inspects traffic, or the server made its own certificate, name the authority's file in Settings (ca_file).",
        ),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            said("its certificate has expired", "Check this machine's clock, then ask whoever runs the server.")
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            said("its certificate belongs to another name", "Check the spelling of the address.")
        }
        rustls::Error::InvalidMessage(_) => {
            said("it does not speak TLS", "If it is a server of your own, write http:// in place of https://.")
        }
        other => Trouble { message: format!("no encrypted connection could be made: {other}"), advice: None },
    }
}

/// The error and all that caused it. An `io::Error` hides what it wraps from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        all.push(cause);
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    all
}
