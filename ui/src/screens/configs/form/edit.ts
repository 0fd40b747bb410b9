import { below, get, isList, isTree, type Json, lastOf, parentOf, put, type Tree } from "./json";
import { type Node, outline } from "./outline";
import { isStrategy, SLOTS, type Strategy } from "./strategies";

/** What an edit made, and which node is the one to look at now. */
export type Edit = { document: Json; select: string };

/** Beside these keys nothing else is needed to name a target: its name alone is the canonical form. */
const BARE = new Set(["attempt", "candidate", "model", "judge"]);

/** Writes an option beside a target; a plain name becomes an object, and is plain again without options. */
export function setEntry(document: Json, node: Node, key: string, value: Json | undefined): Json {
  const raw = get(document, node.path);
  const target = get(document, node.at) ?? "";
  const isEntry = isTree(raw) && raw.strategy === undefined;
  const entry: Tree = isEntry ? raw : { [node.role === "variant" ? "config" : "model"]: target };
  const { [key]: _, ...others } = entry;
  const next = value === undefined ? others : { ...entry, [key]: value };
  return put(document, node.path, slim(next, node.role));
}

function slim(entry: Tree, role: Node["role"]): Json {
  const keys = Object.keys(entry);
  return BARE.has(role) && keys.length === 1 && entry.model !== undefined ? entry.model : entry;
}

/** Writes a field of the strategy that a node stands for. */
export function setField(document: Json, node: Node, key: string, value: Json | undefined): Json {
  return put(document, below(node.at, key), value);
}

/** Another target in the same place, with its options kept. */
export function setTarget(document: Json, node: Node, target: Json): Json {
  if (node.rule) return spliceRule(document, node, "action", spelled(target));
  return put(document, node.at, target);
}

/** The condition of a rule, in the list or in the text. */
export function setCondition(document: Json, node: Node, condition: string): Json {
  if (node.rule) return spliceRule(document, node, "condition", condition);
  return put(document, below(node.path, "if"), condition);
}

/** The message of a rule that refuses. */
export function setMessage(document: Json, node: Node, message: string): Json {
  if (node.rule) return spliceRule(document, node, "action", JSON.stringify(message));
  return put(document, below(node.at, "block"), message);
}

function spelled(target: Json): string {
  return typeof target === "string" ? target : JSON.stringify(target);
}

function spliceRule(document: Json, node: Node, part: "action" | "condition", next: string): Json {
  const text = get(document, node.path);
  const place = node.rule?.[part];
  if (typeof text !== "string" || !place) return document;
  return put(document, node.path, text.slice(0, place.from) + next + text.slice(place.to));
}

/** Is there a list of siblings that it can be moved in, copied to and taken from? */
export function isListed(node: Node): boolean {
  return !node.readOnly && !node.rule && !["root", "model", "judge"].includes(node.role);
}

function siblings(document: Json, node: Node): { path: string; items: Json[]; at: number } {
  const path = parentOf(node.path);
  const items = get(document, path);
  return { path, items: isList(items) ? items : [], at: Number(lastOf(node.path)) };
}

export function remove(document: Json, node: Node): Edit {
  const { path, items, at } = siblings(document, node);
  const rest = items.filter((_, index) => index !== at);
  const next = Math.min(at, rest.length - 1);
  return {
    document: put(document, path, rest),
    select: next < 0 ? parentOf(path) : below(path, next),
  };
}

export function duplicate(document: Json, node: Node): Edit {
  const { path, items, at } = siblings(document, node);
  const copy = get(document, node.path) ?? null;
  return {
    document: put(document, path, [...items.slice(0, at + 1), copy, ...items.slice(at + 1)]),
    select: below(path, at + 1),
  };
}

