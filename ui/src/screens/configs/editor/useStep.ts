import { useEffect, useRef } from "react";
import { useDebounced } from "@/app/useDebounced";

const PAUSE_MS = 1000;

/** Names the step that an edit belongs to: what is typed without a pause is undone together. */
export function useStep(name: string, text: string): () => string {
  const count = useRef(0);
  const settled = useDebounced(text, PAUSE_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a text that stayed for a while ends a step
  useEffect(() => {
    count.current++;
  }, [settled]);
  return () => `${name}:${count.current}`;
}
