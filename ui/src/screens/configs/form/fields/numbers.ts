import type { TFunction } from "i18next";
import type { Json } from "../json";
import type { FieldSpec } from "../strategies";

/** A share is written as a percentage: 0.02 as 2. */
const scaleOf = ({ kind }: FieldSpec) => (kind === "share" ? 100 : 1);

const round = (value: number) => Number(value.toPrecision(12));

export function shownNumber(spec: FieldSpec, value: Json | undefined): string {
  if (typeof value === "number") return String(round(value * scaleOf(spec)));
  return value === undefined ? "" : JSON.stringify(value);
}

export type Read = { value: number } | { fault: string };

/** What a person typed, or what is wrong with it in one sentence. */
export function readNumber(spec: FieldSpec, typed: string, t: TFunction): Read {
  const scale = scaleOf(spec);
  const shown = Number(typed.replaceAll(/[\s_,]/g, ""));
  const whole = spec.kind === "ms" || spec.kind === "count" || spec.kind === "seconds";
  const { min, max } = spec;
  const from = (min ?? 0) * scale;
  if (!Number.isFinite(shown)) return { fault: t("form.fault.number") };
  if (whole && !Number.isInteger(shown)) return { fault: t("form.fault.whole") };
  if (max !== undefined && (shown < from || shown > max * scale)) {
    return { fault: t("form.fault.range", { from, to: max * scale }) };
  }
  if (spec.key === "weight" && shown <= 0) return { fault: t("form.fault.positive") };
  if (shown < from) return { fault: t("form.fault.least", { from }) };
  return { value: round(shown / scale) };
}

export const UNITS: Partial<Record<FieldSpec["kind"], string>> = {
  ms: "ms",
  seconds: "s",
  share: "%",
};
