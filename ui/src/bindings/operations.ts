// Generated from control's table of operations; `make bindings` writes it anew.

import type {
  Activate,
  Activated,
  Activation,
  Bundle,
  BundleReport,
  ByCredential,
  ById,
  ByModel,
  ByName,
  BySlug,
  ByVersion,
  Config,
  ConfigSummary,
  ConvertRules,
  ConvertedRules,
  CreateConfig,
  CreateKey,
  CreatedKey,
  Decisions,
  DescribeConfig,
  Diff,
  DiffDocuments,
  DiffVersions,
  Done,
  DryRun,
  DryRunResult,
  Empty,
  Forgotten,
  FormatRules,
  FormattedRules,
  GetDecisions,
  Health,
  ImportModels,
  Key,
  ListConfigs,
  ListLogs,
  ListVersions,
  LogDetail,
  LogRow,
  Model,
  ModelImport,
  ModelRow,
  Page,
  Provider,
  ProviderInput,
  ProviderKinds,
  PutCredential,
  PutModel,
  PutNamedCredential,
  ResetHealth,
  RulesText,
  RulesTree,
  RulesWords,
  SaveVersion,
  SavedVersion,
  SendTest,
  SentTest,
  SetPaused,
  Settings,
  Snippets,
  SnippetsFor,
  Status,
  UsePort,
  Validate,
  Validation,
  Verification,
  VerifyProvider,
  Version,
} from "./types";

export interface Operations {
  /** How Modelux is doing. */
  get_status: { input: Empty; output: Status };
  /** Pause or resume the proxy. */
  set_paused: { input: SetPaused; output: Status };
  /** Listen on another port. */
  use_port: { input: UsePort; output: Status };
  /** What to paste for a first request. */
  get_snippets: { input: SnippetsFor; output: Snippets };
  /** Send one request through the proxy. */
  send_test: { input: SendTest; output: SentTest };
  /** List configs. */
  list_configs: { input: ListConfigs; output: Page<ConfigSummary> };
  /** Create a config; version 1 is active. */
  create_config: { input: CreateConfig; output: Config };
  /** A config with its active document. */
  get_config: { input: BySlug; output: Config };
  /** Change a config's description. */
  describe_config: { input: DescribeConfig; output: Config };
  /** Archive a config. */
  archive_config: { input: BySlug; output: Done };
  /** Restore an archived config. */
  restore_config: { input: BySlug; output: Config };
  /** Save a new version. */
  save_version: { input: SaveVersion; output: SavedVersion };
  /** List versions, newest first. */
  list_versions: { input: ListVersions; output: Page<Version> };
  /** One version. */
  get_version: { input: ByVersion; output: Version };
  /** Compare two versions. */
  diff_versions: { input: DiffVersions; output: Diff };
  /** Activate a version: rollback. */
  activate_version: { input: Activate; output: Activated };
  /** What was active when. */
  list_activations: { input: ListVersions; output: Page<Activation> };
  /** Check a document. */
  validate: { input: Validate; output: Validation };
  /** Compare two documents. */
  diff_documents: { input: DiffDocuments; output: Diff };
  /** Decide without calling anybody. */
  dry_run: { input: DryRun; output: DryRunResult };
  /** What may be written in a rule. */
  rules_words: { input: Empty; output: RulesWords };
  /** Lay out rules, or a condition. */
  format_rules: { input: FormatRules; output: FormattedRules };
  /** Rules as a text and as a list. */
  convert_rules: { input: ConvertRules; output: ConvertedRules };
  /** A program taken apart. */
  rules_tree: { input: RulesText; output: RulesTree };
  /** What a config decided. */
  get_decisions: { input: GetDecisions; output: Decisions };
  /** List requests, newest first. */
  list_logs: { input: ListLogs; output: Page<LogRow> };
  /** One request with its trace and bodies. */
  get_log: { input: ById; output: LogDetail };
  /** List providers. */
  list_providers: { input: Empty; output: Page<Provider> };
  /** Kinds of provider that can be added. */
  list_provider_kinds: { input: Empty; output: ProviderKinds };
  /** Add a provider. */
  create_provider: { input: ProviderInput; output: Provider };
  /** One provider. */
  get_provider: { input: ByName; output: Provider };
  /** Change a provider. */
  update_provider: { input: ProviderInput; output: Provider };
  /** Remove a provider. */
  delete_provider: { input: ByName; output: Done };
  /** Ask a provider for its models. */
  verify_provider: { input: VerifyProvider; output: Verification };
  /** Keep a provider's key. */
  put_credential: { input: PutCredential; output: Provider };
  /** Forget a provider's key. */
  delete_credential: { input: ByName; output: Provider };
  /** Keep a further key of a provider. */
  put_named_credential: { input: PutNamedCredential; output: Provider };
  /** Forget a further key of a provider. */
  delete_named_credential: { input: ByCredential; output: Provider };
  /** List models of enabled providers. */
  list_models: { input: Empty; output: Page<ModelRow> };
  /** Override facts of a model. */
  put_model: { input: PutModel; output: Model };
  /** Take back what you said of a model. */
  delete_model: { input: ByModel; output: Done };
  /** Import a price list of LiteLLM or models.dev. */
  import_models: { input: ImportModels; output: ModelImport };
  /** Forget imported price lists. */
  forget_imported_models: { input: Empty; output: Forgotten };
  /** Health of targets. */
  get_health: { input: Empty; output: Health };
  /** Close a target's breaker. */
  reset_health: { input: ResetHealth; output: Done };
  /** List keys. */
  list_keys: { input: Empty; output: Page<Key> };
  /** Make a key; its secret is shown once. */
  create_key: { input: CreateKey; output: CreatedKey };
  /** Revoke a key. */
  revoke_key: { input: ById; output: Done };
  /** Settings. */
  get_settings: { input: Empty; output: Settings };
  /** Change settings. */
  put_settings: { input: Settings; output: Settings };
  /** Export the setup, without secrets. */
  export_bundle: { input: Empty; output: Bundle };
  /** Apply a bundle, all or nothing. */
  import_bundle: { input: Bundle; output: BundleReport };
}

