import { useEffect, useReducer, useRef } from "react";
import { useDebounced } from "@/app/useDebounced";
import { useOp } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import { useStep } from "../editor/useStep";
import type { DraftText } from "../useDraftText";
import { type Program, printed, withRules } from "./program";

const TYPING_PAUSE_MS = 250;

/** Slugs whose draft is a list that is kept as text for as long as the program is broken. */
const waiting = new Set<string>();

/**
 * The program of a draft as text, and the way to change it. The draft keeps the form that it was
 * in: of a list, what is typed is kept as text at once, so that nothing is lost, and turned into
 * the list again as soon as it has no error.
 */
export function useProgramText(slug: string, program: Program | null, draft: DraftText) {
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  /** What the person typed for the list that the draft holds; converting would lay it out anew. */
  const typed = useRef<{ text: string; list: string } | null>(null);
  const list = program?.form === "list" ? program.rules : null;
  const key = list && JSON.stringify(list);
  const isTyped = key !== null && typed.current?.list === key;
  const shown = useListText(isTyped ? null : list);

  const text = program?.form === "text" ? program.rules : isTyped ? typed.current?.text : shown;
  const step = useStep("rules", text ?? "");
  const settled = useDebounced(program?.form === "text" ? program.rules : null, TYPING_PAUSE_MS);
  const back = useOp(
    "convert_rules",
    { rules: settled ?? "" },
    { enabled: settled !== null && waiting.has(slug), gcTime: GONE_MS, retry: false },
  );

  const put = (rules: string | JsonValue[], step: string | null) =>
    draft.write(withRules(draft.now(), rules), step);
  const putList = (rules: JsonValue[], from: string, step: string | null) => {
    typed.current = { text: from, list: JSON.stringify(rules) };
    waiting.delete(slug);
    put(rules, step);
  };

  const converted = back.data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs when an answer has come, and reads the rest as it is then
  useEffect(() => {
    if (program?.form !== "text" || !waiting.has(slug) || !converted) return;
    if (program.rules === settled && converted.rules) {
      putList(converted.rules, program.rules, step());
    }
  }, [converted, settled]);

  return {
    /** Undefined while it is being converted. */
    text,
    keptAs: (program?.form === "list" || waiting.has(slug) ? "list" : "text") as Program["form"],
    write: (next: string) => {
      if (program?.form === "list") waiting.add(slug);
      put(next, step());
    },
    toText: () => {
      waiting.delete(slug);
      redraw();
      if (text !== undefined) put(text, null);
    },
    /** Of the list that the text is another form of. */
    toList: (rules: JsonValue[]) => putList(rules, text ?? "", null),
  };
}

const GONE_MS = 10_000;

/** A list as a program. Undefined while it is being converted; of no list the empty program. */
export function useListText(list: JsonValue[] | null): string | undefined {
  const { data, isError } = useOp(
    "convert_rules",
    { rules: list ?? [] },
    // Two parts ask for the same list: the second must not put the first back to waiting.
    { enabled: list !== null, gcTime: GONE_MS, retry: false, retryOnMount: false },
  );
  if (list === null) return "";
  return data?.text ?? (data || isError ? printed(list) : undefined);
}
