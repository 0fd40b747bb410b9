//! What the window is told without asking.

use super::{dto, traffic::LogRow};

dto! {
    /// Something changed. Sent in batches, at most ten a second.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum UiEvent {
        /// A config, its versions or its activations.
        ConfigChanged {
            /// Slug without the `@`.
            slug: String,
        },
        /// Requests were recorded since the last batch.
        RequestsRecorded {
            /// The newest of them, newest first, at most 50.
            rows: Vec<LogRow>,
            /// How many in all.
            count: u64,
        },
        /// A provider, its models or its credential.
        ProvidersChanged,
        /// The health of a target.
        HealthChanged,
        /// An app or its key.
        KeysChanged,
        /// Settings.
        SettingsChanged,
        /// The proxy runs, pauses, or lost its port.
        ProxyChanged,
    }
}
