import { below, get, isList, isTree, type Json, type Tree } from "./json";
import { type ScannedRule, scanRules, unquoted } from "./scanRules";
import { isStrategy, type Role, SLOTS } from "./strategies";

/** Who is called. */
export type Target =
  | { kind: "name"; name: string }
  | { kind: "strategy"; strategy: string }
  | { kind: "block"; message: string }
  | { kind: "none" };

/** One target in a document: what a card shows, and what an edit is made to. */
export type Node = {
  /** Its path in this document; for what a reference leads to, that of the reference and `>`. */
  id: string;
  /** JSON pointer of the entry: what is moved or removed. */
  path: string;
  /** JSON pointer of the target in it: a name or a strategy. */
  at: string;
  role: Role;
  /** From 0, among its siblings of one role. */
  index: number;
  count: number;
  what: Target;
  /** The options that stand beside the target. */
  entry: Tree;
  /** Strategy that it stands in. */
  within: string | null;
  /** For a rule: its condition; null for `else`. */
  condition?: string | null;
  /** For a rule of the text form. */
  rule?: ScannedRule;
  children: Node[];
  /** The config that it belongs to, where that is another one. */
  of: string | null;
  readOnly: boolean;
};

/** Active documents of other configs, by slug. */
export type Known = ReadonlyMap<string, { document: Json; version: number; strategy: string }>;

const DEEPEST = 16;

type Place = { prefix: string; of: string | null; readOnly: boolean; seen: string[]; known: Known };

/** The document as a tree; its root is the request. */
export function outline(document: Json, known: Known = new Map()): Node {
  const place: Place = { prefix: "", of: null, readOnly: false, seen: [], known };
  return node(document, "", "root", 0, 1, null, place, document);
}

function node(
  root: Json,
  path: string,
  role: Role,
  index: number,
  count: number,
  within: string | null,
  place: Place,
  value: Json | undefined,
): Node {
  const { at, target, entry } = read(value, path, role);
  const what = targetOf(target);
  return {
    id: place.prefix + path,
    path,
    at,
    role,
    index,
    count,
    what,
    entry,
    within,
    condition: role === "rule" ? conditionOf(entry) : undefined,
    children: childrenOf(root, at, what, place, place.prefix + path),
    of: place.of,
    readOnly: place.readOnly,
  };
}

/** Where in an entry its target is. Options of nested objects count as those of the entry. */
function read(value: Json | undefined, path: string, role: Role) {
  if (role === "root" || !isTree(value) || value.strategy !== undefined) {
    return { at: path, target: value, entry: {} as Tree };
  }
  const key = role === "rule" ? ("else" in value ? "else" : "then") : targetKey(value, role);
  let at = below(path, key);
  let target = value[key];
  while (isTree(target) && target.strategy === undefined && target.model !== undefined) {
    at = below(at, "model");
    target = target.model;
  }
  return { at, target, entry: value };
}

function targetKey(value: Tree, role: Role): string {
  return role === "variant" && !("model" in value) ? "config" : "model";
}

function conditionOf(entry: Tree): string | null {
  return typeof entry.if === "string" ? entry.if : null;
}

function targetOf(value: Json | undefined): Target {
  if (typeof value === "string") return { kind: "name", name: value };
  if (!isTree(value)) return { kind: "none" };
  if (typeof value.block === "string") return { kind: "block", message: value.block };
  return { kind: "strategy", strategy: typeof value.strategy === "string" ? value.strategy : "" };
}

