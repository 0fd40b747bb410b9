import { useCallback, useEffect, useRef, useState } from "react";
import type { Backend, BackendError } from "@/backend/backend";
import { useBackend, useEvents } from "@/backend/react";
import type { LogRow, Page, UiEvent } from "@/bindings/types";

const HEAD_ROWS = 100;
const OLDER_ROWS = 200;
/** Shortest time between two looks at the newest rows. Events come up to ten times a second. */
const REFRESH_MS = 400;
/** While live at the top; older rows are read again when somebody scrolls to them. */
const KEPT_ROWS = 5000;

export type Log = { query: string; rows: LogRow[]; cursor: string | null };
export type Waiting = { count: number; atLeast: boolean };

const NOBODY: Waiting = { count: 0, atLeast: false };

/**
 * The requests that match, newest first, kept up to date.
 *
 * An event only says that there is something new: the newest page is read again (throttled) and
 * joined to what is shown, so that a filter holds for new rows too and no burst leaves a hole.
 * While `held`, rows stay as they are and the new ones are counted.
 */
export function useLog(query: string, held: boolean) {
  const backend = useBackend();
  const [log, setLog] = useState<Log | null>(null);
  const [error, setError] = useState<BackendError | null>(null);
  const [waiting, setWaiting] = useState<Waiting>(NOBODY);
  const now = useRef({ query, held, log });
  now.current = { query, held, log };

  const refresh = useCallback(async () => {
    try {
      const page = await head(backend, query);
      if (now.current.query !== query) return;
      setError(null);
      const shown = now.current.log;
      if (now.current.held && shown?.query === query) {
        setWaiting(ahead(page, shown));
      } else {
        setWaiting(NOBODY);
        setLog((current) => joined(query, page, current));
      }
    } catch (failure) {
      if (now.current.query === query) setError(failure as BackendError);
    }
  }, [backend, query]);

  const soon = useThrottled(refresh, REFRESH_MS);
  useEffect(() => {
    setError(null);
    setWaiting(NOBODY);
    void refresh();
  }, [refresh]);

  // What waited is shown as soon as nothing holds it back.
  const behind = waiting.count > 0;
  useEffect(() => {
    if (!held && behind) void refresh();
  }, [held, behind, refresh]);

  useEvents(
    useCallback(
      (events: UiEvent[]) => {
        const recorded = events.reduce(
          (sum, event) => sum + (event.type === "requests_recorded" ? event.count : 0),
          0,
        );
        if (recorded === 0) return;
        const { held, query } = now.current;
        // Without a filter every recorded request will be shown: no need to ask which.
        if (held && query === "") {
          setWaiting(({ count, atLeast }) => ({ count: count + recorded, atLeast }));
        } else {
          soon();
        }
      },
      [soon],
    ),
    soon,
  );

  const reading = useRef(false);
  const readOlder = useCallback(async () => {
    const from = now.current.log;
    if (reading.current || !from?.cursor || from.query !== query) return;
    reading.current = true;
    try {
      const page = await backend.call("list_logs", {
        q: query || undefined,
        limit: OLDER_ROWS,
        cursor: from.cursor,
      });
      setLog((current) =>
        current && current.query === query && current.cursor === from.cursor
          ? { ...current, rows: [...current.rows, ...page.data], cursor: page.next_cursor }
          : current,
      );
    } catch (failure) {
      setError(failure as BackendError);
    } finally {
      reading.current = false;
    }
  }, [backend, query]);

  return { log, error, waiting, refresh, readOlder };
}

function head(backend: Backend, query: string): Promise<Page<LogRow>> {
  return backend.call("list_logs", { q: query || undefined, limit: HEAD_ROWS });
}

function joined(query: string, page: Page<LogRow>, current: Log | null): Log {
  const fresh = { query, rows: page.data, cursor: page.next_cursor };
  if (current?.query !== query || current.rows.length > KEPT_ROWS) return fresh;
  const seam = page.data.findIndex(({ id }) => id === current.rows[0]?.id);
  if (seam < 0) return fresh;
  if (seam === 0) return current;
  return { ...current, rows: [...page.data.slice(0, seam), ...current.rows] };
}

function ahead(page: Page<LogRow>, shown: Log): Waiting {
  const seam = page.data.findIndex(({ id }) => id === shown.rows[0]?.id);
  return seam < 0
    ? { count: page.data.length, atLeast: page.has_more }
    : { count: seam, atLeast: false };
}

/** Calls at once, then at most once in `ms`, and a last time for what came meanwhile. */
function useThrottled(run: () => Promise<void>, ms: number): () => void {
  const latest = useRef(run);
  latest.current = run;
  const state = useRef({ busy: false, again: false, timer: 0 });
  useEffect(() => {
    const mine = state.current;
    return () => window.clearTimeout(mine.timer);
  }, []);
  return useCallback(() => {
    const mine = state.current;
    const go = () => {
      mine.busy = true;
      mine.again = false;
      void latest.current().finally(() => {
        mine.timer = window.setTimeout(() => {
          mine.busy = false;
          if (mine.again) go();
        }, ms);
      });
    };
    if (mine.busy) mine.again = true;
    else go();
  }, [ms]);
}
