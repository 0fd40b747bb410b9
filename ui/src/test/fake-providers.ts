import { BackendError } from "@/backend/backend";
import type { Model, Provider, ProviderKind, TargetHealth } from "@/bindings/types";
import type { Handlers } from "./fake";

const model = (
  name: string,
  tier: string,
  price?: [input: number, output: number],
  rest: Partial<Model> = {},
): Model => ({
  name,
  tier,
  context: 128_000,
  max_output: 16_384,
  price: price && { input: price[0], cached_input: price[0] / 10, output: price[1] },
  capabilities: ["tools", "vision", "json_schema", "streaming"],
  enabled: true,
  overridden: false,
  price_source: "built-in list of 2026-10-21",
  ...rest,
});

const provider = (name: string, rest: Partial<Provider>): Provider => ({
  name,
  kind: name,
  display_name: name,
  base_url: `https://api.${name}.com/v1`,
  headers: {},
  enabled: true,
  built_in: false,
  credential: { source: "keychain", hint: "9c1e" },
  credentials: {},
  options: {},
  health: "ok",
  requests_24h: 0,
  models: [],
  ...rest,
});

export const PROVIDERS = (): Provider[] => [
  provider("openai", {
    display_name: "OpenAI",
    credential: { source: "keychain", hint: "4f2a" },
    credentials: {
      backup: { source: "keychain", hint: "77b0", used_by: ["@production"] },
      "team-a": { source: "env", env: "TEAM_A_KEY", hint: "12ab", used_by: [] },
    },
    requests_24h: 3746,
    p50_ms: 830,
    success_rate: 0.992,
    models: [
      model("gpt-4o", "premium", [2.5, 10]),
      model("gpt-4o-mini", "economy", [0.15, 0.6]),
      model("gpt-4.1", "premium", [2, 8]),
      model("o4-mini", "standard", [1.1, 4.4], { enabled: false }),
    ],
  }),
  provider("mistral", {
    display_name: "Mistral",
    health: "rate_limited",
    health_reason: "Answered 35 of 192 calls with 429 since 13:40.",
    requests_24h: 1122,
    p50_ms: 1550,
    success_rate: 0.966,
    models: [
      model("mistral-large-latest", "premium", [2, 6], { overridden: true, price_source: "you" }),
      model("mistral-small-latest", "economy", [0.1, 0.3]),
      model("open-mistral-nemo", "economy"),
    ],
  }),
  provider("groq", {
    display_name: "Groq",
    base_url: "https://api.groq.com/openai/v1",
    credential: {
      source: "missing",
      env: "GROQ_API_KEY",
      problem: "There is no key. Add one here, or set GROQ_API_KEY before Modelux starts.",
    },
    health: "no_key",
    models: [model("llama-3.3-70b-versatile", "standard", [0.59, 0.79])],
  }),
  provider("ollama", {
    display_name: "Ollama",
    base_url: "http://127.0.0.1:11434/v1",
    credential: { source: "none" },
    health: "unknown",
    models: [model("llama3.2", "economy", undefined, { price_source: undefined })],
  }),
  provider("sandbox", {
    display_name: "Sandbox",
    base_url: "",
    built_in: true,
    credential: { source: "none" },
    requests_24h: 36,
    p50_ms: 4,
    success_rate: 1,
    models: ["fast", "smart", "slow", "flaky", "json"].map((name) =>
      model(name, name === "smart" ? "premium" : "economy", [0, 0]),
    ),
  }),
];

const OPTIONS: Record<string, string[]> = {
  azure: ["api_version", "responses"],
  bedrock: ["region"],
};

