import type { ActiveSpan, Version } from "@/bindings/types";

/** The version that was active before `active` became it; what "Roll back" goes to. */
export function previouslyActive(versions: Version[], active: number): number | null {
  const current = versions.find((version) => version.number === active)?.active_spans[0];
  if (!current) return null;
  let best: { number: number; from: string } | null = null;
  for (const version of versions) {
    if (version.number === active) continue;
    for (const { from } of version.active_spans) {
      if (from < current.from && (best === null || from > best.from)) {
        best = { number: version.number, from };
      }
    }
  }
  return best?.number ?? null;
}

/** Did its last active span end because somebody went back to an older version? */
export function wasRolledBack(version: Version, versions: Version[]): boolean {
  const end = version.active_spans[0]?.to;
  if (!end) return false;
  return versions.some(
    (other) =>
      other.number < version.number &&
      other.active_spans.some((span) => span.reason === "rollback" && near(span.from, end)),
  );
}

const near = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b)) < 1000;

export function activeMs(spans: ActiveSpan[], now = Date.now()): number {
  return spans.reduce(
    (sum, { from, to }) => sum + (to ? Date.parse(to) : now) - Date.parse(from),
    0,
  );
}

export const isCandidate = (version: Version, active: number) =>
  version.number > active && version.active_spans.length === 0;
