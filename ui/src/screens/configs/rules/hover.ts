import { syntaxTree } from "@codemirror/language";
import { type EditorView, hoverTooltip, type Tooltip } from "@codemirror/view";
import type { SyntaxNode } from "@lezer/common";
import { card, targetCard } from "./card";
import type { Known } from "./known";
import { nameOf } from "./language/tokens";

const KEYWORD = /^(?:if|then|else|use|block|and|or|not|in|contains|starts_with|ends_with|matches)$/;

/** What the word under the pointer means. */
export function rulesHover(known: () => Known) {
  return hoverTooltip((view, position) => describe(view, position, known()));
}

export function describe(view: EditorView, position: number, known: Known): Tooltip | null {
  const node = named(syntaxTree(view.state).resolveInner(position, 1));
  if (!node) return null;
  const text = view.state.sliceDoc(node.from, node.to);
  const name = KEYWORD.test(node.name) ? node.name : nameOf(view.state, node);
  const dom = node.name === "Target" ? targetCard(known, text) : name ? card(known, name) : null;
  return dom && { pos: node.from, end: node.to, above: true, create: () => ({ dom }) };
}

/** The whole name that a part belongs to: `request.model` for either half of it. */
function named(node: SyntaxNode): SyntaxNode | null {
  const { parent } = node;
  if (node.name === "MethodName") return parent;
  if (parent && /^(?:Member|TagMember)$/.test(parent.name)) return parent;
  return /^(?:VariableName|TagName|Tags|FunctionName|TargetFunction|Target)$/.test(node.name) ||
    KEYWORD.test(node.name)
    ? node
    : null;
}