export const KINDS: ProviderKind[] = [
  ["openai", "OpenAI", "maker", "https://api.openai.com/v1", "OPENAI_API_KEY"],
  ["anthropic", "Anthropic", "maker", "https://api.anthropic.com", "ANTHROPIC_API_KEY"],
  ["mistral", "Mistral", "maker", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"],
  ["deepseek", "DeepSeek", "maker", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"],
  ["azure", "Azure OpenAI", "host", undefined, "AZURE_OPENAI_API_KEY"],
  ["bedrock", "Amazon Bedrock", "host", undefined, "AWS_BEARER_TOKEN_BEDROCK"],
  ["groq", "Groq", "host", "https://api.groq.com/openai/v1", "GROQ_API_KEY"],
  ["openrouter", "OpenRouter", "host", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"],
  ["ollama", "Ollama", "local", "http://127.0.0.1:11434/v1", undefined],
  ["openai_compatible", "OpenAI compatible", "custom", undefined, undefined],
  ["anthropic_compatible", "Anthropic compatible", "custom", undefined, undefined],
].map(([kind = "", display_name = "", group = "", base_url, key_env]) => ({
  kind,
  display_name,
  group,
  base_url,
  base_url_example: base_url ?? "http://127.0.0.1:8000/v1",
  key_env,
  keys_url: key_env && `https://keys.example.com/${kind}`,
  needs_key: key_env !== undefined,
  supported: true,
  options: OPTIONS[kind] ?? [],
}));

export function providerHandlers(): Handlers {
  let providers = PROVIDERS();
  let health: TargetHealth[] = [
    {
      target: "mistral/mistral-large-latest",
      state: "open",
      reason: "5 of the last 8 calls failed; calls are skipped for a while.",
      until: new Date(Date.now() + 24_000).toISOString(),
      calls: 8,
      failures: 5,
    },
  ];
  const find = (name: string) => {
    const found = providers.find((each) => each.name === name);
    if (!found) throw new BackendError("not_found", `there is no provider ${name}`);
    return found;
  };
  return {
    list_providers: () => ({ data: providers, next_cursor: null, has_more: false }),
    list_provider_kinds: () => ({ data: KINDS }),
    get_provider: ({ name }) => find(name),
    create_provider: (input, backend) => {
      if (providers.some(({ name }) => name === input.name)) {
        throw new BackendError("already_exists", `There is a provider ${input.name} already.`);
      }
      const kind = KINDS.find((each) => each.kind === input.kind);
      const made = provider(input.name, {
        kind: input.kind,
        display_name: kind?.display_name ?? input.name,
        base_url: input.base_url ?? kind?.base_url ?? "",
        options: input.options ?? {},
        credential: { source: kind?.needs_key ? "missing" : "none", env: kind?.key_env },
        health: kind?.needs_key ? "no_key" : "unknown",
        models: kind?.base_url ? [model("a-model", "standard", [1, 2])] : [],
      });
      providers.push(made);
      backend.emit({ type: "providers_changed" });
      return made;
    },
    update_provider: (input, backend) => {
      const found = find(input.name);
      Object.assign(found, {
        enabled: input.enabled ?? found.enabled,
        base_url: input.base_url ?? found.base_url,
        headers: input.headers ?? found.headers,
        options: input.options ?? found.options,
        credential: input.credential?.env
          ? { source: "env", env: input.credential.env }
          : found.credential,
        health: input.enabled === false ? "off" : found.health === "off" ? "ok" : found.health,
      });
      backend.emit({ type: "providers_changed" });
      return found;
    },
    delete_provider: ({ name }, backend) => {
      providers = providers.filter((each) => each.name !== name);
      backend.emit({ type: "providers_changed" });
      return { ok: true };
    },
    verify_provider: ({ name }) => {
      const { display_name, models } = find(name);
      return {
        ok: true,
        message: `${display_name} answered and the key is good.`,
        latency_ms: 212,
        models: models.map((each) => each.name),
      };
    },
    put_credential: ({ name, key, allow_file }, backend) => {
      const found = find(name);
      found.credential = { source: allow_file ? "file" : "keychain", hint: key.slice(-4) };
      found.health = "unknown";
      backend.emit({ type: "providers_changed" });
      return found;
    },
    delete_credential: ({ name }, backend) => {
      const found = find(name);
      found.credential = { source: "missing" };
      found.health = "no_key";
      backend.emit({ type: "providers_changed" });
      return found;
    },
    put_named_credential: ({ name, label, key, env, allow_file }, backend) => {
      const found = find(name);
      const used_by = found.credentials[label]?.used_by ?? [];
      found.credentials[label] = env
        ? { source: "env", env, used_by }
        : { source: allow_file ? "file" : "keychain", hint: key?.slice(-4), used_by };
      backend.emit({ type: "providers_changed" });
      return found;
    },
    delete_named_credential: ({ name, label }, backend) => {
      const found = find(name);
      delete found.credentials[label];
      backend.emit({ type: "providers_changed" });
      return found;
    },
    put_model: ({ provider: name, model: which, ...facts }, backend) => {
      const { models } = find(name);
      const known = models.find((each) => each.name === which);
      const found = known ?? { name: which, added: true };
      if (!known) models.push(found);
      Object.assign(found, facts, { overridden: true });
      backend.emit({ type: "providers_changed" });
      return found;
    },
    delete_model: ({ provider: name, model: which }, backend) => {
      const provider = find(name);
      provider.models = provider.models.filter((each) => each.name !== which || !each.added);
      const found = provider.models.find((each) => each.name === which);
      if (found) found.overridden = false;
      backend.emit({ type: "providers_changed" });
      return { ok: true };
    },
    get_health: () => ({ data: health }),
    reset_health: ({ target }, backend) => {
      health = health.filter((each) => each.target !== target);
      backend.emit({ type: "health_changed" });
      return { ok: true };
    },
  };
}
