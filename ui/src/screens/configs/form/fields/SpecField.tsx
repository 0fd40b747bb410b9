import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { same } from "../../merge";
import { ConditionField, RulesEditor } from "../../rules";
import { useFindings } from "../../rules/findings";
import { useForm } from "../context";
import { setEntry, setField } from "../edit";
import { type Fault, setFault, useFaults } from "../faults";
import { get, type Json } from "../json";
import type { Node } from "../outline";
import { pointerOf } from "../problems";
import { applies, type FieldSpec } from "../strategies";
import { AggregationInput, ByInput, ClassesInput, TierInput, VoteOnInput } from "./choices";
import { FieldRow, type Ids } from "./FieldRow";
import { shownNumber, UNITS } from "./numbers";
import { JsonInput, NumberInput, TextInput } from "./text";

type Props = {
  node: Node;
  spec: FieldSpec;
  /** Does it belong to the strategy that stands here, or beside the target? */
  of: "strategy" | "entry";
  aside?: ReactNode;
};

const GROUPED = new Set(["classes", "tier", "condition", "rules"]);

/** One field of a document: its control, what it was, what is wrong with it. */
export function SpecField({ node, spec, of, aside }: Props) {
  const { t } = useTranslation();
  const form = useForm();
  const pointer = pointerOf(node, spec.key, of);
  const fault = useFaults(form.slug).get(pointer) ?? null;
  const onFault = (next: Fault | null) => setFault(form.slug, pointer, next);
  const value = of === "strategy" ? get(form.document, pointer) : node.entry[spec.key];
  const before = useBefore(node, spec.key, of);
  const changed = before.known && !same(before.value, value);
  const label = t(`form.field.${spec.key}`);
  const set = (next: Json | undefined) => {
    const write = of === "strategy" ? setField : setEntry;
    form.change(write(form.document, node, spec.key, next), pointer);
  };
  return (
    <FieldRow
      label={label}
      pointer={pointer}
      changed={changed}
      was={{ value: before.value, words: words(spec, before.value, t("form.unset")) }}
      onReset={() => {
        onFault(null);
        set(before.value);
      }}
      aside={aside ?? (spec.required || value !== undefined ? undefined : <Preset spec={spec} />)}
      help={helpFor(spec, t)}
      fault={fault?.message}
      group={GROUPED.has(spec.kind)}
      quiet={spec.kind === "condition" || spec.kind === "rules"}
    >
      {(ids) => (
        <Control {...{ ids, spec, label, value, pointer, fault, onChange: set, onFault }} />
      )}
    </FieldRow>
  );
}

/** What the version that is edited from has in this field. */
function useBefore(node: Node, key: string, of: Props["of"]) {
  const { base, pairs } = useForm();
  const was = pairs.get(node.id);
  if (!was) return { known: false, value: undefined };
  if (of === "entry") return { known: true, value: was.entry[key] };
  const kept =
    was.what.kind === "strategy" &&
    node.what.kind === "strategy" &&
    was.what.strategy === node.what.strategy;
  if (!kept) return { known: false, value: undefined };
  return { known: true, value: get(base.document, pointerOf(was, key, of)) };
}

/** Says what holds while nothing is written; numbers say it in the field itself. */
function Preset({ spec }: { spec: FieldSpec }) {
  const { t } = useTranslation();
  if (spec.kind !== "classes") return null;
  return <span className="t-3">{t("form.preset")}</span>;
}

function helpFor(spec: FieldSpec, t: (key: string) => string): string | undefined {
  const key = `form.help.${spec.key}`;
  const text = t(key);
  return text === key ? undefined : text;
}

export function words(spec: FieldSpec, value: Json | undefined, unset: string): string {
  if (value === undefined) return unset;
  if (Array.isArray(value)) return value.join(", ");
  const unit = UNITS[spec.kind];
  if (typeof value === "number")
    return `${shownNumber(spec, value)}${unit === "%" ? "%" : unit ? ` ${unit}` : ""}`;
  if (typeof value === "string") return value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return JSON.stringify(value);
}

type ControlProps = {
  ids: Ids;
  spec: FieldSpec;
  label: string;
  value: Json | undefined;
  pointer: string;
  onChange: (value: Json | undefined) => void;
  fault: Fault | null;
  onFault: (fault: Fault | null) => void;
};

function Control(props: ControlProps) {
  const { diagnostics, slug } = useForm();
  const { spec, label, value, onChange, pointer } = props;
  const findings = useFindings(diagnostics, pointer);
  switch (spec.kind) {
    case "ms":
    case "seconds":
    case "count":
    case "number":
    case "share":
      return <NumberInput {...props} />;
    case "classes":
      return <ClassesInput {...props} />;
    case "tier":
      return <TierInput {...props} />;
    case "aggregation":
      return <AggregationInput {...props} />;
    case "affinity":
    case "sticky":
      return <ByInput {...props} />;
    case "vote_on":
      return <VoteOnInput {...props} />;
    case "params":
      return <JsonInput {...props} />;
    case "text":
      return <TextInput {...props} />;
    case "condition":
      return (
        <ConditionField
          label={label}
          scope="response"
          slug={slug}
          diagnostics={findings}
          value={typeof value === "string" ? value : ""}
          onChange={(text) => onChange(text === "" ? undefined : text)}
        />
      );
    case "rules":
      return (
        <RulesEditor
          label={label}
          slug={slug}
          diagnostics={findings}
          value={typeof value === "string" ? value : ""}
          onChange={onChange}
        />
      );
  }
}

/** A field that would say nothing as things stand is not shown, unless it is written. */
export function isShown(
  spec: FieldSpec,
  strategy: Json | undefined,
  value: Json | undefined,
): boolean {
  if (value !== undefined) return true;
  const aggregation =
    typeof strategy === "object" && strategy !== null && !Array.isArray(strategy)
      ? strategy.aggregation
      : undefined;
  return applies(spec.key, typeof aggregation === "string" ? aggregation : undefined);
}
