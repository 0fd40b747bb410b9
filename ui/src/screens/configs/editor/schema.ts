/** What a document may hold. Words for people are `document.*` in the catalogue. */
export type KeyType =
  | "strategy"
  | "target"
  | "targets"
  | "classes"
  | "ms"
  | "count"
  | "object"
  | "text";

export type Key = { name: string; type: KeyType; doc: string };

const key = (name: string, type: KeyType, doc = name): Key => ({ name, type, doc });

const STRATEGY = key("strategy", "strategy");

/** By shape: a strategy's name, or `target` for the object form of a target. */
const SHAPES: Record<string, Key[]> = {
  single: [STRATEGY, key("model", "target"), key("timeout_ms", "ms")],
  fallback: [
    STRATEGY,
    key("attempts", "targets"),
    key("retry_on", "classes"),
    key("total_budget_ms", "ms"),
    key("retries", "count"),
  ],
  target: [
    key("model", "target"),
    key("timeout_ms", "ms", "attempt_timeout_ms"),
    key("idle_timeout_ms", "ms"),
    key("params", "object"),
    key("credential", "text"),
  ],
};

export const STRATEGIES = ["single", "fallback"];

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
