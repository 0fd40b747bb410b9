//! Configs, versions, diffs, activations, validation, dry runs.

use serde_json::Value;

use super::dto;

dto! {
    /// A config in the list.
    pub struct ConfigSummary {
        /// Slug without the `@`.
        pub slug: String,
        /// What it is for.
        pub description: String,
        /// Number of the active version.
        pub active_version: u32,
        /// Number of the newest version.
        pub latest_version: u32,
        /// Outermost strategy of the active version.
        pub strategy: String,
        /// When a version was last saved or activated.
        pub updated_at: String,
        /// Deleted; can be restored.
        pub archived: bool,
        /// Requests in the last 24 hours.
        pub requests_24h: u64,
        /// Their cost in USD; absent where nothing was priced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cost_usd_24h: Option<f64>,
        /// Share of them that failed, 0 to 1; absent where there were none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub error_rate_24h: Option<f64>,
    }

    /// A config with its active document.
    pub struct Config {
        /// What the list shows.
        #[serde(flatten)]
        pub summary: ConfigSummary,
        /// The active version's document, canonical.
        pub document: Value,
        /// Its JSON text as Modelux lays it out.
        pub source: String,
    }

    /// Which configs to list.
    #[derive(Default)]
    pub struct ListConfigs {
        /// Rows wanted, at most 200.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub limit: Option<u32>,
        /// `next_cursor` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cursor: Option<String>,
        /// With the archived ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub archived: Option<bool>,
    }

    /// A new config; becomes version 1, active.
    pub struct CreateConfig {
        /// `^[a-z0-9][a-z0-9-]{0,62}$`, without the `@`.
        pub slug: String,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub description: Option<String>,
        /// The routing document.
        pub document: Value,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub message: Option<String>,
    }

    /// A new description.
    pub struct DescribeConfig {
        /// Slug without the `@`.
        pub slug: String,
        /// What it is for.
        pub description: String,
    }

    /// A new version.
    pub struct SaveVersion {
        /// Slug without the `@`.
        pub slug: String,
        /// The routing document.
        pub document: Value,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub message: Option<String>,
        /// The version that it was edited from; a newer one is a conflict.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub base_version: Option<u32>,
        /// Make it active (default), or leave it a candidate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub activate: Option<bool>,
    }

    /// What became of a save.
    pub struct SavedVersion {
        /// The version that holds the document now.
        pub version: u32,
        /// Is it the active one?
        pub active: bool,
        /// The newest version already had this document: no version was made.
        #[serde(default)]
        pub unchanged: bool,
    }

    /// One version of a config.
    pub struct Version {
        /// 1, 2, 3 …
        pub number: u32,
        /// Why.
        pub message: String,
        /// `you`, a key's name, `import` or `guard`.
        pub author: String,
        /// `edit`, `import` or `promotion`.
        pub origin: String,
        /// When it was saved.
        pub created_at: String,
        /// Is it the active one?
        pub active: bool,
        /// SHA-256 of the canonical document, hexadecimal.
        pub hash: String,
        /// Outermost strategy.
        pub strategy: String,
        /// Its document, canonical.
        pub document: Value,
        /// Its JSON text as Modelux lays it out.
        pub source: String,
        /// When it was active; an open span has no end. Newest first.
        pub active_spans: Vec<ActiveSpan>,
    }

    /// From when to when a version was active.
    pub struct ActiveSpan {
        /// Start.
        pub from: String,
        /// End; absent while it still is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub to: Option<String>,
        /// `save`, `rollback`, `promotion` or `import`.
        pub reason: String,
        /// Who.
        pub by: String,
    }

    /// One version, by number.
    pub struct ByVersion {
        /// Slug without the `@`.
        pub slug: String,
        /// Its number.
        pub number: u32,
    }

    /// The versions of a config, newest first.
    pub struct ListVersions {
        /// Slug without the `@`.
        pub slug: String,
        /// Rows wanted, at most 200.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub limit: Option<u32>,
        /// `next_cursor` of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cursor: Option<String>,
    }

    /// Two versions to compare.
    pub struct DiffVersions {
        /// Slug without the `@`.
        pub slug: String,
        /// Left.
        pub from: u32,
        /// Right.
        pub to: u32,
    }

    /// Any two documents to compare, drafts for instance.
    pub struct DiffDocuments {
        /// Left.
        pub from: Value,
        /// Right.
        pub to: Value,
    }

    /// What differs, in words and side by side.
    pub struct Diff {
        /// Structural changes, in the order of the document.
        pub changes: Vec<Change>,
        /// Rows of both texts, aligned.
        pub rows: Vec<DiffRow>,
        /// What the changes do, where it can be computed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub effects: Vec<String>,
    }

    /// One structural change.
    pub struct Change {
        /// JSON pointer into the document.
        pub path: String,
        /// `changed`, `added`, `removed` or `moved`.
        pub kind: String,
        /// Before; absent where it was added.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub from: Option<Value>,
        /// After; absent where it was removed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub to: Option<Value>,
        /// `attempt 1: timeout 5000 -> 2000 ms`.
        pub text: String,
    }

    /// One row of the side-by-side view.
    pub struct DiffRow {
        /// The old side; null where the new one has a line more.
        pub left: Option<DiffLine>,
        /// The new side; null where the old one has a line more.
        pub right: Option<DiffLine>,
        /// `equal`, `changed`, `added` or `removed`.
        pub kind: String,
    }

    /// One line on one side.
    pub struct DiffLine {
        /// From 1.
        pub line: u32,
        /// Its text, without the line end.
        pub text: String,
        /// Ranges of UTF-16 units that changed within the line: `[start, end)`.
        pub spans: Vec<(u32, u32)>,
    }

    /// Activate a version: rollback, or taking a candidate.
    pub struct Activate {
        /// Slug without the `@`.
        pub slug: String,
        /// Which one.
        pub version: u32,
        /// The person's note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub reason: Option<String>,
    }

    /// What an activation did.
    pub struct Activated {
        /// Slug without the `@`.
        pub slug: String,
        /// Active now.
        pub version: u32,
        /// Active before.
        pub previous: u32,
    }

    /// One entry of what was active when.
    pub struct Activation {
        /// The version.
        pub version: u32,
        /// When.
        pub at: String,
        /// Who.
        pub by: String,
        /// `save`, `rollback`, `promotion` or `import`.
        pub reason: String,
        /// The person's note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub note: Option<String>,
        /// Simulation behind a promotion.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub simulation: Option<String>,
    }

    /// A document to check; as text where it may not be JSON yet.
    pub struct Validate {
        /// The config that it is for; lets cycles be seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub slug: Option<String>,
        /// The document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub document: Option<Value>,
        /// The document as text: diagnostics then have line and column.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub source: Option<String>,
    }

    /// What a check found.
    pub struct Validation {
        /// May it be saved?
        pub valid: bool,
        /// All there is to say, errors first.
        pub diagnostics: Vec<Diagnostic>,
        /// The canonical document, where it is valid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub canonical: Option<Value>,
        /// Its JSON text as Modelux lays it out, where it is valid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub formatted: Option<String>,
    }

    /// One thing wrong, or worth knowing.
    pub struct Diagnostic {
        /// `error` or `warning`.
        pub severity: String,
        /// JSON pointer into the document.
        pub path: String,
        /// Line in the text, from 1, where text was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub line: Option<u32>,
        /// Column in that line, from 1, in UTF-16 units.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub column: Option<u32>,
        /// How many UTF-16 units it covers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub length: Option<u32>,
        /// A plain sentence.
        pub message: String,
        /// What to write in place of the marked text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub suggestion: Option<String>,
        /// The place inside the string at `path`, where that is a program or a condition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub text: Option<TextPlace>,
    }

    /// A place in a text.
    pub struct TextPlace {
        /// Line, from 1.
        pub line: u32,
        /// Column in that line, from 1, in UTF-16 units.
        pub column: u32,
        /// How many UTF-16 units.
        pub length: u32,
    }

    /// A request to decide without calling anybody.
    pub struct DryRun {
        /// A chat request; its `model` is what would be asked for.
        pub request: Value,
        /// Headers that it would carry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub headers: Option<std::collections::BTreeMap<String, String>>,
        /// A draft to use in place of the config's active version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub document: Option<Value>,
        /// The config that the draft is of; without a draft, the one to run where the request names no model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub slug: Option<String>,
        /// Targets that would fail; all others would answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub assume: Option<Vec<Assumption>>,
    }

    /// How the calls of a target would fail.
    pub struct Assumption {
        /// `provider/model`.
        pub target: String,
        /// `timeout`, `connection` or `http_<status>`.
        pub outcome: String,
    }

    /// What would happen.
    pub struct DryRunResult {
        /// The decision trace.
        #[ts(type = "Trace")]
        pub trace: Value,
        /// Estimated cost in USD; absent where no price is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub est_cost_usd: Option<f64>,
        /// Estimated latency; absent where nothing was measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub est_latency_ms: Option<f64>,
        /// What would happen, and why, in one sentence.
        pub explanation: String,
    }
}