/** To another place among its siblings; null where it cannot go there. */
export function moveTo(document: Json, node: Node, to: number): Edit | null {
  const { path, items, at } = siblings(document, node);
  if (!isListed(node) || to < 0 || to >= items.length || to === at) return null;
  // A program ends with its `else`.
  const isElse = (item: Json | undefined) => node.role === "rule" && isTree(item) && "else" in item;
  if (isElse(items[at]) || isElse(items[to])) return null;
  const rest = items.filter((_, index) => index !== at);
  rest.splice(to, 0, items[at] ?? null);
  return { document: put(document, path, rest), select: below(path, to) };
}

/** Adds a target to the strategy that a node stands for. */
export function add(document: Json, parent: Node, name: string): Edit | null {
  if (parent.what.kind !== "strategy" || !isStrategy(parent.what.strategy)) return null;
  const { strategy } = parent.what;
  const slots = SLOTS[strategy];
  const path = below(parent.at, slots.key);
  const present = get(document, path);
  if (strategy === "single" || typeof present === "string") return null;
  const items = isList(present) ? present : [];
  const item = entryOf(strategy, name, items);
  // A rule goes before the `else` that ends the program; a step before the last, which takes any answer.
  const last = items.at(-1);
  const at =
    strategy === "custom_rules" && isTree(last) && "else" in last ? items.length - 1 : items.length;
  const next = [...items.slice(0, at), item, ...items.slice(at)];
  return { document: put(document, path, next), select: below(path, at) };
}

/** A new entry of a strategy. */
function entryOf(strategy: Strategy, target: Json, present: Json[]): Json {
  switch (strategy) {
    case "ab_test":
      return { label: freeLabel(present), weight: fairWeight(present), config: target };
    case "custom_rules":
      return ruleOf(SAMPLE_CONDITION, target);
    case "ensemble":
    case "cascade":
      return { model: target };
    default:
      return target;
  }
}

function fairWeight(present: Json[]): number {
  const weights = present.map((each) =>
    isTree(each) && typeof each.weight === "number" ? each.weight : 1,
  );
  if (weights.length === 0) return 100;
  return Math.max(1, Math.round(weights.reduce((sum, each) => sum + each, 0) / weights.length));
}

function freeLabel(present: Json[]): string {
  const taken = present.map((each) => (isTree(each) ? each.label : undefined));
  const letters = "abcdefghijklmnopqrstuvwxyz".split("");
  return letters.find((letter) => !taken.includes(letter)) ?? `v${present.length + 1}`;
}

/** A strategy of another kind over the same targets, with the fields that both have. */
export function changeStrategy(document: Json, node: Node, to: Strategy): Json {
  const now = get(document, node.at);
  const before = isTree(now) ? now : {};
  const entries = node.children
    .filter(({ role }) => role !== "judge")
    .flatMap(({ what, entry, at }): Entry[] => {
      if (what.kind === "block" || what.kind === "none") return [];
      const target = what.kind === "name" ? what.name : get(document, at);
      return target === undefined ? [] : [{ target, entry }];
    });
  return put(document, node.at, strategyOf(to, entries, before));
}

type Entry = { target: Json; entry: Tree };

const CARRIED = ["timeout_ms", "idle_timeout_ms", "params", "credential"];

function optionsOf(entry: Tree): Tree {
  return Object.fromEntries(
    CARRIED.flatMap((key) => (key in entry ? [[key, entry[key] ?? null]] : [])),
  );
}

const withOptions = ({ target, entry }: Entry): Json => {
  const options = optionsOf(entry);
  return Object.keys(options).length > 0 ? { model: target, ...options } : target;
};

