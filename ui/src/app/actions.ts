import { useEffect, useRef, useSyncExternalStore } from "react";
import type { IconName } from "@/components/Icon";

/** One thing a person can do. Palette and keys both read it, so that they cannot differ. */
export type Action = {
  id: string;
  label: string;
  group: "configs" | "go" | "page" | "proxy" | "window";
  run: () => void;
  icon?: IconName;
  strategy?: string;
  hint?: string;
  /** `Ctrl+Shift+C`, `F8`, `n`. Ctrl reads Cmd on a Mac. Single letters only work outside text. */
  shortcut?: string;
  /** Not in the palette, only a key. */
  keyOnly?: boolean;
};

const sets = new Map<symbol, Action[]>();
const listeners = new Set<() => void>();
let all: Action[] = [];

function publish() {
  // Last registered first: a page's key wins over the shell's.
  all = [...sets.values()].reverse().flat();
  for (const listener of listeners) listener();
}

/** Offers actions for as long as the caller is mounted. */
export function useActions(actions: Action[]) {
  const id = useRef(Symbol("actions"));
  const latest = useRef(actions);
  latest.current = actions;
  const shape = actions.map((action) => `${action.id}|${action.label}|${action.hint ?? ""}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is what the list shows; `run` is read through the ref
  useEffect(() => {
    sets.set(
      id.current,
      latest.current.map((action) => ({
        ...action,
        run: () => latest.current.find((now) => now.id === action.id)?.run(),
      })),
    );
    publish();
    return () => {
      sets.delete(id.current);
      publish();
    };
  }, [shape]);
}

export function useAllActions(): Action[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );
}

export function useShortcuts() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const typed = isTyping(event.target);
      const action = all.find(({ shortcut }) => shortcut && pressed(event, shortcut, typed));
      if (!action) return;
      event.preventDefault();
      action.run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function pressed(event: KeyboardEvent, shortcut: string, typing: boolean): boolean {
  const parts = shortcut.split("+").map((part) => part.toLowerCase());
  const key = parts.at(-1);
  const ctrl = parts.includes("ctrl");
  const shift = parts.includes("shift");
  if ((event.ctrlKey || event.metaKey) !== ctrl || event.altKey) return false;
  if (shift && !event.shiftKey) return false;
  if (!shift && event.shiftKey && (ctrl || (key?.length ?? 0) > 1)) return false;
  const plain = !ctrl && key?.length === 1;
  return event.key.toLowerCase() === key && !(plain && typing);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, .cm-editor") !== null)
  );
}
