import { operations } from "@/bindings/operations";
import type { UiEvent } from "@/bindings/types";
import { type Backend, BackendError, type Input, type OperationName, type Output } from "./backend";
import { readEventStream } from "./sse";

const KEY_ITEM = "modelux.key";
const RECONNECT_MS = [250, 500, 1000, 2000, 5000];

/** The key comes once in `#key=…` or `#/settings&key=…`, so that it is in no request line and in no history. */
export function takeKeyFromHash(location: Location, storage: Storage): string | null {
  const match = /[#&]key=([^&]+)/.exec(location.hash);
  if (match?.[1]) {
    storage.setItem(KEY_ITEM, decodeURIComponent(match[1]));
    const place = location.hash.slice(1, match.index);
    history.replaceState(null, "", `${location.pathname}${location.search}#${place || "/"}`);
  }
  return storage.getItem(KEY_ITEM);
}

export class HttpBackend implements Backend {
  readonly host = "browser";

  constructor(
    private readonly origin: string,
    private readonly key: string | null,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
    private readonly visit: (url: string) => void = (url) => location.assign(url),
  ) {}

  async call<K extends OperationName>(op: K, input: Input<K>): Promise<Output<K>> {
    const { method, url, body } = this.request(op, input as Record<string, unknown>);
    let response: Response;
    try {
      response = await this.fetcher(url, { method, headers: this.headers(method), body });
    } catch {
      throw new BackendError("unreachable", `No answer from ${this.origin}`);
    }
    const text = await response.text();
    const value = text === "" ? null : parse(text);
    if (response.ok) {
      if (op === "use_port") this.follow((value as Output<"use_port">).address);
      return value as Output<K>;
    }
    const inner = (value as { error?: unknown } | null)?.error;
    throw BackendError.from(
      inner ?? { code: `http_${response.status}`, message: text || response.statusText },
    );
  }

  subscribe(listener: (events: UiEvent[]) => void, onGap?: () => void): () => void {
    const abort = new AbortController();
    void this.listen(listener, abort.signal, onGap);
    return () => abort.abort();
  }

  async openExternal(url: string): Promise<void> {
    window.open(url, "_blank", "noopener");
  }

  async saveFile(name: string, text: string): Promise<boolean> {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
    return true;
  }

  /** The page came from the port that was left, so nothing answers there any more. */
  private follow(address: string | undefined) {
    const url = new URL(location.href);
    const port = address && new URL(address).port;
    if (!port || !this.key || url.origin !== this.origin || url.port === port) return;
    url.port = port;
    url.hash = `${url.hash || "#/"}&key=${encodeURIComponent(this.key)}`;
    this.visit(url.href);
  }

  private async listen(
    listener: (events: UiEvent[]) => void,
    signal: AbortSignal,
    onGap?: () => void,
  ) {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const response = await this.fetcher(`${this.base}/events`, {
          headers: { ...this.headers("GET"), accept: "text/event-stream" },
          signal,
        });
        if (!response.ok || !response.body) throw new Error(String(response.status));
        failures = 0;
        // The first time too: what was read before the stream began may be older than its events.
        onGap?.();
        for await (const data of readEventStream(response.body)) {
          const value = parse(data) as UiEvent | UiEvent[];
          listener(Array.isArray(value) ? value : [value]);
        }
      } catch {
        if (signal.aborted) return;
      }
      const delay = RECONNECT_MS[Math.min(failures++, RECONNECT_MS.length - 1)] ?? 5000;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  private get base() {
    return `${this.origin}/manage/v1`;
  }

  private headers(method: string): Record<string, string> {
    return {
      ...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
      ...(method === "GET" || method === "DELETE" ? {} : { "content-type": "application/json" }),
    };
  }

  /** Fields named in the path go there; the rest is the query of a GET and the body of all else. */
  private request(op: OperationName, input: Record<string, unknown>) {
    const { method, path } = operations[op];
    const rest = { ...input };
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = rest[name];
      delete rest[name];
      return encodeURIComponent(String(value));
    });
    if (method !== "GET" && method !== "DELETE") {
      return { method, url: `${this.base}${filled}`, body: JSON.stringify(rest) };
    }
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(rest)) {
      if (value !== undefined && value !== null) query.set(name, String(value));
    }
    const suffix = query.size > 0 ? `?${query}` : "";
    return { method, url: `${this.base}${filled}${suffix}`, body: undefined };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BackendError("malformed", "The answer is not JSON");
  }
}
