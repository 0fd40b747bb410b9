//! The one list of what a person can do.
//!
//! ```text
//!            operations! { … }            one row: name, method, path, input, output
//!     ┌───────────┼────────────┬──────────────┐
//!  window      HTTP API     command line   TypeScript + OpenAPI
//! ```

use std::{future::Future, pin::Pin, sync::Arc};

use serde_json::Value;

use crate::{Caller, Control, Error, api::*, error::Code};

/// What a call gives back.
pub type Called = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>>;

/// One thing that a person can do.
pub struct Operation {
    /// `save_version`.
    pub name: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path under `/manage/v1`, with `{names}` that are fields of the input.
    pub path: &'static str,
    /// One line on it.
    pub summary: &'static str,
    /// Status of a success.
    pub status: u16,
    /// Name of the input type.
    pub input: &'static str,
    /// TypeScript type of the output.
    pub output: &'static str,
    /// JSON schema of the input.
    pub input_schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// JSON schema of the output.
    pub output_schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Does it.
    pub run: fn(Arc<Control>, Caller, Value) -> Called,
}

impl Operation {
    /// Does it change state?
    pub fn mutates(&self) -> bool {
        self.method != "GET"
            && !matches!(self.name, "validate" | "dry_run" | "diff_documents" | "format_rules" | "convert_rules" | "rules_tree")
    }

    /// The operation of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.name == name)
    }
}

