//! Apps: the keys of those who may call.

use std::collections::BTreeMap;

use super::dto;

dto! {
    /// A key, without the key.
    pub struct Key {
        /// `key_…`.
        pub id: String,
        /// `app` or `management`.
        pub kind: String,
        /// The app's name.
        pub name: String,
        /// Its beginning: `mlx_sk_ab12…`.
        pub prefix: String,
        /// Tags given to each of its requests.
        pub default_tags: BTreeMap<String, String>,
        /// Configs it may call; all where empty.
        pub allowed_configs: Vec<String>,
        /// Requests a minute; no limit where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub per_minute: Option<u32>,
        /// When it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub expires_at: Option<String>,
        /// When it was made.
        pub created_at: String,
        /// When it was last used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub last_used_at: Option<String>,
        /// When it was revoked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub revoked_at: Option<String>,
        /// Requests in the last 24 hours.
        pub requests_24h: u64,
    }

    /// A key to make.
    pub struct CreateKey {
        /// `app` (default) or `management`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub kind: Option<String>,
        /// The app's name.
        pub name: String,
        /// Tags given to each of its requests.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub default_tags: Option<BTreeMap<String, String>>,
        /// Configs it may call; all where empty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub allowed_configs: Option<Vec<String>>,
        /// Requests a minute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub per_minute: Option<u32>,
        /// RFC 3339.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub expires_at: Option<String>,
    }

    /// A new key. The only time that its secret is shown.
    pub struct CreatedKey {
        /// What the list shows.
        #[serde(flatten)]
        pub key: Key,
        /// `mlx_sk_…`; not kept anywhere.
        pub secret: String,
    }
}
