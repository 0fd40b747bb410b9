import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";
import { type Key, keysAt } from "./schema";

/** Where in a document a position is. */
export type Place = {
  /** See `keysAt`; null inside something free, such as `params`. */
  shape: string | null;
  /** The key whose value the position is in, when it is in a value. */
  key: Key | null;
  /** Keys that the enclosing object has already. */
  present: string[];
};

export function placeAt(state: EditorState, position: number): Place {
  const node = syntaxTree(state).resolveInner(position, -1);
  const object = enclosing(node, "Object") ?? syntaxTree(state).topNode.getChild("Object");
  const property = enclosing(node, "Property");
  const shape = object ? shapeOf(state, object) : null;
  const inside = property && object && property.from >= object.from ? property : null;
  const name = inside && position > nameEnd(inside) ? propertyName(state, inside) : null;
  return {
    shape,
    key: name === null ? null : (keysAt(shape).find((each) => each.name === name) ?? null),
    present: object ? properties(object).map((each) => propertyName(state, each)) : [],
  };
}

function enclosing(node: SyntaxNode, name: string): SyntaxNode | null {
  for (let at: SyntaxNode | null = node; at; at = at.parent) if (at.name === name) return at;
  return null;
}

function shapeOf(state: EditorState, object: SyntaxNode): string | null {
  const strategy = properties(object).find((each) => propertyName(state, each) === "strategy");
  if (strategy) return unquote(valueText(state, strategy)) || "unknown";
  const parent = object.parent;
  if (!parent || parent.name === "JsonText") return "unknown";
  const owner = enclosing(parent, "Property");
  return owner ? entryShape(state, owner) : "target";
}

const ENTRY: Record<string, string | null> = {
  params: null,
  members: "member",
  variants: "variant",
  rules: "rule",
};

/** What an object is that stands in the value of a key. */
function entryShape(state: EditorState, owner: SyntaxNode): string | null {
  const name = propertyName(state, owner);
  if (name in ENTRY) return ENTRY[name] ?? null;
  const above = owner.parent && shapeOf(state, owner.parent);
  return name === "attempts" && above === "cascade" ? "step" : "target";
}

function properties(object: SyntaxNode): SyntaxNode[] {
  return object.getChildren("Property");
}

export function propertyName(state: EditorState, property: SyntaxNode): string {
  const name = property.getChild("PropertyName");
  return name ? unquote(state.sliceDoc(name.from, name.to)) : "";
}

function nameEnd(property: SyntaxNode): number {
  return property.getChild("PropertyName")?.to ?? property.from;
}

function valueText(state: EditorState, property: SyntaxNode): string {
  const value = property.lastChild;
  return value && value.name !== "PropertyName" ? state.sliceDoc(value.from, value.to) : "";
}

const unquote = (text: string) => text.replace(/^"|"$/g, "");
