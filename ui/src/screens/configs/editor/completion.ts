import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { EditorView } from "@codemirror/view";
import i18n from "@/i18n";
import { AFFINITIES, AGGREGATIONS, STICKY, TIERS } from "../form/strategies";
import { placeAt } from "./place";
import { FAILURE_CLASSES, type Key, keysAt, STRATEGIES } from "./schema";

/** Completes keys by the object they are in, and values by their key. */
export function completeDocument(names: () => string[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const { state, pos } = context;
    const node = syntaxTree(state).resolveInner(pos, -1);
    const quoted = node.name === "String" || node.name === "PropertyName";
    const word = context.matchBefore(/[\w@/.:-]+/);
    if (!quoted && !word && !context.explicit) return null;
    const from = quoted ? node.from : (word?.from ?? pos);
    const closed =
      quoted && state.sliceDoc(node.to - 1, node.to) === '"' && node.to - node.from > 1;
    const to = quoted ? (closed ? node.to : Math.max(pos, node.to)) : pos;
    const place = placeAt(state, from === node.from && quoted ? Math.max(from, pos) : pos);
    const options = place.key
      ? values(place.key, names())
      : keysAt(place.shape)
          .filter((key) => !place.present.includes(key.name))
          .map(keyCompletion);
    return options.length === 0
      ? null
      : { from, to, options, filter: true, validFor: /^"?[^"]*"?$/ };
  };
}

function keyCompletion(key: Key): Completion {
  const empty = { targets: "[]", classes: "[]", list: "[]", object: "{}" }[key.type as string];
  return {
    label: `"${key.name}"`,
    displayLabel: key.name,
    type: "property",
    detail: i18n.t(`document.type.${key.type}`),
    info: i18n.t(`document.key.${key.doc}`),
    apply: (view: EditorView, _: Completion, from: number, to: number) => {
      const hasColon = /^\s*:/.test(view.state.sliceDoc(to, to + 20));
      const value = empty ?? (NUMBERS.has(key.type) ? "" : '""');
      const text = hasColon ? `"${key.name}"` : `"${key.name}": ${value}`;
      const inner = hasColon || value === "" ? 0 : 1;
      view.dispatch({
        changes: { from, to, insert: text },
        selection: { anchor: from + text.length - inner },
        userEvent: "input.complete",
      });
    },
  };
}

const NUMBERS = new Set<string>(["ms", "seconds", "count", "number", "share"]);

/** Words that a key may have, by its type. */
const WORDS: Record<string, readonly string[]> = {
  tier: TIERS,
  aggregation: AGGREGATIONS,
  affinity: [...AFFINITIES, "tag:tenant"],
  sticky: [...STICKY, "tag:tenant"],
  vote_on: ["text", "json", "json_pointer:/answer", "regex:", "tool_call"],
};

function values(key: Key, names: string[]): Completion[] {
  switch (key.type) {
    case "strategy":
      return STRATEGIES.map((name) => ({
        label: `"${name}"`,
        displayLabel: name,
        type: "strategy",
        info: i18n.t(`strategy.${name}.sentence`),
      }));
    case "target":
    case "targets":
      return names.map((name) => ({
        label: `"${name}"`,
        displayLabel: name,
        type: name.startsWith("@") ? "config" : "model",
        detail: i18n.t(name.startsWith("@") ? "document.type.config" : "document.type.model"),
      }));
    case "classes":
      return FAILURE_CLASSES.map((name) => ({
        label: `"${name}"`,
        displayLabel: name,
        type: "class",
        detail: i18n.t(`document.class.${name}`),
      }));
    default:
      return (WORDS[key.type] ?? []).map((name) => ({
        label: `"${name}"`,
        displayLabel: name,
        type: "word",
      }));
  }
}
