import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Model, Provider } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Field, Input, Switch } from "@/components/Field";
import { NONE } from "@/components/format";
import { Pill } from "@/components/Label";
import { Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";

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
      <td className="num">{perMillion(model.price?.input)}</td>
      <td className="num">{perMillion(model.price?.output)}</td>
      <td>{!provider.built_in && <EditPrice provider={provider.name} model={model} />}</td>
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

/** $3.00, $0.075; unknown is a dash, free is $0.00. */
function perMillion(usd: number | undefined) {
  if (usd === undefined) return <span className="t-3">{NONE}</span>;
  const digits = Number.isInteger(usd * 100) ? 2 : 4;
  return `$${usd.toFixed(digits)}`;
}

function tokens(count: number | undefined): string {
  if (count === undefined) return NONE;
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toPrecision(3))}M`;
  return count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
}

const PRICES = ["input", "cached_input", "output"] as const;
type PriceText = Record<(typeof PRICES)[number], string>;

/** A price in USD per million tokens, or what is wrong with it. */
function parsed(text: string): number | null {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value >= 0 ? value : null;
}

function EditPrice({ provider, model }: { provider: string; model: Model }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState<PriceText>(asText(model));
  const put = usePutModel(() => setOpen(false));
  const input = parsed(text.input);
  const output = parsed(text.output);
  const cached = text.cached_input.trim() === "" ? undefined : parsed(text.cached_input);
  const valid = input !== null && output !== null && cached !== null;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!valid) return;
    put({
      provider,
      model: model.name,
      price: { input, output, cached_input: cached, above: model.price?.above },
    });
  };
  return (
    <Popover
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) setText(asText(model));
      }}
      title={t("providers.price.title", { name: model.name })}
      className="price-pop"
      trigger={<IconButton icon="edit" label={t("providers.price.edit", { name: model.name })} />}
    >
      <form className="pop-body" onSubmit={save}>
        <div className="price-fields">
          {PRICES.map((name) => (
            <Field key={name} label={t(`providers.price.${name}`)}>
              {({ id }) => (
                <Input
                  id={id}
                  mono
                  inputMode="decimal"
                  prefix="$"
                  invalid={text[name].trim() !== "" && parsed(text[name]) === null}
                  value={text[name]}
                  onChange={(event) => setText({ ...text, [name]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <p className="field-help">{t("providers.price.help")}</p>
        <div className="row price-actions">
          <Button type="submit" variant="primary" reason={!valid && t("providers.price.shape")}>
            {t("providers.price.save")}
          </Button>
          <Button variant="ghost" onClick={() => setOpen(false)}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </Popover>
  );
}

function asText({ price }: Model): PriceText {
  return {
    input: String(price?.input ?? ""),
    cached_input: String(price?.cached_input ?? ""),
    output: String(price?.output ?? ""),
  };
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
