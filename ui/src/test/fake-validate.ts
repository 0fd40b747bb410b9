import type { Diagnostic, Validation } from "@/bindings/types";
import { pretty } from "./fake-diff";

const KEYS = [
  "strategy",
  "model",
  "timeout_ms",
  "attempts",
  "retry_on",
  "total_budget_ms",
  "retries",
];

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
  for (const match of source.matchAll(/"(\w+)"(?=\s*:)/g)) {
    const key = match[1] ?? "";
    if (KEYS.includes(key)) continue;
    const near = KEYS.find((known) => known.slice(0, 3) === key.slice(0, 3));
    const hint = near ? `: did you mean ${near}?` : "";
    at(match.index, match[0].length, {
      severity: "error",
      path: `/${key}`,
      message: `Unknown key ${key}${hint}`,
      suggestion: near,
    });
  }
  for (const match of source.matchAll(/"model": "([^@"]*)"/g)) {
    const name = match[1] ?? "";
    if (models.includes(name)) continue;
    const near = models.find((known) => known.startsWith(name.slice(0, -2)));
    const hint = near ? `: did you mean ${near}?` : "";
    at(match.index + 9, name.length + 2, {
      severity: "error",
      path: "/model",
      message: `Unknown model ${name}${hint}`,
      suggestion: near,
    });
  }
  const valid = diagnostics.length === 0;
  return valid
    ? { valid, diagnostics, canonical, formatted: pretty(canonical ?? null) }
    : { valid, diagnostics };
}
