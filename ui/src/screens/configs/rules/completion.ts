import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSection,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { Word } from "@/bindings/types";
import i18n from "@/i18n";
import { card } from "./card";
import { type Known, seen, typeOf, type ValueType, wordOf } from "./known";
import type { Token } from "./language/tokens";
import { type Ended, type Place, spotAt } from "./place";

const OPERATORS: Record<ValueType, string[]> = {
  string: ["==", "!=", "in", "not in", "contains", "starts_with", "ends_with", "matches"],
  number: [">", ">=", "<", "<=", "==", "!=", "+", "-", "*", "/", "%"],
  bool: ["and", "or", "==", "!="],
  list: ["contains", "==", "!="],
};
const METHODS: Partial<Record<ValueType, string[]>> = {
  string: ["contains", "startsWith", "endsWith", "matches", "size"],
  list: ["size"],
};
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Completes by what may come next. `condition` is for a field that holds one condition alone. */
export function completeRules(known: () => Known, condition: boolean) {
  return (context: CompletionContext): CompletionResult | null => {
    const { place, current, after } = spotAt(context.state, context.pos, condition);
    if (current === null && !context.explicit && !invites(place, after, context)) return null;
    const options = optionsFor(place, known(), condition);
    if (options.length === 0) return null;
    const quoted = current?.name === "String";
    return {
      from: current?.from ?? context.pos,
      to: quoted ? current.to : context.pos,
      options: quoted ? options.filter(({ label }) => label.startsWith('"')) : options,
      validFor: quoted ? /^["'][^"']*["']?$/ : /^[\w@./:-]*$/,
    };
  };
}

