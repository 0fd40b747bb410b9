import type { Provider } from "@/bindings/types";

/** What tells a provider from others of its kind: its own name, where that is not the kind's. */
export function called({ name, kind, display_name }: Provider): string {
  return name === kind ? display_name : name;
}
