import type { EditorView } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useBackend } from "@/backend/react";
import { notify } from "@/components/toast";
import { type Finding, nextProblem } from "../editor/problems";
import { programExtensions } from "./extensions";
import { useOwnFindings } from "./findings";
import { replaceText } from "./format";
import { type Hit, setHits } from "./hits";
import { useKnown } from "./known";
import "../editor/editor.css";
import "./rules.css";
import { useView } from "./useView";

export type RulesHandle = {
  nextProblem: () => void;
  format: () => void;
  /** At the cursor, over what is selected. */
  insert: (text: string) => void;
  /** Puts the cursor at the beginning of a line, from 1. */
  goTo: (line: number) => void;
};

type Props = {
  ref?: Ref<RulesHandle>;
  value: string;
  onChange: (value: string) => void;
  /** Placed in the text, see `findingsAt`. Asked for here where left out; null keeps what is shown. */
  diagnostics?: Finding[] | null;
  /** The config that the rules are of. */
  slug?: string;
  readOnly?: boolean;
  label: string;
  hits?: Hit[];
  onCursor?: (cursor: { line: number; column: number }) => void;
};

/** A whole program of the rules language. */
export function RulesEditor(props: Props) {
  const { t } = useTranslation();
  const { value, slug, readOnly = false, hits } = props;
  const backend = useBackend();
  const own = useOwnFindings(value, slug, props.diagnostics === undefined);
  const knowledge = useKnown("request", slug);
  const known = useRef(knowledge);
  known.current = knowledge;
  const onCursor = useRef(props.onCursor);
  onCursor.current = props.onCursor;

  const format = async (target: EditorView, aloud: boolean) => {
    const text = target.state.doc.toString();
    const answer = await backend.call("format_rules", { text }).catch(() => null);
    if (target.state.doc.toString() !== text) return;
    if (answer?.text != null) replaceText(target, answer.text);
    else if (aloud)
      notify(t(answer ? "rules.formatBroken" : "rules.formatFailed"), { tone: "fault" });
  };

  const { host, view } = useView({
    value,
    onChange: props.onChange,
    findings: props.diagnostics === undefined ? own : props.diagnostics,
    readOnly,
    attributes: { "aria-label": props.label, "aria-description": t("rules.leave") },
    extensions: () =>
      programExtensions(
        () => known.current,
        [
          { key: "Shift-Alt-f", run: (target) => handled(() => format(target, true)) },
          // The page saves; what it saves is what the formatter leaves behind.
          { key: "Mod-s", run: (target) => !handled(() => format(target, false)) },
        ],
      ),
    onUpdate: (state) => {
      const at = state.selection.main.head;
      const line = state.doc.lineAt(at);
      onCursor.current?.({ line: line.number, column: at - line.from + 1 });
    },
  });

  useEffect(() => {
    if (hits) view.current?.dispatch({ effects: setHits.of(hits) });
  }, [hits, view]);

  useImperativeHandle(props.ref, () => ({
    nextProblem: () => view.current && nextProblem(view.current),
    format: () => view.current && void format(view.current, true),
    insert: (text) => view.current && insert(view.current, text),
    goTo: (line) => view.current && goTo(view.current, line),
  }));

  return <div className="editor rules-editor" ref={host} />;
}

function handled(run: () => Promise<void>): boolean {
  void run();
  return true;
}

function insert(view: EditorView, text: string) {
  const { from, to } = view.state.selection.main;
  const before = view.state.sliceDoc(Math.max(0, from - 1), from);
  const spaced = /[\w")\]]/.test(before) ? ` ${text}` : text;
  view.dispatch({
    changes: { from, to, insert: spaced },
    selection: { anchor: from + spaced.length },
    userEvent: "input.complete",
    scrollIntoView: true,
  });
  view.focus();
}

function goTo(view: EditorView, number: number) {
  if (number > view.state.doc.lines) return;
  view.dispatch({ selection: { anchor: view.state.doc.line(number).from }, scrollIntoView: true });
  view.focus();
}
