import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { type Finding, place, problemsField, setProblems } from "../editor/problems";
import { replaceText } from "./format";

type Options = {
  value: string;
  onChange: (value: string) => void;
  /** Null while they are for an older text: what is shown then stays. */
  findings: Finding[] | null;
  readOnly: boolean;
  /** Attributes of the text box: its label above all. */
  attributes: Record<string, string>;
  extensions: () => Extension;
  onUpdate?: (state: EditorState) => void;
};

/** A CodeMirror view that is made once and follows its props. */
export function useView(options: Options) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(options);
  latest.current = options;
  const variable = useRef(new Compartment());

  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is made once; later values go in by the effects below
  useEffect(() => {
    if (!host.current) return;
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: options.value,
        extensions: [
          options.extensions(),
          problemsField,
          variable.current.of(variableParts(options)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              const text = update.state.doc.toString();
              if (text !== latest.current.value) latest.current.onChange(text);
            }
            if (update.docChanged || update.selectionSet) latest.current.onUpdate?.(update.state);
          }),
        ],
      }),
    });
    view.current = created;
    latest.current.onUpdate?.(created.state);
    return () => {
      created.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const now = view.current;
    if (now && now.state.doc.toString() !== options.value) replaceText(now, options.value);
  }, [options.value]);

  useEffect(() => {
    const now = view.current;
    if (!now || options.findings === null) return;
    now.dispatch({ effects: setProblems.of(place(now.state, options.findings)) });
  }, [options.findings]);

  const shape = JSON.stringify([options.readOnly, options.attributes]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is all that the parts depend on
  useEffect(() => {
    view.current?.dispatch({
      effects: variable.current.reconfigure(variableParts(latest.current)),
    });
  }, [shape]);

  return { host, view };
}

function variableParts({ readOnly, attributes }: Options): Extension {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.editable.of(!readOnly),
    // A box that cannot be edited must be reachable all the same, to be read by keyboard.
    EditorView.contentAttributes.of({
      ...attributes,
      ...(readOnly ? { tabindex: "0", "aria-readonly": "true" } : {}),
    }),
  ];
}
