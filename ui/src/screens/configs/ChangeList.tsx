import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Change, Diff } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";

const SIGN: Record<string, [sign: string, tone: string]> = {
  added: ["+", "add"],
  removed: ["-", "del"],
  changed: ["~", "mod"],
  moved: ["~", "mod"],
};

/**
 * What changed, one plain line each, in the order of the config; then what that does. Beyond `most`
 * they are folded away.
 */
export function ChangeList({ diff, most }: { diff: Diff; most?: number }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const { changes } = diff;
  const folds = most !== undefined && changes.length > most;
  return (
    <ul className="word-diff">
      {changes.slice(0, folds && !all ? most : undefined).map((change) => {
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
      {folds && (
        <li>
          <Button size="sm" variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t("diff.showFewer") : t("diff.showAll", { count: changes.length })}
          </Button>
        </li>
      )}
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
  const isAction = ACTION.test(said(left)) && ACTION.test(right);
  const { before, from, to, after } = isAction ? actions(left, right) : values(left, right, change);
  return (
    <>
      {before} <del>{from}</del>
      <Icon name="arrow-r" size="xs" />
      <ins>{to}</ins> {after}
    </>
  );
}

type Parts = { before: string; from: string; to: string; after: string };

const ACTION = /^(?:use|block) /;

/** After the place, of which no part has a colon. */
function said(text: string): string {
  const at = text.indexOf(": ");
  return at < 0 ? text : text.slice(at + 2);
}

/** `rule 1: use @a` and `use @b`: all that follows the place, without the verb that both have. */
function actions(left: string, right: string): Parts {
  const from = said(left);
  const place = left.slice(0, left.length - from.length).trimEnd();
  const shared = from.startsWith("use ") && right.startsWith("use ") ? "use" : "";
  const cut = shared.length;
  return {
    before: [place, shared].filter(Boolean).join(" "),
    from: from.slice(cut).trimStart(),
    to: right.slice(cut).trimStart(),
    after: "",
  };
}

function values(left: string, right: string, change: Change): Parts {
  const [before, from] = cutEnd(left, change.from);
  const [to, after] = cutStart(right, change.to);
  return { before, from, to, after };
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
