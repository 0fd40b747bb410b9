import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useBackend, useOp } from "@/backend/react";
import { StrategyMark } from "@/components/Mark";
import { Skeleton } from "@/components/State";
import { Graph } from "./Graph";
import { modelsOf, type Plan, planOf, referencesOf } from "./plan";

/** The config's active document as a plan, with those of the configs that it refers to. */
export function usePlan(slug: string | undefined) {
  const backend = useBackend();
  const config = useOp("get_config", { slug: slug ?? "" }, { enabled: slug !== undefined });
  const plan = config.data ? planOf(config.data.document) : undefined;
  const slugs = plan ? referencesOf(plan) : [];
  const referred = useQueries({
    queries: slugs.map((each) => ({
      queryKey: ["get_config", { slug: each }],
      queryFn: () => backend.call("get_config", { slug: each }),
    })),
  });
  const known = new Map<string, Plan>();
  for (const { data } of referred) if (data) known.set(data.slug, planOf(data.document));
  return { plan, known, error: config.error };
}

/** Only then is no key needed. False as well while a referenced config is not known yet. */
export function usesSandboxOnly(plan: Plan | undefined, known: ReadonlyMap<string, Plan>): boolean {
  const referred = plan ? referencesOf(plan).map((slug) => known.get(slug)) : [];
  const plans = [plan, ...referred];
  return plans.every((each) => {
    const deeper = each !== plan && each !== undefined && referencesOf(each).length > 0;
    const models = each ? modelsOf(each) : [];
    return each && !deeper && models.every((id) => id.startsWith("sandbox/"));
  });
}

const FLAKY = "sandbox/flaky";

export function WhatItDoes({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const { plan, known, error } = usePlan(slug);
  if (error) return null;
  const first = plan?.steps[0]?.target;
  const falls =
    plan?.strategy === "fallback" &&
    plan.steps.length > 1 &&
    first?.kind === "model" &&
    first.id === FLAKY;
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="truncate">{t("start.does.title", { slug })}</h2>
        {plan && (
          <span className="aside row does-strategy">
            <StrategyMark strategy={plan.strategy} />
            {t(`strategy.${plan.strategy}.name`)}
          </span>
        )}
      </div>
      {plan ? <Graph slug={slug} plan={plan} known={known} /> : <Skeleton rows={3} />}
      <p className="side-note">
        {falls ? t("start.does.flaky") : plan && t(`strategy.${plan.strategy}.sentence`)}{" "}
        <Link to={`/configs/${slug}/form`}>{t("start.does.open", { slug })}</Link>
      </p>
    </section>
  );
}
