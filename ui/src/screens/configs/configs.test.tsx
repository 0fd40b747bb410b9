import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";
import { STRATEGIES } from "./form/strategies";

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

test("a new config starts from the models that there are and opens in its form", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/_new", backend);
  await user.type(await screen.findByLabelText("Slug"), "Triage");
  await user.click(await screen.findByRole("button", { name: "Create @triage" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs/triage/form"));
  expect(backend.inputs("create_config")[0]).toMatchObject({
    slug: "triage",
    document: {
      strategy: "fallback",
      attempts: ["openai/gpt-4o", "anthropic/claude-sonnet-4-5", "openai/gpt-4o-mini"],
    },
  });
});

test("all eight strategies are offered, and the arrow keys go through them", async () => {
  const { user } = renderApp("/configs/_new");
  const gallery = await screen.findByRole("radiogroup", { name: "Strategy" });
  const names = within(gallery)
    .getAllByRole("radio")
    .map((each) => each.dataset.start);
  expect(names.slice(0, 8)).toEqual([...STRATEGIES]);
  await user.click(within(gallery).getByRole("radio", { name: /^Ensemble/ }));
  await user.keyboard("{ArrowRight}");
  expect(within(gallery).getByRole("radio", { name: /^A\/B test/ })).toHaveFocus();
  expect(within(gallery).getByRole("radio", { name: /^A\/B test/ })).toBeChecked();
});

test.each([
  [
    "Escalate",
    {
      strategy: "cascade",
      attempts: [{ model: "openai/gpt-4o-mini" }, { model: "openai/gpt-4o" }],
    },
  ],
  ["Staged roll-out", { strategy: "ab_test", sticky_by: "end_user" }],
  ["By tenant", { strategy: "custom_rules" }],
])("the template %s makes its document", async (name, document) => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/_new", backend);
  await user.type(await screen.findByLabelText("Slug"), "made");
  await user.click(await screen.findByRole("radio", { name: new RegExp(`^${name}`) }));
  await user.click(screen.getByRole("button", { name: "Create @made" }));
  await waitFor(() => expect(backend.inputs("create_config")[0]?.document).toMatchObject(document));
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
  await waitFor(() => expect(window.location.hash).toBe("#/configs/fast-copy/form"));
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
  await waitFor(() => expect(window.location.hash).toBe("#/configs/production/form"));
});
