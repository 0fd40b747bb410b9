//! What the user says of one provider, beyond its kind, address and key.

use serde::{Deserialize, Serialize};

use super::{Native, ProviderKind};

/// Options of a provider. All may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderOptions {
    /// Azure: the dated `api-version`, for a base URL that does not end in `/openai/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Bedrock: the region, such as `us-east-1`. It makes the base URL where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether requests of OpenAI Responses are sent as they are, in place of what its kind does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses: Option<bool>,
    /// Whether requests of Anthropic Messages are sent as they are, in place of what its kind does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<bool>,
    /// Whether legacy completions are sent as they are, in place of what its kind does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completions: Option<bool>,
}

impl ProviderOptions {
    /// The first option given that means nothing for such a provider.
    pub fn misplaced(&self, kind: ProviderKind) -> Option<&'static str> {
        let apis = kind.preset().apis;
        let choice = |given: Option<bool>, native: Native| given.is_some() && native == Native::No;
        [
            ("api_version", self.api_version.is_some() && kind != ProviderKind::Azure),
            ("region", self.region.is_some() && kind != ProviderKind::Bedrock),
            ("responses", choice(self.responses, apis.responses)),
            ("messages", choice(self.messages, apis.messages)),
            ("completions", choice(self.completions, apis.completions)),
        ]
        .into_iter()
        .find_map(|(name, misplaced)| misplaced.then_some(name))
    }

    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the environment says of a kind of provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromEnvironment {
    /// The key, as a credential is written.
    pub key: Option<String>,
    /// The region, where the kind has one.
    pub region: Option<String>,
}

impl ProviderKind {
    /// Reads the variables that the provider's own SDK reads; an empty one counts as none. For Bedrock these are
    /// `AWS_BEARER_TOKEN_BEDROCK`, else `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, which make
    /// one credential, and `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub fn from_environment(self, variable: impl Fn(&str) -> Option<String>) -> FromEnvironment {
        let read = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let key = self.preset().key_env.and_then(read);
        if self != ProviderKind::Bedrock {
            return FromEnvironment { key, region: None };
        }
        let signing = || {
            let (id, secret) = (read("AWS_ACCESS_KEY_ID")?, read("AWS_SECRET_ACCESS_KEY")?);
            Some(match read("AWS_SESSION_TOKEN") {
                Some(token) => format!("{id}:{secret}:{token}"),
                None => format!("{id}:{secret}"),
            })
        };
        FromEnvironment { key: key.or_else(signing), region: read("AWS_REGION").or_else(|| read("AWS_DEFAULT_REGION")) }
    }
}
