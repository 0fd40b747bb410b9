import {
  type Backend,
  BackendError,
  type Input,
  type OperationName,
  type Output,
} from "@/backend/backend";
import type { UiEvent } from "@/bindings/types";
import { configHandlers } from "./fake-configs";
import { keyHandlers } from "./fake-keys";
import { providerHandlers } from "./fake-providers";
import { rulesHandlers } from "./fake-rules";
import { settingsHandlers } from "./fake-settings";
import { statusHandlers } from "./fake-status";
import { trafficHandlers } from "./fake-traffic";

export type Handlers = {
  [K in OperationName]?: (input: Input<K>, backend: FakeBackend) => Output<K> | Promise<Output<K>>;
};

/** A backend in memory, for tests and for `npm run dev` without a server. */
export class FakeBackend implements Backend {
  readonly calls: { op: OperationName; input: unknown }[] = [];
  readonly opened: string[] = [];
  readonly saved: { name: string; text: string }[] = [];
  host: Backend["host"] = "browser";
  private readonly listeners = new Set<(events: UiEvent[]) => void>();
  private readonly gapListeners = new Set<() => void>();
  private readonly handlers: Handlers;

  constructor(overrides: Handlers = {}) {
    const configs = configHandlers();
    this.handlers = {
      ...statusHandlers(),
      ...settingsHandlers(),
      ...configs,
      ...rulesHandlers(configs),
      ...providerHandlers(),
      ...keyHandlers(),
      ...trafficHandlers(),
      ...overrides,
    };
  }

  async call<K extends OperationName>(op: K, input: Input<K>): Promise<Output<K>> {
    this.calls.push({ op, input: structuredClone(input) });
    const handler = this.handlers[op] as
      | ((input: Input<K>, backend: FakeBackend) => Output<K> | Promise<Output<K>>)
      | undefined;
    if (!handler) throw new BackendError("not_found", `the fake backend has no ${op}`);
    return structuredClone(await handler(structuredClone(input), this));
  }

  subscribe(listener: (events: UiEvent[]) => void, onGap?: () => void): () => void {
    this.listeners.add(listener);
    if (onGap) this.gapListeners.add(onGap);
    return () => {
      this.listeners.delete(listener);
      if (onGap) this.gapListeners.delete(onGap);
    };
  }

  async openExternal(url: string): Promise<void> {
    this.opened.push(url);
  }

  async saveFile(name: string, text: string): Promise<boolean> {
    this.saved.push({ name, text });
    return true;
  }

  /** As the real one does after a change. */
  emit(...events: UiEvent[]) {
    for (const listener of this.listeners) listener(events);
  }

  /** As the real one does when it begins to listen, and when it does so again. */
  gap() {
    for (const onGap of this.gapListeners) onGap();
  }

  /** Changes how one operation answers from now on. */
  answer<K extends OperationName>(op: K, handler: NonNullable<Handlers[K]>) {
    this.handlers[op] = handler as Handlers[K];
  }

  /** Inputs of every call of one operation, oldest first. */
  inputs<K extends OperationName>(op: K): Input<K>[] {
    return this.calls.filter((call) => call.op === op).map((call) => call.input as Input<K>);
  }
}
