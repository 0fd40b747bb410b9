//! The rules language: what may be written, its two forms, and what a program decided.

use serde_json::Value;

use super::dto;

dto! {
    /// What may be written in a rule, and what traffic shows of it.
    pub struct RulesWords {
        /// The language's own words.
        pub words: Vec<Word>,
        /// Tags that requests carry, most seen first.
        pub tags: Vec<TagKey>,
        /// Apps, most seen first.
        pub apps: Vec<String>,
        /// Different end users in the last 7 days.
        pub end_users: u64,
        /// What figures were in the last 7 days; those that no request had are left out.
        pub observed: Vec<ObservedRange>,
    }

    /// A word of the language.
    pub struct Word {
        /// As it is written.
        pub name: String,
        /// `variable`, `function`, `operator`, `keyword` or `method`.
        pub kind: String,
        /// What it stands for or gives: `bool`, `number`, `string` or `list`; empty for what gives nothing.
        #[serde(rename = "type")]
        pub type_: String,
        /// What it is, in a sentence.
        pub doc: String,
        /// A use of it.
        pub example: String,
        /// Only in conditions on an answer: `accept` and `valid_when`.
        pub response_only: bool,
    }

    /// A key of tags.
    pub struct TagKey {
        /// The key.
        pub key: String,
        /// Its values, most seen first, at most 20.
        pub values: Vec<String>,
        /// Requests that had it; at least so many.
        pub requests: u64,
    }

    /// What a figure was between.
    pub struct ObservedRange {
        /// Its name in a rule, such as `request.input_tokens`.
        pub name: String,
        /// The least.
        pub min: f64,
        /// The most.
        pub max: f64,
    }

    /// A program, or a condition, to lay out.
    pub struct FormatRules {
        /// What was written.
        pub text: String,
        /// Is it a condition alone?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub condition: Option<bool>,
    }

    /// A program in the canonical layout.
    pub struct FormattedRules {
        /// Null where there are errors.
        pub text: Option<String>,
        /// All there is to say of it.
        pub diagnostics: Vec<RulesDiagnostic>,
    }

    /// Something wrong in a program's text, or worth knowing.
    pub struct RulesDiagnostic {
        /// `error` or `warning`.
        pub severity: String,
        /// Line, from 1.
        pub line: u32,
        /// Column in that line, from 1, in UTF-16 units.
        pub column: u32,
        /// How many UTF-16 units it covers.
        pub length: u32,
        /// A plain sentence.
        pub message: String,
        /// What to write in place of the marked text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub suggestion: Option<String>,
        /// In the list form: the rule that it is about, from 0; line and column are then in its condition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub rule: Option<u32>,
    }

    /// Rules in either form.
    pub struct ConvertRules {
        /// A text, or a list.
        pub rules: Value,
    }

    /// Rules in both forms.
    pub struct ConvertedRules {
        /// As a program; null where there are errors.
        pub text: Option<String>,
        /// As a list; null where there are errors.
        pub rules: Option<Vec<Value>>,
        /// All there is to say of them.
        pub diagnostics: Vec<RulesDiagnostic>,
    }

    /// A program to take apart.
    pub struct RulesText {
        /// What was written.
        pub text: String,
    }

    /// A program, rule by rule.
    pub struct RulesTree {
        /// In order, the `else` last; empty where there are errors.
        pub rules: Vec<RuleNode>,
        /// All there is to say of it.
        pub diagnostics: Vec<RulesDiagnostic>,
    }

    /// One rule.
    pub struct RuleNode {
        /// From 0.
        pub index: u32,
        /// Its line, from 1.
        pub line: u32,
        /// As written, on one line.
        pub text: String,
        /// Null for the `else`.
        pub condition: Option<String>,
        /// What it does.
        pub action: RuleAction,
    }

    /// What a rule does.
    #[serde(rename_all = "snake_case")]
    pub enum RuleAction {
        /// The request goes there.
        Use(Value),
        /// It is turned away with this message.
        Block(String),
    }

    /// Which decisions to count.
    pub struct GetDecisions {
        /// Slug of the config, with or without the `@`.
        pub config: String,
        /// A version; the active one unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub version: Option<u32>,
        /// Since how long ago: `90m`, `24h`, `7d`, `4w`; 7 days unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub last: Option<String>,
    }

    /// What a config decided, counted by the hour.
    pub struct Decisions {
        /// Slug without the `@`.
        pub config: String,
        /// The version.
        pub version: u32,
        /// Since when: the beginning of an hour.
        pub since: String,
        /// Requests that came to it, straight or from another config.
        pub requests: u64,
        /// Rules that matched, in order.
        pub rules: Vec<RuleCount>,
        /// Variants taken.
        pub variants: Vec<VariantCount>,
        /// Calls, by target and how they ended. Not counted where it was one of several targets of another config.
        pub attempts: Vec<AttemptCount>,
    }

    /// How often a rule matched.
    pub struct RuleCount {
        /// Its place among the rules, from 0.
        pub index: u32,
        /// Its line, from 1.
        pub line: u32,
        /// As written, where it is still to be found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub text: Option<String>,
        /// Requests.
        pub requests: u64,
        /// What they cost; absent where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cost_usd: Option<f64>,
    }

    /// How often a variant was taken.
    pub struct VariantCount {
        /// Its label.
        pub label: String,
        /// Requests.
        pub requests: u64,
        /// What they cost; absent where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pub cost_usd: Option<f64>,
    }

    /// How often a call ended in one way.
    pub struct AttemptCount {
        /// `provider/model`.
        pub target: String,
        /// The number of the attempt in its request, from 1.
        pub position: u32,
        /// `ok`, `timeout`, `connection`, `http_<status>`, `rejected`, `broken`, `cancelled` or `skipped`.
        pub outcome: String,
        /// Requests.
        pub requests: u64,
    }
}
