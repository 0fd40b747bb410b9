import {
  type EditorState,
  Facet,
  type Range,
  RangeSet,
  StateEffect,
  StateField,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutterLineClass,
  WidgetType,
} from "@codemirror/view";
import type { Diagnostic } from "@/bindings/types";
import { ICONS } from "@/components/icons";
import { keyLabel } from "@/components/Label";
import i18n from "@/i18n";

/** What is wrong and where, with lines and columns of the text in the editor. */
export type Finding = Pick<
  Diagnostic,
  "severity" | "message" | "suggestion" | "line" | "column" | "length"
>;

/** A finding at its place in the text as it is now. */
export type Problem = { from: number; to: number; diagnostic: Finding };

export const setProblems = StateEffect.define<Problem[]>();

/** Whether each problem is explained below its line. A field of one line has its own place for that. */
export const explainBelow = Facet.define<boolean, boolean>({ combine: ([given]) => given ?? true });

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
  provide: (field) => [
    EditorView.decorations.from(field, (shown) => shown.decorations),
    gutterLineClass.computeN([field], (state) => [errorLines(state)]),
  ],
});

const errorLine = new (class extends GutterMarker {
  override elementClass = "has-error";
})();

/** The number of a line with an error is marked, too. */
function errorLines(state: EditorState): RangeSet<GutterMarker> {
  const starts = state
    .field(problemsField)
    .problems.filter(({ diagnostic }) => diagnostic.severity === "error")
    .map(({ from }) => state.doc.lineAt(Math.min(from, state.doc.length)).from);
  const sorted = [...new Set(starts)].sort((a, b) => a - b);
  return RangeSet.of(sorted.map((from) => errorLine.range(from)));
}

function show(state: EditorState, problems: Problem[]): Shown {
  const ranges: Range<Decoration>[] = [];
  for (const problem of problems) {
    const { severity } = problem.diagnostic;
    const line = state.doc.lineAt(problem.from);
    if (problem.to > problem.from) {
      const squiggle = severity === "error" ? "squiggle" : "squiggle squiggle-warn";
      ranges.push(Decoration.mark({ class: squiggle }).range(problem.from, problem.to));
    }
    if (!state.facet(explainBelow)) continue;
    ranges.push(
      Decoration.widget({ widget: new Explanation(problem), side: 1, block: true }).range(line.to),
    );
  }
  return { problems, decorations: Decoration.set(ranges, true) };
}

/** Lines and columns count from 1, in UTF-16 units, as the text was when it was checked. */
export function place(state: EditorState, diagnostics: Finding[]): Problem[] {
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
    const { diagnostic, from, to } = this.problem;
    const outer = document.createElement("div");
    outer.className = "ed-problem-row";
    const box = outer.appendChild(explanation(diagnostic, view.state.sliceDoc(from, to)));
    if (diagnostic.suggestion != null && replacement(view.state, this.problem) !== null) {
      box.appendChild(fixButton(diagnostic.suggestion, () => this.mend(view)));
    }
    return outer;
  }

  private mend(view: EditorView) {
    const now = view.state
      .field(problemsField)
      .problems.find((each) => each.diagnostic === this.problem.diagnostic);
    if (now) fix(view, now);
  }

  override ignoreEvent() {
    return true;
  }
}

/** Icon and sentence, with the names that it is about set in code. */
function explanation({ severity, message, suggestion }: Finding, marked: string) {
  const box = document.createElement("div");
  box.className = `ed-problem is-${severity}`;
  box.appendChild(icon(severity === "error" ? "error" : "warn"));
  const sentence = box.appendChild(document.createElement("span"));
  const names = [bare(marked), bare(suggestion ?? "")].filter((name) => NAME.test(name));
  for (const part of splitAt(message, names)) {
    const code = names.includes(part);
    sentence.appendChild(code ? document.createElement("code") : new Text()).textContent = part;
  }
  return box;
}

function fixButton(suggestion: string, run: () => void) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = i18n.t("source.fixShort");
  button.setAttribute("aria-label", i18n.t("source.fix", { with: bare(suggestion) }));
  button.appendChild(document.createElement("kbd")).textContent = keyLabel("Ctrl .");
  button.onclick = run;
  return button;
}

const SVG = "http://www.w3.org/2000/svg";

function icon(name: "error" | "warn") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon icon-sm");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", ICONS[name]);
  return svg;
}

/** Worth its own type face: more than one letter, and no sentence. */
const NAME = /^(?=..)[\w@./:-]+(?: [\w@./:-]+)?$/;
const bare = (text: string) => text.replace(/^["']|["']$/g, "");

function splitAt(message: string, names: string[]): string[] {
  if (names.length === 0) return [message];
  const escaped = names
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return message
    .split(new RegExp(`(?<![\\w@./-])(${escaped.join("|")})(?![\\w@/-])`))
    .filter((part) => part !== "");
}

const ONE_TOKEN = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.+@/:-]+|[=!<>&|]+)$/;

/**
 * What to write over the marked text, or null. A suggestion is a bare name while the mark covers
 * the JSON string with its quotes; where a whole object is marked there is nothing to replace.
 */
function replacement(state: EditorState, { from, to, diagnostic }: Problem): string | null {
  const { suggestion } = diagnostic;
  const marked = state.sliceDoc(from, to);
  if (suggestion == null || !ONE_TOKEN.test(marked)) return null;
  return /^["']/.test(marked) && !suggestion.startsWith('"')
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

/** Mends the problem under the cursor, else the first that knows how; or the one that is named. */
export function applyFix(view: EditorView, wanted?: Finding): boolean {
  const at = view.state.selection.main.head;
  const known = view.state
    .field(problemsField)
    .problems.filter((problem) => replacement(view.state, problem) !== null)
    .filter(({ diagnostic }) => wanted === undefined || diagnostic === wanted);
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
