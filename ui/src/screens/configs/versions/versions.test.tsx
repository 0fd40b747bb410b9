import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";

const compare = (from: string, to: string) =>
  screen.findByRole("region", { name: `Difference between ${from} and ${to}` });

test("two versions are compared in words and line by line, with the changed word marked", async () => {
  renderApp("/configs/production/versions/4/5");
  const region = await compare("v4", "v5");
  const lines = await within(region).findByRole("region", { name: "Lines side by side" });
  const marked = lines.querySelectorAll("del, ins");
  expect([...marked].map((word) => `${word.tagName} ${word.textContent}`)).toEqual([
    "DEL 4000",
    "INS 5000",
  ]);
  expect(within(region).getByText(/attempt 1 timeout/)).toBeVisible();
});

test("a line that one side lacks is a void on that side", async () => {
  renderApp("/configs/production/versions/3/5");
  const region = await compare("v3", "v5");
  await within(region).findByText(/attempt 3 removed/);
  expect(region.querySelectorAll(".diff-line.del")).toHaveLength(3);
  expect(region.querySelectorAll(".diff-line.void")).toHaveLength(3);
});

test("inline shows the old line above the new one", async () => {
  const { user } = renderApp("/configs/production/versions/4/5");
  const region = await compare("v4", "v5");
  await user.click(within(region).getByRole("button", { name: "Inline" }));
  const changed = region.querySelectorAll(".diff-line.del, .diff-line.add");
  expect([...changed].map((line) => line.textContent?.replace(/\s+/g, " "))).toEqual([
    '6- "timeout_ms": 4000',
    '6+ "timeout_ms": 5000',
  ]);
});

test("X swaps the sides", async () => {
  const { user } = renderApp("/configs/production/versions/3/5");
  await compare("v3", "v5");
  await user.keyboard("x");
  await compare("v5", "v3");
  expect(window.location.hash).toBe("#/configs/production/versions/5/3");
});

test("n and p walk through the changes", async () => {
  const { user } = renderApp("/configs/production/versions/2/5");
  const region = await compare("v2", "v5");
  await within(region).findByText(/attempt 1 timeout/);
  await user.keyboard("n");
  expect(region.querySelector(".is-current")).toHaveTextContent("8000");
});

test("a click in the timeline compares with the active version, with Shift it sets the base", async () => {
  const { user } = renderApp("/configs/production/versions");
  await user.click(await screen.findByRole("button", { name: "Show v2" }));
  await compare("v2", "v5");
  await user.keyboard("{Shift>}");
  await user.click(screen.getByRole("button", { name: "Show v4" }));
  await user.keyboard("{/Shift}");
  await compare("v4", "v5");
});

test("rolling back is one click, and Undo brings the other version back", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/production/versions", backend);
  await user.click(await screen.findByRole("button", { name: "Roll back to v3" }));
  expect(await screen.findByText("Rolled back @production to v3")).toBeVisible();
  expect(await screen.findByText("v3 active")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("v5 active")).toBeVisible();
  expect(backend.inputs("activate_version")).toEqual([
    { slug: "production", version: 3 },
    { slug: "production", version: 5 },
  ]);
});

test("any older version can be rolled back to from the timeline", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/configs/production/versions", backend);
  const timeline = await screen.findByRole("region", { name: "Versions" });
  const buttons = within(timeline).getAllByRole("button", { name: "Roll back" });
  await user.click(buttons.at(-1) as HTMLElement);
  expect(await screen.findByText("Rolled back @production to v1")).toBeVisible();
});

test("the timeline says which version was rolled back, and how long each was active", async () => {
  renderApp("/configs/production/versions");
  const timeline = await screen.findByRole("region", { name: "Versions" });
  const [, four] = within(timeline).getAllByRole("listitem");
  expect(four).toHaveTextContent("Rolled back");
  expect(four).toHaveTextContent("active 1 h");
});

test("editing from an old version starts a draft from it", async () => {
  const { user } = renderApp("/configs/production/versions/3/5");
  await user.click(await screen.findByRole("button", { name: "Edit from v3" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs/production/form"));
  expect(await screen.findByText("Draft · no changes since v3")).toBeVisible();
});

test("a long summary is folded, so that the lines stay in sight", async () => {
  const backend = new FakeBackend();
  const changes = Array.from({ length: 12 }, (_, n) => ({
    kind: "added" as const,
    path: `/attempts/${n}`,
    text: `attempt ${n + 1} added`,
  }));
  backend.answer("diff_versions", () => ({ changes, effects: [], rows: [] }) as never);
  const { user } = renderApp("/configs/production/versions/4/5", backend);
  const region = await compare("v4", "v5");
  expect(await within(region).findByText("attempt 8 added")).toBeVisible();
  expect(within(region).queryByText("attempt 9 added")).toBeNull();
  await user.click(within(region).getByRole("button", { name: "Show all 12" }));
  expect(within(region).getByText("attempt 12 added")).toBeVisible();
});
