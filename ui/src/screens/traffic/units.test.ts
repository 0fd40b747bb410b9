import { expect, test } from "vitest";
import { prettyJson } from "./detail/pretty";
import { axis } from "./detail/Waterfall";
import { complete, rangeOf, suggest, termsOf, tokensOf, withoutTerm, withRange } from "./filter";
import { isDowngraded } from "./row";

test("quotes hold a term together", () => {
  expect(termsOf('-app:"my app"  "free text" x').map(({ text }) => text)).toEqual([
    '-app:"my app"',
    '"free text"',
    "x",
  ]);
});

test("tokens joined are the text again", () => {
  const text = '  -status:error tag.tenant:"a b" latency>=2s free "un';
  expect(
    tokensOf(text)
      .map((token) => token.text)
      .join(""),
  ).toBe(text);
});

test("a term is dropped without touching the others", () => {
  expect(withoutTerm("a:1  b:2 c:3", 1)).toBe("a:1 c:3");
});

test("the range replaces the one that is there", () => {
  expect(withRange("after:1h status:error", "24h")).toBe("status:error after:24h");
  expect(withRange("status:error after:24h", "")).toBe("status:error");
  expect(rangeOf("after:3h")).toBe("custom");
});

test("a completion replaces the term under the cursor only", () => {
  expect(complete("status:error pro x", 16, "provider:")).toEqual(["status:error provider: x", 22]);
  expect(suggest("-conf", 5, {})[0]?.insert).toBe("-config:");
});

test("pretty JSON keeps numbers as they were sent", () => {
  expect(prettyJson('{"a":1.0,"b":[12345678901234567890,{}],"c":[]}')).toBe(
    '{\n  "a": 1.0,\n  "b": [\n    12345678901234567890,\n    {}\n  ],\n  "c": []\n}',
  );
  expect(prettyJson("data: x")).toBeNull();
});

test("the axis ends at a round number behind the last attempt", () => {
  const attempts = [{ start_ms: 0, duration_ms: 2820 }] as Parameters<typeof axis>[0]["attempts"];
  expect(axis({ attempts, total_ms: 2820 })).toEqual({
    end: 3000,
    ticks: [0, 1000, 2000, 3000],
  });
  expect(axis({ attempts: [], total_ms: 162 }).ticks).toEqual([0, 100, 200]);
  expect(axis({ attempts: [], total_ms: 12_020 }).ticks).toEqual([0, 5000, 10_000, 15_000]);
  expect(axis({ attempts: [], total_ms: 0 }).end).toBeGreaterThan(0);
});

test("a dated name of the same model is no downgrade, a smaller model is", () => {
  expect(isDowngraded({ model: "gpt-4o", answered_model: "gpt-4o-2024-08-06" })).toBe(false);
  expect(
    isDowngraded({ model: "mistral-large-latest", answered_model: "mistral-large-2411" }),
  ).toBe(false);
  expect(isDowngraded({ model: "gpt-4o", answered_model: "gpt-4o-mini" })).toBe(true);
});
