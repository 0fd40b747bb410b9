import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { Change, Diff, DiffLine, DiffRow } from "@/bindings/types";

/** As Rust lays a document out: short lists of scalars on one line. */
export function pretty(value: JsonValue): string {
  return JSON.stringify(value, null, 2).replace(
    /\[\s+((?:"[^"]*"(?:,\s+)?)+)\s*\]/g,
    (_, inner) => {
      const items: string[] = inner.match(/"[^"]*"/g) ?? [];
      return `[${items.join(", ")}]`;
    },
  );
}

/** Stands in for Rust's diff: enough to look and test with, no more. */
export function diff(from: JsonValue, to: JsonValue): Diff {
  return { changes: changes(from, to, ""), rows: rows(pretty(from), pretty(to)), effects: [] };
}

function changes(from: JsonValue, to: JsonValue, path: string): Change[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (isTree(from) && isTree(to)) {
    const left = from as Record<string, JsonValue>;
    const right = to as Record<string, JsonValue>;
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => {
      const at = `${path}/${key}`;
      const [before, after] = [left[key], right[key]];
      if (before === undefined) {
        return [
          { path: at, kind: "added", to: after, text: `${words(at)} added: ${brief(after)}` },
        ];
      }
      if (after === undefined) {
        return [{ path: at, kind: "removed", from: before, text: `${words(at)} removed` }];
      }
      return changes(before, after, at);
    });
  }
  const unit = path.endsWith("_ms") ? " ms" : "";
  const text = `${words(path)} ${brief(from)} -> ${brief(to)}${unit}`;
  return [{ path, kind: "changed", from, to, text }];
}

const isTree = (value: JsonValue) => typeof value === "object" && value !== null;

function brief(value: JsonValue | undefined): string {
  if (isTree(value ?? null) && !Array.isArray(value)) {
    return String((value as { model?: JsonValue }).model ?? JSON.stringify(value));
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function words(path: string): string {
  return path
    .replace(/^\/attempts\/(\d+)/, (_, n: string) => `attempt ${Number(n) + 1}`)
    .replace(/^\//, "")
    .replace("/timeout_ms", " timeout")
    .replaceAll("/", " ");
}

function rows(from: string, to: string): DiffRow[] {
  const [a, b] = [from.split("\n"), to.split("\n")];
  const bare = (line?: string) => line?.replace(/,$/, "");
  const lcs = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => lcs[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const best =
        bare(a[i]) === bare(b[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      (lcs[i] as number[])[j] = best;
    }
  }
  const out: DiffRow[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && bare(a[i]) === bare(b[j])) {
      out.push({ left: line(i, a[i++]), right: line(j, b[j++]), kind: "equal" });
      continue;
    }
    const [i0, j0] = [i, j];
    while (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1)) && !same(a, b, i, j))
      i++;
    while (j < b.length && !same(a, b, i, j) && (i >= a.length || at(i, j + 1) >= at(i + 1, j)))
      j++;
    for (let k = 0; k < Math.max(i - i0, j - j0); k++) {
      const left = i0 + k < i ? line(i0 + k, a[i0 + k]) : null;
      const right = j0 + k < j ? line(j0 + k, b[j0 + k]) : null;
      if (left && right) mark(left, right);
      out.push({ left, right, kind: left ? (right ? "changed" : "removed") : "added" });
    }
  }
  return out;
  function same(x: string[], y: string[], m: number, n: number) {
    return m < x.length && n < y.length && bare(x[m]) === bare(y[n]);
  }
}

const line = (index: number, text = ""): DiffLine => ({ line: index + 1, text, spans: [] });

function mark(left: DiffLine, right: DiffLine) {
  const [a, b] = [left.text, right.text];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const word = /[\w.]/;
  while (start > 0 && word.test(a[start - 1] ?? "")) start--;
  while (end > 0 && word.test(a.at(-end) ?? "")) end--;
  left.spans = [[start, a.length - end]];
  right.spans = [[start, b.length - end]];
}