export const operations = {
  get_status: { method: "GET", path: "/status" },
  set_paused: { method: "POST", path: "/proxy/pause" },
  use_port: { method: "POST", path: "/proxy/port" },
  get_snippets: { method: "GET", path: "/snippets" },
  send_test: { method: "POST", path: "/test-request" },
  list_configs: { method: "GET", path: "/configs" },
  create_config: { method: "POST", path: "/configs" },
  get_config: { method: "GET", path: "/configs/{slug}" },
  describe_config: { method: "PUT", path: "/configs/{slug}" },
  archive_config: { method: "DELETE", path: "/configs/{slug}" },
  restore_config: { method: "POST", path: "/configs/{slug}/restore" },
  save_version: { method: "POST", path: "/configs/{slug}/versions" },
  list_versions: { method: "GET", path: "/configs/{slug}/versions" },
  get_version: { method: "GET", path: "/configs/{slug}/versions/{number}" },
  diff_versions: { method: "GET", path: "/configs/{slug}/diff" },
  activate_version: { method: "POST", path: "/configs/{slug}/activate" },
  list_activations: { method: "GET", path: "/configs/{slug}/activations" },
  validate: { method: "POST", path: "/validate" },
  diff_documents: { method: "POST", path: "/diff" },
  dry_run: { method: "POST", path: "/dry-run" },
  rules_words: { method: "GET", path: "/rules/words" },
  format_rules: { method: "POST", path: "/rules/format" },
  convert_rules: { method: "POST", path: "/rules/convert" },
  rules_tree: { method: "POST", path: "/rules/tree" },
  get_decisions: { method: "GET", path: "/analytics/decisions" },
  list_logs: { method: "GET", path: "/logs" },
  get_log: { method: "GET", path: "/logs/{id}" },
  list_providers: { method: "GET", path: "/providers" },
  list_provider_kinds: { method: "GET", path: "/provider-kinds" },
  create_provider: { method: "POST", path: "/providers" },
  get_provider: { method: "GET", path: "/providers/{name}" },
  update_provider: { method: "PUT", path: "/providers/{name}" },
  delete_provider: { method: "DELETE", path: "/providers/{name}" },
  verify_provider: { method: "POST", path: "/providers/{name}/verify" },
  put_credential: { method: "PUT", path: "/providers/{name}/credential" },
  delete_credential: { method: "DELETE", path: "/providers/{name}/credential" },
  put_named_credential: { method: "PUT", path: "/providers/{name}/credentials/{label}" },
  delete_named_credential: { method: "DELETE", path: "/providers/{name}/credentials/{label}" },
  list_models: { method: "GET", path: "/models" },
  put_model: { method: "PUT", path: "/models/{provider}/{model}" },
  delete_model: { method: "DELETE", path: "/models/{provider}/{model}" },
  import_models: { method: "POST", path: "/models/import" },
  forget_imported_models: { method: "DELETE", path: "/models/import" },
  get_health: { method: "GET", path: "/health" },
  reset_health: { method: "POST", path: "/health/reset" },
  list_keys: { method: "GET", path: "/keys" },
  create_key: { method: "POST", path: "/keys" },
  revoke_key: { method: "DELETE", path: "/keys/{id}" },
  get_settings: { method: "GET", path: "/settings" },
  put_settings: { method: "PUT", path: "/settings" },
  export_bundle: { method: "GET", path: "/bundle" },
  import_bundle: { method: "POST", path: "/bundle" },
} as const satisfies Record<keyof Operations, { method: string; path: string }>;
