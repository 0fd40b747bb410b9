//! Asks a provider for its models, to see whether address and key are right, and says what to do where they are not.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use catalog::{ProviderKind, Shape};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use wire::upstream_error;

use crate::{
    Proxy,
    client::{HttpClient, trouble},
    provider::Provider,
};

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_LIST: usize = 16 * 1024 * 1024;

/// What a provider said.
#[derive(Debug, Clone, PartialEq)]
pub enum Verified {
    /// It answered with its models.
    Models {
        /// Their names.
        models: Vec<String>,
        /// How long it took.
        latency: Duration,
    },
    /// It refused.
    Refused {
        /// HTTP status.
        status: u16,
        /// Its message.
        message: String,
    },
    /// It answered, but with no list of models.
    NoList,
    /// It was not asked: what is set up cannot be sent.
    Unsent {
        /// Why, and what to do.
        message: String,
    },
    /// It did not answer.
    Unreachable {
        /// Why, the end of a sentence.
        message: String,
        /// What to do, a sentence, where that is known.
        advice: Option<&'static str>,
    },
}

impl Proxy {
    /// Asks a provider for its models with one of its credentials, at most 10 s.
    pub async fn verify(&self, provider: &Provider, credential: Option<&str>) -> Verified {
        verify(&self.shared.client, provider, credential).await
    }
}

async fn verify(client: &HttpClient, provider: &Provider, credential: Option<&str>) -> Verified {
    let late = || Verified::Unreachable {
        message: format!("it did not answer within {} s", TIMEOUT.as_secs()),
        advice: Some("A firewall may be in the way; a proxy can be set in Settings."),
    };
    tokio::time::timeout(TIMEOUT, ask(client, provider, credential)).await.unwrap_or_else(|_| late())
}

async fn ask(client: &HttpClient, provider: &Provider, credential: Option<&str>) -> Verified {
    let started = Instant::now();
    let request = match provider.list_models(credential, SystemTime::now()) {
        Ok(request) => request,
        Err(error) => return Verified::Unsent { message: error.to_string() },
    };
    let response = match client.request(request).await {
        Ok(response) => response,
        Err(error) => {
            let trouble::Trouble { message, advice } = trouble::read(&error);
            return Verified::Unreachable { message, advice };
        }
    };
    let (head, body) = response.into_parts();
    let body = match Limited::new(body, MAX_LIST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Verified::Unreachable { message: format!("its answer broke off ({error})"), advice: Some("Try again.") },
    };
    if !head.status.is_success() {
        let body = provider.redact(&body).map_or(body, Bytes::from);
        let failure = upstream_error::read(head.status.as_u16(), &head.headers, &body, SystemTime::now());
        return Verified::Refused { status: head.status.as_u16(), message: failure.message };
    }
    match models(provider.kind, &body) {
        Some(models) => Verified::Models { models, latency: started.elapsed() },
        None => Verified::NoList,
    }
}

impl Verified {
    /// What was said, and what to do about it, in sentences for a person.
    pub fn sentence(&self, provider: &Provider) -> String {
        let address = provider.models_address();
        let host = address.authority().map(ToString::to_string).unwrap_or_default();
        let at = format!("{}://{host}{}", address.scheme_str().unwrap_or("https"), address.path());
        match self {
            Self::Models { models, .. } => format!("It answered, and offers {} models.", models.len()),
            Self::Refused { status, message } => refusal(*status, message.trim_end_matches('.'), &at, &host, provider),
            Self::NoList => format!("{at} answered, but with no list of models. {}", base_url_hint(provider)),
            Self::Unsent { message } => format!("It was not asked: {message}."),
            Self::Unreachable { message, advice } => {
                let name = provider.preset.display_name;
                let advice = advice.map_or_else(
                    || match provider.preset.local_port {
                        Some(_) => format!("Is {name} running?"),
                        None => "Check the address, and that the server runs.".to_owned(),
                    },
                    str::to_owned,
                );
                format!("{host} cannot be reached: {message}. {advice}").trim_end().to_owned()
            }
        }
    }
}

fn refusal(status: u16, message: &str, at: &str, host: &str, provider: &Provider) -> String {
    match (status, provider.kind) {
        (401 | 403, ProviderKind::Bedrock) => format!(
            "AWS refused the credential ({message}). Check the access key or API key, its region, that it may call bedrock:ListFoundationModels, and this machine's clock."
        ),
        (401, ProviderKind::Azure) => {
            format!("The key was refused ({message}). Each Azure resource has keys of its own: take the one of {host}, and enter it again.")
        }
        (401, _) => format!("The key was refused ({message}). Check that it belongs to {host}, and enter it again."),
        (403, _) => format!(
            "The key is known, but may not list models ({message}). Give it that right, or check that {host} serves your region and account; calls may work all the same."
        ),
        (404, _) => format!("{at} does not exist. {}", base_url_hint(provider)),
        (429, _) => format!("It answers, but asks to wait ({message}). Try again in a minute, or look at the account's limits."),
        (300..=399, _) => {
            format!("It redirects (status {status}), which is not followed with a key. Enter the address that it redirects to.")
        }
        (500..=599, _) => format!("{host} has trouble of its own (status {status}: {message}). Try again later."),
        _ => format!("It answered with status {status}: {message}. {}", base_url_hint(provider)),
    }
}

fn base_url_hint(provider: &Provider) -> &'static str {
    match (provider.kind, provider.preset.shape) {
        (ProviderKind::Azure, _) => "Check the base URL: it is https://NAME.openai.azure.com, with an API version for a dated API.",
        (_, Shape::OpenAi) => "Check the base URL: most end in /v1.",
        (_, Shape::Anthropic) => "Check the base URL: it goes without /v1/messages.",
        (_, Shape::Bedrock) => "Check the base URL and the region.",
    }
}

/// The names in a list of models, of any provider's form.
fn models(kind: ProviderKind, body: &[u8]) -> Option<Vec<String>> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let list = ["data", "models", "modelSummaries"].iter().find_map(|name| list.get(name)).unwrap_or(&list).as_array()?;
    let name = |model: &Value| {
        let name = ["id", "modelId", "name"].iter().find_map(|field| model.get(field)?.as_str())?;
        // Google writes `models/gemini-…`, and takes it without.
        let short = name.strip_prefix("models/").filter(|_| kind == ProviderKind::Google);
        Some(short.unwrap_or(name).to_owned())
    };
    Some(list.iter().filter_map(name).collect())
}