function childrenOf(root: Json, at: string, what: Target, place: Place, id: string): Node[] {
  if (place.prefix.length > 4096) return [];
  if (what.kind === "name") return referred(what.name, place, id);
  if (what.kind !== "strategy" || !isStrategy(what.strategy)) return [];
  const here = get(root, at);
  if (!isTree(here)) return [];
  const { strategy } = what;
  const slots = SLOTS[strategy];
  if (strategy === "single") {
    const path = below(at, "model");
    return [node(root, path, "model", 0, 1, strategy, place, here.model)];
  }
  const entries = here[slots.key];
  if (strategy === "custom_rules" && typeof entries === "string") {
    return textRules(entries, below(at, "rules"), place);
  }
  const items = isList(entries) ? entries : [];
  const children = items.map((item, index) =>
    node(root, below(at, slots.key, index), slots.role, index, items.length, strategy, place, item),
  );
  if (strategy === "ensemble" && (here.aggregation === "llm_judge" || here.judge !== undefined)) {
    children.push(node(root, below(at, "judge"), "judge", 0, 1, strategy, place, here.judge));
  }
  return children;
}

function textRules(text: string, path: string, place: Place): Node[] {
  const rules = scanRules(text);
  return rules.map((rule, index) => {
    const { what, document } = textTarget(rule);
    const id = `${place.prefix}${path}#${index}`;
    const inner = { ...place, prefix: `${id}>`, readOnly: true };
    return {
      id,
      path,
      at: path,
      role: "rule",
      index,
      count: rules.length,
      what,
      entry: {},
      within: "custom_rules",
      condition: rule.condition?.text ?? null,
      rule,
      children:
        document === undefined
          ? what.kind === "name"
            ? referred(what.name, place, id)
            : []
          : childrenOf(document, "", what, inner, id),
      of: place.of,
      readOnly: place.readOnly,
    };
  });
}

function textTarget({ action }: ScannedRule): { what: Target; document?: Json } {
  if (action.kind === "block") return { what: { kind: "block", message: unquoted(action.text) } };
  if (!action.text.startsWith("{")) {
    return { what: action.text ? { kind: "name", name: action.text } : { kind: "none" } };
  }
  try {
    const document: Json = JSON.parse(action.text);
    const { target } = read(document, "", "attempt");
    const what = targetOf(target);
    return what.kind === "strategy" ? { what, document: target ?? null } : { what };
  } catch {
    return { what: { kind: "none" } };
  }
}

/** What a reference leads to: the document that the config has now. */
function referred(name: string, place: Place, id: string): Node[] {
  const slug = slugOf(name);
  const found = slug === null ? undefined : place.known.get(slug);
  if (!slug || !found || place.seen.includes(slug) || place.seen.length >= DEEPEST) return [];
  const inner = {
    ...place,
    prefix: `${id}>`,
    of: slug,
    readOnly: true,
    seen: [...place.seen, slug],
  };
  return childrenOf(found.document, "", targetOf(found.document), inner, id);
}

/** `production` for `@production` and `@production:12`; null for a model. */
export function slugOf(name: string): string | null {
  return /^@([a-z0-9][a-z0-9-]*)(?::\d+)?$/.exec(name)?.[1] ?? null;
}

export function flatten(node: Node): Node[] {
  return [node, ...node.children.flatMap(flatten)];
}

export function findNode(root: Node, id: string): Node | undefined {
  return flatten(root).find((each) => each.id === id);
}

export function parentNode(root: Node, id: string): Node | undefined {
  return flatten(root).find((each) => each.children.some((child) => child.id === id));
}

/** Slugs that a document names, wherever they stand. */
export function slugsIn(root: Node): string[] {
  const found = flatten(root).flatMap(({ what }) => {
    const slug = what.kind === "name" ? slugOf(what.name) : null;
    return slug ? [slug] : [];
  });
  return [...new Set(found)];
}

/** Share of each variant, from 0 to 1; by its weight among those of its siblings. */
export function shares(nodes: Node[]): Map<string, number> {
  const weights = nodes.map(({ entry }) => (typeof entry.weight === "number" ? entry.weight : 1));
  const sum = weights.reduce((total, each) => total + Math.max(0, each), 0);
  return new Map(
    nodes.map(({ id }, at) => [id, sum > 0 ? Math.max(0, weights[at] ?? 0) / sum : 0]),
  );
}
