import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { findingsAt } from "./findings";
import { changesTo } from "./format";
import { looksLikeRules, printed, programOf, withRules } from "./program";

const SOURCE = `{
  "strategy": "custom_rules",
  "rules":   "else use @a",
  "note": { "rules": "mine" }
}`;

test("other rules leave the rest of the document as it was written", () => {
  expect(withRules(SOURCE, 'if "x" then\nuse @b')).toBe(
    SOURCE.replace('"else use @a"', '"if \\"x\\" then\\nuse @b"'),
  );
});

test("a list is laid out in its place", () => {
  const list = JSON.parse('[{"if":"a","then":"@b"},{"else":"@c"}]');
  const changed = withRules(SOURCE, list);
  expect(JSON.parse(changed).rules).toEqual(list);
  expect(changed).toContain('      "if": "a",');
});

test("a document without rules gets them", () => {
  expect(JSON.parse(withRules('{"strategy":"custom_rules"}', "else use @a")).rules).toBe(
    "else use @a",
  );
});

test("only custom_rules outermost has a program", () => {
  expect(programOf({ strategy: "custom_rules", rules: "else use @a" })?.form).toBe("text");
  expect(programOf({ strategy: "custom_rules", rules: [{ else: "@a" }] })?.form).toBe("list");
  expect(programOf({ strategy: "fallback", attempts: [{ strategy: "custom_rules" }] })).toBeNull();
  expect(programOf(undefined)).toBeNull();
});

test("a list with an error in it is shown all the same", () => {
  const list = JSON.parse(
    '[{"comment":"one\\ntwo","if":"a ==","then":{"block":"no \\"x\\""}},{"if":"b"},{"else":{"model":"m"}}]',
  );
  expect(printed(list)).toBe(
    '# one\n# two\nif a == then block "no \\"x\\""\nelse if b then use\nelse use {"model":"m"}\n',
  );
});

test("broken JSON is still known for rules", () => {
  expect(looksLikeRules('{ "strategy": "custom_rules", "rules": "else')).toBe(true);
  expect(looksLikeRules('{ "strategy": "single"')).toBe(false);
});

test("a diagnostic is placed by where it is in the text, not in the document", () => {
  const diagnostics = [
    {
      severity: "error",
      path: "/rules",
      message: "no",
      line: 3,
      column: 40,
      length: 2,
      text: { line: 1, column: 4, length: 2 },
    },
    { severity: "error", path: "/note", message: "unknown key", line: 4 },
  ];
  expect(findingsAt(diagnostics, "/rules")).toEqual([
    { severity: "error", message: "no", suggestion: undefined, line: 1, column: 4, length: 2 },
  ]);
});

test("laying out anew changes only what differs, so that the cursor stays", () => {
  const changes = changesTo(Text.of(["a==b", "same", "c"]), "a == b\nsame\nc");
  expect(changes).toEqual([{ from: 1, to: 3, insert: " == " }]);
  expect(changesTo(Text.of(["a", "b"]), "a\nx\nb")).toEqual([{ from: 2, to: 2, insert: "x\n" }]);
});
