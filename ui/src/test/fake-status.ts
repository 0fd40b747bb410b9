import type { Status } from "@/bindings/types";
import type { Handlers } from "./fake";

export const RUNNING: Status = {
  version: "0.1.0",
  proxy: { state: "running" },
  address: "http://127.0.0.1:8642",
  data_dir: "/home/you/.local/share/modelux",
  started_at: "2026-11-18T08:00:00Z",
  requests_per_minute: 6,
  active_apps: 3,
  recorded_requests: 12_480,
  first_request_seen: true,
  secret_store: "keychain",
  traffic_bytes: 48_000_000,
};

export function statusHandlers(): Handlers {
  let status = RUNNING;
  return {
    get_status: () => status,
    set_paused: ({ paused }) => {
      status = { ...status, proxy: { state: paused ? "paused" : "running" } };
      return status;
    },
    use_port: ({ port }) => {
      status = { ...status, proxy: { state: "running" }, address: `http://127.0.0.1:${port}` };
      return status;
    },
  };
}
