import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

export type Token = { name: string; text: string; from: number; to: number };

/** No completion looks back further than this many characters. */
const REACH = 4000;
const PARSE_MS = 50;

const SKIPPED = /\w+|[^\s\w]/g;

/** Names that are one token to a reader, whatever the grammar made them of. */
const WHOLE = new Set(["PropertyName", "MethodName", "FunctionName", "Key"]);

/** The token that the position is in or at the end of, and those before it, nearest first. */
export function tokensAt(state: EditorState, position: number) {
  const tokens: Token[] = [];
  const start = Math.max(0, position - REACH);
  let read = start;
  let inComment = false;
  /** Words that recovery from an error skipped have no node; they are read from the text. */
  const readTo = (end: number) => {
    for (const { 0: text, index } of state.sliceDoc(read, end).matchAll(SKIPPED)) {
      tokens.unshift({ name: "skipped", text, from: read + index, to: read + index + text.length });
    }
  };
  const tree = ensureSyntaxTree(state, position, PARSE_MS) ?? syntaxTree(state);
  tree.iterate({
    from: start,
    to: position,
    enter: ({ name, type, from, to, node }) => {
      if (type.isError || type.isTop) return true;
      const leaf = name === "Comment" || WHOLE.has(name) || !node.firstChild;
      if (from >= position || !leaf) return from < position;
      readTo(Math.max(read, from));
      if (name === "Comment") {
        inComment = position <= to;
        read = to;
        return false;
      }
      const text = state.sliceDoc(from, to);
      const own = WHOLE.has(name) ? firstWord(text) : text;
      tokens.unshift({ name, text: own, from, to: from + own.length });
      read = from + own.length;
      return false;
    },
  });
  readTo(Math.max(read, position));
  const last = tokens[0];
  const touches = last !== undefined && position <= last.to && /[\w@"']/.test(last.text[0] ?? "");
  return { inComment, current: touches ? last : null, before: touches ? tokens.slice(1) : tokens };
}

/** A name may have taken words after it along that recovery from an error skipped. */
const firstWord = (text: string) => /^(?:\w+|"[^"]*"?|'[^']*'?)/.exec(text)?.[0] ?? text;

const OPERAND = new Set(["Member", "TagMember", "MethodCall", "Call", "Parenthesized", "List"]);

/** The operand that ends where the token does: `budget("x").used_pct` for its last name. */
export function operandEndingAt(state: EditorState, token: Token): SyntaxNode {
  let node = syntaxTree(state).resolveInner(token.to, -1);
  while (node.parent && node.parent.to === node.to && !isOperand(node)) node = node.parent;
  while (node.parent && node.parent.to === node.to && OPERAND.has(node.parent.name)) {
    node = node.parent;
  }
  return node;
}

const isOperand = (node: SyntaxNode) =>
  OPERAND.has(node.name) || /^(?:VariableName|TagName|String|Number|Boolean)$/.test(node.name);

/**
 * The name under which a thing is documented: `request.model`, `tags.tenant` for `tenant` too,
 * `budget.used_pct` for `budget("x").used_pct`, `cost` for a call of it. Null where there is none.
 */
export function nameOf(state: EditorState, node: SyntaxNode | null): string | null {
  const text = (at: SyntaxNode | null) => (at ? firstWord(state.sliceDoc(at.from, at.to)) : "");
  switch (node?.name) {
    case "VariableName":
    case "TargetFunction":
    case "FunctionName":
      return text(node);
    case "TagName":
      return `tags.${text(node)}`;
    case "TagMember": {
      const key = node.getChild("PropertyName") ?? node.getChild("String");
      return key ? `tags.${text(key).replace(/^["']|["']$/g, "")}` : "tags";
    }
    case "Tags":
      return "tags";
    case "Member": {
      const owner = nameOf(state, node.firstChild);
      return owner && `${owner}.${text(node.getChild("PropertyName"))}`;
    }
    case "MethodCall":
      return text(node.getChild("MethodName"));
    case "Call":
      return text(node.getChild("TargetFunction") ?? node.getChild("FunctionName"));
    default:
      return null;
  }
}
