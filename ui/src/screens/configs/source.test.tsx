import { EditorView } from "@codemirror/view";
import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";
// Loaded on demand otherwise, which the first test would have to wait for.
import ".";

const AT = "/configs/production/source";

async function editor(): Promise<EditorView> {
  const content = await screen.findByRole("textbox", { name: "Source of @production" });
  const view = EditorView.findFromDOM(content);
  if (!view) throw new Error("no editor");
  return view;
}

async function replace(from: string, to: string) {
  const view = await editor();
  const at = view.state.doc.toString().indexOf(from);
  if (at < 0) throw new Error(`the source has no ${from}`);
  act(() => view.dispatch({ changes: { from: at, to: at + from.length, insert: to } }));
}

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

test("an unchanged document cannot be saved, and the button says why", async () => {
  const { user } = renderApp(AT, backend);
  await editor();
  const save = screen.getByRole("button", { name: "Save version" });
  expect(save).toHaveAttribute("aria-disabled", "true");
  await user.hover(save);
  expect(await screen.findByText("Nothing changed since v5")).toBeVisible();
});

test("an edit becomes a draft that counts its changes in words", async () => {
  renderApp(AT, backend);
  await replace("5000", "2000");
  expect(await screen.findByText("Draft · 1 change since v5")).toBeVisible();
  const aside = screen.getByRole("complementary", { name: "Changes and keys" });
  expect(within(aside).getByText("5000")).toBeVisible();
  expect(within(aside).getByText("2000")).toBeVisible();
});

test("a draft survives a reload of the window", async () => {
  const first = renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("Draft · 1 change since v5");
  first.unmount();
  renderApp(AT, backend);
  expect((await editor()).state.doc.toString()).toContain('"timeout_ms": 2000');
});

test("typing the old text back ends the draft", async () => {
  renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("Draft · 1 change since v5");
  await replace("2000", "5000");
  await waitFor(() => expect(screen.queryByText(/^Draft/)).toBeNull());
});

test("a problem is shown where it is, and one click mends it", async () => {
  const { user } = renderApp(AT, backend);
  await replace('"openai/gpt-4o"', '"openai/gpt-4p"');
  expect(await screen.findByText("openai/gpt-4p", { selector: "code" })).toBeVisible();
  expect(document.querySelector(".ed-problem")).toHaveTextContent(/^Unknown model openai\/gpt-4p/);
  expect(screen.getByText("1 error")).toBeVisible();
  await user.click(screen.getByRole("button", { name: /^Replace with openai\/gpt-4o/ }));
  expect((await editor()).state.doc.toString()).toContain('"openai/gpt-4o"');
  expect(await screen.findByText("No problems")).toBeVisible();
});

test("F8 goes to the next problem", async () => {
  const { user } = renderApp(AT, backend);
  await replace('"retry_on"', '"retryon"');
  await screen.findByText("1 error");
  const view = await editor();
  act(() => view.dispatch({ selection: { anchor: 0 } }));
  await user.keyboard("{F8}");
  expect(view.state.selection.main.head).toBe(view.state.doc.toString().indexOf('"retryon"'));
});

test("errors block saving and say how many there are", async () => {
  const { user } = renderApp(AT, backend);
  await replace('"retry_on"', '"retryon"');
  await screen.findByText("1 error");
  await user.hover(screen.getByRole("button", { name: "Save version" }));
  expect(await screen.findByText("Fix 1 error to save")).toBeVisible();
});

test("Ctrl S and Ctrl Enter save the draft with its message and make it active", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("No problems");
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Save version" })).not.toHaveAttribute(
      "aria-disabled",
    ),
  );
  await user.keyboard("{Control>}s{/Control}");
  const popover = await screen.findByRole("dialog", { name: "Save as v6" });
  expect(within(popover).getByText("2000")).toBeVisible();
  await user.type(within(popover).getByLabelText(/What changed/), "Cut attempt 1 to 2 s");
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(await screen.findByText("Saved v6, now active")).toBeVisible();
  expect(await screen.findByText("v6 active")).toBeVisible();
  expect(backend.inputs("save_version")).toMatchObject([
    { slug: "production", message: "Cut attempt 1 to 2 s", base_version: 5, activate: true },
  ]);
  expect(screen.queryByText(/^Draft/)).toBeNull();
});

