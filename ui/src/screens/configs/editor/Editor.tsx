import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import type { Diagnostic } from "@/bindings/types";
import { completeDocument } from "./completion";
import "./editor.css";
import { hoverDocs } from "./hover";
import { placeAt } from "./place";
import { applyFix, nextProblem, place, problemsField, setProblems } from "./problems";

export type EditorHandle = {
  nextProblem: () => void;
  /** One undoable step. */
  replaceAll: (text: string) => void;
};

type Props = {
  ref?: Ref<EditorHandle>;
  text: string;
  /** Null while they are for an older text: what is shown then stays. */
  diagnostics: Diagnostic[] | null;
  /** Targets to offer. */
  names: string[];
  label: string;
  onChange: (text: string) => void;
  onCursor: (cursor: { line: number; column: number; shape: string | null }) => void;
};

const colours = HighlightStyle.define([
  { tag: tags.propertyName, class: "tk-k" },
  { tag: tags.string, class: "tk-s" },
  { tag: tags.number, class: "tk-n" },
  { tag: [tags.bool, tags.null], class: "tk-w" },
  { tag: [tags.separator, tags.squareBracket, tags.brace, tags.punctuation], class: "tk-p" },
]);

const FIXED: Extension = [
  lineNumbers(),
  history(),
  drawSelection(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  json(),
  indentUnit.of("  "),
  syntaxHighlighting(colours),
  problemsField,
  hoverDocs,
  EditorView.lineWrapping,
];

export function Editor(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later values go in by the effects below
  useEffect(() => {
    if (!host.current) return;
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: props.text,
        extensions: [
          keymap.of([
            { key: "F8", run: nextProblem },
            { key: "Mod-.", run: (view) => applyFix(view) },
            indentWithTab,
            ...closeBracketsKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
          ]),
          autocompletion({
            override: [completeDocument(() => latest.current.names)],
            icons: false,
            activateOnTyping: true,
          }),
          EditorView.contentAttributes.of({ "aria-label": props.label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
            if (update.docChanged || update.selectionSet) report(update.state);
          }),
          FIXED,
        ],
      }),
    });
    view.current = created;
    report(created.state);
    return () => created.destroy();
  }, []);

  function report(state: EditorState) {
    const at = state.selection.main.head;
    const line = state.doc.lineAt(at);
    const { shape } = placeAt(state, at);
    latest.current.onCursor({ line: line.number, column: at - line.from + 1, shape });
  }

  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== props.text) {
      now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: props.text } });
    }
  }, [props.text]);

  useEffect(() => {
    const now = view.current;
    if (!now || props.diagnostics === null) return;
    now.dispatch({ effects: setProblems.of(place(now.state, props.diagnostics)) });
  }, [props.diagnostics]);

  useImperativeHandle(
    props.ref,
    () => ({
      nextProblem: () => view.current && nextProblem(view.current),
      replaceAll: (text) =>
        view.current?.dispatch({
          changes: { from: 0, to: view.current.state.doc.length, insert: text },
        }),
    }),
    [],
  );

  return <div className="editor" ref={host} />;
}
