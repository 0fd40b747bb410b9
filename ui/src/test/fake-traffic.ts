import { BackendError } from "@/backend/backend";
import type { AttemptBar, LogDetail, LogRow, TraceAttempt } from "@/bindings/types";
import type { Handlers } from "./fake";

type Call = [provider: string, model: string, ms: number, outcome: string];
type Sample = { config: string; version: number; strategy: string; calls: Call[]; status: number };

const GPT: Call = ["openai", "gpt-4o", 2000, "timeout"];
const SAMPLES: Sample[] = [
  fallback(14, 200, GPT, ["anthropic", "claude-sonnet-4-5", 1480, "ok"]),
  fallback(
    14,
    200,
    GPT,
    ["anthropic", "claude-sonnet-4-5", 180, "http_429"],
    ["openai", "gpt-4o-mini", 640, "ok"],
  ),
  fallback(14, 200, ["openai", "gpt-4o", 839, "ok"]),
  fallback(
    14,
    504,
    GPT,
    ["anthropic", "claude-sonnet-4-5", 8000, "timeout"],
    ["openai", "gpt-4o-mini", 2000, "timeout"],
  ),
  {
    config: "fast",
    version: 3,
    strategy: "single",
    status: 200,
    calls: [["mistral", "mistral-small-latest", 410, "ok"]],
  },
  {
    config: "fast",
    version: 3,
    strategy: "single",
    status: 429,
    calls: [["mistral", "mistral-small-latest", 213, "http_429"]],
  },
];

function fallback(version: number, status: number, ...calls: Call[]): Sample {
  return { config: "production", version, strategy: "fallback", calls, status };
}

const TAGS = [{ tenant: "acme", feature: "summarize" }, { tenant: "globex" }, {}];

/** Request `index`, counted from the oldest; the same one each time. */
export function logRow(index: number, at = Date.now()): LogRow {
  const sample = SAMPLES[(index * 7) % SAMPLES.length] as Sample;
  const bars: AttemptBar[] = [];
  let start = 1;
  for (const [provider, , duration_ms, outcome] of sample.calls) {
    bars.push({ provider, start_ms: start, duration_ms, ok: outcome === "ok" });
    start += duration_ms;
  }
  const last = sample.calls.at(-1);
  const answered = sample.status === 200 ? last : undefined;
  return {
    id: `req_01JD0V${String(index).padStart(6, "0")}`,
    time: new Date(at).toISOString(),
    app: index % 5 === 0 ? "batch-worker" : "web-api",
    endpoint: "/openai/v1/chat/completions",
    dialect: "openai_chat",
    stream: index % 2 === 0,
    config: sample.config,
    version: sample.version,
    strategy: sample.strategy,
    resolved: "config",
    requested_model: `@${sample.config}`,
    provider: answered?.[0] ?? null,
    model: answered?.[1] ?? null,
    answered_model: answered?.[1] ?? null,
    status: sample.status,
    error_class: answered ? null : sample.status === 429 ? "rate_limited" : "timeout",
    error_message: answered ? null : "Every attempt failed; the last one had no answer in time.",
    latency_ms: start + 20,
    ttft_ms: answered ? start - 410 : null,
    overhead_us: 412,
    input_tokens: 900 + ((index * 37) % 1900),
    cached_tokens: null,
    output_tokens: answered ? 120 + ((index * 13) % 400) : 0,
    reasoning_tokens: null,
    tokens_estimated: !answered,
    cost_usd: 0.0017 + ((index * 29) % 90) / 10_000,
    tags: TAGS[index % TAGS.length] as LogRow["tags"],
    end_user: index % 3 ? `u_${8800 + (index % 40)}` : null,
    conversation_id: null,
    trace_id: null,
    attempts: bars.length,
    attempt_bars: bars,
  };
}

