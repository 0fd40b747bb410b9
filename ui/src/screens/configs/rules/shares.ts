import type { Decisions } from "@/bindings/types";
import { type OutlineRule, outline } from "./outline";

export type Weight = "requests" | "cost";

/**
 * What recorded traffic says of one rule of the draft.
 * measured: the version had this very rule. changed: it had it with another action, or nearly
 * the same condition in its place.
 * never: it had this rule, and no request ever matched. unknown: it had none such.
 */
export type Share = {
  state: "measured" | "changed" | "never" | "unknown";
  requests: number;
  cost: number;
  /** Of all that was decided, from 0 to 1, by requests or by cost. */
  share: number;
  /** In whole percent, rounded so that all of them add up to 100. */
  percent: number;
};

export type Shares = {
  rules: Share[];
  /** What matched rules that the draft no longer has. */
  gone: { share: number; percent: number };
};

/** A rule of the version whose traffic was recorded. */
export type Recorded = {
  text: string;
  /** Null for `else`. */
  condition: string | null;
  requests: number;
  cost: number;
};

/** The figures of a version's rules; those that nothing matched are in `decisions` not at all. */
export function recordedRules(
  program: string,
  decisions: Decisions | undefined,
): Recorded[] | null {
  if (!decisions) return null;
  // Rules of a strategy that is written in place are counted, too, and have no text.
  const counts = decisions.rules.filter(({ text }) => text !== undefined);
  return outline(program).map((rule) => {
    const found = counts.find(({ index }) => index === rule.index);
    return {
      text: rule.text,
      condition: conditionOf(rule),
      requests: found?.requests ?? 0,
      cost: found?.cost_usd ?? 0,
    };
  });
}

/** Null without traffic. */
export function sharesOf(
  rules: OutlineRule[],
  recorded: Recorded[] | null,
  by: Weight = "requests",
): Shares | null {
  const sum = (list: Recorded[]) => list.reduce((total, rule) => total + rule[by], 0);
  const all = sum(recorded ?? []);
  if (!recorded || all <= 0) return null;
  const matched = match(rules, recorded);
  const taken = new Set(matched.map((found) => found?.rule));
  const lost = sum(recorded.filter((rule) => !taken.has(rule)));
  const weights = matched.map((found) => found?.rule[by] ?? 0);
  const percents = wholePercents([...weights, lost]);
  return {
    gone: { share: lost / all, percent: percents.at(-1) ?? 0 },
    rules: matched.map((found, index) => ({
      state: stateOf(found),
      requests: found?.rule.requests ?? 0,
      cost: found?.rule.cost ?? 0,
      share: (weights[index] ?? 0) / all,
      percent: percents[index] ?? 0,
    })),
  };
}

type Found = { rule: Recorded; exact: boolean } | null;

function stateOf(found: Found): Share["state"] {
  if (!found) return "unknown";
  if (found.rule.requests === 0) return found.exact ? "never" : "unknown";
  return found.exact ? "measured" : "changed";
}

/**
 * By its text first, wherever it moved to; then by its condition, where only the action is another
 * one; then by its place, where the condition is being edited. What is none of these is a new rule.
 */
function match(rules: OutlineRule[], recorded: Recorded[]): Found[] {
  const left = new Set(recorded);
  const take = (exact: boolean, fits: (candidate: Recorded) => boolean): Found => {
    for (const rule of left) {
      if (!fits(rule)) continue;
      left.delete(rule);
      return { rule, exact };
    }
    return null;
  };
  return rules
    .map((rule) => take(true, ({ text }) => text === rule.text))
    .map((done, at) => done ?? take(false, (was) => was.condition === conditionOf(rules[at])))
    .map(
      (done, at) =>
        done ??
        take(false, (was) => was === recorded[at] && isEdit(was.condition, conditionOf(rules[at]))),
    );
}

const conditionOf = (rule: OutlineRule | undefined) => rule?.condition?.text ?? null;

/** Of the longer condition, how much an edit leaves as it was. */
const KEPT = 0.8;

/** Is one condition the other with a few characters changed in one place? */
function isEdit(before: string | null, after: string | null): boolean {
  if (before === null || after === null) return false;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return start + end >= KEPT * Math.max(before.length, after.length);
}

/** Largest remainder: 33.3, 33.3 and 33.4 read 33, 33 and 34. */
export function wholePercents(weights: number[]): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  if (all <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (weight * 100) / all);
  const whole = exact.map(Math.floor);
  let missing = 100 - whole.reduce((sum, each) => sum + each, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { index } of byRemainder) {
    if (missing-- <= 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
  }
  return whole;
}
