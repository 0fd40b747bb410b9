//! Asks a provider for its models, to see whether address and key are right.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use wire::upstream_error;

use crate::{Proxy, provider::Provider};

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
    /// It did not answer.
    Unreachable {
        /// Why.
        message: String,
    },
}

impl Proxy {
    /// Asks a provider for its models: `GET {base_url}/models`, at most 10 s.
    pub async fn verify(&self, provider: &Provider) -> Verified {
        tokio::time::timeout(TIMEOUT, self.ask(provider))
            .await
            .unwrap_or_else(|_| Verified::Unreachable { message: format!("it did not answer within {} s", TIMEOUT.as_secs()) })
    }

    async fn ask(&self, provider: &Provider) -> Verified {
        let started = Instant::now();
        let request = match provider.list_models(None, SystemTime::now()) {
            Ok(request) => request,
            Err(error) => return Verified::Unreachable { message: error.to_string() },
        };
        let response = match self.shared.client.request(request).await {
            Ok(response) => response,
            Err(error) => return Verified::Unreachable { message: crate::upstream::unreachable(&error).reason.to_string() },
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, MAX_LIST).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return Verified::Unreachable { message: format!("its answer broke off: {error}") },
        };
        if !head.status.is_success() {
            let body = provider.redact(&body).map_or(body, Bytes::from);
            let failure = upstream_error::read(head.status.as_u16(), &head.headers, &body, SystemTime::now());
            return Verified::Refused { status: head.status.as_u16(), message: failure.message };
        }
        match models(&body) {
            Some(models) => Verified::Models { models, latency: started.elapsed() },
            None => Verified::NoList,
        }
    }
}

fn models(body: &[u8]) -> Option<Vec<String>> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let list = list.get("data").unwrap_or(&list).as_array()?;
    Some(list.iter().filter_map(|model| model.get("id").or_else(|| model.get("name"))?.as_str().map(str::to_owned)).collect())
}
