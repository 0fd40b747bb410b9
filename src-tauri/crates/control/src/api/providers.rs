//! Providers and their credentials.

use std::collections::BTreeMap;

use super::{dto, models::Model};

dto! {
    /// A provider that can be called.
    pub struct Provider {
        /// Its name in targets: `name/model`.
        pub name: String,
        /// `openai`, `openai_compatible`, `sandbox` …
        pub kind: String,
        /// `OpenAI`.
        pub display_name: String,
        /// What the provider's own SDK takes.
        pub base_url: String,
        /// Sent with each call.
        pub headers: BTreeMap<String, String>,
        /// Off: its models cannot be called.
        pub enabled: bool,
        /// Comes with Modelux; cannot be removed.
        pub built_in: bool,
        /// Where its key is, never the key.
        pub credential: CredentialState,
        /// Its further credentials by name, for targets that name one.
        #[serde(default)]
        pub credentials: BTreeMap<String, NamedCredential>,
        /// What only its kind has, such as a region.
        #[serde(default)]
        pub options: ProviderOptions,
        /// `ok`, `rate_limited`, `failing`, `no_key`, `off` or `unknown` (not called yet).
        pub health: String,
        /// A sentence on that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub health_reason: Option<String>,
        /// Requests it answered in the last 24 hours.
        pub requests_24h: u64,
        /// Of the answered ones, the median; absent where there were none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub p50_ms: Option<f64>,
        /// Share that succeeded, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub success_rate: Option<f64>,
        /// Its models.
        pub models: Vec<Model>,
    }

    /// Where a provider's key is.
    pub struct CredentialState {
        /// `keychain`, `file`, `env`, `none` (needs none) or `missing`.
        pub source: String,
        /// The variable, for `env`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub env: Option<String>,
        /// Its last four characters, where it is long enough to show them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub hint: Option<String>,
        /// What to do, where it is missing or its store cannot be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub problem: Option<String>,
    }

    /// A credential besides the default one: where its key is, never the key.
    pub struct NamedCredential {
        /// Where its key is.
        #[serde(flatten)]
        pub state: CredentialState,
        /// Configs whose active versions use it, as `@slug`.
        #[serde(default)]
        pub used_by: Vec<String>,
    }

    /// What only some kinds of provider have. The kinds' own list says which of them they take.
    #[derive(Default)]
    #[serde(deny_unknown_fields)]
    pub struct ProviderOptions {
        /// Azure: dated version of its API, such as `2024-10-21`, for an address that does not end in `/openai/v1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub api_version: Option<String>,
        /// Bedrock: region, such as `eu-central-1`. It makes the address where none is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub region: Option<String>,
        /// Whether requests of OpenAI Responses are sent as they are, in place of what its kind does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub responses: Option<bool>,
        /// Whether requests of Anthropic Messages are sent as they are, in place of what its kind does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub messages: Option<bool>,
        /// Whether legacy completions are sent as they are, in place of what its kind does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub completions: Option<bool>,
    }

    /// A provider to add or change.
    pub struct ProviderInput {
        /// `^[a-z0-9][a-z0-9_-]{0,62}$`.
        pub name: String,
        /// `openai`, `openai_compatible` …
        pub kind: String,
        /// What the provider's own SDK takes; the kind's own unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub base_url: Option<String>,
        /// Sent with each call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub headers: Option<BTreeMap<String, String>>,
        /// Where its key comes from; the kind's environment variable unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credential: Option<CredentialSource>,
        /// Where further keys come from, by name. Those that are left out stay as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credentials: Option<BTreeMap<String, CredentialSource>>,
        /// What only its kind has; an option that is left out is not set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub options: Option<ProviderOptions>,
        /// Its models; the catalogue's for that kind unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub models: Option<Vec<Model>>,
        /// On unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub enabled: Option<bool>,
    }

    /// Where a key comes from. Never the key itself.
    #[serde(deny_unknown_fields)]
    pub struct CredentialSource {
        /// From this environment variable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub env: Option<String>,
    }

    /// A key to keep. Write-only: no operation gives it back.
    pub struct PutCredential {
        /// The provider.
        pub name: String,
        /// The key.
        pub key: String,
        /// Keep it in a 0600 file where no keychain can be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub allow_file: Option<bool>,
    }

    /// A further credential to keep: a key, or the variable that holds it.
    pub struct PutNamedCredential {
        /// The provider.
        pub name: String,
        /// The credential's name in targets: `^[a-z0-9][a-z0-9_-]{0,62}$`, not `default`.
        pub label: String,
        /// The key. Write-only: no operation gives it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub key: Option<String>,
        /// The environment variable that holds it, in place of a key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub env: Option<String>,
        /// Keep it in a 0600 file where no keychain can be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub allow_file: Option<bool>,
    }

    /// A further credential of a provider.
    pub struct ByCredential {
        /// The provider.
        pub name: String,
        /// The credential's name.
        pub label: String,
    }

    /// What to ask for its models, and with which credential.
    pub struct VerifyProvider {
        /// The provider.
        pub name: String,
        /// Name of the credential; the default one unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credential: Option<String>,
    }

    /// A kind of provider that can be added.
    pub struct ProviderKind {
        /// `openai`.
        pub kind: String,
        /// `OpenAI`.
        pub display_name: String,
        /// Its address; absent for custom ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub base_url: Option<String>,
        /// Does it need a key?
        pub needs_key: bool,
        /// The variable that its own SDK reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub key_env: Option<String>,
        /// Can this release call it?
        pub supported: bool,
        /// `maker` of models, `host` of others' models, `local` server or `custom`.
        pub group: String,
        /// What an address of it looks like.
        pub base_url_example: String,
        /// Page on which its keys are made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub keys_url: Option<String>,
        /// The options that it takes: names of fields of `options`.
        pub options: Vec<String>,
    }

    /// The kinds.
    pub struct ProviderKinds {
        /// In the order to offer them.
        pub data: Vec<ProviderKind>,
    }

    /// What asking a provider for its models showed.
    pub struct Verification {
        /// Did it answer, and was the key good?
        pub ok: bool,
        /// A sentence: what it said, or what to do.
        pub message: String,
        /// How long it took.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub latency_ms: Option<f64>,
        /// Models it offers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub models: Vec<String>,
    }
}
