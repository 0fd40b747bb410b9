//! Bundles: a whole setup without secrets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    dto,
    models::Model,
    providers::{CredentialSource, ProviderOptions},
    settings::Settings,
};

dto! {
    /// A whole setup without secrets.
    #[serde(deny_unknown_fields)]
    pub struct Bundle {
        /// Format of the bundle: 1.
        pub modelux: u32,
        /// Providers.
        #[serde(default)]
        pub providers: Vec<BundleProvider>,
        /// Configs.
        #[serde(default)]
        pub configs: Vec<BundleConfig>,
        /// Budgets; must be empty in this release.
        #[serde(default)]
        pub budgets: Vec<Value>,
        /// Settings that differ from the defaults.
        #[serde(default)]
        pub settings: Settings,
    }

    /// A provider in a bundle.
    #[serde(deny_unknown_fields)]
    pub struct BundleProvider {
        /// Its name in targets.
        pub name: String,
        /// `openai`, `openai_compatible` …
        pub kind: String,
        /// What the provider's own SDK takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub base_url: Option<String>,
        /// Where its key comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credential: Option<CredentialSource>,
        /// Where further keys come from, by the name that targets use.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub credentials: BTreeMap<String, CredentialSource>,
        /// What only its kind has, such as a region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub options: Option<ProviderOptions>,
        /// Sent with each call.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub headers: BTreeMap<String, String>,
        /// Its models; the catalogue's for that kind unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub models: Option<Vec<Model>>,
        /// On unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub enabled: Option<bool>,
    }

    /// A config in a bundle.
    #[serde(deny_unknown_fields)]
    pub struct BundleConfig {
        /// Slug without the `@`.
        pub slug: String,
        /// What it is for.
        #[serde(default)]
        pub description: String,
        /// The routing document.
        pub document: Value,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub message: Option<String>,
    }

    /// What an import did.
    pub struct BundleReport {
        /// Providers added or changed.
        pub providers: Vec<String>,
        /// Configs that got a new version.
        pub configs: Vec<ImportedConfig>,
        /// Configs whose document was already the active one.
        pub unchanged: Vec<String>,
    }

    /// A config that got a new version.
    pub struct ImportedConfig {
        /// Slug without the `@`.
        pub slug: String,
        /// Its new version.
        pub version: u32,
    }
}
