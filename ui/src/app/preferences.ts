import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

/** What the window remembers about itself. Nothing here changes what the proxy does. */
export type Preferences = {
  theme: Theme;
  /** Slugs in the sidebar; null until the person pins something. */
  pinned: string[] | null;
  diffLayout: "split" | "inline";
};

const ITEM = "modelux.preferences";
const DEFAULTS: Preferences = {
  theme: "system",
  pinned: null,
  diffLayout: "split",
};

const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(ITEM) ?? "{}") };
  } catch {
    return DEFAULTS;
  }
}

export function preferences(): Preferences {
  return current;
}

export function setPreferences(change: Partial<Preferences>) {
  current = { ...current, ...change };
  localStorage.setItem(ITEM, JSON.stringify(current));
  for (const listener of listeners) listener();
}

/** Reads the store again, for another window or a test that changed it underneath. */
export function reloadPreferences() {
  current = read();
  for (const listener of listeners) listener();
}

export function onPreferences(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(onPreferences, preferences);
}
