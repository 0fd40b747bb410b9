import type { ChangeSpec, Text } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

/** Lays the text out anew and leaves the cursor on what it was on, in one step to undo. */
export function replaceText(view: EditorView, text: string) {
  const changes = changesTo(view.state.doc, text);
  if (changes.length > 0) view.dispatch({ changes, userEvent: "input.format" });
}

export function changesTo(doc: Text, text: string): ChangeSpec[] {
  const lines = text.split("\n");
  if (lines.length !== doc.lines) return trimmed(doc.toString(), text, 0);
  return lines.flatMap((line, index) => {
    const old = doc.line(index + 1);
    return trimmed(old.text, line, old.from);
  });
}

/** The one change between two texts, without what they begin and end with alike. */
function trimmed(from: string, to: string, offset: number): ChangeSpec[] {
  if (from === to) return [];
  const longest = Math.min(from.length, to.length);
  let start = 0;
  while (start < longest && from[start] === to[start]) start++;
  let end = 0;
  while (end < longest - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  return [
    {
      from: offset + start,
      to: offset + from.length - end,
      insert: to.slice(start, to.length - end),
    },
  ];
}
