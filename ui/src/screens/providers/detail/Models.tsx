import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Model, Provider } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Field, Input, Switch } from "@/components/Field";
import { NONE } from "@/components/format";
import { Pill } from "@/components/Label";
import { Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";
import { EditModel } from "./EditModel";

/** What a provider's models cost and can do, and which may be called. */
export function Models({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const sources = [...new Set(provider.models.map((model) => model.price_source).filter(Boolean))];
  return (
    <>
      {provider.models.length > 0 ? (
        <table className="table">
          <colgroup>
            <col />
            <col className="c-wide w-tier" />
            <col className="w-price" />
            <col className="w-price" />
            <col className="w-edit" />
            <col className="c-wide w-context" />
            <col className="c-wide w-can" />
            <col className="w-allow" />
          </colgroup>
          <thead>
            <tr>
              <th>{t("providers.model.name")}</th>
              <th className="c-wide">{t("providers.model.tier")}</th>
              <th className="num">{t("providers.model.input")}</th>
              <th className="num">{t("providers.model.output")}</th>
              <th>
                <span className="sr-only">{t("providers.model.editPrice")}</span>
              </th>
              <th className="num c-wide">{t("providers.model.context")}</th>
              <th className="c-wide">{t("providers.model.can")}</th>
              <th>{t("providers.model.allow")}</th>
            </tr>
          </thead>
          <tbody>
            {provider.models.map((model) => (
              <Row key={model.name} provider={provider} model={model} />
            ))}
          </tbody>
        </table>
      ) : (
        <p className="list-note">{t("providers.model.none")}</p>
      )}
      <div className="list-note row">
        <span className="grow">
          {sources.length > 0 && t("providers.model.source", { source: sources.join(", ") })}{" "}
          {t("providers.model.kept")}
        </span>
        {!provider.built_in && <AddModel provider={provider} />}
      </div>
    </>
  );
}

function usePutModel(onSuccess?: () => void) {
  return useDo("put_model", {
    refreshes: ["list_providers", "list_models"],
    onSuccess,
    onError: (error) => notify(error.message, { tone: "fault" }),
  }).mutate;
}

function Row({ provider, model }: { provider: Provider; model: Model }) {
  const { t } = useTranslation();
  const put = usePutModel();
  const allowed = model.enabled !== false;
  const can = (model.capabilities ?? []).map((each) => t(`providers.capability.${each}`, each));
  return (
    <tr className={allowed ? "" : "off"}>
      <td>
        <span className="row">
          <code className="fw-5 truncate" title={`${provider.name}/${model.name}`}>
            {model.name}
          </code>
          {model.overridden && (
            <span title={t("providers.model.overriddenTitle")}>
              <Pill tone="line">{t("providers.model.overridden")}</Pill>
            </span>
          )}
        </span>
      </td>
      <td className="c-wide">
        {model.tier ? <Pill>{model.tier}</Pill> : <span className="t-3">{NONE}</span>}
      </td>
      {model.price ? (
        <>
          <td className="num">{perMillion(model.price.input)}</td>
          <td className="num">{perMillion(model.price.output)}</td>
        </>
      ) : (
        <td className="num t-3" colSpan={2} title={t("providers.model.unpricedTitle")}>
          {t("providers.model.unpriced")}
        </td>
      )}
      <td>{!provider.built_in && <EditModel provider={provider.name} model={model} />}</td>
      <td className="num t-2 c-wide">{tokens(model.context)}</td>
      <td className="c-wide fs-1 t-2 truncate" title={can.join(", ")}>
        {can.join(", ") || NONE}
      </td>
      <td>
        <Switch
          label={t("providers.model.allowName", { name: model.name })}
          checked={allowed}
          onChange={(enabled) => put({ provider: provider.name, model: model.name, enabled })}
        />
      </td>
    </tr>
  );
}

/** $3.00, $0.075, $0.0375: as many digits as it has, two at least; free is $0.00. */
function perMillion(usd: number): string {
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`;
}

function tokens(count: number | undefined): string {
  if (count === undefined) return NONE;
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toPrecision(3))}M`;
  return count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
}

/** For a server that lists none, or a model newer than the catalogue. */
function AddModel({ provider }: { provider: Provider }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const put = usePutModel(() => {
    setOpen(false);
    setName("");
  });
  const taken = provider.models.some((model) => model.name === name.trim());
  const missing = name.trim() === "";
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!taken && !missing) put({ provider: provider.name, model: name.trim(), enabled: true });
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title={t("providers.model.addTitle")}
      className="price-pop"
      trigger={
        <Button size="sm" icon="plus">
          {t("providers.model.add")}
        </Button>
      }
    >
      <form className="pop-body" onSubmit={save}>
        <Field
          label={t("providers.model.addName")}
          error={taken ? t("providers.model.taken") : undefined}
          help={t("providers.model.addHelp")}
        >
          {({ id, describedBy, invalid }) => (
            <Input
              id={id}
              mono
              prefix={`${provider.name}/`}
              aria-describedby={describedBy}
              invalid={invalid}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <div className="row price-actions">
          <Button
            type="submit"
            variant="primary"
            reason={missing && t("providers.model.addMissing")}
          >
            {t("providers.model.add")}
          </Button>
        </div>
      </form>
    </Popover>
  );
}
