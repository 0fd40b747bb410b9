import { useMemo } from "react";
import { useDebounced } from "@/app/useDebounced";
import { useOp, useOpPages } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { Config, Diff, Validation, Version } from "@/bindings/types";
import { type Draft, useDraft } from "./drafts";

const TYPING_PAUSE_MS = 250;
const VERSIONS_AT_ONCE = 100;

/** Everything the tabs of one config share. */
export type ConfigState = {
  config: Config;
  /** Newest first; older ones come with `moreVersions`. */
  versions: Version[];
  moreVersions: (() => void) | null;
  draft: Draft | null;
  /** The version that the draft (or the next edit) starts from. */
  base: Version;
  text: string;
  /** The draft as a document; undefined while it is not JSON. */
  document: JsonValue | undefined;
  validation: Validation | undefined;
  /** False while what is shown is for an older text. */
  validated: boolean;
  /** Draft against its base; undefined until known. */
  diff: Diff | undefined;
};

export function useConfig(slug: string) {
  const config = useOp("get_config", { slug });
  const versions = useOpPages("list_versions", { slug, limit: VERSIONS_AT_ONCE });
  const draft = useDraft(slug);
  const list = versions.rows;
  // Both may be older than the pages loaded so far.
  const active = useVersion(slug, config.data?.active_version, list);
  const base = useVersion(slug, draft?.from ?? config.data?.active_version, list) ?? active;
  const text = draft?.text ?? base?.source ?? "";
  const checked = useDebounced(text, TYPING_PAUSE_MS);
  const document = useMemo(() => parseJson(checked), [checked]);
  const validation = useOp(
    "validate",
    { slug, source: checked },
    { enabled: checked !== "", placeholderData: (previous) => previous, gcTime: 10_000 },
  );
  const diff = useOp(
    "diff_documents",
    { from: base?.document ?? null, to: document ?? null },
    {
      enabled: draft !== null && base !== undefined && document !== undefined,
      placeholderData: (previous) => previous,
      gcTime: 10_000,
    },
  );
  const ready = config.data && list && base;
  const state: ConfigState | null = ready
    ? {
        config: config.data,
        versions: list,
        moreVersions: versions.hasNextPage ? () => void versions.fetchNextPage() : null,
        draft,
        base,
        text,
        document,
        validation: validation.data,
        validated: checked === text && !validation.isPlaceholderData && validation.isSuccess,
        diff: draft && document !== undefined ? diff.data : undefined,
      }
    : null;
  return { state, error: config.error ?? versions.error, retry: () => void config.refetch() };
}

function useVersion(slug: string, number: number | undefined, loaded: Version[] | undefined) {
  const found = loaded?.find((version) => version.number === number);
  const missing = loaded !== undefined && number !== undefined && !found;
  const single = useOp("get_version", { slug, number: number ?? 0 }, { enabled: missing });
  return found ?? single.data;
}

export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
