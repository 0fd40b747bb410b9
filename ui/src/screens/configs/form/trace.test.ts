// biome-ignore-all lint/suspicious/noThenProperty: the word of the rules language
import { expect, test } from "vitest";
import type { Trace, TraceAttempt, TraceStep } from "@/bindings/types";
import i18n from "@/i18n";
import type { Json } from "./json";
import { flatten, outline } from "./outline";
import { lightUp } from "./trace";
import { footOf } from "./words";

const attempt = (n: number, model: string, more: Partial<TraceAttempt> = {}): TraceAttempt => ({
  n,
  target: `sandbox/${model}`,
  provider: "sandbox",
  model,
  start_ms: 0,
  duration_ms: 900,
  outcome: "ok",
  ...more,
});

/** What the cards of the document say, by the name on them. */
function feet(document: Json, step: Partial<TraceStep>, attempts: TraceAttempt[]) {
  const root = outline(document);
  const { strategy } = document as { strategy: string };
  const trace: Trace = {
    request_id: "req_1",
    resolved: "config",
    steps: [{ config: "a", version: 1, strategy, reason: "", candidates: [], ...step }],
    attempts,
    decision: null,
    total_ms: 0,
    overhead_us: 0,
  };
  const { outcomes } = lightUp(root, trace);
  return flatten(root)
    .slice(1)
    .map((node) => footOf(node, outcomes.get(node.id), i18n.t)?.text);
}

const ENSEMBLE = {
  strategy: "ensemble",
  aggregation: "majority_vote",
  members: ["sandbox/fast", "sandbox/smart"],
};

test("a call that was cancelled says so once, with the reason", () => {
  const reason = "it was decided without it";
  const calls = [attempt(1, "fast"), attempt(2, "smart", { outcome: "cancelled", reason })];
  expect(feet(ENSEMBLE, {}, calls)).toEqual([
    "Answers after about 900 ms",
    "Cancelled: it was decided without it",
  ]);
});

test("without recent figures no time is made up", () => {
  const [first] = feet(ENSEMBLE, {}, [attempt(1, "fast", { duration_ms: 0 })]);
  expect(first).toBe("Answers, latency not measured yet");
});

test("rules that were tried and false did not match, those after were not reached", () => {
  const when = (tier: string) => `tags.tier == "${tier}"`;
  const document: Json = {
    strategy: "custom_rules",
    rules: [
      { if: when("a"), then: "sandbox/smart" },
      { if: when("b"), then: "sandbox/smart" },
      { if: when("c"), then: "sandbox/fast" },
      { else: "sandbox/fast" },
    ],
  };
  const rule = { index: 1, line: 2, text: when("b"), values: {} };
  expect(feet(document, { rule }, [attempt(1, "smart")])).toEqual([
    "Did not match",
    "Answers after about 900 ms",
    "Not reached by this request",
    "Not reached by this request",
  ]);
});
