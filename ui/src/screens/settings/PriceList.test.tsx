import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import type { ModelImport } from "@/bindings/types";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";

const FOUND: ModelImport = {
  source: "LiteLLM",
  date: "2027-01-01",
  applied: false,
  new: 1,
  repriced: 1,
  changed: 0,
  unchanged: 40,
  older: 0,
  rows: [
    {
      kind: "openai",
      model: "gpt-4o",
      change: "price",
      before: { input: 2.5, output: 10 },
      after: { input: 2, output: 10 },
      yours: true,
    },
    { kind: "openai", model: "gpt-next", change: "new", yours: false },
  ],
  rows_left_off: 0,
  refused: [{ name: "odd", reason: "input_cost_per_token is negative (-1)" }],
  refused_count: 1,
  unknown_provider: 7,
  other_mode: 2,
  not_callable: 1,
};

/** A file with the `text` that jsdom's lacks. */
const file = () =>
  Object.assign(new File(["{}"], "prices.json", { type: "application/json" }), {
    text: async () => "{}",
  });

test("a price list is shown before it is imported", async () => {
  const backend = new FakeBackend();
  backend.answer("import_models", ({ preview }) => ({ ...FOUND, applied: preview !== true }));
  const { user } = renderApp("/settings", backend);
  await user.upload(await screen.findByLabelText("Price list to import"), file());
  await screen.findByRole("group", { name: "LiteLLM, 2027-01-01" });
  expect(screen.getByRole("row", { name: /gpt-4o/ })).toHaveTextContent("$2.50 → $2.00");
  expect(screen.getByRole("row", { name: /gpt-4o/ })).toHaveTextContent("your own price holds");
  const unpriced = screen.getByRole("row", { name: /gpt-next/ });
  expect(unpriced).toHaveTextContent("unpriced");
  expect(unpriced).not.toHaveTextContent("$0");
  const preview = screen.getByRole("group", { name: "LiteLLM, 2027-01-01" });
  expect(preview).toHaveTextContent("Of providers that Modelux does not have7");
  expect(preview).not.toHaveTextContent("Older than what is known");
  expect(await axeFaults()).toEqual([]);
  expect(backend.inputs("import_models")).toEqual([{ file: "{}", preview: true }]);
  await user.click(screen.getByRole("button", { name: "Import these prices" }));
  expect(await screen.findByText("The price list was imported")).toBeVisible();
  expect(backend.inputs("import_models")[1]).toEqual({ file: "{}", date: "2027-01-01" });
});

test("a file that is no price list is refused with what to take", async () => {
  const backend = new FakeBackend();
  backend.answer("import_models", () => {
    throw new BackendError("invalid_request", "The file is of no format that is known");
  });
  const { user } = renderApp("/settings", backend);
  await user.upload(await screen.findByLabelText("Price list to import"), file());
  expect(await screen.findByRole("alert")).toHaveTextContent("no format that is known");
  expect(screen.queryByRole("button", { name: "Import these prices" })).toBeNull();
});

test("imported lists are forgotten at once", async () => {
  const backend = new FakeBackend();
  backend.answer("forget_imported_models", () => ({ models: 3 }));
  const { user } = renderApp("/settings", backend);
  await user.click(await screen.findByRole("button", { name: "Forget imported lists" }));
  await waitFor(() => expect(screen.getByText(/3 imported models are forgotten/)).toBeVisible());
});
