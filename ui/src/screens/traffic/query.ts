import { useSyncExternalStore } from "react";

// Outside the screen, so that a look at another screen does not lose the filter
// and other screens can lead to a filtered list.
let query = "";
const listeners = new Set<() => void>();

export function setTrafficQuery(next: string) {
  query = next;
  for (const listener of listeners) listener();
}

export function useTrafficQuery(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => query,
  );
}
