import type { Diagnostic } from "@/bindings/types";
import { below, get, isTree, type Json, lastOf, parentOf, put, within } from "./json";
import { flatten, type Node } from "./outline";

/** Where in a text of the document it is; only for rules and conditions. */
type InText = { text?: { line: number; column: number; length: number } | null };

/** Gives each diagnostic to the innermost node that its path lies in. */
export function byNode(root: Node, diagnostics: Diagnostic[]): Map<string, Diagnostic[]> {
  const own = flatten(root).filter(({ readOnly }) => !readOnly);
  const found = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const inside = own.filter(({ path, rule }) => !rule && within(diagnostic.path, path));
    const owner = inside.sort((a, b) => b.path.length - a.path.length)[0] ?? root;
    const node = ruleOf(own, diagnostic) ?? owner;
    found.set(node.id, [...(found.get(node.id) ?? []), diagnostic]);
  }
  return found;
}

/** In the text form of rules: the rule that the line belongs to. */
function ruleOf(nodes: Node[], diagnostic: Diagnostic): Node | undefined {
  const line = (diagnostic as InText).text?.line;
  if (line === undefined) return undefined;
  return nodes.findLast(({ rule, path }) => rule && path === diagnostic.path && rule.line <= line);
}

/** Those at or below a pointer. */
export function at(diagnostics: Diagnostic[], pointer: string): Diagnostic[] {
  return diagnostics.filter(({ path }) => within(path, pointer));
}

export const isError = ({ severity }: Diagnostic) => severity === "error";

/** The document with the suggestion taken, or null where there is nothing to take. */
export function fixed(document: Json, diagnostic: Diagnostic): Json | null {
  const { path, suggestion } = diagnostic;
  if (suggestion == null) return null;
  const value = get(document, path);
  const bare = suggestion.replace(/^"|"$/g, "");
  if (isAboutKey(diagnostic)) {
    const parent = get(document, parentOf(path));
    if (!isTree(parent)) return null;
    const renamed = Object.entries(parent).map(([key, each]) => [
      key === lastOf(path) ? bare : key,
      each,
    ]);
    return put(document, parentOf(path), Object.fromEntries(renamed));
  }
  const place = (diagnostic as InText).text;
  if (typeof value === "string" && place)
    return put(document, path, splice(value, place, suggestion));
  if (typeof value === "object" && value !== null) return null;
  return put(document, path, bare);
}

function isAboutKey({ message }: Diagnostic): boolean {
  return /^unknown key/i.test(message);
}

function splice(text: string, place: NonNullable<InText["text"]>, next: string): string {
  const lines = text.split("\n");
  const line = lines[place.line - 1] ?? "";
  const from = place.column - 1;
  lines[place.line - 1] = line.slice(0, from) + next + line.slice(from + place.length);
  return lines.join("\n");
}

/** Pointer of a field of a node: its strategy's, or one that stands beside its target. */
export function pointerOf(node: Node, key: string, of: "strategy" | "entry"): string {
  return below(of === "strategy" ? node.at : node.path, key);
}
