//! Settings.

use super::dto;

dto! {
    /// What a person can set. Absent fields of an update stay as they are.
    #[derive(Default)]
    #[serde(deny_unknown_fields)]
    pub struct Settings {
        /// Port of the listener; another one is taken up at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub port: Option<u16>,
        /// `system`, `light` or `dark`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub theme: Option<String>,
        /// Record request and answer bodies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub capture_content: Option<bool>,
        /// May callers use bare model names?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub bare_model_names: Option<bool>,
        /// Origins of web pages that may call, such as `http://localhost:3000`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub allowed_origins: Option<Vec<String>>,
        /// Host names besides the loopback ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub allowed_hosts: Option<Vec<String>>,
        /// Largest request body, in MiB.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub max_body_mib: Option<u32>,
        /// Age at which requests are pruned, in days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub retention_days: Option<u32>,
        /// Age at which bodies are pruned, in days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub body_retention_days: Option<u32>,
        /// Size at which the oldest requests are pruned, in MiB.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub retention_mib: Option<u32>,
        /// When traffic cannot be written: `refuse` (default) or `continue`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub when_unrecordable: Option<String>,
        /// Calls to providers go through this proxy: `http://host:port`, or `$NAME` for a variable that holds its address
        /// and, where it wants one, its password. Empty: as `HTTPS_PROXY` says where that is set, else directly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub outbound_proxy: Option<String>,
        /// PEM file of certificate authorities to trust besides the usual ones. Empty: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub ca_file: Option<String>,
        /// Start Modelux when the user logs in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub start_at_login: Option<bool>,
        /// The first-run page was dismissed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub onboarding_done: Option<bool>,
    }
}
