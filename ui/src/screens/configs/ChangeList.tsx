import { Fragment } from "react";
import type { Change, Diff } from "@/bindings/types";
import { Icon } from "@/components/Icon";

const SIGN: Record<string, [sign: string, tone: string]> = {
  added: ["+", "add"],
  removed: ["-", "del"],
  changed: ["~", "mod"],
  moved: ["~", "mod"],
};

/** What changed, one plain line each, in the order of the config; then what that does. */
export function ChangeList({ diff }: { diff: Diff }) {
  return (
    <ul className="word-diff">
      {diff.changes.map((change) => {
        const [sign, tone] = SIGN[change.kind] ?? ["~", "mod"];
        return (
          <li key={`${change.path} ${change.text}`}>
            <span className={`sign ${tone}`}>{sign}</span>
            <span>
              <ChangeText change={change} />
            </span>
          </li>
        );
      })}
      {diff.effects?.map((effect) => (
        <li key={effect} className="effect">
          <span className="sign">
            <Icon name="info" size="sm" />
          </span>
          <span className="t-2">{effect}</span>
        </li>
      ))}
    </ul>
  );
}

/** `a 5000 -> 2000 ms` with both values marked; targets and slugs in monospace. */
function ChangeText({ change }: { change: Change }) {
  const arrow = / -> /.exec(change.text);
  if (change.kind !== "changed" || !arrow) return <Literals text={change.text} />;
  const left = change.text.slice(0, arrow.index);
  const right = change.text.slice(arrow.index + arrow[0].length);
  const [before, from] = cutEnd(left, change.from);
  const [to, after] = cutStart(right, change.to);
  return (
    <>
      {before} <del>{from}</del>
      <Icon name="arrow-r" size="xs" />
      <ins>{to}</ins> {after}
    </>
  );
}

function spelled(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cutEnd(text: string, value: unknown): [string, string] {
  const word = spelled(value);
  const at = text.endsWith(word) ? text.length - word.length : text.lastIndexOf(" ") + 1;
  return [text.slice(0, at).trimEnd(), text.slice(at)];
}

function cutStart(text: string, value: unknown): [string, string] {
  const word = spelled(value);
  const space = text.indexOf(" ");
  const at = text.startsWith(word) ? word.length : space < 0 ? text.length : space;
  return [text.slice(0, at), text.slice(at).trimStart()];
}

function Literals({ text }: { text: string }) {
  const parts = text.split(/(@[a-z0-9][a-z0-9-]*(?::\d+)?|\b[\w.-]+\/[\w./:-]+)/);
  return (
    <span>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, in order
          <code key={index}>{part}</code>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence, in order
          <Fragment key={index}>{part}</Fragment>
        ),
      )}
    </span>
  );
}
