import { useTranslation } from "react-i18next";
import type { AttemptBar } from "@/bindings/types";
import { duration } from "@/components/format";

const SCALES_MS = [
  100, 250, 500, 1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 30_000, 60_000, 120_000, 300_000,
];
/** Our own time on top of a round limit is not a reason for the next scale. */
const TOLERANCE = 1.03;

/** One scale for the whole column, so that bars can be compared; the odd outlier is cut. */
export function scaleOf(latencies: number[]): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  const most = sorted[Math.floor(sorted.length * 0.95)] ?? sorted.at(-1) ?? 0;
  return SCALES_MS.find((scale) => scale * TOLERANCE >= most) ?? (SCALES_MS.at(-1) as number);
}

export function AttemptBars(props: {
  bars: AttemptBar[];
  scale: number;
  kindOf: (provider: string) => string;
}) {
  const { t } = useTranslation();
  const { bars, scale } = props;
  if (bars.length === 0) return null;
  const said = bars
    .map((bar) =>
      t(bar.ok ? "traffic.bar.ok" : "traffic.bar.failed", {
        provider: bar.provider,
        ms: duration(bar.duration_ms),
      }),
    )
    .join(", ");
  return (
    <div className="mini" role="img" aria-label={said} title={said}>
      {bars.map((bar, index) => (
        <i
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts are known by their order
          key={index}
          className={`p-${props.kindOf(bar.provider)}${bar.ok ? "" : " is-failed"}`}
          style={{
            left: `${Math.min(99, (bar.start_ms / scale) * 100)}%`,
            width: `max(3px, ${Math.min(100 - (bar.start_ms / scale) * 100, (bar.duration_ms / scale) * 100)}%)`,
          }}
        />
      ))}
    </div>
  );
}
