import { Channel, invoke } from "@tauri-apps/api/core";
import type { UiEvent } from "@/bindings/types";
import { type Backend, BackendError, type Input, type OperationName, type Output } from "./backend";

export class TauriBackend implements Backend {
  readonly host = "desktop";

  constructor(page: Document = document) {
    actLikeAProgram(page);
  }

  call<K extends OperationName>(op: K, input: Input<K>): Promise<Output<K>> {
    return ask<Output<K>>("call", { op, input });
  }

  subscribe(listener: (events: UiEvent[]) => void, onGap?: () => void): () => void {
    const channel = new Channel<UiEvent[]>();
    let live = true;
    channel.onmessage = (events) => {
      if (live) listener(events);
    };
    const id = ask<number>("subscribe", { channel });
    // What was read before it listens may be older than the first event.
    id.then(() => live && onGap?.()).catch(() => {});
    return () => {
      live = false;
      id.then((id) => ask("unsubscribe", { id })).catch(() => {});
    };
  }

  openExternal(url: string): Promise<void> {
    return ask("open_external", { url });
  }

  /** The shell asks where to; a web view cannot download by itself. */
  saveFile(name: string, text: string): Promise<boolean> {
    return ask("save_file", { name, text });
  }
}

async function ask<T>(command: string, input: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, input);
  } catch (error) {
    throw BackendError.from(error);
  }
}

/** What people expect of a program and not of a web page: Ctrl+Q ends it, and there is no Reload in a menu. */
function actLikeAProgram(page: Document) {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "q") {
      event.preventDefault();
      void ask("quit", {});
    }
  });
  page.addEventListener("contextmenu", (event) => {
    const on = event.target as Element;
    const text =
      on.closest("input, textarea, [contenteditable=true]") || page.getSelection()?.toString();
    if (!text) event.preventDefault();
  });
}
