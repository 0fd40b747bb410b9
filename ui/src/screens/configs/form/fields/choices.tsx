import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input, Select } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { FAILURE_CLASSES } from "../../editor/schema";
import type { Json } from "../json";
import {
  AFFINITIES,
  AGGREGATIONS,
  type FieldSpec,
  MOVE_ON,
  STICKY,
  TIERS,
  VOTE_ON,
} from "../strategies";
import type { Ids } from "./FieldRow";

type Props = {
  ids: Ids;
  spec: FieldSpec;
  label: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
};

const NONE = "-";

export function TierInput({ ids, label, value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <div
      className={`seg fm-seg ${ids.changed ? "is-changed" : ""}`}
      role="group"
      aria-label={label}
    >
      {TIERS.map((tier) => (
        <button
          key={tier}
          type="button"
          aria-pressed={value === tier}
          onClick={() => onChange(tier)}
        >
          {t(`form.tier.${tier}`)}
        </button>
      ))}
    </div>
  );
}

export function AggregationInput({ ids, label, value, onChange }: Props) {
  const { t } = useTranslation();
  const known = (AGGREGATIONS as readonly Json[]).includes(value ?? null);
  return (
    <Select
      id={ids.id}
      className={`fm-select ${ids.changed ? "is-changed" : ""}`}
      label={label}
      value={known ? String(value) : NONE}
      options={AGGREGATIONS.map((each) => ({
        value: each as string,
        label: t(`form.aggregation.${each}`),
      }))}
      onChange={onChange}
    />
  );
}

/** One of a few words, nothing, or a tag of the request. */
export function ByInput({ ids, spec, label, value, onChange }: Props) {
  const { t } = useTranslation();
  const words: readonly string[] = spec.kind === "sticky" ? STICKY : AFFINITIES;
  const text = typeof value === "string" ? value : "";
  const chosen = text.startsWith("tag:") ? "tag" : text || NONE;
  const set = (next: string) => {
    if (next === NONE) return onChange(undefined);
    onChange(next === "tag" ? "tag:tenant" : next);
  };
  return (
    <div className="row fm-pair">
      <Select
        id={ids.id}
        className={`fm-select ${ids.changed ? "is-changed" : ""}`}
        label={label}
        value={chosen}
        options={[NONE, ...words, "tag"].map((each) => ({
          value: each,
          label: t(`form.${spec.kind}.${each === NONE ? "none" : each}`),
        }))}
        onChange={set}
      />
      {chosen === "tag" && (
        <Input
          mono
          prefix="tag:"
          aria-label={t("form.tagKey", { field: label })}
          invalid={ids.invalid || text === "tag:"}
          value={text.slice("tag:".length)}
          onChange={({ target }) => onChange(`tag:${target.value.trim()}`)}
        />
      )}
    </div>
  );
}

export function VoteOnInput({ ids, label, value, onChange }: Props) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : "text";
  const [, kind = text, rest = ""] = /^(json_pointer|regex):([\s\S]*)$/.exec(text) ?? [];
  const set = (next: string) => {
    if (next === "text") return onChange(undefined);
    if (next === "json_pointer") return onChange("json_pointer:/answer");
    onChange(next === "regex" ? "regex:answer: (\\w+)" : next);
  };
  return (
    <div className="col fm-stack">
      <Select
        id={ids.id}
        className={`fm-select ${ids.changed ? "is-changed" : ""}`}
        label={label}
        value={kind}
        options={VOTE_ON.map((each) => ({
          value: each as string,
          label: t(`form.voteOn.${each}`),
        }))}
        onChange={set}
      />
      {(kind === "json_pointer" || kind === "regex") && (
        <Input
          mono
          aria-label={t(`form.voteOn.${kind}`)}
          invalid={ids.invalid}
          value={rest}
          onChange={({ target }) => onChange(`${kind}:${target.value}`)}
        />
      )}
    </div>
  );
}

/** Failure classes as chips to switch on and off; any single status can be added. */
export function ClassesInput({ spec, label, value, onChange }: Props) {
  const { t } = useTranslation();
  const [status, setStatus] = useState("");
  const preset = Array.isArray(spec.preset) ? spec.preset : MOVE_ON;
  const own = Array.isArray(value);
  const chosen = own ? value.map(String) : preset;
  const extra = chosen.filter((each) => !FAILURE_CLASSES.includes(each));
  const set = (next: string[]) => {
    const same = next.length === preset.length && preset.every((each) => next.includes(each));
    onChange(same && !own ? undefined : next);
  };
  const toggle = (name: string) =>
    set(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  const add = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !/^[1-5]\d\d$/.test(status)) return;
    event.preventDefault();
    if (!chosen.includes(status)) set([...chosen, status]);
    setStatus("");
  };
  return (
    <div className="fm-classes">
      {[...FAILURE_CLASSES, ...extra].map((name) => (
        <button
          key={name}
          type="button"
          className="chip fm-toggle"
          aria-pressed={chosen.includes(name)}
          title={t(`document.class.${name}`, { defaultValue: t("form.status", { status: name }) })}
          onClick={() => toggle(name)}
        >
          {chosen.includes(name) && <Icon name="check" size="xs" />}
          {name}
        </button>
      ))}
      <input
        className="chip fm-status"
        aria-label={t("form.addStatus", { field: label })}
        placeholder={t("form.statusHint")}
        inputMode="numeric"
        maxLength={3}
        value={status}
        onChange={({ target }) => setStatus(target.value.replace(/\D/g, ""))}
        onKeyDown={add}
      />
    </div>
  );
}
