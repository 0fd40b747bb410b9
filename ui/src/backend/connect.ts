import type { Backend } from "./backend";
import { HttpBackend, takeKeyFromHash } from "./http";

declare global {
  interface Window {
    __TAURI_INTERNALS__?: unknown;
  }
}

/** Inside the desktop shell its commands, in a browser the management API of the server that served us. */
export async function connect(): Promise<Backend> {
  if (window.__TAURI_INTERNALS__) {
    const { TauriBackend } = await import("./tauri");
    return new TauriBackend();
  }
  if (import.meta.env.DEV && !location.hash.includes("key=") && !import.meta.env.VITE_ORIGIN) {
    const { FakeBackend } = await import("@/test/fake");
    return new FakeBackend();
  }
  const origin: string = import.meta.env.VITE_ORIGIN ?? location.origin;
  return new HttpBackend(origin, takeKeyFromHash(location, sessionStorage));
}