/** Whether a list opens by itself where nothing is typed yet: only where the next word is plain. */
function invites(place: Place, after: Token | null, { state, pos }: CompletionContext): boolean {
  if (after === null || state.doc.lineAt(after.to).number !== state.doc.lineAt(pos).number) {
    return false;
  }
  if (place.expects === "member" || place.expects === "tagKey") return true;
  if (place.expects === "operand") return after.to < pos || /^[([,]$/.test(after.name);
  return (place.expects === "action" || place.expects === "target") && after.to <= pos;
}

function optionsFor(place: Place, known: Known, condition: boolean): Completion[] {
  switch (place.expects) {
    case "rule":
      return place.first ? words("if") : words("else if", "else use", "else block");
    case "action":
      return words(...(place.afterElse ? ["if", "use", "block"] : ["use", "block"]));
    case "target":
      return known.targets.map(({ name, detail }) => ({
        label: name,
        detail,
        type: name.startsWith("@") ? "config" : "model",
        section: name.startsWith("@") ? section("configs", 0) : section("models", 1),
      }));
    case "tagKey":
      return tagKeys(known).map(({ label, ...rest }) => ({ ...rest, label: quote(label) }));
    case "operand":
      return [...values(known, place.comparedWith), ...operands(known)];
    case "operator":
      return operators(known, place.after, condition);
    case "member":
      return members(known, place);
    default:
      return [];
  }
}

function words(...labels: string[]): Completion[] {
  return labels.map((label, index) => ({
    label,
    type: "keyword",
    boost: -index,
    apply: (view, _, from, to) => insert(view, from, to, `${label} `),
  }));
}

function operands(known: Known): Completion[] {
  const visible = (known.words?.words ?? []).filter(
    (word) => known.scope === "response" || !word.response_only,
  );
  return [
    ...tagKeys(known),
    ...visible.filter(isVariable).map((word) => variable(known, word)),
    ...visible
      .filter(({ kind }) => kind === "function")
      .map((word): Completion => call(known, word.name, word.name)),
    { ...words("not")[0], label: "not", section: section("functions", 4) },
  ];
}

/** `tags` stands for a whole family; its members come from traffic. */
const isVariable = ({ kind, name }: Word) => kind === "variable" && name !== "tags";

function variable(known: Known, word: Word): Completion {
  return {
    label: word.name,
    type: "variable",
    detail: i18n.t(`rules.type.${word.type}`, word.type),
    info: () => card(known, word.name),
    section: word.response_only ? section("response", 1) : section("variables", 3),
  };
}

function call(known: Known, label: string, name: string): Completion {
  return {
    label,
    displayLabel: `${label}(…)`,
    type: "function",
    detail: i18n.t(`rules.type.${wordOf(known, name)?.type ?? "bool"}`),
    info: () => card(known, name),
    section: section("functions", 4),
    apply: (view, _, from, to) => {
      const open = view.state.sliceDoc(to, to + 1) === "(";
      insert(view, from, to, open ? label : `${label}()`, open ? 0 : 1);
    },
  };
}

function tagKeys(known: Known): Completion[] {
  return (known.words?.tags ?? []).map(({ key }) => ({
    label: key,
    type: "tag",
    detail: seen(known.words, `tags.${key}`) ?? undefined,
    info: () => card(known, `tags.${key}`),
    section: section("tags", 2),
  }));
}

/** What traffic shows on the other side of a comparison. */
function values(known: Known, comparedWith: string | null): Completion[] {
  if (comparedWith === null) return [];
  const literal = (value: string, detail?: string): Completion => ({
    label: value,
    displayLabel: value.replace(/^"|"$/g, ""),
    type: "value",
    detail,
    section: section("values", 0),
  });
  if (comparedWith.startsWith("tags.")) {
    const tag = known.words?.tags.find(({ key }) => `tags.${key}` === comparedWith);
    return (tag?.values ?? []).map((value, index) => ({ ...literal(quote(value)), boost: -index }));
  }
  switch (comparedWith) {
    case "app":
      return (known.words?.apps ?? []).map((value) => literal(quote(value)));
    case "request.model":
      return known.targets.map(({ name, detail }) => literal(quote(name), detail));
    case "time.weekday":
      return WEEKDAYS.map((value) => literal(quote(value)));
  }
  return typeOf(known, comparedWith) === "bool"
    ? ["true", "false"].map((each) => literal(each))
    : [];
}

function operators(known: Known, after: Ended, condition: boolean): Completion[] {
  const type = after.kind === "name" ? after.name && typeOf(known, after.name) : after.kind;
  const comparison = after.kind === "bool";
  const fitting = type ? OPERATORS[type as ValueType] : ["==", "!=", ...OPERATORS.bool];
  const labels = comparison ? ["and", "or"] : fitting;
  const closes = (comparison || type === "bool") && !condition ? ["then"] : [];
  return [...closes, ...labels].map((label, index) => ({
    label,
    type: /^\w/.test(label) ? "keyword" : "operator",
    detail: wordOf(known, label)?.doc,
    boost: -index,
    apply: (view, _, from, to) => insert(view, from, to, `${label} `),
  }));
}

function members(known: Known, place: Extract<Place, { expects: "member" }>): Completion[] {
  const { of, method } = place;
  if (of === null) return [];
  if (of === "tags") return tagKeys(known);
  if (method) {
    const type = typeOf(known, of);
    return (type ? (METHODS[type] ?? []) : []).map((name) => call(known, name, name));
  }
  return (known.words?.words ?? [])
    .filter((word) => word.name.startsWith(`${of}.`) && isVariable(word))
    .filter((word) => known.scope === "response" || !word.response_only)
    .map((word) => ({ ...variable(known, word), label: word.name.slice(of.length + 1) }))
    .map(({ section: _, ...option }) => option);
}

function insert(view: EditorView, from: number, to: number, text: string, back = 0) {
  const spaced = text.endsWith(" ") && view.state.sliceDoc(to, to + 1) === " ";
  const inserted = spaced ? text.trimEnd() : text;
  view.dispatch({
    changes: { from, to, insert: inserted },
    selection: { anchor: from + inserted.length - back + (spaced ? 1 : 0) },
    userEvent: "input.complete",
  });
}

const quote = (value: string) => JSON.stringify(value);

function section(name: string, rank: number): CompletionSection {
  return { name: i18n.t(`rules.section.${name}`), rank };
}
