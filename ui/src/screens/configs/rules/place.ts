import type { EditorState } from "@codemirror/state";
import { nameOf, operandEndingAt, type Token, tokensAt } from "./language/tokens";

/** What may come next at a position, told by the tokens before it. */
export type Place =
  | { expects: "rule"; first: boolean }
  | { expects: "action"; afterElse: boolean }
  | { expects: "target" }
  | { expects: "tagKey" }
  /** `comparedWith` is the name on the other side of the comparison that the operand is in. */
  | { expects: "operand"; comparedWith: string | null }
  | { expects: "operator"; after: Ended }
  | { expects: "member"; of: string | null; method: boolean }
  | { expects: "nothing" };

/** What an operator would follow: an operand by its name, a literal, or a whole comparison. */
export type Ended = { name: string | null; kind: "name" | "string" | "number" | "bool" | "list" };

export type Spot = { place: Place; current: Token | null; after: Token | null };

const COMPARES = new Set(["CompareOp", "contains", "starts_with", "ends_with", "matches"]);
const OPENS_OPERAND = new Set(["if", "and", "or", "not", "AndOp", "OrOp", "Bang", "?", ":"]);
const ARITHMETIC = new Set(["TimesOp", "PlusOp", "Minus"]);

export function spotAt(state: EditorState, position: number, condition: boolean): Spot {
  const { inComment, current, before } = tokensAt(state, position);
  const place: Place = inComment ? { expects: "nothing" } : placeAfter(state, before, condition);
  return { place, current, after: before[0] ?? null };
}

function placeAfter(state: EditorState, before: Token[], condition: boolean): Place {
  const [last, previous] = before;
  if (!last) return condition ? operand() : { expects: "rule", first: true };
  if (OPENS_OPERAND.has(last.name)) return operand();
  if (COMPARES.has(last.name)) return operand(nameBefore(state, before.slice(1)));
  if (last.name === "in") return operand(nameBefore(state, skipNot(before.slice(1))));
  if (ARITHMETIC.has(last.name)) return operand();
  switch (last.name) {
    case "then":
      return { expects: "action", afterElse: false };
    case "else":
      return { expects: "action", afterElse: true };
    case "use":
      return { expects: "target" };
    case "block":
      return { expects: "nothing" };
    case ".":
      return memberAfter(state, before.slice(1));
    case "(":
      return previous?.name === "TargetFunction" ? { expects: "target" } : operand();
    case "[":
      return previous?.name === "Tags" ? { expects: "tagKey" } : itemOf(state, before);
    case ",":
      return itemOf(state, before);
    case "Target":
      return previous?.name === "use" ? nextRule() : { expects: "nothing" };
    case "}":
      return nextRule();
    case "String":
      if (previous?.name === "block") return nextRule();
      break;
  }
  return { expects: "operator", after: ended(state, before) };
}

const operand = (comparedWith: string | null = null): Place => ({
  expects: "operand",
  comparedWith,
});
const nextRule = (): Place => ({ expects: "rule", first: false });
const skipNot = (before: Token[]) => (before[0]?.name === "not" ? before.slice(1) : before);

function nameBefore(state: EditorState, before: Token[]): string | null {
  return before[0] ? nameOf(state, operandEndingAt(state, before[0])) : null;
}

function memberAfter(state: EditorState, before: Token[]): Place {
  const owner = before[0];
  if (!owner) return { expects: "nothing" };
  const name = nameOf(state, operandEndingAt(state, owner));
  const root = owner.name === "VariableName" || owner.name === "Tags" || owner.name === ")";
  return { expects: "member", of: name, method: !root || name === "app" };
}

/** An element of a list is compared with what stands before its `in`. */
function itemOf(state: EditorState, before: Token[]): Place {
  let depth = 0;
  for (const [index, token] of before.entries()) {
    if (/^[)\]}]$/.test(token.name)) depth++;
    else if (/^[([{]$/.test(token.name) && depth-- === 0) {
      const rest = before.slice(index + 1);
      if (token.name === "[" && rest[0]?.name === "in") {
        return operand(nameBefore(state, skipNot(rest.slice(1))));
      }
      return rest[0]?.name === "TargetFunction" ? { expects: "nothing" } : operand();
    }
  }
  return operand();
}

/** An operand after a comparison's operator ends the comparison. */
function ended(state: EditorState, before: Token[]): Ended {
  const [last] = before;
  if (!last) return { name: null, kind: "bool" };
  const node = operandEndingAt(state, last);
  const operator = before.find(({ to }) => to <= node.from)?.name ?? "";
  if (COMPARES.has(operator) || operator === "in") return { name: null, kind: "bool" };
  if (ARITHMETIC.has(operator)) return { name: null, kind: "number" };
  switch (node.name) {
    case "String":
      return { name: null, kind: "string" };
    case "Number":
      return { name: null, kind: "number" };
    case "List":
      return { name: null, kind: "list" };
    case "Boolean":
    case "Parenthesized":
      return { name: null, kind: "bool" };
    default:
      return { name: nameOf(state, node), kind: "name" };
  }
}
