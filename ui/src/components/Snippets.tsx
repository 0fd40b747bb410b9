import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Snippets as Given } from "@/bindings/types";
import { type Language, tokenize } from "./Code";
import { CopyButton } from "./Copy";
import { Select } from "./Field";
import { TabBar } from "./Tabs";

const LANGUAGES: Record<string, Language> = {
  python: "python",
  javascript: "javascript",
  typescript: "javascript",
  shell: "shell",
  // Comments, strings and bare words are all that these have.
  toml: "shell",
  yaml: "shell",
  json: "json",
};

/** What to paste: a tab for each of the first clients, a list for the others. Lines that hold one of `marks` are the ones to change in code that exists. */
export function Snippets({ given, marks }: { given: Given; marks: string[] }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState("");
  const shown = given.snippets.find(({ id }) => id === wanted) ?? given.snippets[0];
  if (!shown) return null;
  const language = LANGUAGES[shown.language] ?? "text";
  const [first, others] = [
    given.snippets.filter(({ group }) => !group),
    given.snippets.filter(({ group }) => group),
  ];
  const name = shown.group ? `${shown.group}: ${shown.title}` : shown.title;
  return (
    <div className="snippet">
      <div className="sn-head">
        <TabBar
          label={t("snippets.label")}
          value={shown.id}
          items={first.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={setWanted}
        />
        {others.length > 0 && (
          <Select
            size="sm"
            label={t("snippets.others")}
            value={shown.group ? shown.id : ""}
            placeholder={t("snippets.others")}
            options={others.map(({ id, title, group }) => ({
              value: id,
              label: title,
              hint: group,
            }))}
            onChange={setWanted}
          />
        )}
        <span className="grow" />
        <CopyButton text={shown.text} label={t("snippets.copy", { name })}>
          {t("copy")}
        </CopyButton>
      </div>
      <pre
        className="code scroll"
        role="region"
        aria-label={name}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {shown.text
          .trimEnd()
          .split("\n")
          .map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
            <Line key={index} line={line} language={language} marked={has(line, marks)} />
          ))}
      </pre>
    </div>
  );
}

const has = (line: string, marks: string[]) => marks.some((mark) => mark && line.includes(mark));

function Line(props: { line: string; language: Language; marked: boolean }) {
  const tokens = tokenize(props.line, props.language).map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <span key={index} className={token.kind ? `tk-${token.kind}` : undefined}>
      {token.text}
    </span>
  ));
  return props.marked ? (
    <mark>{tokens}</mark>
  ) : (
    <span className="line">
      {tokens}
      {"\n"}
    </span>
  );
}
