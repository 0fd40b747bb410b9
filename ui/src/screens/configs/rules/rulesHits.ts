import type { RulesWords as Words } from "@/bindings/types";
import { count } from "@/components/format";
import i18n from "@/i18n";
import type { Hit } from "./hits";
import { type OutlineRule, oneLine } from "./outline";
import type { Share, Shares } from "./shares";

/** "31%", and never "0%" for what did match. */
export function percentLabel({ percent, share }: Pick<Share, "percent" | "share">): string {
  return percent === 0 && share > 0 ? "<1%" : `${percent}%`;
}

/** What the gutter shows beside each rule. */
export function hitsOf(
  rules: OutlineRule[],
  shares: Shares | null,
  version: number,
  words: Words | null,
): Hit[] {
  if (!shares) return [];
  return rules.flatMap((rule, index): Hit[] => {
    const share = shares.rules[index];
    if (!share) return [];
    const figure = { version, count: share.requests, requests: count(share.requests) };
    const { line } = rule;
    switch (share.state) {
      case "unknown":
        return [
          {
            line,
            share: null,
            label: i18n.t("rules.hits.new"),
            title: i18n.t("rules.hits.newTitle", { version }),
            tone: "stale",
          },
        ];
      case "never":
        return [
          {
            line,
            share: 0,
            label: "0%",
            title: i18n.t("rules.hits.neverTitle", { version }),
            tone: "never",
            hint: words && whyNever(rule, words),
          },
        ];
      default:
        return [
          {
            line,
            share: share.share,
            label: percentLabel(share),
            title: i18n.t("rules.hits.title", figure),
            tone: share.state === "changed" ? "stale" : "measured",
          },
        ];
    }
  });
}

const BOUND = /([a-z_]+(?:\.[a-z_]+)+)\s*(>=?|<=?)\s*(\d[\d_]*(?:\.\d+)?)/g;

/** A bound that nothing recorded came near. */
export function whyNever(rule: OutlineRule, { observed }: Words): string | null {
  for (const [, name, operator = "", bound = ""] of oneLine(rule.condition?.text ?? "").matchAll(
    BOUND,
  )) {
    const range = observed.find((each) => each.name === name);
    if (!range) continue;
    const limit = Number(bound.replaceAll("_", ""));
    const above = operator.startsWith(">");
    const value = above ? range.max : range.min;
    const near = above ? value > limit || (operator === ">=" && value === limit) : value < limit;
    if (near || (operator === "<=" && value === limit)) continue;
    const what = name?.split(".").at(-1)?.replaceAll("_", " ");
    const figure = Number.isInteger(value) ? count(value) : value.toFixed(2);
    return i18n.t(above ? "rules.hits.largest" : "rules.hits.smallest", { what, value: figure });
  }
  return null;
}
