import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useBackend } from "@/backend/react";
import { Button } from "@/components/Button";
import { count, NONE } from "@/components/format";
import { Kbd } from "@/components/Label";
import { termsOf, withoutTerm } from "./filter";

const COUNTED_TO = 200;
const MOST_TERMS = 6;

/** Why nothing matches: what each term finds alone, and what is found without it. */
export function NoMatch(props: { query: string; onChange: (query: string) => void }) {
  const { t } = useTranslation();
  const { query, onChange } = props;
  const terms = termsOf(query).slice(0, MOST_TERMS);
  const alone = useCounts(terms.map(({ text }) => text));
  const without = useCounts(terms.map((_, index) => withoutTerm(query, index)));
  const [only] = terms;
  if (terms.length === 1 && only) {
    return (
      <div className="empty">
        <h2>{t("traffic.noMatch.one", { term: only.text })}</h2>
        <p>{t("traffic.noMatch.oneText")}</p>
        <div className="empty-action">
          <ClearFilter onChange={onChange} />
        </div>
      </div>
    );
  }
  return (
    <div className="empty no-match">
      <h2>
        {terms.length === 2
          ? t("traffic.noMatch.both")
          : t("traffic.noMatch.all", { n: terms.length })}
      </h2>
      <p>{t("traffic.noMatch.text")}</p>
      <table className="table terms">
        <thead>
          <tr>
            <th>{t("traffic.noMatch.term")}</th>
            <th className="num">{t("traffic.noMatch.alone")}</th>
            <th className="num">{t("traffic.noMatch.without")}</th>
            <th>
              <span className="sr-only">{t("traffic.noMatch.drop")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term, index) => (
            <tr key={term.start}>
              <td className="truncate">
                <code>{term.text}</code>
              </td>
              <td className="num">{counted(alone[index])}</td>
              <td className="num">{counted(without[index])}</td>
              <td className="num">
                {without[index]?.rows === 0 ? (
                  <span className="t-3">{t("traffic.noMatch.noHelp")}</span>
                ) : (
                  <Button
                    size="sm"
                    aria-label={t("traffic.noMatch.dropTerm", { term: term.text })}
                    onClick={() => onChange(withoutTerm(query, index))}
                  >
                    {t("traffic.noMatch.drop")}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ClearFilter onChange={onChange} />
    </div>
  );
}

function ClearFilter({ onChange }: { onChange: (query: string) => void }) {
  const { t } = useTranslation();
  return (
    <Button variant="ghost" onClick={() => onChange("")}>
      {t("traffic.filter.clear")} <Kbd keys="Esc" />
    </Button>
  );
}

type Count = { rows: number; more: boolean };

function counted(found: Count | undefined): string {
  return found ? `${count(found.rows)}${found.more ? "+" : ""}` : NONE;
}

function useCounts(queries: string[]): (Count | undefined)[] {
  const backend = useBackend();
  return useQueries({
    queries: queries.map((q) => ({
      queryKey: ["count_logs", q],
      staleTime: 5000,
      queryFn: async (): Promise<Count> => {
        const page = await backend.call("list_logs", { q: q || undefined, limit: COUNTED_TO });
        return { rows: page.data.length, more: page.has_more };
      },
    })),
  }).map(({ data }) => data);
}
