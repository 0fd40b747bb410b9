import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { ModelRow } from "@/bindings/types";
import { dollars } from "./form/facts";
import type { Strategy } from "./form/strategies";

/** What a new config can start as: one per strategy, and a few for what people want of one. */
export const TEMPLATES = [
  "reliable",
  "cheap",
  "fast",
  "agreed",
  "rollout",
  "escalate",
  "by_tenant",
] as const;

export type Template = (typeof TEMPLATES)[number];

export type Start = Strategy | Template;

export const STRATEGY_OF: Record<Template, Strategy> = {
  reliable: "fallback",
  cheap: "cost_optimized",
  fast: "latency_optimized",
  agreed: "ensemble",
  rollout: "ab_test",
  escalate: "cascade",
  by_tenant: "custom_rules",
};

/** The targets that a start is made of, and what they are called. */
export type Cast = {
  /** Names of models, what answers best first; at least one. */
  models: string[];
  /** The tier that all of `cheap` have at least. */
  tier: string;
  /** Least dear first, all with a price: what a choice by cost needs. */
  cheap: string[];
  /** What a million tokens read cost at each of `cheap`; empty where it is not known. */
  prices: string[];
};

const TIER_RANK = ["economy", "standard", "premium", "frontier"];
const FLAKY = "sandbox/flaky";
const SHOWN = 3;

/** Chooses from the models that there are: real ones before the sandbox, one per provider first. */
export function castOf(rows: ModelRow[]): Cast | null {
  const real = rows.filter(({ provider }) => provider !== "sandbox");
  const sound = rows.filter(({ id }) => id !== FLAKY);
  const pool = real.length > 1 ? real : sound.length > 1 ? sound : rows;
  if (pool.length === 0) return null;
  const best = [...pool].sort((a, b) => rank(b) - rank(a));
  const priced = pool.filter(({ model }) => model.price).sort((a, b) => cost(a) - cost(b));
  const cheap = (priced.length > 0 ? priced : pool).slice(0, SHOWN);
  const lowest = Math.min(...cheap.map(rank).map((each) => Math.max(0, each)));
  return {
    models: oneOfEachFirst(best).map(({ id }) => id),
    cheap: cheap.map(({ id }) => id),
    prices: cheap.map(({ model }) => (model.price ? dollars(model.price.input) : "")),
    tier: TIER_RANK[lowest] ?? "economy",
  };
}

const rank = ({ model }: ModelRow) => TIER_RANK.indexOf(model.tier ?? "");
const cost = ({ model }: ModelRow) => (model.price?.input ?? 0) + (model.price?.output ?? 0);

function oneOfEachFirst(rows: ModelRow[]): ModelRow[] {
  const firsts = rows.filter(
    (row, at) => rows.findIndex(({ provider }) => provider === row.provider) === at,
  );
  return [...firsts, ...rows.filter((row) => !firsts.includes(row))];
}

/** The document that a strategy or a template starts with. */
export function startOf(kind: Start, cast: Cast): JsonValue {
  const [first = "", second = first, third = second] = cast.models;
  const [least = first] = cast.cheap;
  // Asked first because it is cheap, it must be another one than who is asked after it.
  const dear = least === first ? second : first;
  const three = [...new Set([first, second, third])];
  switch (kind) {
    case "single":
      return { strategy: "single", model: first };
    case "fallback":
      return { strategy: "fallback", attempts: three };
    case "reliable":
      return {
        strategy: "fallback",
        attempts: three.map((model, at) =>
          at < three.length - 1 ? { model, timeout_ms: 8000 } : model,
        ),
        retry_on: ["429", "5xx", "timeout", "connection"],
        total_budget_ms: 30_000,
        retries: 1,
      };
    case "cost_optimized":
      return { strategy: "cost_optimized", quality_tier: cast.tier, allowed_models: cast.cheap };
    case "cheap":
      return {
        strategy: "cost_optimized",
        quality_tier: cast.tier,
        allowed_models: cast.cheap,
        affinity: "conversation",
      };
    case "latency_optimized":
      return { strategy: "latency_optimized", allowed_models: three };
    case "fast":
      return { strategy: "latency_optimized", allowed_models: three, explore: 0.05 };
    case "ensemble":
      return {
        strategy: "ensemble",
        aggregation: "first_valid",
        members: three.map((model) => ({ model })),
      };
    case "agreed":
      return {
        strategy: "ensemble",
        aggregation: "majority_vote",
        members: three.map((model) => ({ model })),
        timeout_ms: 15_000,
        quorum: Math.min(2, three.length),
      };
    case "ab_test":
    case "rollout": {
      const share = kind === "rollout" ? 5 : 20;
      return {
        strategy: "ab_test",
        variants: [
          { label: "control", weight: 100 - share, config: first },
          { label: "candidate", weight: share, config: second },
        ],
        sticky_by: "end_user",
      };
    }
    case "cascade":
    case "escalate": {
      const accept =
        kind === "escalate"
          ? 'response.finish_reason == "stop" and response.length > 20'
          : 'response.finish_reason == "stop"';
      return { strategy: "cascade", attempts: [{ model: least, accept }, { model: dear }] };
    }
    case "custom_rules":
      return {
        strategy: "custom_rules",
        rules: `if request.input_tokens > 8_000 then use ${least}\nelse use ${dear}\n`,
      };
    case "by_tenant":
      return {
        strategy: "custom_rules",
        rules: `# who pays more gets more\nif tenant == "enterprise" then use ${dear}\nelse use ${least}\n`,
      };
  }
}
