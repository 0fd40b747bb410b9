import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { expect, test } from "vitest";
import { WORDS } from "@/test/fake-rules";
import { describe as describeAt } from "./hover";
import { rulesLanguage } from "./language";

const known = {
  words: WORDS,
  targets: [{ name: "@fast", detail: "Single model" }],
  scope: "request" as const,
};

/** The words of the card that opens over the first occurrence. */
function hovered(text: string, over: string): string | null {
  const state = EditorState.create({ doc: text, extensions: [rulesLanguage("program")] });
  const view = new EditorView({ state });
  const tooltip = describeAt(view, text.indexOf(over) + 1, known);
  const dom = tooltip?.create(view).dom;
  return dom
    ? [...dom.querySelectorAll("code, p, span")].map((each) => each.textContent).join(" | ")
    : null;
}

test("a variable shows its name, type, sentence, range and example", () => {
  expect(hovered("if request.input_tokens > 5 then use @fast", "input_tokens")).toBe(
    "request.input_tokens | number | Estimated tokens of the input. | Seen | 12 to 21,904 | Example | request.input_tokens > 32_000",
  );
});

test("either half of a name shows the whole of it", () => {
  const text = "if budget.used_pct > 0.5 then use @fast";
  expect(hovered(text, "budget")).toBe(hovered(text, "used_pct"));
  expect(hovered('if budget("a").used_pct > 0.5 then use @fast', "used_pct")).toContain(
    "0.00 to 0.94",
  );
});

test("a tag shows the values that were seen", () => {
  expect(hovered('if tenant == "x" then use @fast', "tenant")).toContain(
    "acme, enterprise, globex, 1 more",
  );
  expect(hovered('if tags["tenant"] == "x" then use @fast', "tags")).toContain("tags.tenant");
  expect(hovered('if nobody == "x" then use @fast', "nobody")).toContain(
    "Never, in recorded traffic",
  );
});

test("functions, operators and targets have theirs", () => {
  expect(hovered("if cost(@fast) > 1 then use @fast", "cost")).toContain("Estimated USD");
  expect(hovered("if a and b then use @fast", "and")).toContain("True if both sides are.");
  expect(hovered("if a then use @fast:3", "@fast")).toContain("Single model");
});

test("nothing opens over what has no docs", () => {
  expect(hovered("if a > 32 then use @fast", "32")).toBeNull();
  expect(hovered("if a then use @nobody", "@nobody")).toBeNull();
});
