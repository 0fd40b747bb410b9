import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Change } from "@/bindings/types";
import { ChangeList } from "./ChangeList";

/** What is marked as old and as new in the line of one change, and the line itself. */
function marked(change: Omit<Change, "kind" | "path">) {
  const diff = { changes: [{ path: "/x", kind: "changed" as const, ...change }], rows: [] };
  const { container } = render(<ChangeList diff={{ ...diff, effects: [] }} />);
  const text = (selector: string) => container.querySelector(selector)?.textContent;
  return [text("del"), text("ins"), text("li")];
}

test("of a rule's target only the target is marked", () => {
  const change = {
    from: { use: "sandbox/fast" },
    to: { use: "sandbox/smart" },
    text: "rule 1: use sandbox/fast -> use sandbox/smart",
  };
  expect(marked(change)).toEqual([
    "sandbox/fast",
    "sandbox/smart",
    "~rule 1: use sandbox/fastsandbox/smart ",
  ]);
});

test("of a rule that blocks now all that it does is marked", () => {
  const change = {
    from: { use: "@fast" },
    to: { block: "not now" },
    text: 'rule 2: use @fast -> block "not now"',
  };
  expect(marked(change).slice(0, 2)).toEqual(["use @fast", 'block "not now"']);
});

test("of a number the number is marked, not its unit", () => {
  const change = { from: 5000, to: 2000, text: "attempt 1: timeout 5000 -> 2000 ms" };
  expect(marked(change)).toEqual(["5000", "2000", "~attempt 1: timeout 50002000 ms"]);
});
