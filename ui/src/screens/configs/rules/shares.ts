import type { Decisions } from "./api";
import { type OutlineRule, oneLine } from "./outline";

export type Weight = "requests" | "cost";

/**
 * What recorded traffic says of one rule of the draft.
 * measured: the version had this very rule. changed: it had another one in its place.
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
  total: number;
  /** What matched rules that the draft no longer has. */
  gone: { share: number; percent: number };
};

/** Null without traffic. */
export function sharesOf(
  rules: OutlineRule[],
  decisions: Decisions | undefined,
  by: Weight = "requests",
): Shares | null {
  if (!decisions) return null;
  const weigh = (rule: { requests: number; cost_usd: number }) =>
    by === "requests" ? rule.requests : rule.cost_usd;
  const all = decisions.rules.reduce((sum, rule) => sum + weigh(rule), 0);
  const requests = decisions.rules.reduce((sum, rule) => sum + rule.requests, 0);
  if (all <= 0) return null;
  const matched = match(rules, decisions);
  const taken = new Set(matched.map((found) => found?.rule));
  const lost = decisions.rules
    .filter((rule) => !taken.has(rule))
    .reduce((sum, rule) => sum + weigh(rule), 0);
  const weights = matched.map((found) => (found ? weigh(found.rule) : 0));
  const percents = wholePercents([...weights, lost]);
  return {
    total: requests,
    gone: { share: lost / all, percent: percents.at(-1) ?? 0 },
    rules: matched.map((found, index) => ({
      state: stateOf(found),
      requests: found?.rule.requests ?? 0,
      cost: found?.rule.cost_usd ?? 0,
      share: (weights[index] ?? 0) / all,
      percent: percents[index] ?? 0,
    })),
  };
}

type Recorded = Decisions["rules"][number];
type Found = { rule: Recorded; exact: boolean } | null;

function stateOf(found: Found): Share["state"] {
  if (!found) return "unknown";
  if (found.rule.requests === 0) return found.exact ? "never" : "unknown";
  return found.exact ? "measured" : "changed";
}

const key = (text: string) => oneLine(text).replace(/^else (?=if\b)/, "");

/** By its text first, wherever it moved to; then by its place, where the rule there was edited. */
function match(rules: OutlineRule[], { rules: recorded }: Decisions): Found[] {
  const left = new Set(recorded);
  const found: Found[] = rules.map((rule) => {
    for (const candidate of left) {
      if (candidate.text === undefined || key(candidate.text) !== rule.text) continue;
      left.delete(candidate);
      return { rule: candidate, exact: true };
    }
    return null;
  });
  return found.map((done, index) => {
    if (done) return done;
    const there = recorded.find((candidate) => candidate.index === index);
    if (!there || !left.delete(there)) return null;
    return { rule: there, exact: there.text === undefined };
  });
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
