import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Body } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Code } from "@/components/Code";
import { CopyButton } from "@/components/Copy";
import { Segmented } from "@/components/Field";
import { count } from "@/components/format";
import { prettyJson } from "./pretty";

/** More coloured text than this makes the window stumble. */
const COLOURED_CHARS = 60_000;
const SHOWN_CHARS = 200_000;

type View = "pretty" | "joined" | "raw";

export function BodyView({ body }: { body: Body | undefined }) {
  const { t } = useTranslation();
  const pretty = useMemo(() => (body && !body.truncated ? prettyJson(body.text) : null), [body]);
  const views: View[] = [
    ...(body?.joined === undefined ? [] : ["joined" as const]),
    ...(pretty === null ? [] : ["pretty" as const]),
    "raw",
  ];
  const [wanted, setWanted] = useState<View | null>(null);
  const view = wanted && views.includes(wanted) ? wanted : (views[0] ?? "raw");
  if (!body) return <NoBody />;
  const text =
    view === "pretty" ? (pretty ?? "") : view === "joined" ? (body.joined ?? "") : body.text;
  return (
    <>
      <div className="body-bar">
        {views.length > 1 && (
          <Segmented
            label={t("traffic.body.view")}
            value={view}
            options={views.map((value) => ({ value, label: t(`traffic.body.${value}`) }))}
            onChange={setWanted}
          />
        )}
        <span className="grow" />
        <span className="t-3 fs-1">{t("traffic.body.size", { size: count(body.size) })}</span>
        <CopyButton text={text} label={t("traffic.body.copy")} />
      </div>
      {body.truncated && (
        <p className="body-note t-warn">
          {t("traffic.body.truncated", { kept: count(body.text.length), size: count(body.size) })}
        </p>
      )}
      <Text text={text} json={view === "pretty"} prose={view === "joined"} />
    </>
  );
}

function Text(props: { text: string; json: boolean; prose: boolean }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const cut = !whole && props.text.length > SHOWN_CHARS;
  const text = cut ? props.text.slice(0, SHOWN_CHARS) : props.text;
  const coloured = props.json && text.length <= COLOURED_CHARS;
  return (
    <>
      <Code
        className={`body-text ${props.prose ? "is-prose" : ""}`}
        source={text}
        language={coloured ? "json" : "text"}
      />
      {cut && (
        <div className="body-bar">
          <Button size="sm" onClick={() => setWhole(true)}>
            {t("traffic.body.showAll", {
              count: props.text.length,
              size: count(props.text.length),
            })}
          </Button>
        </div>
      )}
    </>
  );
}

function NoBody() {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <h2>{t("traffic.body.none")}</h2>
      <p>
        {t("traffic.body.noneText")} <Link to="/settings">{t("nav.settings")}</Link>
      </p>
    </div>
  );
}
