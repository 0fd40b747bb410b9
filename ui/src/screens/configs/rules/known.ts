import { useMemo } from "react";
import { useOp } from "@/backend/react";
import type { Word, RulesWords as Words } from "@/bindings/types";
import { count, money, percent } from "@/components/format";
import i18n from "@/i18n";

export type Scope = "request" | "response";
export type KnownTarget = { name: string; detail: string };

/** What completion and hover know. Without a backend that knows the words, only the targets. */
export type Known = { words: Words | null; targets: KnownTarget[]; scope: Scope };

const WORDS_FRESH_MS = 60_000;

export function useWords(): Words | undefined {
  return useOp("rules_words", {}, { staleTime: WORDS_FRESH_MS, retry: false }).data;
}

/** `slug` is the config that the rules are of: it cannot be its own target. */
export function useKnown(scope: Scope, slug?: string): Known {
  const words = useWords();
  const models = useOp("list_models", {}).data?.data;
  const configs = useOp("list_configs", {}).data?.data;
  return useMemo(
    () => ({
      scope,
      words: words ?? null,
      targets: [
        ...(configs ?? [])
          .filter((each) => each.slug !== slug)
          .map((each) => ({
            name: `@${each.slug}`,
            detail: i18n.t(`strategy.${each.strategy}.name`, each.strategy),
          })),
        ...(models ?? []).map((row) => ({
          name: row.id,
          detail: i18n.t("rules.model"),
        })),
      ],
    }),
    [scope, slug, words, models, configs],
  );
}

export function wordOf(known: Known, name: string): Word | undefined {
  return known.words?.words.find((word) => word.name === name);
}

export type ValueType = "bool" | "number" | "string" | "list";

export function typeOf(known: Known, name: string): ValueType | null {
  if (name.startsWith("tags.")) return "string";
  return (wordOf(known, name)?.type as ValueType | undefined) ?? null;
}

const SHOWN = 3;

/** What recorded traffic shows of a name: `12 to 21,904`, `acme, globex, 11 more`. */
export function seen(words: Words | null, name: string): string | null {
  if (!words) return null;
  const range = words.observed.find((each) => each.name === name);
  if (range) {
    const { min, max } = range;
    const isShare = words.words.some((word) => word.name === name && word.type === "bool");
    if (isShare) return i18n.t("rules.trueIn", { percent: percent(max, 0) });
    const whole = Number.isInteger(min) && Number.isInteger(max);
    const figure = (value: number) =>
      name.endsWith("_usd") ? money(value) : whole ? count(value) : value.toFixed(2);
    return i18n.t("rules.range", { min: figure(min), max: figure(max) });
  }
  if (name.startsWith("tags.")) {
    const tag = words.tags.find(({ key }) => key === name.slice("tags.".length));
    return tag ? listed(tag.values) : null;
  }
  if (name === "tags") return listed(words.tags.map(({ key }) => key));
  if (name === "app") return listed(words.apps);
  if (name === "end_user" && words.end_users > 0) {
    return i18n.t("rules.values", { count: words.end_users, values: count(words.end_users) });
  }
  return null;
}

function listed(values: string[]): string | null {
  if (values.length === 0) return null;
  const more = values.length - SHOWN;
  const first = values.slice(0, SHOWN).join(", ");
  return more > 0 ? i18n.t("rules.more", { first, count: more }) : first;
}
