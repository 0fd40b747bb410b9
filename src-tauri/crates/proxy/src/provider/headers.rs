//! Which of the caller's headers go on, and which headers a dialect needs.

use catalog::ProviderKind;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use wire::Dialect;

use super::ProviderError;

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
/// The version of Anthropic's API that is spoken where a caller names none.
const SPOKEN_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

const OPENAI_OWN: [HeaderName; 3] =
    [HeaderName::from_static("openai-beta"), HeaderName::from_static("openai-organization"), HeaderName::from_static("openai-project")];

/// Headers of the connection to us, of who calls, or of ours: none of them is the upstream's business.
const KEPT_BACK: [&str; 20] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "content-length",
    "authorization",
    "x-api-key",
    "api-key",
    "cookie",
    "origin",
    "referer",
    "forwarded",
    "via",
];

/// What goes out with every call: the user's own headers, and who we are.
pub(super) fn of_setup(given: &[(String, String)]) -> Result<HeaderMap, ProviderError> {
    let mut all = HeaderMap::new();
    for (key, value) in given {
        let name: HeaderName = key.parse().map_err(|_| ProviderError::Header(key.clone()))?;
        all.insert(name, value.parse().map_err(|_| ProviderError::Header(key.clone()))?);
    }
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    all.insert(header::USER_AGENT, HeaderValue::from_static(concat!("modelux/", env!("CARGO_PKG_VERSION"))));
    Ok(all)
}

/// Adds the dialect's own headers: the caller's, and those that the dialect needs. What the user has set up wins,
/// but for betas, which add up.
pub(super) fn add_own(headers: &mut HeaderMap, kind: ProviderKind, dialect: Dialect, caller: &HeaderMap) {
    match dialect {
        Dialect::AnthropicMessages => {
            add_version(headers, caller);
            add_betas(headers, caller);
        }
        dialect if dialect.is_openai() && is_openai(kind) => {
            for name in OPENAI_OWN {
                if let Some(value) = caller.get(&name).filter(|_| !headers.contains_key(&name)) {
                    headers.insert(name, value.clone());
                }
            }
        }
        _ => {}
    }
}

/// The caller's headers of a request that is passed through, whatever it is. What the user has set up wins, but for
/// betas, which add up; the content type is the caller's.
pub(super) fn passed_through(headers: &mut HeaderMap, caller: &HeaderMap) {
    headers.remove(header::CONTENT_TYPE);
    let set_up = headers.clone();
    for (name, value) in caller {
        if !set_up.contains_key(name) && *name != ANTHROPIC_BETA && !is_kept_back(name, caller) {
            headers.append(name.clone(), value.clone());
        }
    }
    add_betas(headers, caller);
}

/// Is it about the caller's connection to us, its key, or ours alone?
fn is_kept_back(name: &HeaderName, caller: &HeaderMap) -> bool {
    let text = name.as_str();
    let of_connection = || {
        let listed = caller.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        listed.map(str::trim).any(|listed| listed.eq_ignore_ascii_case(text))
    };
    let ours = ["x-modelux-", "x-forwarded-", "sec-"].iter().any(|start| text.starts_with(start));
    ours || KEPT_BACK.contains(&text) || of_connection()
}

/// Makes sure of the version that Anthropic insists on.
pub(super) fn add_version(headers: &mut HeaderMap, caller: &HeaderMap) {
    let version = caller.get(ANTHROPIC_VERSION).cloned().unwrap_or(SPOKEN_VERSION);
    headers.entry(ANTHROPIC_VERSION).or_insert(version);
}

fn add_betas(headers: &mut HeaderMap, caller: &HeaderMap) {
    let of = |map: &HeaderMap| -> Vec<String> {
        map.get_all(ANTHROPIC_BETA)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|beta| beta.trim().to_owned())
            .filter(|beta| !beta.is_empty())
            .collect()
    };
    let mut betas = of(headers);
    for beta in of(caller) {
        if !betas.contains(&beta) {
            betas.push(beta);
        }
    }
    if let Some(value) = HeaderValue::from_str(&betas.join(",")).ok().filter(|_| !betas.is_empty()) {
        headers.insert(ANTHROPIC_BETA, value);
    }
}

/// A caller's organization and project mean something to OpenAI, and to whoever stands in for it.
fn is_openai(kind: ProviderKind) -> bool {
    matches!(kind, ProviderKind::OpenAi | ProviderKind::Azure | ProviderKind::OpenAiCompatible)
}
