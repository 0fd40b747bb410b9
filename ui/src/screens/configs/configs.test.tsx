import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";

test("the list shows what was measured and a dash for what was not", async () => {
  renderApp("/configs");
  const row = (await screen.findAllByRole("row")).find((each) =>
    each.textContent?.includes("@demo"),
  );
  expect(row).toHaveTextContent(/v1–––/);
  expect(screen.getByRole("row", { name: /@production/ })).toHaveTextContent("1,790");
});

test("archiving has an undo", async () => {
  const { user } = renderApp("/configs");
  await user.click(await screen.findByRole("button", { name: "More for @fast" }));
  await user.click(await screen.findByRole("menuitem", { name: "Archive" }));
  expect(await screen.findByText("Archived @fast")).toBeVisible();
  expect(await screen.findByRole("button", { name: "1 archived" })).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "1 archived" })).toBeNull());
});

test("a config that others refer to says so instead of vanishing", async () => {
  const backend = new FakeBackend();
  backend.answer("archive_config", () => {
    throw new BackendError("in_use", "@production refers to @fast");
  });
  const { user } = renderApp("/configs", backend);
  await user.click(await screen.findByRole("button", { name: "More for @fast" }));
  await user.click(await screen.findByRole("menuitem", { name: "Archive" }));
  expect(await screen.findByText("@production refers to @fast")).toBeVisible();
});

test("a fallback is created from chosen targets and opens in its source", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/_new", backend);
  await user.type(await screen.findByLabelText("Slug"), "Triage");
  await user.click(await screen.findByRole("button", { name: "Create @triage" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs/triage/source"));
  expect(backend.inputs("create_config")[0]).toMatchObject({
    slug: "triage",
    document: {
      strategy: "fallback",
      attempts: [{ model: "openai/gpt-4o" }, { model: "openai/gpt-4o-mini" }],
    },
  });
});

test("only strategies that work are offered", async () => {
  renderApp("/configs/_new");
  const gallery = await screen.findByRole("radiogroup", { name: "Strategy" });
  expect(within(gallery).getAllByRole("radio")).toHaveLength(2);
});

test("a slug that is taken is refused before it is sent", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/_new", backend);
  await user.type(await screen.findByLabelText("Slug"), "fast{Tab}");
  expect(await screen.findByText(/@fast exists already/)).toBeVisible();
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(backend.inputs("create_config")).toEqual([]);
});

test("a duplicate starts from the active document of the original", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/_new/fast", backend);
  await user.click(await screen.findByRole("button", { name: "Create @fast-copy" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs/fast-copy/source"));
  expect(backend.inputs("create_config")[0]?.document).toEqual({
    strategy: "single",
    model: "openai/gpt-4o-mini",
  });
});

test("a config that is not there says so and leads back", async () => {
  const { user } = renderApp("/configs/nothing/source");
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no config @nothing");
  await user.click(screen.getByRole("button", { name: "All configs" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs"));
});

test("j and k walk the rows and Enter opens one", async () => {
  const { user } = renderApp("/configs");
  await screen.findByRole("row", { name: /@demo/ });
  await user.keyboard("jjk{Enter}");
  await waitFor(() => expect(window.location.hash).toBe("#/configs/production/source"));
});
