import type { QueryClient, QueryFilters } from "@tanstack/react-query";

/** Reads under way that a change overtook; each is followed by one more, however many changes. */
const overtaken = new WeakSet<Promise<unknown>>();

/**
 * Reads again what a change made stale: at once where it is shown, else when it is shown next.
 *
 * `invalidateQueries` alone loses changes. It begins a new read in place of a running one only
 * where a screen shows the query and it already has data. Else the running read goes on, its
 * answer may be older than the change, and that answer counts as fresh from then on.
 */
export function reread(client: QueryClient, filters: QueryFilters = {}) {
  const running = client
    .getQueryCache()
    .findAll(filters)
    .map((query) => ({ query, promise: query.promise }));
  void client.invalidateQueries(filters);
  for (const { query, promise } of running) {
    if (!promise || query.promise !== promise || overtaken.has(promise)) continue;
    overtaken.add(promise);
    const again = () => reread(client, { queryKey: query.queryKey, exact: true });
    promise.then(again, again);
  }
}
