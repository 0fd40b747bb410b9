import { BackendError } from "@/backend/backend";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { ActiveSpan, Config, ModelRow, Page, Version } from "@/bindings/types";
import type { Handlers } from "./fake";
import { diff, pretty } from "./fake-diff";
import { dryRun } from "./fake-dry-run";
import { validate } from "./fake-validate";

type Stored = {
  slug: string;
  description: string;
  archived: boolean;
  versions: Version[];
  active: number;
  requests: number;
};

const day = (days: number, hour = 9) =>
  new Date(Date.UTC(2026, 10, 18 - days, hour, 12)).toISOString();

const attempt = (model: string, timeout_ms?: number): JsonValue =>
  timeout_ms ? { model, timeout_ms } : { model };

const chain = (first: number, ...rest: JsonValue[]): JsonValue => ({
  strategy: "fallback",
  attempts: [
    attempt("openai/gpt-4o", first),
    attempt("anthropic/claude-sonnet-4-5", 8000),
    ...rest,
  ],
  retry_on: ["429", "5xx", "timeout"],
  total_budget_ms: 12_000,
});

const HISTORY: [document: JsonValue, message: string, author: string, at: number][] = [
  [chain(3000), "First chain", "import", 41],
  [chain(8000), "Attempt 2 gets 8 s", "ci key", 35],
  [chain(5000, attempt("openai/gpt-4o-mini")), "Raise total budget to 12 s", "ci key", 15],
  [chain(4000), "Try a shorter first attempt", "you", 8],
  [chain(5000), "Give gpt-4o 5 s for the launch week", "ci key", 7],
];

function production(): Stored {
  const versions = HISTORY.map(([document, message, author, at], index) =>
    newVersion(index + 1, document, message, author, day(at)),
  );
  const spans: ActiveSpan[][] = [
    [{ from: day(41), to: day(35), reason: "save", by: "import" }],
    [{ from: day(35), to: day(15), reason: "save", by: "ci key" }],
    [
      { from: day(8, 10), to: day(7), reason: "rollback", by: "you" },
      { from: day(15), to: day(8), reason: "save", by: "ci key" },
    ],
    [{ from: day(8), to: day(8, 10), reason: "save", by: "you" }],
    [{ from: day(7), reason: "save", by: "ci key" }],
  ];
  versions.forEach((version, index) => {
    version.active_spans = spans[index] ?? [];
  });
  return {
    slug: "production",
    description: "",
    archived: false,
    versions,
    active: 5,
    requests: 1790,
  };
}

function newVersion(
  number: number,
  document: JsonValue,
  message: string,
  author: string,
  at: string,
): Version {
  return {
    number,
    message,
    author,
    origin: author === "import" ? "import" : "edit",
    created_at: at,
    active: false,
    hash: String(number),
    strategy: (document as { strategy: string }).strategy,
    document,
    source: pretty(document),
    active_spans: [],
  };
}

function single(slug: string, model: string, requests: number): Stored {
  const version = newVersion(1, { strategy: "single", model }, "", "you", day(2));
  version.active_spans = [{ from: day(2), reason: "save", by: "you" }];
  return { slug, description: "", archived: false, versions: [version], active: 1, requests };
}

const PRICED: [id: string, tier: string, input: number, output: number][] = [
  ["openai/gpt-4o", "premium", 2.5, 10],
  ["openai/gpt-4o-mini", "economy", 0.15, 0.6],
  ["anthropic/claude-sonnet-4-5", "premium", 3, 15],
  ["sandbox/echo", "economy", 0, 0],
  ["sandbox/flaky", "economy", 0, 0],
];
const MODELS = PRICED.map(([id]) => id);

const page = <T>(data: T[]): Page<T> => ({ data, next_cursor: null, has_more: false });

