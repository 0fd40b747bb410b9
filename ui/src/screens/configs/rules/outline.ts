import type { SyntaxNode } from "@lezer/common";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { programParser } from "./language";

export type Action = { use: JsonValue } | { block: string };

/** One rule of a program as it is written, broken or not. */
export type OutlineRule = {
  index: number;
  /** Line on which it begins, from 1. */
  line: number;
  from: number;
  to: number;
  /** Null for `else`. `from` is its offset in the program. */
  condition: { text: string; from: number } | null;
  /** Null while there is none yet. */
  action: Action | null;
  /** The rule on one line, without comments and without its `else`: what tells it from others. */
  text: string;
};

/** The rules of a program. Needs no backend and survives errors, so that it never lags behind. */
export function outline(program: string): OutlineRule[] {
  const rules: OutlineRule[] = [];
  let line = 1;
  let counted = 0;
  for (let node = programParser.parse(program).topNode.firstChild; node; node = node.nextSibling) {
    if (node.name !== "Rule" && node.name !== "ElseRule") continue;
    for (; counted < node.from; counted++) if (program[counted] === "\n") line++;
    rules.push({
      index: rules.length,
      line,
      from: node.from,
      to: node.to,
      condition: conditionOf(program, node),
      action: actionOf(program, node),
      text: oneLine(program.slice(node.from, node.to)).replace(/^else (?=if\b)/, ""),
    });
  }
  return rules;
}

function conditionOf(program: string, rule: SyntaxNode) {
  if (rule.name === "ElseRule") return null;
  const from = rule.getChild("if")?.to ?? rule.from;
  const to = rule.getChild("then")?.from ?? rule.to;
  const raw = program.slice(from, to);
  const text = oneLine(raw);
  return { text, from: from + raw.length - raw.trimStart().length };
}

function actionOf(program: string, rule: SyntaxNode): Action | null {
  const slice = (node: SyntaxNode) => program.slice(node.from, node.to);
  const use = rule.getChild("UseAction");
  const target = use?.getChild("Target");
  if (target) return { use: slice(target) };
  const object = use?.getChild("Object");
  if (object) return { use: parsed(slice(object)) };
  const message = rule.getChild("BlockAction")?.getChild("String");
  return message ? { block: slice(message).replace(/^["']|["']$/g, "") } : null;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const STRINGS_AND_SPACE = /("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|(?:\s|#.*)+/g;

/** Spaces and comments count for nothing outside of strings. */
export function oneLine(text: string): string {
  return text.replace(STRINGS_AND_SPACE, (_, string) => string ?? " ").trim();
}
