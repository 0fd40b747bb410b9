import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { DryRunResult, TraceAttempt } from "@/bindings/types";

type Tree = { [key: string]: JsonValue };

/** Enough of a decision to show one: a fallback's first target times out, and the second answers. */
export function dryRun(document: JsonValue, config: string): DryRunResult {
  const { strategy, attempts = [], allowed_models = [] } = document as Tree;
  const named = [...(attempts as JsonValue[]), ...(allowed_models as JsonValue[])].flatMap(
    (each) => {
      const { model = each, timeout_ms } = each as Tree;
      return typeof model === "string" ? [{ model, limit: Number(timeout_ms ?? 60_000) }] : [];
    },
  );
  const falls = strategy === "fallback" && named.length > 1;
  const calls = named.slice(0, falls ? 2 : 1).map(({ model, limit }, index): TraceAttempt => {
    const last = index === (falls ? 1 : 0);
    return {
      n: index + 1,
      target: model,
      provider: model.split("/")[0] ?? "",
      model: model.split("/")[1] ?? "",
      start_ms: 0,
      duration_ms: last ? 1550 : limit,
      outcome: last ? "ok" : "timeout",
    };
  });
  const answered = calls.at(-1);
  const reason = answered ? `attempt ${answered.n} answers` : "nobody is called";
  return {
    trace: {
      request_id: "req_dry",
      resolved: "config",
      steps: [
        {
          config,
          version: null,
          strategy: String(strategy),
          reason,
          candidates: [],
        },
      ],
      attempts: calls,
      decision: { target: answered?.target ?? null, reason },
      total_ms: 0,
      overhead_us: 40,
    },
    explanation: answered
      ? `${falls ? `${calls[0]?.target} times out, so ` : ""}${answered.target} answers.`
      : "Nobody is called.",
    est_cost_usd: 0.0161,
    est_latency_ms: calls.reduce((sum, { duration_ms }) => sum + duration_ms, 0),
  };
}
