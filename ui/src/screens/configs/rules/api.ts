import { useQuery } from "@tanstack/react-query";
import type { Backend, OperationName } from "@/backend/backend";
import { useBackend } from "@/backend/react";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { Diagnostic } from "@/bindings/types";

export type Word = {
  name: string;
  kind: string;
  type: string;
  doc: string;
  example: string;
  response_only: boolean;
};

export type Words = {
  words: Word[];
  tags: { key: string; values: string[]; requests: number }[];
  apps: string[];
  end_users: number;
  observed: { name: string; min: number; max: number }[];
};

/** A place in the text that was asked about: lines and columns from 1, in UTF-16 units. */
export type TextDiagnostic = Pick<Diagnostic, "severity" | "message" | "suggestion"> & {
  line?: number;
  column?: number;
  length?: number;
};

export type TreeRule = {
  index: number;
  line: number;
  text: string;
  condition: string | null;
  action: { use: JsonValue } | { block: string };
};

export type Decisions = {
  config: string;
  version: number;
  since: string;
  requests: number;
  rules: { index: number; line: number; text?: string; requests: number; cost_usd: number }[];
};

type RulesOperations = {
  rules_words: { input: object; output: Words };
  format_rules: {
    input: { text: string; condition?: boolean };
    output: { text: string | null; diagnostics: TextDiagnostic[] };
  };
  convert_rules: {
    input: { rules: JsonValue };
    output: { text: string; rules: JsonValue; diagnostics: TextDiagnostic[] };
  };
  rules_tree: {
    input: { text: string };
    output: { rules: TreeRule[]; diagnostics: TextDiagnostic[] };
  };
  get_decisions: {
    input: { config: string; version?: number; last?: string };
    output: Decisions;
  };
};

export function callRules<K extends keyof RulesOperations>(
  backend: Backend,
  op: K,
  input: RulesOperations[K]["input"],
): Promise<RulesOperations[K]["output"]> {
  return backend.call(op as unknown as OperationName, input as never) as Promise<never>;
}

/** A read that keeps its last answer while the next one is on its way. */
export function useRules<K extends keyof RulesOperations>(
  op: K,
  input: RulesOperations[K]["input"],
  options: { enabled?: boolean; staleTime?: number } = {},
) {
  const backend = useBackend();
  return useQuery<RulesOperations[K]["output"]>({
    queryKey: [op, input],
    queryFn: () => callRules(backend, op, input),
    placeholderData: (previous) => previous,
    gcTime: 60_000,
    ...options,
  });
}
