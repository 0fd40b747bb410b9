import { isList, isTree, type Json, type Tree } from "./json";

/** Keys in the order in which Modelux writes them; a key that it does not know comes last. */
const ORDER = [
  ...["strategy", "comment", "if", "then", "else", "block", "label"],
  ...["quality_tier", "aggregation", "model", "config"],
  ...["attempts", "allowed_models", "members", "variants", "rules"],
  ...["window_s", "min_samples", "explore", "hysteresis", "retry_on"],
  ...["timeout_ms", "idle_timeout_ms", "params", "credential"],
  ...["quorum", "valid_when", "vote_on", "judge", "total_budget_ms", "retries"],
  ...["affinity", "sticky_by", "accept", "weight", "comment_beside", "comment_below"],
];
const LAST = ORDER.length;

/** Of a variant, the weight stands before its target; of a member, behind. */
function rankOf(key: string, tree: Tree): number {
  if (key === "weight" && "config" in tree) return ORDER.indexOf("label") + 0.5;
  const at = ORDER.indexOf(key);
  return at < 0 ? LAST : at;
}

const OPAQUE = new Set(["params"]);

/** The same document with its keys in their order. What `params` holds is the person's own. */
export function ordered(value: Json): Json {
  if (isList(value)) return value.map(ordered);
  if (!isTree(value)) return value;
  const out: Tree = {};
  for (const key of Object.keys(value).sort((a, b) => rankOf(a, value) - rankOf(b, value))) {
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
