import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDo } from "@/backend/react";
import type { Model, Price, PutModel } from "@/bindings/types";
import { Button, IconButton } from "@/components/Button";
import { Field, Input, Select, Switch } from "@/components/Field";
import { ConfirmDialog, Popover } from "@/components/Overlay";
import { notify } from "@/components/toast";

const PRICES = ["input", "output", "cached_input", "cache_write", "cache_write_1h"] as const;
const LIMITS = ["context", "max_output"] as const;
const TIERS = ["economy", "standard", "premium", "frontier"] as const;
const CAPABILITIES = ["tools", "vision", "json_schema", "streaming"];
const MODALITIES = ["text", "image", "audio", "video", "document"];

type Text = Record<(typeof PRICES)[number] | (typeof LIMITS)[number], string>;
type Draft = { text: Text; tier: string; can: string[]; reads: string[] };

/** All that a person can say of a model, with what holds now. Only what is changed is sent. */
export function EditModel({ provider, model }: { provider: string; model: Model }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<Draft>(() => asDraft(model));
  const close = {
    refreshes: ["list_providers" as const, "list_models" as const],
    onSuccess: () => setOpen(false),
    onError: (error: Error) => notify(error.message, { tone: "fault" }),
  };
  const put = useDo("put_model", close).mutate;
  const takeBack = useDo("delete_model", close).mutate;
  const [asking, setAsking] = useState(false);
  const faultId = useId();
  const read = reading(model, draft);
  const reason =
    read === "price"
      ? t("providers.price.shape")
      : read === "limit"
        ? t("providers.price.limitShape")
        : Object.keys(read).length === 0 && t("providers.price.same");
  const target = `${provider}/${model.name}`;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!reason && typeof read === "object") put({ provider, model: model.name, ...read });
  };
  const say = (name: keyof Text, value: string) =>
    setDraft({ ...draft, text: { ...draft.text, [name]: value } });
  return (
    <>
      <Popover
        open={open}
        onOpenChange={(next) => {
          setOpen(next);
          if (next) setDraft(asDraft(model));
        }}
        title={t("providers.price.title", { name: model.name })}
        className="model-pop"
        trigger={<IconButton icon="edit" label={t("providers.price.edit", { name: model.name })} />}
      >
        <form className="pop-body" onSubmit={save}>
          <div className="model-fields">
            {[...PRICES, ...LIMITS].map((name) => (
              <Field key={name} label={t(`providers.price.${name}`)}>
                {({ id }) => (
                  <Input
                    id={id}
                    mono
                    inputMode="decimal"
                    prefix={isPrice(name) ? "$" : undefined}
                    invalid={isWrong(name, draft.text[name], read)}
                    aria-describedby={isWrong(name, draft.text[name], read) ? faultId : undefined}
                    value={draft.text[name]}
                    onChange={(event) => say(name, event.target.value)}
                  />
                )}
              </Field>
            ))}
            <Field label={t("providers.price.tier")}>
              {({ id }) => (
                <Select
                  id={id}
                  label={t("providers.price.tier")}
                  value={draft.tier}
                  options={[
                    ...(model.tier ? [] : [{ value: "", label: t("providers.price.noTier") }]),
                    ...TIERS.map((tier) => ({ value: tier as string, label: tier })),
                  ]}
                  onChange={(tier) => setDraft({ ...draft, tier })}
                />
              )}
            </Field>
          </div>
          {typeof read === "string" && (
            <p id={faultId} className="t-bad fs-2" role="alert">
              {reason}
            </p>
          )}
          <p className="field-help">{t("providers.price.help")}</p>
          <Switches
            label={t("providers.price.can")}
            all={CAPABILITIES.map((name) => [name, t(`providers.capability.${name}`)])}
            chosen={draft.can}
            choose={(can) => setDraft({ ...draft, can })}
          />
          <Switches
            label={t("providers.price.reads")}
            all={MODALITIES.map((name) => [name, t(`providers.modality.${name}`)])}
            chosen={draft.reads}
            choose={(reads) => setDraft({ ...draft, reads })}
          />
          <div className="row price-actions">
            <Button type="submit" variant="primary" reason={reason}>
              {t("providers.price.save")}
            </Button>
            <Button variant="ghost" onClick={() => setOpen(false)}>
              {t("cancel")}
            </Button>
            <span className="grow" />
            {model.added ? (
              <Button
                variant="ghost"
                onClick={() => {
                  setOpen(false);
                  setAsking(true);
                }}
              >
                {t("providers.price.remove")}
              </Button>
            ) : (
              model.overridden && (
                <Button variant="ghost" onClick={() => takeBack({ provider, model: model.name })}>
                  {t("providers.price.takeBack")}
                </Button>
              )
            )}
          </div>
        </form>
      </Popover>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("providers.price.removeTitle", { target })}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button
              variant="danger"
              onClick={() => {
                setAsking(false);
                takeBack({ provider, model: model.name });
              }}
            >
              {t("providers.price.remove")}
            </Button>
          </>
        }
      >
        <p className="t-2">{t("providers.price.removeText", { target })}</p>
      </ConfirmDialog>
    </>
  );
}

