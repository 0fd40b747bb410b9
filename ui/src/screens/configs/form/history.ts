import { useSyncExternalStore } from "react";

/** Texts of one draft, whichever tab wrote them. Lives as long as the window. */
type History = { past: string[]; future: string[]; step: string | null };

const MOST = 200;
const EMPTY: History = { past: [], future: [], step: null };
const all = new Map<string, History>();
const listeners = new Set<() => void>();

const of = (slug: string) => all.get(slug) ?? EMPTY;

function set(slug: string, next: History) {
  all.set(slug, next);
  for (const listener of listeners) listener();
}

/** `before` is about to be replaced. Writes of one step, such as typing in one field, are undone at once. */
export function record(slug: string, before: string, step: string | null) {
  const { past, step: last } = of(slug);
  const grows = step !== null && step === last;
  set(slug, { past: grows ? past : [...past.slice(1 - MOST), before], future: [], step });
}

/** The next write is a step of its own. */
export function endStep(slug: string) {
  if (of(slug).step !== null) set(slug, { ...of(slug), step: null });
}

/** The text before `now`, or null where there is none. */
export function stepBack(slug: string, now: string): string | null {
  const { past, future } = of(slug);
  // Written back by hand, or discarded: going to what is there already is no step.
  const at = past.findLastIndex((text) => text !== now);
  if (at < 0) return null;
  set(slug, { past: past.slice(0, at), future: [...future, now], step: null });
  return past[at] ?? null;
}

export function stepForth(slug: string, now: string): string | null {
  const { past, future } = of(slug);
  const text = future.at(-1);
  if (text === undefined) return null;
  set(slug, { past: [...past, now], future: future.slice(0, -1), step: null });
  return text;
}

export function useHistory(slug: string): { canUndo: boolean; canRedo: boolean } {
  const { past, future } = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => of(slug),
  );
  return { canUndo: past.length > 0, canRedo: future.length > 0 };
}

/** For tests: each begins with none. */
export function forgetHistory() {
  all.clear();
}
