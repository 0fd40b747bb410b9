import { createContext, useContext } from "react";
import type { Diagnostic, Version } from "@/bindings/types";
import type { Facts } from "./facts";
import type { Json } from "./json";
import type { Node } from "./outline";
import type { Pairs } from "./pair";
import type { Lit } from "./trace";

/** What every part of the form works with. */
export type FormState = {
  slug: string;
  document: Json;
  root: Node;
  base: Version;
  pairs: Pairs;
  facts: Facts;
  diagnostics: Diagnostic[];
  /** Those that belong to a node and to none inside of it, by its id. */
  problems: ReadonlyMap<string, Diagnostic[]>;
  /** What the tried request did, while it is shown. */
  lit: Lit | null;
  selected: Node;
  select: (id: string) => void;
  /** Writes the document. Changes of one step are undone together. */
  change: (document: Json, step?: string | null, select?: string) => void;
  undo: () => void;
};

export const FormContext = createContext<FormState | null>(null);

export function useForm(): FormState {
  const state = useContext(FormContext);
  if (!state) throw new Error("FormContext is missing");
  return state;
}
