import type { Provider } from "@/bindings/types";

export type HealthTone = "ok" | "warn" | "bad" | "hollow";

const TONES: Record<string, HealthTone> = {
  ok: "ok",
  rate_limited: "warn",
  failing: "bad",
  no_key: "hollow",
  off: "hollow",
  unknown: "hollow",
};

/** Where nobody watched yet since the start, what is recorded of the last 24 hours says it. */
export function healthOf({ health, requests_24h, success_rate }: Provider): string {
  if (health !== "unknown" || requests_24h === 0 || success_rate == null) return health;
  return success_rate > 0 ? "ok" : "failing";
}

export function healthTone(provider: Provider): HealthTone {
  return TONES[healthOf(provider)] ?? "hollow";
}

export function healthText(tone: HealthTone): string {
  return tone === "hollow" ? "t-3" : tone === "ok" ? "" : `t-${tone}`;
}

/** Below this a provider's share of answered calls is worth a look. */
export const GOOD_SUCCESS_RATE = 0.98;
