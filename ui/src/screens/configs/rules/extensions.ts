import { autocompletion, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  type KeyBinding,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { applyFix, explainBelow, nextProblem } from "../editor/problems";
import { completeRules } from "./completion";
import { hitGutter } from "./hits";
import { rulesHover } from "./hover";
import type { Known } from "./known";
import { rulesLanguage } from "./language";

/** Ctrl Enter belongs to the page, which confirms with it. */
const ordinary = defaultKeymap.filter(({ key }) => key !== "Mod-Enter");

const problemKeys: KeyBinding[] = [
  { key: "F8", run: nextProblem },
  { key: "Mod-.", run: (view) => applyFix(view) },
];

/** Lists follow where the choice just made leads straight to the next one. */
const leadsOn = ({ label }: { label: string }) => /^(?:if|else if|else use|use|then)$/.test(label);

function assisted(known: () => Known, condition: boolean): Extension {
  return [
    rulesLanguage(condition ? "condition" : "program"),
    autocompletion({
      override: [completeRules(known, condition)],
      icons: false,
      activateOnCompletion: leadsOn,
    }),
    rulesHover(known),
    bracketMatching(),
    closeBrackets(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
  ];
}

export function programExtensions(known: () => Known, keys: KeyBinding[]): Extension {
  return [
    hitGutter,
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    assisted(known, false),
    search({ top: true }),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    // Tab indents, as in every editor of code. Esc, then Tab leaves it: CodeMirror sees to that.
    keymap.of([
      ...problemKeys,
      ...keys,
      indentWithTab,
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...ordinary,
    ]),
  ];
}

/** One line: Enter takes a completion and makes no line, Tab goes to the next field. */
export function conditionExtensions(known: () => Known): Extension {
  return [
    assisted(known, true),
    explainBelow.of(false),
    EditorState.transactionFilter.of((transaction) =>
      transaction.newDoc.lines > 1
        ? [transaction, { changes: joinLines(transaction.newDoc.toString()), sequential: true }]
        : transaction,
    ),
    keymap.of([
      ...problemKeys,
      ...closeBracketsKeymap,
      ...historyKeymap,
      // Nothing, rather than a line break.
      { key: "Enter", run: () => true },
      ...ordinary,
    ]),
  ];
}

function joinLines(text: string) {
  return [...text.matchAll(/\s*\n\s*/g)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    insert: " ",
  }));
}
