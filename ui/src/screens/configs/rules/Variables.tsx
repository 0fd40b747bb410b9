import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "@/app/actions";
import type { RulesWords as Words } from "@/bindings/types";
import { Input } from "@/components/Field";
import { seen } from "./known";

type Variable = { name: string; insert: string; type: string; note: string | null; doc: string };

type Props = {
  words: Words;
  /** A name that would mend what is wrong now. */
  suggested: string | null;
  onInsert: (text: string) => void;
};

/** Everything a condition may read, with what the last days' traffic held. */
export function Variables({ words, suggested, onInsert }: Props) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const variables = listed(words).filter(({ name, note }) =>
    `${name} ${note ?? ""}`.toLowerCase().includes(filter.trim().toLowerCase()),
  );
  useActions([
    {
      id: "rules.variables",
      group: "page",
      label: t("rules.variables.filter"),
      icon: "search",
      shortcut: "/",
      run: () => input.current?.focus(),
    },
  ]);
  return (
    <aside className="panel vars" aria-label={t("rules.variables.title")}>
      <div className="panel-head">
        <h2>{t("rules.variables.title")}</h2>
        <span className="grow" />
        <span className="t-3 fs-1">{t("rules.variables.seen")}</span>
      </div>
      <div className="section vars-filter">
        <Input
          ref={input}
          icon="search"
          placeholder={t("rules.variables.filter")}
          aria-label={t("rules.variables.filter")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && setFilter("")}
          unit={filter === "" ? <kbd>/</kbd> : undefined}
        />
        <span className="sr-only" role="status">
          {filter !== "" && t("rules.variables.count", { count: variables.length })}
        </span>
      </div>
      {variables.length === 0 && <p className="section t-3 fs-2">{t("rules.variables.none")}</p>}
      <ul className="var-list scroll grow">
        {variables.map((variable) => (
          <li key={variable.name}>
            <button
              type="button"
              className={variable.name === suggested ? "is-suggested" : ""}
              title={variable.doc}
              onClick={() => onInsert(variable.insert)}
            >
              <code>{variable.name}</code>
              <span className="type">{t(`rules.type.${variable.type}`, variable.type)}</span>
              <span className="note">{variable.note ?? variable.doc}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="section sending fs-1 t-3">
        {t("rules.variables.sending")} <code>X-Modelux-User-Tags: tenant=acme</code>{" "}
        {t("rules.variables.sendingOr")} <code>mlx:tags</code>
      </p>
      <div className="section ops">
        <code>== != &lt; &lt;= &gt; &gt;= in and or not</code>
      </div>
    </aside>
  );
}

const PLAIN = /^[A-Za-z_]\w*$/;

/** Budgets first, then tags, then the rest, each as the vocabulary has them. */
function listed(words: Words): Variable[] {
  const known = words.words
    .filter(({ kind, response_only }) => kind === "variable" && !response_only)
    .map(
      (word): Variable => ({
        name: word.name === "tags" ? "tags.<key>" : word.name,
        insert: word.name === "tags" ? "tags." : word.name,
        type: word.type,
        note: seen(words, word.name),
        doc: word.doc,
      }),
    );
  const tags = words.tags.map(
    ({ key }): Variable => ({
      name: key,
      insert: PLAIN.test(key) ? key : `tags[${JSON.stringify(key)}]`,
      type: "string",
      note: seen(words, `tags.${key}`),
      doc: "",
    }),
  );
  const rank = ({ name }: Variable) => (name.startsWith("budget.") ? 0 : 2);
  return [
    ...known.filter((each) => rank(each) === 0),
    ...tags,
    ...known.filter((each) => rank(each) !== 0),
  ];
}
