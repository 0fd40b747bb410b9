import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@/test/fake";
import { logDetail, logRow } from "@/test/fake-traffic";
import { renderApp } from "@/test/render";

const TRANSLATED = "translated from openai_chat to anthropic_messages";

async function lineOf(outcome: string, status: number) {
  const backend = new FakeBackend();
  const detail = logDetail(logRow(1000), 1000);
  const [first] = detail.trace.attempts;
  if (!first) throw new Error("the sample has an attempt");
  detail.trace.attempts = [
    { ...first, outcome, status, ttft_ms: undefined, duration_ms: 640, reason: TRANSLATED },
  ];
  backend.answer("get_log", () => detail);
  renderApp(`/traffic/${detail.id}`, backend);
  const reason = await screen.findByText(new RegExp(TRANSLATED));
  return { reason, line: reason.closest(".wf-line") };
}

test("what is noted of an attempt that answered is neutral, under its green outcome", async () => {
  const { reason, line } = await lineOf("ok", 200);
  expect(line).toHaveTextContent(`200 after 640 ms, ${TRANSLATED}`);
  expect(line).toHaveClass("t-ok");
  expect(reason).toHaveClass("t-2");
  expect(reason).not.toHaveClass("t-bad");
});

test("the reason of an attempt that failed has the colour of the failure", async () => {
  const { reason, line } = await lineOf("http_429", 429);
  expect(line).toHaveClass("t-bad");
  expect(reason).not.toHaveClass("t-2");
});
