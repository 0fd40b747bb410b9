import { Channel, invoke } from "@tauri-apps/api/core";
import type { UiEvent } from "@/bindings/types";
import { type Backend, BackendError, type Input, type OperationName, type Output } from "./backend";

export class TauriBackend implements Backend {
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
}
