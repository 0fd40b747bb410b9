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

export function healthTone(provider: Provider): HealthTone {
  return TONES[provider.health] ?? "hollow";
}

export function healthText(tone: HealthTone): string {
  return tone === "hollow" ? "t-3" : tone === "ok" ? "" : `t-${tone}`;
}

/** Below this a provider's share of answered calls is worth a look. */
export const GOOD_SUCCESS_RATE = 0.98;
