import { screen } from "@testing-library/react";
import axe from "axe-core";
import { expect, test } from "vitest";
import { FakeBackend } from "@/test/fake";
import { RUNNING } from "@/test/fake-status";
import { renderApp } from "@/test/render";

/** Colours are no matter for jsdom; they are checked where they are drawn. */
async function violations() {
  const { violations: found } = await axe.run(document, {
    rules: { "color-contrast": { enabled: false } },
  });
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

test.each([
  ["the list of configs", "/configs", "@production"],
  ["a new config", "/configs/_new", "Slug"],
  ["a config's source", "/configs/production/source", "Changes since v5"],
  ["two versions", "/configs/production/versions/4/5", "Edit from v4"],
])("axe finds nothing in %s", async (_, path, shown) => {
  document.title = "Modelux";
  document.documentElement.lang = "en";
  renderApp(path);
  await screen.findAllByText(shown);
  expect(await violations()).toEqual([]);
});

test("axe finds nothing where the port is taken", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({
    ...RUNNING,
    address: undefined,
    proxy: { state: "port_in_use", port: 8642, free_port: 8643 },
  }));
  renderApp("/proxy", backend);
  await screen.findByRole("alert");
  expect(await violations()).toEqual([]);
});
