import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { axeFaults } from "@/test/axe";
import { logRow } from "@/test/fake-traffic";
import { layOut } from "@/test/layout";
import { renderApp } from "@/test/render";
import { readTags } from "./MakeKey";

const SECRET = /mlx_sk_Zm9v/;

async function made() {
  const view = renderApp("/apps");
  await screen.findByRole("row", { name: /web-api/ });
  await view.user.click(screen.getByRole("button", { name: "Make a key" }));
  const form = within(screen.getByRole("complementary", { name: "Make a key" }));
  return { ...view, form };
}

test("a key is made with its limits", async () => {
  const { user, backend, form } = await made();
  await user.type(form.getByRole("textbox", { name: "App" }), "shop");
  await user.click(form.getByRole("checkbox", { name: "@fast" }));
  await user.type(form.getByRole("textbox", { name: "Default tags" }), "team=shop, env=prod");
  await user.type(form.getByRole("textbox", { name: "Requests a minute" }), "60");
  await user.click(form.getByRole("button", { name: "Make a key" }));
  await waitFor(() =>
    expect(backend.inputs("create_key")).toEqual([
      {
        name: "shop",
        allowed_configs: ["fast"],
        default_tags: { team: "shop", env: "prod" },
        per_minute: 60,
      },
    ]),
  );
});

test("the secret is shown once, in its field and in the snippets", async () => {
  const { user, backend, form } = await made();
  await user.type(form.getByRole("textbox", { name: "App" }), "shop{Enter}");
  const panel = within(await screen.findByRole("complementary", { name: "Key of shop" }));
  expect(panel.getByText(SECRET, { selector: ".secret code" })).toBeVisible();
  expect(await panel.findByText(/api_key/)).toBeVisible();
  expect(backend.inputs("get_snippets").at(-1)?.key).toMatch(SECRET);
  await user.click(panel.getByRole("button", { name: "I have copied it" }));
  await waitFor(() => expect(document.body.textContent).not.toMatch(SECRET));
  expect(await screen.findByRole("row", { name: /shop mlx_sk_/ })).toBeVisible();
});

test("the first request of the new app turns the wait green", async () => {
  const { user, backend, form } = await made();
  await user.type(form.getByRole("textbox", { name: "App" }), "shop{Enter}");
  expect(await screen.findByText("Waiting for the first request of shop")).toBeVisible();
  const other = { ...logRow(1), app: "web-api" };
  const mine = { ...logRow(2), app: "shop" };
  act(() => backend.emit({ type: "requests_recorded", rows: [mine, other], count: 2 }));
  expect(await screen.findByText("The first request of shop came in")).toBeVisible();
  expect(screen.getByRole("link", { name: "See it in Traffic" })).toHaveAttribute(
    "href",
    `#/traffic/${mine.id}`,
  );
});

test("a key without a name is not made", async () => {
  const { user, backend, form } = await made();
  await user.click(form.getByRole("button", { name: "Make a key" }));
  expect(form.getByText("Name the app first")).toBeVisible();
  expect(backend.inputs("create_key")).toEqual([]);
});

test("revoking is confirmed by name", async () => {
  const { user, backend } = renderApp("/apps");
  await user.click(await screen.findByRole("button", { name: "Revoke key of batch-worker" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(backend.inputs("revoke_key")).toEqual([]);
  await user.click(dialog.getByRole("button", { name: "Revoke key of batch-worker" }));
  await waitFor(() => expect(screen.queryByRole("row", { name: /batch-worker/ })).toBeNull());
  await user.click(screen.getByRole("button", { name: "1 revoked or expired" }));
  expect(screen.getByRole("row", { name: /batch-worker.*revoked/ })).toBeVisible();
});

test("the requests of an app are one click away", async () => {
  layOut();
  const { user } = renderApp("/apps");
  await user.click(await screen.findByRole("link", { name: "3,746" }));
  expect(await screen.findByRole("combobox", { name: "Filter" })).toHaveValue(
    "app:web-api after:24h",
  );
});

test("tags read as key=value", () => {
  expect(readTags("a=1, b = x=y ,")).toEqual({ a: "1", b: "x=y" });
  expect(readTags("a")).toBeNull();
  expect(readTags("=1")).toBeNull();
});

test("axe finds nothing, with the form and with the secret", async () => {
  const { user, form } = await made();
  expect(await axeFaults()).toEqual([]);
  await user.type(form.getByRole("textbox", { name: "App" }), "shop{Enter}");
  await screen.findByText(/api_key/);
  expect(await axeFaults()).toEqual([]);
});
