import { expect, test } from "vitest";
import { ago, capitalised, count, duration, isUnpriced, money, percent, span } from "./format";

test("what was not measured is a dash and never 0", () => {
  for (const show of [count, money, duration, percent]) expect(show(null)).toBe("–");
  expect(money(0)).toBe("$0.00");
});

test("tokens without a price are unpriced; what used none, or is priced at nothing, is not", () => {
  expect(isUnpriced({ cost_usd: null, input_tokens: 12, output_tokens: null })).toBe(true);
  expect(isUnpriced({ cost_usd: null, input_tokens: null, output_tokens: null })).toBe(false);
  expect(isUnpriced({ cost_usd: 0, input_tokens: 12, output_tokens: 3 })).toBe(false);
});

test("a sentence starts with a capital, but not with a model name written large", () => {
  expect(capitalised("won the vote")).toBe("Won the vote");
  expect(capitalised("sandbox/smart: won the vote")).toBe("sandbox/smart: won the vote");
  expect(capitalised("gpt-4o judged it the best")).toBe("gpt-4o judged it the best");
});

test("small sums keep digits that say something", () => {
  expect(money(0.0051)).toBe("$0.0051");
  expect(money(0.000_012)).toBe("$0.000012");
  expect(money(1234.5)).toBe("$1,234.50");
});

test("durations change their unit with their size", () => {
  expect([839.4, 3550, 124_000].map(duration)).toEqual(["839 ms", "3.55 s", "2 min 4 s"]);
  expect([30_000, 22 * 60_000, 86_400_000, 7 * 86_400_000].map(span)).toEqual([
    "30 s",
    "22 min",
    "1 day",
    "7 days",
  ]);
});

test("a date takes over after a day", () => {
  const now = new Date("2026-11-18T14:00:00Z");
  expect(ago("2026-11-18T13:59:50Z", now)).toBe("just now");
  expect(ago("2026-11-18T13:56:00Z", now)).toBe("4 min ago");
  expect(ago("2026-11-10T13:56:00Z", now)).toMatch(/^10 Nov/);
});
