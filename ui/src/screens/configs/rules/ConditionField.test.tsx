import { EditorView } from "@codemirror/view";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { newQueryClient } from "@/app/App";
import { BackendProvider } from "@/backend/react";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { ConditionField, type Finding } from ".";

const FINDINGS: Finding[] = [
  {
    severity: "error",
    message: "unknown variable response.tex: did you mean response.text?",
    suggestion: "response.text",
    line: 1,
    column: 1,
    length: 12,
  },
];

function Form({ start, diagnostics }: { start: string; diagnostics?: Finding[] }) {
  const [value, setValue] = useState(start);
  return (
    <>
      <ConditionField
        label="Accept"
        scope="response"
        value={value}
        onChange={setValue}
        diagnostics={diagnostics}
      />
      <output>{value}</output>
      <button type="button">Next</button>
    </>
  );
}

function show(start: string, diagnostics?: Finding[]) {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <BackendProvider backend={new FakeBackend()}>
        <Form start={start} diagnostics={diagnostics} />
      </BackendProvider>
    </QueryClientProvider>,
  );
  const box = screen.getByRole("textbox", { name: "Accept" });
  const view = EditorView.findFromDOM(box);
  if (!view) throw new Error("no editor");
  return { box, view, user: userEvent.setup() };
}

const value = () => screen.getByRole("status").textContent;

test("its problems are told below it, and one click mends them", async () => {
  const { box, user } = show('response.tex contains "x"', FINDINGS);
  expect(box).toHaveAttribute("aria-invalid", "true");
  expect(box).toHaveAccessibleDescription(/did you mean response\.text\?/);
  await user.click(screen.getByRole("button", { name: "Replace with response.text" }));
  expect(value()).toBe('response.text contains "x"');
});

test("what is pasted on several lines becomes one", () => {
  const { view } = show("");
  act(() =>
    view.dispatch({
      changes: { from: 0, insert: "response.valid_json\n   and response.has_tool_calls" },
    }),
  );
  expect(value()).toBe("response.valid_json and response.has_tool_calls");
});

test("Tab goes to the next field and Enter makes no line", async () => {
  const { view, user } = show("response.valid_json");
  view.focus();
  await user.keyboard("{Enter}");
  expect(value()).toBe("response.valid_json");
  await user.tab();
  expect(view.hasFocus).toBe(false);
});

test("axe finds nothing in it", async () => {
  show("response.tex", FINDINGS);
  expect(await axeFaults()).toEqual([]);
});
