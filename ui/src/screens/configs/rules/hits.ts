import {
  type EditorState,
  RangeSet,
  RangeSetBuilder,
  StateEffect,
  StateField,
} from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutter, WidgetType } from "@codemirror/view";

/** What the gutter and the line of one rule tell. */
export type Hit = {
  /** Line on which the rule begins, from 1, in the text as it was then. */
  line: number;
  /** Of all requests, from 0 to 1; null for a rule that no recorded version had. */
  share: number | null;
  /** "31%", "new". */
  label: string;
  title: string;
  tone: "measured" | "stale" | "never";
  /** Why it never matched, where that can be told. */
  hint?: string | null;
};

export const setHits = StateEffect.define<Hit[]>();

class Bar extends GutterMarker {
  constructor(private readonly hit: Hit) {
    super();
  }

  override eq(other: Bar) {
    return this.hit.label === other.hit.label && this.hit.tone === other.hit.tone;
  }

  override toDOM() {
    const { share, label, title, tone } = this.hit;
    const dom = document.createElement("div");
    dom.className = `hit is-${tone}`;
    dom.title = title;
    if (share) {
      dom.appendChild(document.createElement("i")).style.setProperty("--n", String(share));
    }
    dom.appendChild(document.createElement("b")).textContent = label;
    return dom;
  }
}

class Hint extends WidgetType {
  constructor(private readonly text: string) {
    super();
  }

  override eq(other: Hint) {
    return this.text === other.text;
  }

  override toDOM() {
    const dom = document.createElement("span");
    dom.className = "hint";
    dom.textContent = this.text;
    return dom;
  }
}

type Shown = { bars: RangeSet<GutterMarker>; hints: RangeSet<Decoration> };
const NONE: Shown = { bars: RangeSet.empty, hints: Decoration.none };

const hitsField = StateField.define<Shown>({
  create: () => NONE,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setHits)) return show(transaction.state, effect.value);
    }
    if (!transaction.docChanged) return shown;
    return {
      bars: shown.bars.map(transaction.changes),
      hints: shown.hints.map(transaction.changes),
    };
  },
  provide: (field) => EditorView.decorations.from(field, (shown) => shown.hints as never),
});

function show(state: EditorState, hits: Hit[]): Shown {
  const bars = new RangeSetBuilder<GutterMarker>();
  const hints = new RangeSetBuilder<Decoration>();
  for (const hit of [...hits].sort((a, b) => a.line - b.line)) {
    if (hit.line > state.doc.lines) continue;
    const line = state.doc.line(hit.line);
    bars.add(line.from, line.from, new Bar(hit));
    if (hit.hint) {
      hints.add(line.to, line.to, Decoration.widget({ widget: new Hint(hit.hint), side: 1 }));
    }
  }
  return { bars: bars.finish(), hints: hints.finish() };
}

/** Beside each rule, the share of requests that it took. Without figures it takes no room. */
export const hitGutter = [
  hitsField,
  gutter({
    class: "cm-hits",
    markers: (view) => view.state.field(hitsField).bars,
  }),
];
