/** What each strategy is made of. Form, outline, completion and gallery all read it here. */

export const STRATEGIES = [
  "single",
  "fallback",
  "cost_optimized",
  "latency_optimized",
  "ensemble",
  "ab_test",
  "cascade",
  "custom_rules",
] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** What a target is to the strategy that it stands in. */
export type Role =
  | "root"
  | "model"
  | "attempt"
  | "candidate"
  | "member"
  | "judge"
  | "variant"
  | "step"
  | "rule";

/** Where a strategy keeps its targets. */
export type Slots = {
  key: string;
  role: Role;
  /** In the object form of an entry, the key of the target itself. */
  target: "model" | "config" | "then";
  least: number;
  /** Does the order decide, or do they stand side by side? */
  ordered: boolean;
};

const list = (
  key: string,
  role: Role,
  least: number,
  ordered: boolean,
  target: Slots["target"] = "model",
): Slots => ({ key, role, target, least, ordered });

/** `single` has one target, not a list. */
export const SLOTS: Record<Strategy, Slots> = {
  single: list("model", "model", 1, false),
  fallback: list("attempts", "attempt", 1, true),
  cost_optimized: list("allowed_models", "candidate", 1, false),
  latency_optimized: list("allowed_models", "candidate", 1, false),
  ensemble: list("members", "member", 1, false),
  ab_test: list("variants", "variant", 1, false, "config"),
  cascade: list("attempts", "step", 1, true),
  custom_rules: list("rules", "rule", 1, true, "then"),
};

export type FieldKind =
  | "ms"
  | "seconds"
  | "count"
  | "number"
  | "share"
  | "classes"
  | "tier"
  | "aggregation"
  | "affinity"
  | "sticky"
  | "vote_on"
  | "condition"
  | "rules"
  | "params"
  | "text";

export type FieldSpec = {
  key: string;
  kind: FieldKind;
  /** What holds where the document does not say. */
  preset?: number | string | string[];
  required?: boolean;
  min?: number;
  max?: number;
};

export const MOVE_ON = ["429", "5xx", "timeout", "connection"];
const DAY_MS = 86_400_000;

const ms = (key: string, preset?: number): FieldSpec => ({
  key,
  kind: "ms",
  preset,
  min: 1,
  max: DAY_MS,
});
const RETRY_ON: FieldSpec = { key: "retry_on", kind: "classes", preset: MOVE_ON };
const AFFINITY: FieldSpec = { key: "affinity", kind: "affinity" };

/** Fields of the strategy itself; its targets are its children. */
export const FIELDS: Record<Strategy, FieldSpec[]> = {
  single: [ms("timeout_ms", 60_000)],
  fallback: [
    RETRY_ON,
    ms("total_budget_ms"),
    { key: "retries", kind: "count", preset: 0, min: 0, max: 10 },
  ],
  cost_optimized: [{ key: "quality_tier", kind: "tier", required: true }, RETRY_ON, AFFINITY],
  latency_optimized: [
    { key: "window_s", kind: "seconds", preset: 300, min: 1, max: 86_400 },
    { key: "min_samples", kind: "count", preset: 5, min: 0, max: 10_000 },
    { key: "explore", kind: "share", preset: 0.02, min: 0, max: 1 },
    { key: "hysteresis", kind: "share", preset: 0.1, min: 0, max: 1 },
    AFFINITY,
  ],
  ensemble: [
    { key: "aggregation", kind: "aggregation", required: true },
    { key: "vote_on", kind: "vote_on", preset: "text" },
    { key: "valid_when", kind: "condition" },
    ms("timeout_ms", 5000),
    { key: "quorum", kind: "count", preset: 1, min: 1, max: 64 },
  ],
  ab_test: [{ key: "sticky_by", kind: "sticky" }],
  cascade: [RETRY_ON],
  custom_rules: [{ key: "rules", kind: "rules", required: true }],
};

const OPTIONS: FieldSpec[] = [
  ms("timeout_ms", 60_000),
  ms("idle_timeout_ms", 60_000),
  { key: "params", kind: "params" },
  { key: "credential", kind: "text" },
];

const WEIGHT: FieldSpec = { key: "weight", kind: "number", preset: 1, min: 0 };

/** Fields that stand beside a target, by what it is there. */
export const ENTRY_FIELDS: Record<Role, FieldSpec[]> = {
  root: [],
  model: OPTIONS,
  attempt: OPTIONS,
  candidate: OPTIONS,
  judge: OPTIONS,
  member: [WEIGHT, ...OPTIONS],
  variant: [
    { key: "label", kind: "text" },
    { ...WEIGHT, required: true, preset: undefined },
    ...OPTIONS,
  ],
  step: [{ key: "accept", kind: "condition" }, ...OPTIONS],
  rule: [],
};

export const TIERS = ["economy", "standard", "premium", "frontier"] as const;
export const AGGREGATIONS = [
  "first_valid",
  "majority_vote",
  "weighted_vote",
  "weighted_average",
  "llm_judge",
] as const;
export const STICKY = ["end_user", "conversation", "app"] as const;
export const AFFINITIES = ["conversation", "end_user"] as const;
export const VOTE_ON = ["text", "json", "json_pointer", "regex", "tool_call"] as const;

/** Does a field of an ensemble say anything with this aggregation? */
export function applies(key: string, aggregation: string | undefined): boolean {
  if (key === "vote_on") return aggregation === "majority_vote" || aggregation === "weighted_vote";
  return true;
}

export const isStrategy = (name: unknown): name is Strategy =>
  typeof name === "string" && (STRATEGIES as readonly string[]).includes(name);
