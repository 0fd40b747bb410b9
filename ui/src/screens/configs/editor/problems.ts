import { type EditorState, type Range, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import type { Diagnostic } from "@/bindings/types";
import { keyLabel } from "@/components/Label";
import i18n from "@/i18n";

/** A diagnostic at its place in the text as it is now. */
export type Problem = { from: number; to: number; diagnostic: Diagnostic };

export const setProblems = StateEffect.define<Problem[]>();

type Shown = { problems: Problem[]; decorations: DecorationSet };

export const problemsField = StateField.define<Shown>({
  create: () => ({ problems: [], decorations: Decoration.none }),
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setProblems)) return show(transaction.state, effect.value);
    }
    if (!transaction.docChanged) return shown;
    return {
      problems: shown.problems.map((problem) => ({
        ...problem,
        from: transaction.changes.mapPos(problem.from),
        to: transaction.changes.mapPos(problem.to),
      })),
      decorations: shown.decorations.map(transaction.changes),
    };
  },
  provide: (field) => EditorView.decorations.from(field, (shown) => shown.decorations),
});

function show(state: EditorState, problems: Problem[]): Shown {
  const ranges: Range<Decoration>[] = [];
  for (const problem of problems) {
    const { severity } = problem.diagnostic;
    const line = state.doc.lineAt(problem.from);
    if (problem.to > problem.from) {
      const squiggle = severity === "error" ? "squiggle" : "squiggle squiggle-warn";
      ranges.push(Decoration.mark({ class: squiggle }).range(problem.from, problem.to));
    }
    ranges.push(
      Decoration.widget({ widget: new Explanation(problem), side: 1, block: true }).range(line.to),
    );
  }
  return { problems, decorations: Decoration.set(ranges, true) };
}

/** Lines and columns count from 1, in UTF-16 units, as the text was when it was checked. */
export function place(state: EditorState, diagnostics: Diagnostic[]): Problem[] {
  return diagnostics.map((diagnostic) => {
    const number = Math.min(Math.max(diagnostic.line ?? 1, 1), state.doc.lines);
    const line = state.doc.line(number);
    const from = Math.min(line.from + Math.max((diagnostic.column ?? 1) - 1, 0), line.to);
    const length = diagnostic.length ?? (diagnostic.line ? 1 : 0);
    return { from, to: Math.min(from + length, state.doc.length), diagnostic };
  });
}

/** The box below the line: what is wrong, and the click that mends it. */
class Explanation extends WidgetType {
  constructor(private readonly problem: Problem) {
    super();
  }

  override eq(other: Explanation) {
    const [a, b] = [this.problem, other.problem];
    return (
      a.from === b.from &&
      a.diagnostic.message === b.diagnostic.message &&
      a.diagnostic.suggestion === b.diagnostic.suggestion
    );
  }

  override toDOM(view: EditorView) {
    const { severity, message, suggestion } = this.problem.diagnostic;
    const outer = document.createElement("div");
    outer.className = "ed-problem-row";
    const box = outer.appendChild(document.createElement("div"));
    box.className = `ed-problem is-${severity}`;
    box.appendChild(document.createElement("span")).textContent = message;
    if (suggestion != null && replacement(view.state, this.problem) !== null) {
      box.appendChild(this.fixButton(view, suggestion));
    }
    return outer;
  }

  private fixButton(view: EditorView, suggestion: string) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = i18n.t("source.fix", { with: suggestion.replace(/^"|"$/g, "") });
    button.appendChild(document.createElement("kbd")).textContent = keyLabel("Ctrl .");
    button.onclick = () => {
      const now = view.state
        .field(problemsField)
        .problems.find((each) => each.diagnostic === this.problem.diagnostic);
      if (now) fix(view, now);
    };
    return button;
  }

  override ignoreEvent() {
    return true;
  }
}

const ONE_TOKEN = /^(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)$/;

/**
 * What to write over the marked text, or null. A suggestion is a bare name while the mark covers
 * the JSON string with its quotes; where a whole object is marked there is nothing to replace.
 */
function replacement(state: EditorState, { from, to, diagnostic }: Problem): string | null {
  const { suggestion } = diagnostic;
  const marked = state.sliceDoc(from, to);
  if (suggestion == null || !ONE_TOKEN.test(marked)) return null;
  return marked.startsWith('"') && !suggestion.startsWith('"')
    ? JSON.stringify(suggestion)
    : suggestion;
}

function fix(view: EditorView, problem: Problem) {
  const insert = replacement(view.state, problem);
  if (insert === null) return;
  view.dispatch({
    changes: { from: problem.from, to: problem.to, insert },
    selection: { anchor: problem.from + insert.length },
    userEvent: "input.fix",
    scrollIntoView: true,
  });
  view.focus();
}

/** Mends the problem under the cursor, else the first that knows how. */
export function applyFix(view: EditorView): boolean {
  const at = view.state.selection.main.head;
  const known = view.state
    .field(problemsField)
    .problems.filter((problem) => replacement(view.state, problem) !== null);
  const chosen = known.find(({ from, to }) => from <= at && at <= to) ?? known[0];
  if (chosen) fix(view, chosen);
  return chosen !== undefined;
}

export function nextProblem(view: EditorView): boolean {
  const at = view.state.selection.main.head;
  const { problems } = view.state.field(problemsField);
  const sorted = [...problems].sort((a, b) => a.from - b.from);
  const next = sorted.find((problem) => problem.from > at) ?? sorted[0];
  if (!next) return false;
  view.dispatch({ selection: { anchor: next.from }, scrollIntoView: true });
  view.focus();
  return true;
}
