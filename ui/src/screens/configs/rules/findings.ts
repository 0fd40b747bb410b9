import { useMemo } from "react";
import { useDebounced } from "@/app/useDebounced";
import { useOp } from "@/backend/react";
import type { Diagnostic } from "@/bindings/types";
import type { Finding } from "../editor/problems";

/** What a document's diagnostics say of the text at `pointer`, placed in that text. */
export function findingsAt(diagnostics: Diagnostic[], pointer: string): Finding[] {
  return diagnostics
    .filter(({ path }) => path === pointer)
    .map(({ severity, message, suggestion, text }) => ({
      severity,
      message,
      suggestion,
      ...text,
    }));
}

const TYPING_PAUSE_MS = 250;

/**
 * What is wrong with a program that nobody else has checked. Null while that is not known of the
 * text as it is.
 */
export function useOwnFindings(text: string, slug?: string, enabled = true): Finding[] | null {
  const checked = useDebounced(text, TYPING_PAUSE_MS);
  const validation = useOp(
    "validate",
    { slug, document: { strategy: "custom_rules", rules: checked } },
    { enabled, placeholderData: (previous) => previous, gcTime: 10_000 },
  );
  const current = enabled && checked === text && !validation.isPlaceholderData;
  const diagnostics = current ? validation.data?.diagnostics : undefined;
  return useFindings(diagnostics ?? null, "/rules");
}

/** `findingsAt` for as long as the diagnostics stay the same. */
export function useFindings(diagnostics: Diagnostic[] | null, pointer: string): Finding[] | null {
  return useMemo(() => diagnostics && findingsAt(diagnostics, pointer), [diagnostics, pointer]);
}
