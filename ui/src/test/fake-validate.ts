import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { Diagnostic, Validation } from "@/bindings/types";
import { pretty } from "./fake-diff";

const KEYS = [
  ...["strategy", "model", "attempts", "allowed_models", "members", "variants", "rules", "judge"],
  ...["if", "then", "else", "block", "comment", "label", "weight", "config", "accept"],
  ...["timeout_ms", "idle_timeout_ms", "params", "credential", "retry_on", "total_budget_ms"],
  ...["retries", "quality_tier", "affinity", "window_s", "min_samples", "explore", "hysteresis"],
  ...["aggregation", "quorum", "valid_when", "vote_on", "sticky_by"],
];

/** Paths of all keys, in the order in which they stand in the text. */
function keyPaths(value: JsonValue, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = `${path}/${key}`;
    const below = keyPaths(inner, own);
    return Array.isArray(value) ? below : [own, ...below];
  });
}

/** Stands in for Rust's validation: JSON, unknown keys and unknown models. */
export function validate(source: string, models: string[]): Validation {
  const diagnostics: Diagnostic[] = [];
  const at = (offset: number, length: number, rest: Omit<Diagnostic, "line" | "column">) => {
    const before = source.slice(0, offset).split("\n");
    diagnostics.push({
      ...rest,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      length,
    });
  };
  let canonical: Validation["canonical"];
  try {
    canonical = JSON.parse(source);
  } catch {
    at(source.length, 1, { severity: "error", path: "", message: "the JSON ends too early" });
    return { valid: false, diagnostics };
  }
  const paths = keyPaths(canonical ?? null);
  const keys = [...source.matchAll(/"(\w+)"(?=\s*:)/g)];
  for (const [index, match] of keys.entries()) {
    const key = match[1] ?? "";
    if (KEYS.includes(key) || paths[index]?.includes("/params/")) continue;
    const near = KEYS.find((known) => known.slice(0, 3) === key.slice(0, 3));
    const hint = near ? `: did you mean ${near}?` : "";
    at(match.index, match[0].length, {
      severity: "error",
      path: paths[index] ?? "",
      message: `Unknown key ${key}${hint}`,
      suggestion: near,
    });
  }
  for (const match of source.matchAll(/"model":\s*"([^@"]*)"/g)) {
    const name = match[1] ?? "";
    if (models.includes(name)) continue;
    const path = paths[keys.findIndex((key) => key.index === match.index)] ?? "";
    const near = models.find((known) => known.startsWith(name.slice(0, -2)));
    const hint = near ? `: did you mean ${near}?` : "";
    at(match.index + match[0].length - name.length - 2, name.length + 2, {
      severity: "error",
      path,
      message: `Unknown model ${name}${hint}`,
      suggestion: near,
    });
  }
  const valid = diagnostics.length === 0;
  return valid
    ? { valid, diagnostics, canonical, formatted: pretty(canonical ?? null) }
    : { valid, diagnostics };
}
