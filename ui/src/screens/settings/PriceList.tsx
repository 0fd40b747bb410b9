import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { ImportedModel, ModelImport, Price } from "@/bindings/types";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { Banner } from "@/components/State";
import { notify } from "@/components/toast";
import { Row } from "./Row";

const REFRESHES = ["list_providers" as const, "list_models" as const];

/** First what would change, then the import. */
export function PriceList() {
  const { t } = useTranslation();
  const chooser = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<string | null>(null);
  const preview = useDo("import_models", {});
  const put = useDo("import_models", { refreshes: REFRESHES });
  const forget = useDo("forget_imported_models", {
    refreshes: REFRESHES,
    onSuccess: ({ models }) => notify(t("settings.prices.forgotten", { count: models })),
  });
  const close = () => {
    setFile(null);
    preview.reset();
    put.reset();
  };
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    event.target.value = "";
    if (!chosen) return;
    close();
    const text = await chosen.text();
    setFile(text);
    preview.mutate({ file: text, preview: true });
  };
  const fault = preview.error ?? put.error ?? forget.error;
  return (
    <>
      <Row
        label={t("settings.prices.label")}
        help={t("settings.prices.help")}
        fault={fault?.message}
      >
        <span className="row">
          <Button variant="ghost" onClick={() => forget.mutate({})}>
            {t("settings.prices.forget")}
          </Button>
          <Button onClick={() => chooser.current?.click()}>{t("settings.prices.button")}</Button>
        </span>
        <input
          ref={chooser}
          type="file"
          accept=".json,application/json"
          className="sr-only"
          tabIndex={-1}
          aria-label={t("settings.prices.file")}
          onChange={read}
        />
      </Row>
      {file !== null && preview.data && !put.data && (
        <Preview
          found={preview.data}
          onCancel={close}
          onImport={() => put.mutate({ file, date: preview.data?.date })}
        />
      )}
      {put.data && (
        <div className="set-block">
          <Banner
            tone="ok"
            title={t("settings.prices.done")}
            actions={<Button onClick={close}>{t("settings.prices.close")}</Button>}
          >
            <Counts found={put.data} />
          </Banner>
        </div>
      )}
    </>
  );
}

function Preview(props: { found: ModelImport; onCancel: () => void; onImport: () => void }) {
  const { t } = useTranslation();
  const { found } = props;
  const title = t("settings.prices.preview", { source: found.source, date: found.date });
  const block = useRef<HTMLDivElement>(null);
  useEffect(() => {
    block.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const digits = { input: digitsOf(found.rows, "input"), output: digitsOf(found.rows, "output") };
  return (
    <div ref={block} className="set-block" role="group" aria-label={title}>
      <p className="fw-6">{title}</p>
      <Counts found={found} />
      {found.rows.length > 0 ? (
        <div className="price-rows scroll">
          <table className="table">
            <colgroup>
              <col />
              <col className="w-change" />
              <col className="w-price" />
              <col className="w-price" />
            </colgroup>
            <thead>
              <tr>
                <th>{t("settings.prices.model")}</th>
                <th>{t("settings.prices.what")}</th>
                <th className="num">{t("settings.prices.input")}</th>
                <th className="num">{t("settings.prices.output")}</th>
              </tr>
            </thead>
            <tbody>
              {found.rows.map((row) => (
                <Changed key={`${row.kind}/${row.model}`} row={row} digits={digits} />
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="t-3">{t("settings.prices.nothing")}</p>
      )}
      {found.rows_left_off > 0 && (
        <p className="t-3">{t("settings.prices.more", { count: found.rows_left_off })}</p>
      )}
      {found.refused.length > 0 && (
        <details>
          <summary>
            {t("settings.prices.refused")}: {count(found.refused_count)}
          </summary>
          <ul>
            {found.refused.map(({ name, reason }) => (
              <li key={name}>
                <code>{name}</code> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="row">
        <Button variant="primary" onClick={props.onImport}>
          {t("settings.prices.apply")}
        </Button>
        <Button onClick={props.onCancel}>{t("cancel")}</Button>
      </div>
    </div>
  );
}

function Counts({ found }: { found: ModelImport }) {
  const { t } = useTranslation();
  const all = [
    ["new", found.new],
    ["repriced", found.repriced],
    ["changed", found.changed],
    ["unchanged", found.unchanged],
    ["older", found.older],
    ["unknown_provider", found.unknown_provider],
    ["other_mode", found.other_mode],
    ["not_callable", found.not_callable],
    ["refused", found.refused_count],
  ] as const;
  const counted = all.filter(([, models]) => models > 0);
  return (
    <dl className="kv">
      {counted.map(([name, models]) => (
        <div key={name} className="row">
          <dt>{t(`settings.prices.${name}`)}</dt>
          <dd className="num">{count(models)}</dd>
        </div>
      ))}
    </dl>
  );
}

type Side = "input" | "output";
type Digits = Record<Side, number>;

/** Decimals that the longest price of a column has, so that all of them stand even. */
function digitsOf(rows: ImportedModel[], of: Side): number {
  const prices = rows.flatMap(({ before, after }) => [before?.[of], after?.[of]]);
  const decimals = prices.map((usd) => {
    const text = usd?.toLocaleString("en-US", { maximumFractionDigits: MOST_DIGITS });
    return text?.split(".")[1]?.length ?? 0;
  });
  return Math.max(2, ...decimals);
}

const MOST_DIGITS = 6;

function Changed({ row, digits }: { row: ImportedModel; digits: Digits }) {
  const { t } = useTranslation();
  const name = `${row.kind}/${row.model}`;
  return (
    <tr>
      <td className="truncate" title={name}>
        <code>{name}</code>
        {row.yours && <span className="t-3"> {t("settings.prices.yours")}</span>}
      </td>
      <td>{t(`settings.prices.change.${row.change}`)}</td>
      <Amount row={row} of="input" digits={digits} />
      <Amount row={row} of="output" digits={digits} />
    </tr>
  );
}

function Amount({ row, of, digits }: { row: ImportedModel; of: Side; digits: Digits }) {
  const { t } = useTranslation();
  const shown = (price: Price | undefined) =>
    price ? `$${price[of].toFixed(digits[of])}` : t("settings.prices.unpriced");
  const [before, after] = [shown(row.before), shown(row.after)];
  return (
    <td className="num">
      {row.change !== "new" && before !== after && <span className="t-3">{before} → </span>}
      {after}
    </td>
  );
}
