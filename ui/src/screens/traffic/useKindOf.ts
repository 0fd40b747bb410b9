import { useCallback, useMemo } from "react";
import { useOp } from "@/backend/react";

/** The kind of a provider gives its hue; its name is the person's own. */
export function useKindOf(): (provider: string) => string {
  const providers = useOp("list_providers", {}).data?.data;
  const kinds = useMemo(
    () => new Map(providers?.map(({ name, kind }) => [name, kind] as const)),
    [providers],
  );
  return useCallback((provider: string) => kinds.get(provider) ?? provider, [kinds]);
}
