import type { TFunction } from "i18next";
import type { TraceAttempt } from "@/bindings/types";
import { capitalised, duration } from "@/components/format";
import { shownNumber } from "./fields/numbers";
import { get, type Json, type Tree } from "./json";
import type { Node } from "./outline";
import { FIELDS, isStrategy, MOVE_ON } from "./strategies";
import type { NodeOutcome } from "./trace";

/** `Attempt 1`, `Variant a`, `Rule 2`. */
export function titleOf(node: Node, t: TFunction): string {
  const label = typeof node.entry.label === "string" ? node.entry.label : String(node.index + 1);
  if (node.role === "rule" && node.condition === null) return t("form.role.else");
  return t(`form.role.${node.role}`, { n: node.index + 1, label });
}

/** What the card says on its target: a name, or the name of the strategy written there. */
export function targetWords({ what }: Node, t: TFunction): string {
  switch (what.kind) {
    case "name":
      return what.name;
    case "strategy":
      return t(`strategy.${what.strategy}.name`, {
        defaultValue: what.strategy || t("form.noStrategy"),
      });
    case "block":
      return t("form.refuses", { message: what.message });
    case "none":
      return t("form.noTarget");
  }
}

export const DEFAULT_TIMEOUT_MS = 60_000;

/** Until when a target may answer, where its strategy goes on after that. */
export function timeoutOf(node: Node): number | null {
  const own = node.entry.timeout_ms;
  if (typeof own === "number") return own;
  return null;
}

/** Failures that lead on to the next one: `429, 5xx or timeout`. */
export function moveOn(strategy: Tree | undefined, t: TFunction): string {
  const own = strategy?.retry_on;
  const classes = Array.isArray(own) ? own.map(String) : MOVE_ON;
  if (classes.length === 0) return t("form.nothing");
  const last = classes.at(-1) ?? "";
  const rest = classes.slice(0, -1).join(", ");
  return rest ? t("form.or", { rest, last }) : last;
}

/** A line of facts on a strategy: those of its fields that say something short. */
export function summary(strategy: string, value: Json | undefined, t: TFunction): string[] {
  if (!isStrategy(strategy)) return [];
  return FIELDS[strategy].flatMap((spec) => {
    const field = get(value, `/${spec.key}`);
    if (field === undefined || field === null) return [];
    switch (spec.kind) {
      case "ms":
        return [t(`form.fact.${spec.key}`, { value: `${String(field)} ms` })];
      case "seconds":
        return [t(`form.fact.${spec.key}`, { value: `${String(field)} s` })];
      case "share":
        return [t(`form.fact.${spec.key}`, { value: `${shownNumber(spec, field)}%` })];
      case "count":
        return [t(`form.fact.${spec.key}`, { count: Number(field), value: field })];
      case "tier":
        return [
          t("form.fact.tier", { tier: t(`form.tier.${field}`, { defaultValue: String(field) }) }),
        ];
      case "aggregation":
        return [t(`form.aggregation.${field}`, { defaultValue: String(field) })];
      case "affinity":
      case "sticky":
      case "vote_on":
        return [t(`form.fact.${spec.key}`, { value: String(field) })];
      default:
        return [];
    }
  });
}

export type Foot = {
  text: string;
  tone: "ok" | "warn" | "bad" | "3";
  icon: "pass" | "clock" | "fail" | "info" | "minus";
};

/** What the tried request did here, in one line; null where there is nothing to say. */
export function footOf(node: Node, outcome: NodeOutcome | undefined, t: TFunction): Foot | null {
  const last = outcome?.attempts.at(-1);
  if (last) return attemptFoot(last, t);
  const values = outcome?.rule && valuesOf(outcome.rule.values);
  if (values) return { text: values, tone: "3", icon: "info" };
  const candidate = outcome?.candidate;
  if (candidate) {
    const text =
      capitalised(candidate.reason) ||
      t(candidate.chosen ? "form.try.chosen" : "form.try.notChosen");
    return { text, tone: candidate.chosen ? "ok" : "3", icon: candidate.chosen ? "pass" : "minus" };
  }
  if (outcome?.didNotMatch) return { text: t("form.try.didNotMatch"), tone: "3", icon: "minus" };
  if (outcome?.onPath || node.what.kind !== "name") return null;
  return { text: t("form.try.notReached"), tone: "3", icon: "minus" };
}

function attemptFoot(attempt: TraceAttempt, t: TFunction): Foot {
  const time = duration(attempt.duration_ms);
  const ending = attempt.reason ? `, ${attempt.reason}` : "";
  switch (attempt.outcome) {
    case "ok":
      return {
        text:
          Math.round(attempt.duration_ms) > 0
            ? t("form.try.answersAfter", { time })
            : t("form.try.answersUnmeasured"),
        tone: "ok",
        icon: "pass",
      };
    case "timeout":
      return {
        text: t("form.try.timesOut", { time: `${Math.round(attempt.duration_ms)} ms` }),
        tone: "warn",
        icon: "clock",
      };
    case "skipped":
    case "cancelled":
      return { text: because(t(`form.try.${attempt.outcome}`), attempt), tone: "3", icon: "minus" };
    case "rejected":
      return { text: because(t("form.try.rejected"), attempt), tone: "warn", icon: "fail" };
    default:
      return {
        text:
          t("form.try.fails", {
            outcome: attempt.outcome.replace(/^http_/, t("form.try.status")),
          }) + ending,
        tone: "bad",
        icon: "fail",
      };
  }
}

/** `Cancelled: it was decided without it`. */
function because(word: string, { reason }: TraceAttempt): string {
  return reason ? `${word}: ${reason}` : word;
}

function valuesOf(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(", ");
}
