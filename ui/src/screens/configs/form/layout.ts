import { isList, isTree, type Json, type Tree } from "./json";

/** Keys in the order in which Modelux writes them; a key that it does not know comes last. */
const ORDER = [
  "strategy",
  "if",
  "then",
  "else",
  "block",
  "comment",
  "label",
  "quality_tier",
  "aggregation",
  "model",
  "attempts",
  "allowed_models",
  "members",
  "variants",
  "rules",
  "weight",
  "config",
  "accept",
  "window_s",
  "min_samples",
  "explore",
  "hysteresis",
  "retry_on",
  "timeout_ms",
  "idle_timeout_ms",
  "quorum",
  "valid_when",
  "vote_on",
  "judge",
  "total_budget_ms",
  "retries",
  "affinity",
  "sticky_by",
  "params",
  "credential",
];

const OPAQUE = new Set(["params"]);

/** The same document with its keys in their order. What `params` holds is the person's own. */
export function ordered(value: Json): Json {
  if (isList(value)) return value.map(ordered);
  if (!isTree(value)) return value;
  const rank = (key: string) => {
    const at = ORDER.indexOf(key);
    return at < 0 ? ORDER.length : at;
  };
  const out: Tree = {};
  for (const key of Object.keys(value).sort((a, b) => rank(a) - rank(b))) {
    const member = value[key] ?? null;
    out[key] = OPAQUE.has(key) ? member : ordered(member);
  }
  return out;
}

const LONGEST_LIST = 80;

/** JSON as Modelux lays it out: two spaces a level, a list of plain values on one line. */
export function layOut(value: Json, level = 0): string {
  if (isTree(value)) {
    const items = Object.entries(value).map(
      ([key, member]) => `${JSON.stringify(key)}: ${layOut(member, level + 1)}`,
    );
    return items.length > 0 ? lines("{", items, "}", level) : "{}";
  }
  if (isList(value)) {
    const nested = value.some((item) => typeof item === "object" && item !== null);
    if (!nested && !isLong(value))
      return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
    return lines(
      "[",
      value.map((item) => layOut(item, level + 1)),
      "]",
      level,
    );
  }
  return JSON.stringify(value);
}

const bytes = new TextEncoder();

function isLong(list: Json[]): boolean {
  const length = list.map((item) => bytes.encode(JSON.stringify(item)).length + 2);
  return length.reduce((sum, each) => sum + each, 0) > LONGEST_LIST;
}

function lines(open: string, items: string[], close: string, level: number): string {
  const indent = "  ".repeat(level + 1);
  return `${open}\n${items.map((item) => indent + item).join(",\n")}\n${"  ".repeat(level)}${close}`;
}
