import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input, Select } from "@/components/Field";
import { count } from "@/components/format";
import { Icon } from "@/components/Icon";
import { Chip } from "@/components/Label";
import { Popover } from "@/components/Overlay";
import { useForm } from "../context";
import {
  type Change,
  isEstimated,
  modelsIn,
  OUTCOMES,
  rangeOf,
  type Sample,
  tagsIn,
} from "./sample";

const figures = ({ from, to }: { from: number; to: number }) => ({
  from: count(from),
  to: count(to),
});

/** What ties a control to its label and its note. */
type Ids = { id: string; describedBy?: string; invalid: boolean };

type LabelledProps = {
  label: string;
  aside?: ReactNode;
  help?: ReactNode;
  fault?: string;
  children: (ids: Ids) => ReactNode;
};

function Labelled({ label, aside, help, fault, children }: LabelledProps) {
  const id = useId();
  const note = fault || help ? `${id}-note` : undefined;
  return (
    <div className="field">
      <div className="field-label">
        <label htmlFor={id}>{label}</label>
        {aside && <span className="aside">{aside}</span>}
      </div>
      {children({ id, describedBy: note, invalid: Boolean(fault) })}
      {note && (
        <p id={note} className={`field-help ${fault ? "t-bad" : ""}`} role={fault && "alert"}>
          {fault ?? help}
        </p>
      )}
    </div>
  );
}

function NumberField(props: Ids & { value: string; onChange: (value: string) => void }) {
  return (
    <Input
      id={props.id}
      mono
      inputMode="numeric"
      invalid={props.invalid}
      aria-describedby={props.describedBy}
      value={props.value}
      onChange={({ target }) => props.onChange(target.value)}
    />
  );
}

/** What a person says of the request. */
export function SampleFields({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const { slug } = useForm();
  const off = sample.recorded !== null;
  const range = rangeOf(sample);
  const note = (field: "inputTokens" | "maxOutput") => {
    if (range?.field === field) return { fault: t("form.fault.range", figures(range)) };
    const estimated = field === "inputTokens" && isEstimated(sample);
    return { help: estimated ? t("form.try.estimated") : undefined };
  };
  const byPrompt = sample.by === "prompt";
  return (
    <div className={`fm-try-form ${byPrompt && !off ? "has-prompt" : ""}`}>
      <Labelled label={t("form.try.model")}>
        {({ id }) => <Input id={id} mono readOnly value={`@${slug}`} />}
      </Labelled>
      {sample.recorded ? (
        <div className="field fm-recorded">
          <div className="field-label">{t("form.try.recordedLabel")}</div>
          <span className="input">
            <Chip
              onRemove={() => onChange({ recorded: null })}
              removeLabel={t("form.try.dropRecorded")}
            >
              {sample.recorded.id}
            </Chip>
            {sample.recorded.tokens !== null && (
              <span className="t-3">
                {t("form.try.tokens", { n: count(sample.recorded.tokens) })}
              </span>
            )}
          </span>
        </div>
      ) : (
        <>
          <Labelled
            label={t(byPrompt ? "form.try.prompt" : "form.try.inputTokens")}
            aside={
              <button
                type="button"
                className="fm-link"
                onClick={() => onChange({ by: byPrompt ? "tokens" : "prompt" })}
              >
                {t(byPrompt ? "form.try.asTokens" : "form.try.asText")}
              </button>
            }
            {...note("inputTokens")}
          >
            {(ids) =>
              byPrompt ? (
                <Input
                  id={ids.id}
                  value={sample.prompt}
                  onChange={({ target }) => onChange({ prompt: target.value })}
                />
              ) : (
                <NumberField
                  {...ids}
                  value={sample.tokens}
                  onChange={(tokens) => onChange({ tokens })}
                />
              )
            }
          </Labelled>
          <Labelled label={t("form.try.maxOutput")} {...note("maxOutput")}>
            {(ids) => (
              <NumberField
                {...ids}
                value={sample.maxOutput}
                onChange={(maxOutput) => onChange({ maxOutput })}
              />
            )}
          </Labelled>
          <Tags tags={sample.tags} onChange={(tags) => onChange({ tags })} />
          <div className="field">
            <div className="field-label" id="fm-needs">
              {t("form.try.needs")}
            </div>
            <div className="fm-needs" role="group" aria-labelledby="fm-needs">
              {(["stream", "tools", "json"] as const).map((need) => (
                <button
                  key={need}
                  type="button"
                  className="fm-need"
                  aria-pressed={sample[need]}
                  onClick={() => onChange({ [need]: !sample[need] })}
                >
                  {t(`form.try.need.${need}`)}
                </button>
              ))}
            </div>
          </div>
        </>
      )}
      <Assume sample={sample} onChange={onChange} />
    </div>
  );
}

function Tags({ tags, onChange }: { tags: string[]; onChange: (tags: string[]) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const [focused, setFocused] = useState(false);
  const take = () => {
    const read = tagsIn(text);
    const keys = read.tags.map(keyOf);
    if (keys.length > 0) {
      onChange([...tags.filter((each) => !keys.includes(keyOf(each))), ...read.tags]);
    }
    setText(read.rest);
    setWrong(read.rest);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && text === "") onChange(tags.slice(0, -1));
  };
  return (
    <Labelled
      label={t("form.try.tags")}
      fault={wrong ? t("form.try.noTag", { tag: wrong }) : undefined}
      help={focused && t("form.try.tagsHelp")}
    >
      {({ id, describedBy, invalid }) => (
        <span className={`input fm-tags ${invalid ? "is-invalid" : ""}`}>
          {tags.map((tag) => (
            <Chip
              key={tag}
              onRemove={() => onChange(tags.filter((each) => each !== tag))}
              removeLabel={t("form.try.dropTag", { tag })}
            >
              {tag}
            </Chip>
          ))}
          <input
            id={id}
            className="mono"
            placeholder={tags.length === 0 ? "tenant=acme" : ""}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={invalid || undefined}
            aria-describedby={describedBy}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setWrong("");
            }}
            onKeyDown={onKeyDown}
            onFocus={() => setFocused(true)}
            onBlur={() => {
              setFocused(false);
              take();
            }}
          />
        </span>
      )}
    </Labelled>
  );
}

