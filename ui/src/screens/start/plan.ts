import type { JsonValue } from "@/bindings/serde_json/JsonValue";

import { scanRules } from "@/screens/configs/form/scanRules";
import { isStrategy, SLOTS } from "@/screens/configs/form/strategies";
import { parseJson } from "@/screens/configs/useConfig";

/** Who is called: a model, another config, or a config written in place. */
export type Target =
  | { kind: "model"; id: string; provider: string; model: string }
  | { kind: "config"; slug: string }
  | { kind: "inline"; plan: Plan };

export type Step = { target: Target; timeoutMs?: number };

/** What a document does, as far as a small picture shows it. */
export type Plan = {
  strategy: string;
  steps: Step[];
  /** Failures that move on to the next step. */
  moveOn: string[];
};

/** What `retry_on` is where a document does not say. */
const MOVE_ON = ["429", "5xx", "timeout", "connection"];

type Tree = Record<string, JsonValue | undefined>;

export function planOf(document: JsonValue): Plan {
  const root = tree(document);
  const strategy = text(root.strategy) ?? "single";
  const named = strategy === "single" ? [document] : targetsOf(root, strategy);
  const moveOn = list(root.retry_on).map(String);
  return {
    strategy,
    steps: named.map(stepOf).filter((step) => step !== null),
    moveOn: root.retry_on === undefined ? MOVE_ON : moveOn,
  };
}

/** The targets of a strategy, as entries with their options. */
function targetsOf(root: Tree, strategy: string): JsonValue[] {
  if (!isStrategy(strategy)) return [];
  const { key, target } = SLOTS[strategy];
  const entries = root[key];
  if (typeof entries === "string") {
    const used = scanRules(entries).filter(({ action }) => action.kind === "use");
    return used.map(({ action }) => parseJson(action.text) ?? action.text);
  }
  if (target === "model") return list(entries);
  const named = list(entries).map((entry) => tree(entry)[target] ?? tree(entry).else ?? entry);
  return named.filter((each) => tree(each).block === undefined);
}

/** Every model that can be called, references left out. */
export function modelsOf(plan: Plan): string[] {
  return plan.steps.flatMap(({ target }) => {
    if (target.kind === "model") return [target.id];
    return target.kind === "inline" ? modelsOf(target.plan) : [];
  });
}

export function referencesOf(plan: Plan): string[] {
  const found = plan.steps.flatMap(({ target }) => {
    if (target.kind === "config") return [target.slug];
    return target.kind === "inline" ? referencesOf(target.plan) : [];
  });
  return [...new Set(found)];
}

/** The name as a person writes it. */
export function nameOf(target: Target): string {
  if (target.kind === "model") return target.id;
  return target.kind === "config" ? `@${target.slug}` : target.plan.strategy;
}

function stepOf(value: JsonValue): Step | null {
  const { model, strategy, timeout_ms } = tree(value);
  // `{"strategy": "single", "model": …}` is the model itself; any other strategy is a config in place.
  const inline = strategy !== undefined && strategy !== "single";
  const target = targetOf(inline ? value : (model ?? value));
  if (!target) return null;
  return typeof timeout_ms === "number" ? { target, timeoutMs: timeout_ms } : { target };
}

function targetOf(value: JsonValue): Target | null {
  if (typeof value === "object" && value !== null) return { kind: "inline", plan: planOf(value) };
  const id = text(value);
  if (!id) return null;
  if (id.startsWith("@")) return { kind: "config", slug: id.slice(1) };
  const slash = id.indexOf("/");
  return {
    kind: "model",
    id,
    provider: id.slice(0, Math.max(0, slash)),
    model: id.slice(slash + 1),
  };
}

const tree = (value: JsonValue | undefined): Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const list = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);
const text = (value: JsonValue | undefined) => (typeof value === "string" ? value : undefined);