export function logDetail(row: LogRow, index: number): LogDetail {
  const sample = SAMPLES[(index * 7) % SAMPLES.length] as Sample;
  const attempts = sample.calls.map(([provider, model, duration_ms, outcome], n): TraceAttempt => {
    const status = outcome === "ok" ? 200 : Number(outcome.replace("http_", "")) || undefined;
    return {
      n: n + 1,
      target: `${provider}/${model}`,
      provider,
      model,
      start_ms: row.attempt_bars[n]?.start_ms ?? 0,
      duration_ms,
      ttft_ms: outcome === "ok" ? Math.round(duration_ms * 0.36) : undefined,
      outcome,
      status,
      reason: outcome === "http_429" ? "retry-after 12 s" : undefined,
    };
  });
  const answered = attempts.find(({ outcome }) => outcome === "ok");
  return {
    ...row,
    trace: {
      request_id: row.id,
      resolved: "config",
      steps: [
        {
          config: sample.config,
          version: sample.version,
          strategy: sample.strategy,
          reason: answered
            ? `attempt ${answered.n} answered`
            : `all ${attempts.length} attempts failed`,
          candidates: [],
        },
      ],
      attempts,
      decision: {
        target: answered?.target ?? null,
        reason: answered
          ? `attempt ${answered.n} answered`
          : `all ${attempts.length} attempts failed`,
      },
      total_ms: row.latency_ms,
      overhead_us: row.overhead_us,
    },
    request_body: {
      text: JSON.stringify({
        model: row.requested_model,
        stream: row.stream,
        messages: [
          { role: "system", content: "You summarise support tickets in one sentence." },
          { role: "user", content: "The invoice of October has the wrong address on it." },
        ],
        "mlx:tags": row.tags,
      }),
      size: 248,
      truncated: false,
    },
    response_body: answered && responseBody(row),
    curl: `curl http://127.0.0.1:8642/openai/v1/chat/completions -H "Authorization: Bearer $MODELUX_KEY" -d '{"model":"${row.requested_model}"}'`,
  };
}

function responseBody(row: LogRow) {
  const text = "The October invoice carries a wrong address.";
  if (!row.stream) {
    const body = {
      id: row.id,
      choices: [{ index: 0, message: { role: "assistant", content: text } }],
    };
    return { text: JSON.stringify(body), size: 143, truncated: false };
  }
  const events = text
    .split(" ")
    .map(
      (word) => `data: ${JSON.stringify({ choices: [{ delta: { content: `${word} ` } }] })}\n\n`,
    );
  return { text: `${events.join("")}data: [DONE]\n\n`, size: 612, truncated: false, joined: text };
}

const KNOWN =
  /^-?(status|config|provider|model|app|user|after|before|tag\.\w+)[:]|^-?(latency|ttft|cost|tokens|attempts)[<>=]/;

/** Enough of the filter language for the window's own tests. */
function matches(row: LogRow, term: string): boolean {
  const [, key = "", value = ""] = /^-?([\w.]+)[:<>=](.*)$/.exec(term) ?? [];
  const hit = () => {
    if (key === "status") {
      if (value === "error") return row.status >= 400;
      return new RegExp(`^${value.replaceAll("x", ".")}$`).test(String(row.status));
    }
    if (key === "config") return row.config === value.replace("@", "");
    if (key === "provider") return row.provider === value;
    if (key === "app") return row.app === value;
    if (key === "latency") return row.latency_ms > Number.parseFloat(value) * 1000;
    if (key === "attempts") return row.attempts > Number(value);
    if (key.startsWith("tag.")) return row.tags[key.slice(4)] === value;
    return key !== "" || JSON.stringify(row).includes(term.replaceAll('"', ""));
  };
  return term.startsWith("-") ? !hit() : hit();
}

function check(q: string) {
  for (const { 0: term, index } of q.matchAll(/\S+/g)) {
    if (/[:<>=]/.test(term) && !KNOWN.test(term)) {
      const name = term.split(/[:<>=]/)[0];
      throw new BackendError("invalid_request", `there is no field "${name}"`, {
        field: "q",
        column: index + 1,
        length: term.length,
      });
    }
  }
}

const FIRST = 20_000;
const EVERY_MS = 41_000;

export function trafficHandlers(rows = 640): Handlers {
  const started = Date.now();
  const log = Array.from({ length: rows }, (_, n) =>
    logRow(FIRST - n, started - n * EVERY_MS - (n % 7) * 3100),
  );
  return {
    list_logs: ({ q = "", limit = 50, cursor }) => {
      check(q);
      const terms = q.split(/\s+/).filter(Boolean);
      const found = log.filter((row) => terms.every((term) => matches(row, term)));
      const from = Number(cursor ?? 0);
      const data = found.slice(from, from + limit);
      const has_more = from + limit < found.length;
      return { data, has_more, next_cursor: has_more ? String(from + limit) : null };
    },
    get_log: ({ id }) => {
      const row = log.find((each) => each.id === id);
      if (!row) throw new BackendError("not_found", `there is no request ${id}`);
      return logDetail(row, Number(id.slice(-6)));
    },
    send_test: (_, backend) => {
      const row = logRow(FIRST + 12 + log.length, Date.now());
      log.unshift(row);
      backend.emit({ type: "requests_recorded", rows: [row], count: 1 }, { type: "proxy_changed" });
      return { request_id: row.id, status: 200, text: "Hello from the sandbox" };
    },
  };
}
