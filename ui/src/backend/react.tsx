import {
  type UseMutationOptions,
  type UseQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import type { Page, UiEvent } from "@/bindings/types";
import type { Backend, BackendError, Input, OperationName, Output } from "./backend";
import { reread } from "./reread";

const BackendContext = createContext<Backend | null>(null);

export function BackendProvider(props: { backend: Backend; children: ReactNode }) {
  return (
    <BackendContext.Provider value={props.backend}>
      <Invalidation />
      {props.children}
    </BackendContext.Provider>
  );
}

export function useBackend(): Backend {
  const backend = useContext(BackendContext);
  if (!backend) throw new Error("BackendProvider is missing");
  return backend;
}

/** A read. The key is `[operation, input]`, which is what events invalidate by. */
export function useOp<K extends OperationName>(
  op: K,
  input: Input<K>,
  options?: Omit<UseQueryOptions<Output<K>, BackendError>, "queryKey" | "queryFn">,
) {
  const backend = useBackend();
  return useQuery<Output<K>, BackendError>({
    queryKey: [op, input],
    queryFn: () => backend.call(op, input),
    ...options,
  });
}

type Paged = {
  [K in OperationName]: Output<K> extends Page<unknown> ? K : never;
}[OperationName];
type RowOf<K extends Paged> = Output<K> extends Page<infer R> ? R : never;

/** A list that comes in pages: the rows so far, and `fetchNextPage` for more. */
export function useOpPages<K extends Paged>(op: K, input: Input<K>) {
  const backend = useBackend();
  const query = useInfiniteQuery({
    queryKey: [op, input, "pages"],
    queryFn: async ({ pageParam }) =>
      (await backend.call(op, { ...input, cursor: pageParam })) as Page<RowOf<K>>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data), [query.data]);
  /** In turn: by itself it would end a read that a change asked for, and keep the older pages. */
  const fetchNextPage = async () => {
    if (query.isFetchingNextPage) return;
    if (query.isFetching) await query.refetch({ cancelRefetch: false });
    await query.fetchNextPage({ cancelRefetch: false });
  };
  return { ...query, error: query.error as BackendError | null, rows, fetchNextPage };
}

/** Has these operations read again, whatever their input. */
export function useReread() {
  const client = useQueryClient();
  return (names: OperationName[]) => {
    for (const name of names) reread(client, { queryKey: [name] });
  };
}

/** A write. What it changed comes back as events, and at once through `refreshed`. */
export function useDo<K extends OperationName>(
  op: K,
  options?: UseMutationOptions<Output<K>, BackendError, Input<K>> & {
    refreshes?: OperationName[];
  },
) {
  const backend = useBackend();
  const refresh = useReread();
  const { refreshes = [], onSuccess, ...rest } = options ?? {};
  return useMutation<Output<K>, BackendError, Input<K>>({
    mutationFn: (input) => backend.call(op, input),
    onSuccess: async (...args) => {
      refresh(refreshes);
      await onSuccess?.(...args);
    },
    ...rest,
  });
}

/**
 * A write whose end matters even when the control that began it is gone by then, as a row is
 * after it was archived. Rejects with a `BackendError`.
 */
export function useCall() {
  const backend = useBackend();
  const refresh = useReread();
  return async <K extends OperationName>(op: K, input: Input<K>, refreshes: OperationName[]) => {
    const output = await backend.call(op, input);
    refresh(refreshes);
    return output;
  };
}

/** Which reads an event makes stale. The one table that ties events to queries. */
const STALE: Record<UiEvent["type"], OperationName[]> = {
  config_changed: [
    "list_configs",
    "get_config",
    "list_versions",
    "list_activations",
    "diff_versions",
  ],
  requests_recorded: ["list_configs", "list_logs", "get_status", "list_keys"],
  providers_changed: ["list_providers", "get_provider", "list_models", "get_health"],
  health_changed: ["get_health", "list_providers"],
  keys_changed: ["list_keys", "get_snippets"],
  settings_changed: ["get_settings", "get_status"],
  proxy_changed: ["get_status", "get_snippets"],
};

type Listener = (events: UiEvent[]) => void;
const listeners = new Set<Listener>();
const gapListeners = new Set<() => void>();

/**
 * For a screen that shows events themselves (live traffic) and not only their effect on reads.
 * `onGap` is called where some may have been missed.
 */
export function useEvents(listener: Listener, onGap?: () => void) {
  useEffect(() => {
    listeners.add(listener);
    if (onGap) gapListeners.add(onGap);
    return () => {
      listeners.delete(listener);
      if (onGap) gapListeners.delete(onGap);
    };
  }, [listener, onGap]);
}

function Invalidation() {
  const backend = useBackend();
  const client = useQueryClient();
  useEffect(() => {
    const stale = coalesced((name) => reread(client, { queryKey: [name] }));
    const stop = backend.subscribe(
      (events) => {
        for (const event of events) {
          const often = event.type === "requests_recorded";
          for (const name of STALE[event.type]) stale.add(name, often);
        }
        stale.flush();
        for (const listener of listeners) listener(events);
      },
      () => {
        reread(client);
        for (const listener of gapListeners) listener();
      },
    );
    return () => {
      stop();
      stale.stop();
    };
  }, [backend, client]);
  return null;
}

/** Requests come in up to ten batches a second; what sums them up is read again once in it. */
const SUMMED_MS = 1000;

function coalesced(run: (name: OperationName) => void) {
  const now = new Set<OperationName>();
  const later = new Set<OperationName>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = () => {
    timer = later.size > 0 ? setTimeout(release, SUMMED_MS) : undefined;
    for (const name of later) run(name);
    later.clear();
  };
  return {
    add: (name: OperationName, often: boolean) => (often ? later : now).add(name),
    flush() {
      for (const name of now) {
        later.delete(name);
        run(name);
      }
      now.clear();
      if (timer === undefined && later.size > 0) release();
    },
    stop: () => clearTimeout(timer),
  };
}