/** A document of a strategy over these targets. `before` gives the fields that it shares with what was there. */
export function strategyOf(strategy: Strategy, entries: Entry[], before: Tree = {}): Tree {
  const keep = (...keys: string[]): Tree =>
    Object.fromEntries(keys.flatMap((key) => (key in before ? [[key, before[key] ?? null]] : [])));
  const targets = entries.map(withOptions);
  switch (strategy) {
    case "single":
      return { strategy, model: targets[0] ?? "", ...keep("timeout_ms") };
    case "fallback":
      return { strategy, attempts: targets, ...keep("retry_on", "total_budget_ms", "retries") };
    case "cost_optimized":
      return {
        strategy,
        quality_tier: before.quality_tier ?? "standard",
        allowed_models: targets,
        ...keep("retry_on", "affinity"),
      };
    case "latency_optimized":
      return {
        strategy,
        allowed_models: targets,
        ...keep("window_s", "min_samples", "explore", "hysteresis", "affinity"),
      };
    case "ensemble":
      return {
        strategy,
        aggregation: before.aggregation ?? "first_valid",
        members: entries.map(({ target, entry }) => ({
          model: target,
          ...optionsOf(entry),
          ...(entry.weight !== undefined && { weight: entry.weight }),
        })),
        ...keep("timeout_ms", "quorum", "valid_when", "vote_on", "judge"),
      };
    case "ab_test":
      return {
        strategy,
        variants: entries.map(({ target, entry }, at) => ({
          label: entry.label ?? String.fromCharCode(97 + (at % 26)),
          weight:
            entry.weight ?? Math.floor(100 / entries.length) + (at < 100 % entries.length ? 1 : 0),
          config: target,
          ...optionsOf(entry),
        })),
        ...keep("sticky_by"),
      };
    case "cascade":
      return {
        strategy,
        attempts: entries.map(({ target, entry }, at) => {
          const last = at === entries.length - 1;
          const accept = entry.accept ?? (last ? undefined : 'response.finish_reason == "stop"');
          return { model: target, ...optionsOf(entry), ...(accept !== undefined && { accept }) };
        }),
        ...keep("retry_on"),
      };
    case "custom_rules": {
      const last = entries.at(-1);
      const rest = entries.slice(0, -1);
      return {
        strategy,
        rules: [
          ...rest.map((each) => ruleOf(each.entry.if ?? SAMPLE_CONDITION, withOptions(each))),
          { else: last ? withOptions(last) : "" },
        ],
      };
    }
  }
}

const SAMPLE_CONDITION = "request.input_tokens > 32_000";

// biome-ignore lint/suspicious/noThenProperty: the rules language calls it so
const ruleOf = (condition: Json, target: Json): Json => ({ if: condition, then: target });

/** The target becomes the first one of a strategy written in its place. */
export function wrap(document: Json, node: Node, strategy: Strategy): Edit {
  const target = get(document, node.at) ?? "";
  const inner = strategyOf(strategy, [{ target, entry: {} }]);
  return { document: put(document, node.at, inner), select: node.id };
}

/** A strategy with one target, or whose first target is wanted, gives way to that target. */
export function unwrap(document: Json, node: Node): Edit | null {
  const first = node.children[0];
  if (!canUnwrap(node) || !first) return null;
  const target = get(document, first.at);
  if (target === undefined) return null;
  if (node.role !== "root") return { document: put(document, node.at, target), select: node.id };
  return isTree(target) ? { document: target, select: "" } : null;
}

/** The request itself must lead to a strategy. */
export function canUnwrap(node: Node): boolean {
  const first = node.children[0];
  if (node.readOnly || node.what.kind !== "strategy" || !first || first.rule) return false;
  if (node.children.length !== 1) return false;
  return node.role !== "root" || first.what.kind === "strategy";
}

/** Where the same node is after an edit of its siblings: by its path, if that is still there. */
export function stillThere(document: Json, id: string): string {
  let at = id;
  const root = outline(document);
  const ids = new Set<string>();
  const collect = (each: Node) => {
    ids.add(each.id);
    each.children.forEach(collect);
  };
  collect(root);
  while (at !== "" && !ids.has(at)) at = parentOf(at);
  return at;
}

/** What a strategy in place starts with, so that it is valid at once. */
export function inPlace(strategy: Strategy, target: Json, other: string): Tree {
  const entries = [target, other].map((each) => ({ target: each, entry: {} }));
  return strategyOf(strategy, strategy === "single" ? entries.slice(0, 1) : entries);
}
