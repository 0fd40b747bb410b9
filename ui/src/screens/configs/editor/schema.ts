import {
  ENTRY_FIELDS,
  FIELDS,
  type FieldKind,
  SLOTS,
  STRATEGIES,
  type Strategy,
} from "../form/strategies";

/** What a document may hold. Words for people are `document.*` in the catalogue. */
export type KeyType =
  | "strategy"
  | "target"
  | "targets"
  | "classes"
  | "ms"
  | "seconds"
  | "count"
  | "number"
  | "share"
  | "tier"
  | "aggregation"
  | "affinity"
  | "sticky"
  | "vote_on"
  | "condition"
  | "rules"
  | "list"
  | "object"
  | "text";

export type Key = { name: string; type: KeyType; doc: string };

const key = (name: string, type: KeyType, doc = name): Key => ({ name, type, doc });

const TYPE_OF = (kind: FieldKind): KeyType => (kind === "params" ? "object" : kind);

const STRATEGY = key("strategy", "strategy");

/** Lists of plain targets are completed with names; the others hold objects. */
const LIST_OF: Record<Strategy, KeyType> = {
  single: "target",
  fallback: "targets",
  cost_optimized: "targets",
  latency_optimized: "targets",
  ensemble: "list",
  ab_test: "list",
  cascade: "list",
  custom_rules: "rules",
};

function shapeOf(strategy: Strategy): Key[] {
  const slots = SLOTS[strategy];
  const own = FIELDS[strategy].filter((field) => field.key !== slots.key);
  return [
    STRATEGY,
    key(slots.key, LIST_OF[strategy], strategy === "cascade" ? "steps" : slots.key),
    ...own.map((field) => key(field.key, TYPE_OF(field.kind), docOf(strategy, field.key))),
    ...(strategy === "ensemble" ? [key("judge", "target")] : []),
  ];
}

function docOf(strategy: Strategy, name: string): string {
  return strategy === "ensemble" && name === "timeout_ms" ? "ensemble_timeout_ms" : name;
}

const entryShape = (role: "attempt" | "member" | "variant" | "step", target: string): Key[] => [
  key(target, "target", "model"),
  ...ENTRY_FIELDS[role].map((field) =>
    key(
      field.key,
      TYPE_OF(field.kind),
      field.key === "timeout_ms" ? "attempt_timeout_ms" : field.key,
    ),
  ),
];

/** By shape: a strategy's name, or what an object without one is. */
const SHAPES: Record<string, Key[]> = {
  ...Object.fromEntries(STRATEGIES.map((strategy) => [strategy, shapeOf(strategy)])),
  target: entryShape("attempt", "model"),
  member: entryShape("member", "model"),
  step: entryShape("step", "model"),
  variant: entryShape("variant", "config"),
  rule: [
    key("if", "condition"),
    key("then", "target"),
    key("else", "target"),
    key("comment", "text"),
  ],
};

export { STRATEGIES };

export const FAILURE_CLASSES = [
  "429",
  "5xx",
  "timeout",
  "connection",
  "auth",
  "not_found",
  "context_length",
  "content_filter",
];

export function keysAt(shape: string | null): Key[] {
  return shape === null ? [] : (SHAPES[shape] ?? [STRATEGY]);
}
