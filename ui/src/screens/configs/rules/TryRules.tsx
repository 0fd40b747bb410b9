import { useMemo } from "react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { DryRunResult } from "@/bindings/types";
import { FormContext, type FormState } from "../form/context";
import { useFacts, useKnown } from "../form/facts";
import "../form/form.css";
import { outline } from "../form/outline";
import { TryRequest } from "../form/TryRequest";
import type { ConfigState } from "../useConfig";

type Props = {
  slug: string;
  state: ConfigState;
  document: JsonValue;
  /** The rule that the tried request matched, by index; null while none is known. */
  onRule: (index: number | null) => void;
};

/** "Try a request" below the decision tree: it lights the rule that the request would match. */
export function TryRules({ slug, state, document, onRule }: Props) {
  const facts = useFacts();
  const known = useKnown(document, slug);
  const root = useMemo(() => outline(document, known), [document, known]);
  const form: FormState = {
    ...NOTHING,
    slug,
    document,
    root,
    selected: root,
    base: state.base,
    facts,
    diagnostics: state.validation?.diagnostics ?? [],
  };
  const answered = useMemo(
    () => (answer: DryRunResult | null) => onRule(matched(answer)),
    [onRule],
  );
  return (
    <FormContext value={form}>
      <TryRequest state={state} onAnswer={answered} startsClosed />
    </FormContext>
  );
}

const matched = (answer: DryRunResult | null) => answer?.trace.steps[0]?.rule?.index ?? null;

/** What only editing a form needs. */
const NOTHING = {
  pairs: new Map() as unknown as FormState["pairs"],
  problems: new Map() as FormState["problems"],
  lit: null,
  select: () => {},
  change: () => {},
  undo: () => {},
};
