import type { BackendError } from "@/backend/backend";
import type { Bundle, Diagnostic } from "@/bindings/types";

/** What a file holds, before anything is changed. */
export type Opened = { name: string; bundle: Bundle };

/** Reads a setup file. Throws a sentence where it is none. */
export function openBundle(name: string, text: string): Opened {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || !("modelux" in value)) {
    throw new Error(`${name} is no setup file of Modelux: it has no field "modelux"`);
  }
  const { providers = [], configs = [], budgets = [], settings = {}, ...rest } = value as Bundle;
  return { name, bundle: { ...rest, providers, configs, budgets, settings } };
}

export type Line = { path: string; slug: string | null; message: string };

/** Diagnostics of an import: `/configs/1/document/model` with the config that this is. */
export function faultLines(error: BackendError, bundle: Bundle | undefined): Line[] {
  const found = (error.details as { diagnostics?: Diagnostic[] } | null)?.diagnostics ?? [];
  return found.map(({ path, message }) => {
    const index = /^\/configs\/(\d+)/.exec(path)?.[1];
    const slug = bundle?.configs[Number(index ?? -1)]?.slug ?? null;
    // The name stands before the path already.
    const bare = slug ? message.replace(`@${slug}: `, "") : message;
    return { path, slug, message: bare };
  });
}

export function fileName(now: Date): string {
  return `modelux-setup-${now.toISOString().slice(0, 10)}.json`;
}
