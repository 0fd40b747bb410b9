import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DiffLine, DiffRow } from "@/bindings/types";
import { tokenize } from "@/components/Code";

type Layout = "split" | "inline";

/** Draws the rows that Rust computed; nothing is compared here. */
export const DiffView = memo(function DiffView(props: { rows: DiffRow[]; layout: Layout }) {
  const { t } = useTranslation();
  const blocks = toBlocks(props.rows);
  return (
    <section className={`diff is-${props.layout}`} aria-label={t("diff.table")}>
      {blocks.map(({ rows, change }) => (
        <div key={key(rows[0])} className="diff-block" data-change={change ?? undefined}>
          {props.layout === "split" ? <SplitRows rows={rows} /> : <InlineRows rows={rows} />}
        </div>
      ))}
    </section>
  );
});

const key = (row?: DiffRow) => `${row?.left?.line ?? ""}:${row?.right?.line ?? ""}`;

type Block = { rows: DiffRow[]; change: number | null };

/** Neighbouring changed rows are one block: one stop of n and p. */
function toBlocks(rows: DiffRow[]): Block[] {
  const blocks: Block[] = [];
  let changes = 0;
  for (const row of rows) {
    const changed = row.kind !== "equal";
    const last = blocks.at(-1);
    if (last && (last.change !== null) === changed) last.rows.push(row);
    else blocks.push({ rows: [row], change: changed ? changes++ : null });
  }
  return blocks;
}

/** Indices of the blocks that n and p stop at. */
export function changeStarts(rows: DiffRow[]): number[] {
  return toBlocks(rows).flatMap(({ change }) => change ?? []);
}

function SplitRows({ rows }: { rows: DiffRow[] }) {
  return rows.map((row) => (
    <div key={key(row)} className="diff-row">
      <Line line={row.left} tone={row.kind === "equal" ? "" : "del"} />
      <Line line={row.right} tone={row.kind === "equal" ? "" : "add"} />
    </div>
  ));
}

function InlineRows({ rows }: { rows: DiffRow[] }) {
  if (rows[0]?.kind === "equal") {
    return rows.map((row) => <InlineLine key={key(row)} row={row} line={row.right} tone="" />);
  }
  return (
    <>
      {rows.map(
        (row) =>
          row.left && <InlineLine key={`l${row.left.line}`} row={row} line={row.left} tone="del" />,
      )}
      {rows.map(
        (row) =>
          row.right && (
            <InlineLine key={`r${row.right.line}`} row={row} line={row.right} tone="add" />
          ),
      )}
    </>
  );
}

type Tone = "" | "add" | "del";
const SIGN: Record<Tone, string> = { "": "", add: "+", del: "-" };

function InlineLine({ row, line, tone }: { row: DiffRow; line: DiffLine | null; tone: Tone }) {
  if (!line) return null;
  return (
    <div className={`diff-line ${tone}`}>
      <span className="ln">{tone === "add" ? "" : row.left?.line}</span>
      <span className="ln">{tone === "del" ? "" : row.right?.line}</span>
      <span className="sg">{SIGN[tone]}</span>
      <code style={hanging(line.text)}>{marked(line, tone)}</code>
    </div>
  );
}

function Line({ line, tone }: { line: DiffLine | null; tone: Tone }) {
  if (!line) return <div className="diff-line void" />;
  return (
    <div className={`diff-line ${tone}`}>
      <span className="ln">{line.line}</span>
      <span className="sg">{SIGN[tone]}</span>
      <code style={hanging(line.text)}>{marked(line, tone)}</code>
    </div>
  );
}

/** What wraps goes on below its own indent, not at the column's edge. */
function hanging(text: string) {
  const indent = `${text.search(/\S|$/) + 2}ch`;
  return { paddingLeft: indent, textIndent: `-${indent}` };
}

/** The line in syntax colours; inside a changed word the word's tint is the only colour. */
function marked({ text, spans }: DiffLine, tone: Tone): ReactNode[] {
  const out: ReactNode[] = [];
  const Word = tone === "del" ? "del" : "ins";
  let at = 0;
  const plain = (end: number) => {
    for (const token of tokenize(text.slice(at, end), "json")) {
      out.push(
        <span key={`${at}-${out.length}`} className={token.kind ? `tk-${token.kind}` : undefined}>
          {token.text}
        </span>,
      );
    }
    at = end;
  };
  for (const [start, end] of tone === "" ? [] : spans) {
    plain(start);
    out.push(<Word key={`w${start}`}>{text.slice(start, end)}</Word>);
    at = end;
  }
  plain(text.length);
  return out;
}