function Switches(props: {
  label: string;
  all: [name: string, label: string][];
  chosen: string[];
  choose: (names: string[]) => void;
}) {
  const names = props.all.map(([name]) => name);
  return (
    <fieldset className="model-switches">
      <legend className="field-label">{props.label}</legend>
      {props.all.map(([name, label]) => (
        <span key={name} className="row">
          <Switch
            label={label}
            checked={props.chosen.includes(name)}
            onChange={(on) =>
              props.choose(
                names.filter((each) => (each === name ? on : props.chosen.includes(each))),
              )
            }
          />
          <span aria-hidden="true">{label}</span>
        </span>
      ))}
    </fieldset>
  );
}

const isPrice = (name: keyof Text) => (PRICES as readonly string[]).includes(name);

/** Is it this field that keeps the rest from being saved? A price has an input and an output. */
function isWrong(name: keyof Text, text: string, read: Said | "price" | "limit"): boolean {
  const needed = read === "price" && (name === "input" || name === "output");
  if (text.trim() === "") return needed;
  return (isPrice(name) ? dollars : tokens)(text) === null;
}

/** USD per million tokens, or null for what is no price. */
function dollars(text: string): number | null {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value >= 0 ? value : null;
}

function tokens(text: string): number | null {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= 1 ? value : null;
}

function asDraft(model: Model): Draft {
  const { price } = model;
  const text = (value: number | undefined) => String(value ?? "");
  return {
    text: {
      input: text(price?.input),
      output: text(price?.output),
      cached_input: text(price?.cached_input),
      cache_write: text(price?.cache_write),
      cache_write_1h: text(price?.cache_write_1h),
      context: text(model.context),
      max_output: text(model.max_output),
    },
    tier: model.tier ?? "",
    can: model.capabilities ?? [],
    reads: model.modalities ?? [],
  };
}

type Said = Omit<PutModel, "provider" | "model">;

/** What is said beyond what holds, or which kind of field is wrong. */
function reading(model: Model, draft: Draft): Said | "price" | "limit" {
  const before = asDraft(model);
  const said: Said = {};
  if (PRICES.some((name) => draft.text[name] !== before.text[name])) {
    const price = readPrice(draft.text);
    if (!price) return "price";
    said.price = { ...price, above: model.price?.above };
  }
  for (const name of LIMITS) {
    if (draft.text[name] === before.text[name]) continue;
    const limit = tokens(draft.text[name]);
    if (limit === null) return "limit";
    said[name] = limit;
  }
  if (draft.tier !== before.tier) said.tier = draft.tier;
  if (draft.can.join() !== before.can.join()) said.capabilities = draft.can;
  if (draft.reads.join() !== before.reads.join()) said.modalities = draft.reads;
  return said;
}

function readPrice(text: Text): Price | null {
  const [input, output] = [dollars(text.input), dollars(text.output)];
  const rest = (["cached_input", "cache_write", "cache_write_1h"] as const).map(
    (name) => [name, text[name].trim() === "" ? undefined : dollars(text[name])] as const,
  );
  if (input === null || output === null || rest.some(([, value]) => value === null)) return null;
  return { input, output, ...Object.fromEntries(rest.filter(([, value]) => value !== undefined)) };
}
