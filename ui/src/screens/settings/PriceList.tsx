import { type ChangeEvent, useRef, useState } from "react";
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
  return (
    <div className="set-block" role="group" aria-label={title}>
      <p className="fw-6">{title}</p>
      <Counts found={found} />
      {found.rows.length > 0 ? (
        <div className="price-rows scroll">
          <table className="table">
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
                <Changed key={`${row.kind}/${row.model}`} row={row} />
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
  const skipped = found.unknown_provider + found.other_mode + found.not_callable;
  const all = [
    ["new", found.new],
    ["repriced", found.repriced],
    ["changed", found.changed],
    ["unchanged", found.unchanged],
    ["older", found.older],
    ["skipped", skipped],
    ["refused", found.refused_count],
  ] as const;
  return (
    <dl className="kv">
      {all.map(([name, models]) => (
        <div key={name} className="row">
          <dt>{t(`settings.prices.${name}`)}</dt>
          <dd className="num">{count(models)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Changed({ row }: { row: ImportedModel }) {
  const { t } = useTranslation();
  return (
    <tr>
      <td>
        <code>
          {row.kind}/{row.model}
        </code>
        {row.yours && <span className="t-3"> {t("settings.prices.yours")}</span>}
      </td>
      <td>{t(`settings.prices.change.${row.change}`)}</td>
      <Amount row={row} of="input" />
      <Amount row={row} of="output" />
    </tr>
  );
}

function Amount({ row, of }: { row: ImportedModel; of: "input" | "output" }) {
  const { t } = useTranslation();
  const shown = (price: Price | undefined) =>
    price ? `$${price[of]}` : t("settings.prices.unpriced");
  const [before, after] = [shown(row.before), shown(row.after)];
  return (
    <td className="num">
      {row.change !== "new" && before !== after && <span className="t-3">{before} → </span>}
      {after}
    </td>
  );
}