fn run<I, O, F>(input: Value, then: impl FnOnce(I) -> F + Send + 'static) -> Called
where
    I: serde::de::DeserializeOwned + Send + 'static,
    O: serde::Serialize,
    F: Future<Output = Result<O, Error>> + Send,
{
    Box::pin(async move {
        let input =
            serde_json::from_value(input).map_err(|error| Error::new(Code::InvalidRequest, format!("the input does not fit: {error}")))?;
        let output = then(input).await?;
        serde_json::to_value(output).map_err(|error| Error::new(Code::Internal, error.to_string()))
    })
}

macro_rules! operations {
    ($($name:ident: $method:literal $path:literal $status:literal ($input:ty) -> $output:ty, $summary:literal;)*) => {
        /// Writes the TypeScript types of all inputs and outputs, and what they consist of.
        #[cfg(test)]
        pub(crate) fn export_types(config: &ts_rs::Config) -> Result<(), ts_rs::ExportError> {
            $(<$input as ts_rs::TS>::export_all(config)?; <$output as ts_rs::TS>::export_all(config)?;)*
            Ok(())
        }

        /// Every operation.
        pub static OPERATIONS: &[Operation] = &[$(Operation {
            name: stringify!($name),
            method: $method,
            path: $path,
            summary: $summary,
            status: $status,
            input: stringify!($input),
            output: stringify!($output),
            input_schema: |generator| generator.subschema_for::<$input>(),
            output_schema: |generator| generator.subschema_for::<$output>(),
            run: |control, caller, input| run::<$input, $output, _>(input, move |input| async move { control.$name(&caller, input).await }),
        }),*];
    };
}

use apps::*;
use bundle::*;
use configs::*;
use health::*;
use models::*;
use providers::*;
use rules::*;
use settings::*;
use status::*;
use traffic::*;

operations! {
    get_status: "GET" "/status" 200 (Empty) -> Status, "How Modelux is doing";
    set_paused: "POST" "/proxy/pause" 200 (SetPaused) -> Status, "Pause or resume the proxy";
    use_port: "POST" "/proxy/port" 200 (UsePort) -> Status, "Listen on another port";
    get_snippets: "GET" "/snippets" 200 (SnippetsFor) -> Snippets, "What to paste for a first request";
    send_test: "POST" "/test-request" 200 (SendTest) -> SentTest, "Send one request through the proxy";

    list_configs: "GET" "/configs" 200 (ListConfigs) -> Page<ConfigSummary>, "List configs";
    create_config: "POST" "/configs" 201 (CreateConfig) -> Config, "Create a config; version 1 is active";
    get_config: "GET" "/configs/{slug}" 200 (BySlug) -> Config, "A config with its active document";
    describe_config: "PUT" "/configs/{slug}" 200 (DescribeConfig) -> Config, "Change a config's description";
    archive_config: "DELETE" "/configs/{slug}" 200 (BySlug) -> Done, "Archive a config";
    restore_config: "POST" "/configs/{slug}/restore" 200 (BySlug) -> Config, "Restore an archived config";
    save_version: "POST" "/configs/{slug}/versions" 201 (SaveVersion) -> SavedVersion, "Save a new version";
    list_versions: "GET" "/configs/{slug}/versions" 200 (ListVersions) -> Page<Version>, "List versions, newest first";
    get_version: "GET" "/configs/{slug}/versions/{number}" 200 (ByVersion) -> Version, "One version";
    diff_versions: "GET" "/configs/{slug}/diff" 200 (DiffVersions) -> Diff, "Compare two versions";
    activate_version: "POST" "/configs/{slug}/activate" 200 (Activate) -> Activated, "Activate a version: rollback";
    list_activations: "GET" "/configs/{slug}/activations" 200 (ListVersions) -> Page<Activation>, "What was active when";
    validate: "POST" "/validate" 200 (Validate) -> Validation, "Check a document";
    diff_documents: "POST" "/diff" 200 (DiffDocuments) -> Diff, "Compare two documents";
    dry_run: "POST" "/dry-run" 200 (DryRun) -> DryRunResult, "Decide without calling anybody";

    rules_words: "GET" "/rules/words" 200 (Empty) -> RulesWords, "What may be written in a rule";
    format_rules: "POST" "/rules/format" 200 (FormatRules) -> FormattedRules, "Lay out rules, or a condition";
    convert_rules: "POST" "/rules/convert" 200 (ConvertRules) -> ConvertedRules, "Rules as a text and as a list";
    rules_tree: "POST" "/rules/tree" 200 (RulesText) -> RulesTree, "A program taken apart";
    get_decisions: "GET" "/analytics/decisions" 200 (GetDecisions) -> Decisions, "What a config decided";

    list_logs: "GET" "/logs" 200 (ListLogs) -> Page<LogRow>, "List requests, newest first";
    get_log: "GET" "/logs/{id}" 200 (ById) -> LogDetail, "One request with its trace and bodies";

    list_providers: "GET" "/providers" 200 (Empty) -> Page<Provider>, "List providers";
    list_provider_kinds: "GET" "/provider-kinds" 200 (Empty) -> ProviderKinds, "Kinds of provider that can be added";
    create_provider: "POST" "/providers" 201 (ProviderInput) -> Provider, "Add a provider";
    get_provider: "GET" "/providers/{name}" 200 (ByName) -> Provider, "One provider";
    update_provider: "PUT" "/providers/{name}" 200 (ProviderInput) -> Provider, "Change a provider";
    delete_provider: "DELETE" "/providers/{name}" 200 (ByName) -> Done, "Remove a provider";
    verify_provider: "POST" "/providers/{name}/verify" 200 (VerifyProvider) -> Verification, "Ask a provider for its models";
    put_credential: "PUT" "/providers/{name}/credential" 200 (PutCredential) -> Provider, "Keep a provider's key";
    delete_credential: "DELETE" "/providers/{name}/credential" 200 (ByName) -> Provider, "Forget a provider's key";
    put_named_credential: "PUT" "/providers/{name}/credentials/{label}" 200 (PutNamedCredential) -> Provider, "Keep a further key of a provider";
    delete_named_credential: "DELETE" "/providers/{name}/credentials/{label}" 200 (ByCredential) -> Provider, "Forget a further key of a provider";
    list_models: "GET" "/models" 200 (Empty) -> Page<ModelRow>, "List models of enabled providers";
    put_model: "PUT" "/models/{provider}/{model}" 200 (PutModel) -> Model, "Override facts of a model";
    delete_model: "DELETE" "/models/{provider}/{model}" 200 (ByModel) -> Done, "Take back what you said of a model";
    import_models: "POST" "/models/import" 200 (ImportModels) -> ModelImport, "Import a price list of LiteLLM or models.dev";
    forget_imported_models: "DELETE" "/models/import" 200 (Empty) -> Forgotten, "Forget imported price lists";

    get_health: "GET" "/health" 200 (Empty) -> Health, "Health of targets";
    reset_health: "POST" "/health/reset" 200 (ResetHealth) -> Done, "Close a target's breaker";

    list_keys: "GET" "/keys" 200 (Empty) -> Page<Key>, "List keys";
    create_key: "POST" "/keys" 201 (CreateKey) -> CreatedKey, "Make a key; its secret is shown once";
    revoke_key: "DELETE" "/keys/{id}" 200 (ById) -> Done, "Revoke a key";

    get_settings: "GET" "/settings" 200 (Empty) -> Settings, "Settings";
    put_settings: "PUT" "/settings" 200 (Settings) -> Settings, "Change settings";
    export_bundle: "GET" "/bundle" 200 (Empty) -> Bundle, "Export the setup, without secrets";
    import_bundle: "POST" "/bundle" 200 (Bundle) -> BundleReport, "Apply a bundle, all or nothing";
}