test("a candidate is saved beside the active version", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await user.click(await savable());
  await user.click(await screen.findByRole("radio", { name: /Keep v5 active/ }));
  await user.click(screen.getByRole("button", { name: "Save v6" }));
  expect(await screen.findByText("Saved v6 as a candidate")).toBeVisible();
  expect(screen.getByText("v5 active")).toBeVisible();
});

async function savable() {
  return waitFor(() => {
    const button = screen.getByRole("button", { name: "Save version" });
    expect(button).not.toHaveAttribute("aria-disabled");
    return button;
  });
}

test("after a rollback, saving is no conflict with the versions that were rolled back", async () => {
  await backend.call("activate_version", { slug: "production", version: 3 });
  const { user } = renderApp(AT, backend);
  await replace("5000", "2500");
  expect(await screen.findByText("Draft · 1 change since v3")).toBeVisible();
  await user.click(await savable());
  await user.click(await screen.findByRole("button", { name: "Save v6" }));
  expect(await screen.findByText("Saved v6, now active")).toBeVisible();
  expect(backend.inputs("save_version")).toMatchObject([{ base_version: 5 }]);
});

async function somebodySaves() {
  const { document } = await backend.call("get_version", { slug: "production", number: 5 });
  const theirs = { ...(document as object), total_budget_ms: 20_000 };
  await act(async () => {
    await backend.call("save_version", { slug: "production", document: theirs, base_version: 5 });
  });
}

test("a version saved meanwhile is shown with its changes, and mine go on top of it", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("Draft · 1 change since v5");
  await somebodySaves();
  expect(await screen.findByText(/v6 was saved by you/)).toBeVisible();
  expect(await screen.findByText("20000")).toBeVisible();
  expect(screen.getByRole("button", { name: "Save version" })).toHaveAttribute("aria-disabled");
  await user.click(screen.getByRole("button", { name: "Put my changes on v6" }));
  expect(await screen.findByText("Draft · 1 change since v6")).toBeVisible();
  const text = (await editor()).state.doc.toString();
  expect(text).toContain('"timeout_ms": 2000');
  expect(text).toContain('"total_budget_ms": 20000');
});

test("a conflict that only the save finds out leads to the same choice", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await user.click(await savable());
  backend.answer("save_version", () => {
    throw new BackendError("conflict", "v6 was saved meanwhile", { latest_version: 6 });
  });
  const six = await backend.call("get_version", { slug: "production", number: 5 });
  const versions = await backend.call("list_versions", { slug: "production" });
  backend.answer("list_versions", () => ({
    ...versions,
    data: [{ ...six, number: 6, active: false, author: "ci key" }, ...versions.data],
  }));
  backend.answer("diff_versions", () => ({ changes: [], rows: [], effects: [] }));
  await user.click(await screen.findByRole("button", { name: "Save v6" }));
  expect(await screen.findByText(/v6 was saved by ci key/)).toBeVisible();
});

test("discarding a draft can be undone", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("Draft · 1 change since v5");
  await user.click(screen.getByRole("button", { name: "More for @production" }));
  await user.click(await screen.findByRole("menuitem", { name: "Discard draft" }));
  await waitFor(() => expect(screen.queryByText(/^Draft ·/)).toBeNull());
  const notices = within(screen.getByRole("region", { name: /Notifications/ }));
  await user.click(await notices.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Draft · 1 change since v5")).toBeVisible();
});

test("saving mine over a version saved meanwhile makes it the newest", async () => {
  const { user } = renderApp(AT, backend);
  await replace("5000", "2000");
  await screen.findByText("Draft · 1 change since v5");
  await somebodySaves();
  await user.click(await screen.findByRole("button", { name: "Save mine as v7" }));
  await user.click(await screen.findByRole("button", { name: "Save v7" }));
  expect(await screen.findByText("Saved v7, now active")).toBeVisible();
  expect(backend.inputs("save_version").at(-1)).toMatchObject({ base_version: 6 });
});
