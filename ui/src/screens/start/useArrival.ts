import { useOp } from "@/backend/react";
import type { LogRow } from "@/bindings/types";

/** `failed`: something came, but nothing that came was answered yet. */
export type Arrival = { state: "none" | "failed" | "answered"; latest: LogRow | undefined };

export const isAnswered = (status: number) => status >= 200 && status < 300;

/** What came of the requests so far; null until it is known. */
export function useArrival(): Arrival | null {
  const latest = useOp("list_logs", { limit: 1 }).data?.data[0];
  const answered = useOp("list_logs", { q: "status:2xx", limit: 1 });
  if (answered.isPending) return null;
  if (answered.data?.data.length || (latest && isAnswered(latest.status))) {
    return { state: "answered", latest };
  }
  return { state: latest ? "failed" : "none", latest };
}
