import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useBackend, useOp } from "@/backend/react";
import type { ConfigSummary, ModelRow, TargetHealth } from "@/bindings/types";
import type { Json } from "./json";
import { type Known, outline, slugsIn } from "./outline";

/** What is known of targets, by the name that a document calls them by. */
export type Facts = {
  models: ModelRow[];
  configs: ConfigSummary[];
  model: (name: string) => ModelRow | undefined;
  config: (name: string) => ConfigSummary | undefined;
  health: (name: string) => TargetHealth | undefined;
};

const NONE: never[] = [];

export function useFacts(): Facts {
  const models = useOp("list_models", {}).data?.data ?? NONE;
  const configs = useOp("list_configs", {}).data?.data ?? NONE;
  const health = useOp("get_health", {}).data?.data ?? NONE;
  return useMemo(
    () => ({
      models,
      configs,
      model: (name) =>
        models.find(({ id }) => id === name) ??
        (name.includes("/") ? undefined : models.find(({ model }) => model.name === name)),
      config: (name) => configs.find(({ slug }) => `@${slug}` === name.replace(/:\d+$/, "")),
      health: (name) => health.find(({ target }) => target === name || target.endsWith(`/${name}`)),
    }),
    [models, configs, health],
  );
}

/** Active documents of the configs that a document leads to, three references deep. */
export function useKnown(document: Json | undefined, own: string): Known {
  const first = useActive(document === undefined ? [] : slugsIn(outline(document)), own);
  const second = useActive([...first.keys(), ...slugsOf(first)], own);
  return useActive([...second.keys(), ...slugsOf(second)], own);
}

const slugsOf = (known: Known) =>
  [...known.values()].flatMap(({ document }) => slugsIn(outline(document)));

function useActive(slugs: string[], own: string): Known {
  const backend = useBackend();
  const wanted = [...new Set(slugs)].filter((slug) => slug !== own);
  return useQueries({
    queries: wanted.map((slug) => ({
      queryKey: ["get_config", { slug }],
      queryFn: () => backend.call("get_config", { slug }),
      retry: false,
    })),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }) =>
          data
            ? [
                [
                  data.slug,
                  {
                    document: data.document,
                    version: data.active_version,
                    strategy: data.strategy,
                  },
                ] as const,
              ]
            : [],
        ),
      ),
  });
}

/** $2.50, $10, $0.075: as price lists write it. */
export function dollars(usd: number): string {
  if (Number.isInteger(usd)) return `$${usd}`;
  return `$${usd < 0.1 ? Number(usd.toPrecision(3)) : usd.toFixed(2)}`;
}
