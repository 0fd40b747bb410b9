import type { Operations } from "@/bindings/operations";
import type { UiEvent } from "@/bindings/types";

export type OperationName = keyof Operations;
export type Input<K extends OperationName> = Operations[K]["input"];
export type Output<K extends OperationName> = Operations[K]["output"];

/** What the window needs of its host. Two hosts: the desktop shell and the management API. */
export interface Backend {
  /** Rejects with a `BackendError` and nothing else. */
  call<K extends OperationName>(op: K, input: Input<K>): Promise<Output<K>>;
  /**
   * Events arrive coalesced, at most ten batches a second. `onGap` is called when some may have
   * been missed, so that all that is shown must be read again. Returns the way to stop.
   */
  subscribe(listener: (events: UiEvent[]) => void, onGap?: () => void): () => void;
  /** Opens an address in the person's browser. */
  openExternal(url: string): Promise<void>;
  /** Which host this is: only the desktop shell can start at login. */
  readonly host: "desktop" | "browser";
  /** Gives the person a file. False where they changed their mind. */
  saveFile(name: string, text: string): Promise<boolean>;
}

/** `code` is stable and what the window decides by; `message` is for the person. */
export class BackendError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: unknown = null,
  ) {
    super(message);
    this.name = "BackendError";
  }

  static from(value: unknown): BackendError {
    if (value instanceof BackendError) return value;
    if (typeof value === "object" && value !== null && "message" in value) {
      const raw = value as { code?: unknown; type?: unknown; message: unknown };
      const { code, type, message, ...rest } = raw;
      const details = "details" in rest ? rest.details : rest;
      return new BackendError(String(code ?? type ?? "internal"), String(message), details);
    }
    return new BackendError("internal", String(value));
  }
}
