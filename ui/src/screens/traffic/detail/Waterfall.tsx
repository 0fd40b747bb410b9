import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Trace, TraceAttempt } from "@/bindings/types";
import { duration } from "@/components/format";
import { useKindOf } from "../useKindOf";

/** Attempts in time: solid answered, hatched failed, a tick at the first token. */
export function Waterfall({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const { end, ticks } = axis(trace);
  return (
    <div className="wf">
      <div className="wf-axis" aria-hidden="true">
        {ticks.map((ms) => (
          <span key={ms} style={{ left: `${(ms / end) * 100}%` }}>
            {tickLabel(ms)}
          </span>
        ))}
      </div>
      <div className="wf-grid" aria-hidden="true">
        {ticks.map((ms) => (
          <i key={ms} style={{ left: `${(ms / end) * 100}%` }} />
        ))}
      </div>
      <ol aria-label={t("traffic.attempts")}>
        {trace.attempts.map((attempt) => (
          <Attempt key={attempt.n} attempt={attempt} end={end} />
        ))}
      </ol>
    </div>
  );
}

function Attempt({ attempt, end }: { attempt: TraceAttempt; end: number }) {
  const { t } = useTranslation();
  const kindOf = useKindOf();
  const { text, more, tone } = outcome(attempt, t);
  const at = (ms: number) => `${(ms / end) * 100}%`;
  const skipped = attempt.outcome === "skipped";
  const failed = attempt.outcome !== "ok";
  return (
    <li>
      <div className="wf-row">
        <span className="row">
          <span className="ordinal">{attempt.n}</span>
          <code className={`truncate ${skipped ? "t-3" : ""}`} title={attempt.target}>
            {attempt.model}
          </code>
          {attempt.credential && <code className="t-3 fs-1">({attempt.credential})</code>}
        </span>
        <div className="wf-track">
          {!skipped && (
            <i
              className={`wf-bar p-${kindOf(attempt.provider)} ${failed ? "is-failed" : ""}`}
              style={{
                left: at(attempt.start_ms),
                width: `max(3px, ${at(attempt.duration_ms)})`,
              }}
            />
          )}
          {attempt.ttft_ms !== undefined && (
            <i
              className="wf-tick"
              style={{ left: at(attempt.start_ms + attempt.ttft_ms) }}
              title={t("traffic.firstToken", {
                time: duration(attempt.start_ms + attempt.ttft_ms),
              })}
            />
          )}
        </div>
      </div>
      <p className={`wf-line ${tone}`}>
        {text}
        {more && <span className={attempt.outcome === "ok" ? "t-2" : undefined}>, {more}</span>}
      </p>
    </li>
  );
}

type Outcome = { text: string; more?: string; tone: string };

/** How it ended, and the reason. That of a failure has its colour; a success needs none for what it notes. */
function outcome(attempt: TraceAttempt, t: TFunction): Outcome {
  const time = exact(attempt.duration_ms);
  const more = attempt.reason;
  const status = attempt.status ?? attempt.outcome.replace("http_", "");
  switch (attempt.outcome) {
    case "ok": {
      const ttft = attempt.ttft_ms;
      const first = ttft === undefined ? "" : t("traffic.outcome.ttft", { time: duration(ttft) });
      return { text: t("traffic.outcome.ok", { status, time }) + first, more, tone: "t-ok" };
    }
    case "skipped":
      return { text: t("traffic.outcome.skipped"), more, tone: "t-3" };
    case "timeout":
    case "cancelled":
      return { text: t(`traffic.outcome.${attempt.outcome}`, { time }), more, tone: "t-warn" };
    case "connection":
    case "rejected":
    case "broken":
      return { text: t(`traffic.outcome.${attempt.outcome}`, { time }), more, tone: "t-bad" };
    default:
      return { text: t("traffic.outcome.http", { status, time }), more, tone: "t-bad" };
  }
}

/** A limit is known by its milliseconds: 2000 ms, not 2.00 s. */
function exact(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : duration(ms);
}

const STEPS = [1, 2, 5, 10];
/** More labels than these four touch in the narrow panel. */
const MOST_STEPS = 3;

/** Even ticks from 0 to a round end behind the last thing that happened. */
export function axis(trace: Pick<Trace, "attempts" | "total_ms">): {
  end: number;
  ticks: number[];
} {
  const ends = trace.attempts.map(({ start_ms, duration_ms }) => start_ms + duration_ms);
  const last = Math.max(1, trace.total_ms, ...ends);
  const size = 10 ** Math.floor(Math.log10(last / MOST_STEPS));
  const step = size * (STEPS.find((each) => each * size * MOST_STEPS >= last) ?? 10);
  const steps = Math.ceil(last / step);
  return { end: steps * step, ticks: Array.from({ length: steps + 1 }, (_, n) => n * step) };
}

function tickLabel(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1) return `${Number((ms * 1000).toPrecision(3))} µs`;
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  return ms < 60_000 ? `${Number((ms / 1000).toPrecision(3))} s` : duration(ms);
}