const keyOf = (tag: string) => tag.slice(0, tag.indexOf("="));

function Assume({ sample, onChange }: { sample: Sample; onChange: Change }) {
  const { t } = useTranslation();
  const { root } = useForm();
  const models = modelsIn(root);
  const assumed = sample.assume.filter(({ target }) => models.includes(target));
  const set = (target: string, outcome: string) => {
    const rest = sample.assume.filter((each) => each.target !== target);
    onChange({ assume: outcome === "as_is" ? rest : [...rest, { target, outcome }] });
  };
  const [first] = assumed;
  return (
    <div className="field">
      <div className="field-label">{t("form.try.assume")}</div>
      <Popover
        title={t("form.try.assumeTitle")}
        align="end"
        className="fm-assume"
        trigger={
          <button type="button" className="input fm-assumed" aria-label={t("form.try.assumeTitle")}>
            {first ? (
              <>
                <span className="mono truncate">{first.target}</span>
                <span className="t-warn">{t(`form.try.outcome.${first.outcome}`)}</span>
                {assumed.length > 1 && <span className="t-3">+{assumed.length - 1}</span>}
              </>
            ) : (
              <span className="t-3">{t("form.try.nothing")}</span>
            )}
            <Icon name="updown" size="sm" className="end" />
          </button>
        }
      >
        <div className="pop-body scroll">
          {models.length === 0 && <p className="fs-2 t-3">{t("form.try.noModels")}</p>}
          {models.map((target) => (
            <div className="row fm-assume-row" key={target}>
              <span className="mono fs-2 truncate grow" title={target}>
                {target}
              </span>
              <Select
                size="sm"
                label={t("form.try.assumeOf", { target })}
                value={assumed.find((each) => each.target === target)?.outcome ?? "as_is"}
                options={["as_is", ...OUTCOMES].map((value) => ({
                  value: value as string,
                  label: t(`form.try.outcome.${value}`),
                }))}
                onChange={(outcome) => set(target, outcome)}
              />
            </div>
          ))}
        </div>
      </Popover>
    </div>
  );
}
