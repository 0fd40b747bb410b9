/** What was not measured reads as a dash, never as 0. */
export const NONE = "–";

/** Reasons are written without a capital, to stand in a sentence. Names of models keep their case. */
export function capitalised(text: string): string {
  const first = text.split(" ", 1)[0] ?? "";
  const isName = /[/@\d]/.test(first) || first.includes("-");
  return isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

type Maybe = number | null | undefined;

const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function count(value: Maybe): string {
  return value == null ? NONE : integer.format(value);
}

/** $14.21, $0.0051: two significant digits at least, however small. */
export function money(usd: Maybe): string {
  if (usd == null) return NONE;
  if (usd === 0) return "$0.00";
  const size = Math.abs(usd);
  const digits = size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** What a call's price is not known for: it used tokens, and nothing says what they cost. */
export function isUnpriced(call: {
  cost_usd?: Maybe;
  input_tokens?: Maybe;
  output_tokens?: Maybe;
}) {
  return call.cost_usd == null && Boolean(call.input_tokens || call.output_tokens);
}

/** 839 ms, 3.55 s, 2 min 4 s. */
export function duration(ms: Maybe): string {
  if (ms == null) return NONE;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** A share of 1 as a percentage: 0.0022 is 0.22%. */
export function percent(share: Maybe, digits = 2): string {
  return share == null ? NONE : `${(share * 100).toFixed(digits)}%`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayYear = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

export function timeOfDay(at: string | Date, seconds = false): string {
  return (seconds ? clockSeconds : clock).format(new Date(at));
}

/** 11 Nov 09:12, with the year where it is another one. */
export function dateTime(at: string | Date, now = new Date()): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === now.getFullYear();
  return `${(sameYear ? day : dayYear).format(date)} ${clock.format(date)}`;
}

const SPANS: [limit: number, unit: number, name: string][] = [
  [3_600_000, 60_000, "min"],
  [86_400_000, 3_600_000, "h"],
  [Number.POSITIVE_INFINITY, 86_400_000, "days"],
];

/** How long something lasted: 22 min, 4 h, 7 days. */
export function span(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  for (const [limit, unit, name] of SPANS) {
    if (ms < limit) {
      const n = Math.floor(ms / unit);
      return `${n} ${name === "days" && n === 1 ? "day" : name}`;
    }
  }
  return NONE;
}

/** Just now, 4 min ago, 3 h ago, then the date. */
export function ago(at: string | Date, now = new Date()): string {
  const ms = now.getTime() - new Date(at).getTime();
  if (ms < 45_000) return "just now";
  if (ms < 86_400_000) return `${span(Math.max(ms, 60_000))} ago`;
  return dateTime(at, now);
}
