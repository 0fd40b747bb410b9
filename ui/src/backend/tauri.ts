import { Channel, invoke } from "@tauri-apps/api/core";
import type { UiEvent } from "@/bindings/types";
import { type Backend, BackendError, type Input, type OperationName, type Output } from "./backend";

export class TauriBackend implements Backend {
  readonly host = "desktop";

  async call<K extends OperationName>(op: K, input: Input<K>): Promise<Output<K>> {
    try {
      return await invoke<Output<K>>("call", { op, input });
    } catch (error) {
      throw BackendError.from(error);
    }
  }

  subscribe(listener: (events: UiEvent[]) => void): () => void {
    const channel = new Channel<UiEvent[]>();
    let live = true;
    channel.onmessage = (events) => {
      if (live) listener(events);
    };
    void invoke("subscribe", { channel });
    return () => {
      live = false;
    };
  }

  async openExternal(url: string): Promise<void> {
    await invoke("plugin:opener|open_url", { url });
  }

  /** The shell asks where to; a web view cannot download by itself. */
  async saveFile(name: string, text: string): Promise<boolean> {
    return await invoke<boolean>("save_file", { name, text });
  }
}
