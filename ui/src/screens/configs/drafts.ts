import { useSyncExternalStore } from "react";

/** An edit that is not saved yet. Lives in local storage: it survives a crash and a reload. */
export type Draft = {
  /** The version whose document it started from, and which changes are counted against. */
  from: number;
  /**
   * The newest version that the person could see. After a rollback this is newer than `from`;
   * naming `from` in the save would then be a conflict with versions that are long known.
   */
  seen: number;
  text: string;
  editedAt: string;
};

const PREFIX = "modelux.draft.";
const listeners = new Set<() => void>();
const cache = new Map<string, { raw: string | null; draft: Draft | null }>();

export function getDraft(slug: string): Draft | null {
  const raw = localStorage.getItem(PREFIX + slug);
  const cached = cache.get(slug);
  if (cached?.raw === raw) return cached.draft;
  const draft = parse(raw);
  cache.set(slug, { raw, draft });
  return draft;
}

function parse(raw: string | null): Draft | null {
  try {
    return raw ? (JSON.parse(raw) as Draft) : null;
  } catch {
    return null;
  }
}

export function putDraft(slug: string, draft: Draft | null) {
  if (draft) localStorage.setItem(PREFIX + slug, JSON.stringify(draft));
  else localStorage.removeItem(PREFIX + slug);
  for (const listener of listeners) listener();
}

export function useDraft(slug: string): Draft | null {
  return useSyncExternalStore(subscribe, () => getDraft(slug));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}
