import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { DryRunResult } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Empty } from "@/components/State";
import { type ConfigState, parseJson } from "../useConfig";
import { useDraftText } from "../useDraftText";
import { FormContext, type FormState } from "./context";
import { stillThere } from "./edit";
import { useFacts, useKnown } from "./facts";
import { dropInner, settleFaults } from "./faults";
import { Inspector } from "./Inspector";
import { isTree, type Json } from "./json";
import { layOut, ordered } from "./layout";
import { Outline } from "./Outline";
import { findNode, flatten, type Node, outline } from "./outline";
import { pairs } from "./pair";
import { byNode } from "./problems";
import { TryRequest } from "./TryRequest";
import { lightUp } from "./trace";
import "./form.css";

type Props = { slug: string; state: ConfigState };

/** The document as an outline with fields. It and Source write the same text. */
export function Form({ slug, state }: Props) {
  const document = useMemo(() => parseJson(state.text), [state.text]);
  if (document === undefined || !isTree(document)) return <NotJson slug={slug} />;
  return <Editor slug={slug} state={state} document={document} />;
}

function NotJson({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  return (
    <div className="body">
      <Empty
        title={t("form.notJson")}
        action={
          <Button variant="primary" icon="code" onClick={() => navigate(`/configs/${slug}/source`)}>
            {t("form.openSource")}
          </Button>
        }
      >
        {t("form.notJsonText")}
      </Empty>
    </div>
  );
}

function Editor({ slug, state, document }: Props & { document: Json }) {
  const { t } = useTranslation();
  const text = useDraftText(slug, state);
  const facts = useFacts();
  const known = useKnown(document, slug);
  const panel = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState("");
  const [answer, setAnswer] = useState<DryRunResult | null>(null);
  const root = useMemo(() => outline(document, known), [document, known]);
  const matched = useMemo(() => pairs(root, state.base.document), [root, state.base.document]);
  const diagnostics = state.validation?.diagnostics ?? NONE;
  const problems = useMemo(() => byNode(root, diagnostics), [root, diagnostics]);
  const trace = answer?.trace;
  const lit = useMemo(() => (trace ? lightUp(root, trace) : null), [root, trace]);
  const selected = findNode(root, wanted) ?? root;
  useEffect(() => {
    const shape = flatten(root).map((node) => `${node.id} ${kindOf(node)}`);
    settleFaults(slug, kindOf(root), shape.join("\n"));
  }, [slug, root]);
  const form: FormState = {
    slug,
    document,
    root,
    base: state.base,
    pairs: matched,
    facts,
    diagnostics,
    problems,
    lit,
    selected,
    select: setWanted,
    change: (next, step = null, select) => {
      // What names a node to select has added, moved or removed one.
      if (select !== undefined) dropInner(slug);
      text.write(layOut(ordered(next)), step);
      setWanted(stillThere(next, select ?? selected.id));
    },
    undo: text.undo,
  };
  const edit = () => {
    const first =
      "input:not([type=hidden]), textarea, select, [role=combobox], [contenteditable=true]";
    panel.current?.querySelector<HTMLElement>(`.fm-fields :is(${first})`)?.focus();
  };
  return (
    <FormContext value={form}>
      <div className="body fm-body">
        <section className="fm-left" aria-label={t("form.label", { slug })}>
          <div className="fm-canvas scroll grow">
            <Outline onEdit={edit} />
          </div>
        </section>
        <div className="contents" ref={panel}>
          <Inspector />
        </div>
      </div>
      <TryRequest state={state} onAnswer={setAnswer} />
    </FormContext>
  );
}

const NONE: never[] = [];

const kindOf = ({ what }: Node) => (what.kind === "strategy" ? what.strategy : what.kind);
