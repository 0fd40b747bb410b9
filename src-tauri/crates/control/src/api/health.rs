//! Health of targets.

use super::dto;

dto! {
    /// Health of one target.
    pub struct TargetHealth {
        /// `provider/model`.
        pub target: String,
        /// Name of the credential, where it is not the default one: each has its own health.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub credential: Option<String>,
        /// `closed`, `open`, `half_open` or `cooling_down`.
        pub state: String,
        /// A sentence on it.
        pub reason: String,
        /// When it may be called again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub until: Option<String>,
        /// Calls in the last 60 s.
        pub calls: u32,
        /// Of these, failures of the upstream.
        pub failures: u32,
        /// Median of its answers in the last five minutes; absent where there were none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub p50_ms: Option<f64>,
    }

    /// Targets called since the start.
    pub struct Health {
        /// Those that are not well first.
        pub data: Vec<TargetHealth>,
    }

    /// Which target to give another chance.
    pub struct ResetHealth {
        /// `provider/model`.
        pub target: String,
    }
}