export function configHandlers(): Handlers {
  const configs = new Map(
    [
      production(),
      single("fast", "openai/gpt-4o-mini", 512),
      single("demo", "sandbox/echo", 0),
    ].map((config) => [config.slug, config]),
  );
  const find = (slug: string) => {
    const config = configs.get(slug);
    if (!config) throw new BackendError("not_found", `there is no config @${slug}`);
    return config;
  };
  const version = (slug: string, number: number) => {
    const found = find(slug).versions.find((each) => each.number === number);
    if (!found) throw new BackendError("not_found", `@${slug} has no version ${number}`);
    return { ...found, active: find(slug).active === number };
  };
  const activate = (slug: string, number: number, reason: string) => {
    const config = find(slug);
    const now = new Date().toISOString();
    for (const each of config.versions) {
      for (const span of each.active_spans) span.to ??= now;
    }
    config.active = number;
    config.versions
      .find((each) => each.number === number)
      ?.active_spans.unshift({ from: now, reason, by: "you" });
  };
  const summary = (config: Stored) => ({
    slug: config.slug,
    description: config.description,
    active_version: config.active,
    latest_version: config.versions.length,
    strategy: version(config.slug, config.active).strategy,
    updated_at: version(config.slug, config.active).created_at,
    archived: config.archived,
    requests_24h: config.requests,
    cost_usd_24h: config.requests ? config.requests * 0.0079 : undefined,
    error_rate_24h: config.requests ? 0.0022 : undefined,
  });
  const full = (config: Stored): Config => {
    const { document, source } = version(config.slug, config.active);
    return { ...summary(config), document, source };
  };
  return {
    list_configs: ({ archived }) =>
      page([...configs.values()].filter((each) => archived || !each.archived).map(summary)),
    get_config: ({ slug }) => full(find(slug)),
    create_config: ({ slug, document, message }, backend) => {
      if (configs.has(slug)) throw new BackendError("already_exists", `@${slug} exists`);
      const first = newVersion(1, document, message ?? "", "you", new Date().toISOString());
      const config = { ...single(slug, "", 0), versions: [first] };
      configs.set(slug, config);
      activate(slug, 1, "save");
      backend.emit({ type: "config_changed", slug });
      return full(config);
    },
    archive_config: ({ slug }, backend) => {
      find(slug).archived = true;
      backend.emit({ type: "config_changed", slug });
      return { ok: true };
    },
    restore_config: ({ slug }, backend) => {
      find(slug).archived = false;
      backend.emit({ type: "config_changed", slug });
      return full(find(slug));
    },
    list_versions: ({ slug }) =>
      page(
        find(slug)
          .versions.map((each) => version(slug, each.number))
          .reverse(),
      ),
    get_version: ({ slug, number }) => version(slug, number),
    save_version: ({ slug, document, message, base_version, activate: now = true }, backend) => {
      const config = find(slug);
      const latest = config.versions.at(-1);
      if (latest && pretty(latest.document) === pretty(document)) {
        return { version: latest.number, active: config.active === latest.number, unchanged: true };
      }
      if (latest && base_version !== undefined && base_version < latest.number) {
        throw new BackendError("conflict", `v${latest.number} was saved meanwhile`, {
          latest_version: latest.number,
          diff: diff(latest.document, document),
        });
      }
      const number = (latest?.number ?? 0) + 1;
      config.versions.push(
        newVersion(number, document, message ?? "", "you", new Date().toISOString()),
      );
      if (now) activate(slug, number, "save");
      backend.emit({ type: "config_changed", slug });
      return { version: number, active: now, unchanged: false };
    },
    activate_version: ({ slug, version: number }, backend) => {
      const previous = find(slug).active;
      activate(slug, number, "rollback");
      backend.emit({ type: "config_changed", slug });
      return { slug, version: number, previous };
    },
    diff_versions: ({ slug, from, to }) =>
      diff(version(slug, from).document, version(slug, to).document),
    diff_documents: ({ from, to }) => diff(from, to),
    dry_run: ({ request, document }) => {
      const { model } = request as { model: string };
      return dryRun(document ?? full(find(model.slice(1))).document, model.slice(1));
    },
    validate: ({ source, document }) => validate(source ?? pretty(document ?? null), MODELS),
    list_models: () =>
      page(
        PRICED.map(([id, tier, input, output]): ModelRow => {
          const [provider = "", name = ""] = id.split("/");
          return { id, provider, model: { name, tier, price: { input, output } } };
        }),
      ),
  };
}
