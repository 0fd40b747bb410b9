import { useSyncExternalStore } from "react";

/** What is typed in a field and could not be taken into the draft. */
export type Fault = { typed: string; message: string };

/** By the field's JSON pointer. */
export type Faults = ReadonlyMap<string, Fault>;

const NONE: Faults = new Map();
const bySlug = new Map<string, Faults>();
const shapes = new Map<string, string>();
const listeners = new Set<() => void>();

const getFaults = (slug: string): Faults => bySlug.get(slug) ?? NONE;

function put(slug: string, faults: Faults) {
  bySlug.set(slug, faults);
  for (const listener of listeners) listener();
}

/** Null takes the fault back. */
export function setFault(slug: string, pointer: string, fault: Fault | null) {
  const faults = new Map(getFaults(slug));
  if (fault) faults.set(pointer, fault);
  else if (!faults.delete(pointer)) return;
  put(slug, faults);
}

/** What was typed in fields of a draft that is no more. */
export function dropFaults(slug: string) {
  if (getFaults(slug).size > 0) put(slug, NONE);
}

/** Once nodes came, went or moved, only the fields of the whole config are surely where they were. */
export function dropInner(slug: string) {
  const all = [...getFaults(slug)];
  const kept = all.filter(([pointer]) => pointer.lastIndexOf("/") === 0);
  if (kept.length < all.length) put(slug, new Map(kept));
}

/** Drops the faults whose field may be gone: `strategy` is the config's own, `shape` that of all nodes. */
export function settleFaults(slug: string, strategy: string, shape: string) {
  const now = `${strategy}\n${shape}`;
  const before = shapes.get(slug);
  shapes.set(slug, now);
  if (before === undefined || before === now) return;
  if (before.startsWith(`${strategy}\n`)) dropInner(slug);
  else dropFaults(slug);
}

/** Faults of a config's fields: they outlast the field, which is gone while another node is selected. */
export function useFaults(slug: string): Faults {
  return useSyncExternalStore(subscribe, () => getFaults(slug));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
