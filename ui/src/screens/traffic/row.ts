import type { LogRow } from "@/bindings/types";
import { dateTime, timeOfDay } from "@/components/format";

const HUNG_UP = 499;

export function statusTone(status: number): string {
  if (status === HUNG_UP) return "t-warn fw-5";
  return status >= 400 ? "t-bad fw-5" : "t-2";
}

export function statusPill(status: number): "ok" | "warn" | "bad" {
  if (status === HUNG_UP) return "warn";
  return status >= 400 ? "bad" : "ok";
}

/** Today the second matters, before that the day. */
export function listTime(at: string, now = new Date()): string {
  const sameDay = new Date(at).toDateString() === now.toDateString();
  return sameDay ? timeOfDay(at, true) : dateTime(at, now);
}

/** The upstream says that another model answered. `gpt-4o-2024-08-06` still is `gpt-4o`. */
export function isDowngraded(row: Pick<LogRow, "model" | "answered_model">): boolean {
  const { model, answered_model: answered } = row;
  if (!model || !answered) return false;
  const bare = (name: string) => name.slice(name.lastIndexOf("/") + 1).replace(/[-:]latest$/, "");
  const rest = bare(answered).slice(bare(model).length);
  return !bare(answered).startsWith(bare(model)) || !/^($|[-@:.]?\d)/.test(rest);
}
