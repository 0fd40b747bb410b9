import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { FakeBackend } from "@/test/fake";
import { RUNNING } from "@/test/fake-status";
import { renderApp } from "@/test/render";

test("the sidebar leads to every section and marks where we are", async () => {
  const { user } = renderApp("/configs");
  const nav = await screen.findByRole("navigation", { name: "Sections" });
  await waitFor(() =>
    expect(
      within(nav)
        .getAllByRole("link")
        .map((link) => link.textContent?.replace(/\d+$/, "")),
    ).toEqual(["Configs", "Traffic", "Providers", "Apps", "Settings"]),
  );
  await user.click(within(nav).getByRole("link", { name: "Settings" }));
  expect(await screen.findByRole("heading", { name: "Settings" })).toBeVisible();
  expect(within(nav).getByRole("link", { name: "Settings" })).toHaveAttribute(
    "aria-current",
    "page",
  );
});

test("Get started is there until the first request", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({ ...RUNNING, first_request_seen: false }));
  renderApp("/configs", backend);
  expect(await screen.findByRole("link", { name: "Get started" })).toBeVisible();
});

test("the proxy is paused and resumed from the foot", async () => {
  const { user } = renderApp("/configs");
  await user.click(await screen.findByRole("button", { name: "Pause proxy" }));
  expect(await screen.findByText("Proxy paused")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Resume proxy" }));
  expect(await screen.findByText("Proxy running")).toBeVisible();
});

test("Ctrl K finds a config and goes there", async () => {
  const { user } = renderApp("/settings");
  await screen.findByRole("heading", { name: "Settings" });
  await screen.findByRole("link", { name: "@fast" });
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox"), "fast");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(window.location.hash).toBe("#/configs/fast/form"));
});

test("Ctrl and a number go to the section", async () => {
  const { user } = renderApp("/configs");
  await screen.findByRole("link", { name: "Providers" });
  await user.keyboard("{Control>}3{/Control}");
  await waitFor(() => expect(window.location.hash).toBe("#/providers"));
});

test("a taken port is said plainly and the free one is one click away", async () => {
  const backend = new FakeBackend();
  let asked = 0;
  backend.answer("get_status", () => ({
    ...RUNNING,
    address: asked ? `http://127.0.0.1:${asked}` : undefined,
    proxy: asked
      ? { state: "running" }
      : { state: "port_in_use", port: 8642, holder: "node server.js (41822)", free_port: 8643 },
  }));
  backend.answer("use_port", ({ port }) => {
    asked = port;
    return { ...RUNNING, address: `http://127.0.0.1:${port}` };
  });
  const { user } = renderApp("/", backend);
  expect(await screen.findByRole("alert")).toHaveTextContent("Port 8642 is in use");
  expect(screen.getByRole("alert")).toHaveTextContent("node server.js (41822)");
  await user.click(screen.getByRole("button", { name: "Use 8643 instead" }));
  expect(await screen.findByText("127.0.0.1:8643")).toBeVisible();
  expect(backend.inputs("use_port")).toEqual([{ port: 8643 }]);
});

test("traffic that is not recorded is said on every screen", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({ ...RUNNING, recorder_problem: "The disk is full" }));
  renderApp("/configs", backend);
  expect(await screen.findByText("The disk is full")).toBeVisible();
});

test("what was mended while opening can be dismissed", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({ ...RUNNING, notices: ["traffic.db was rebuilt"] }));
  const { user } = renderApp("/configs", backend);
  await screen.findByText("traffic.db was rebuilt");
  await user.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(screen.queryByText("traffic.db was rebuilt")).toBeNull();
});

test("a browser without a key is asked for it", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => {
    throw new BackendError("unauthorized", "a management key is needed");
  });
  renderApp("/configs", backend);
  expect(await screen.findByRole("alert")).toHaveTextContent("needs a management key");
  expect(screen.getByLabelText("Management key")).toBeVisible();
});

test("only what the person pinned is called pinned; until then configs in use are listed", async () => {
  const { user } = renderApp("/configs");
  const used = await screen.findByRole("navigation", { name: "Configs used most" });
  expect(within(used).getAllByRole("link")[0]).toHaveTextContent("@production");
  await user.click(screen.getByRole("button", { name: "More for @fast" }));
  await user.click(await screen.findByRole("menuitem", { name: "Pin to the sidebar" }));
  const pinned = await screen.findByRole("navigation", { name: "Pinned configs" });
  expect(
    within(pinned)
      .getAllByRole("link")
      .map((link) => link.textContent),
  ).toEqual(["@fast"]);
  await user.click(screen.getByRole("button", { name: "More for @fast" }));
  await user.click(await screen.findByRole("menuitem", { name: "Unpin" }));
  expect(await screen.findByRole("navigation", { name: "Configs used most" })).toBeVisible();
});

test("the palette has what the menu of the open config has", async () => {
  const { user } = renderApp("/configs/production/form");
  await screen.findByRole("tab", { name: /Form/ });
  await user.keyboard("{Control>}k{/Control}");
  await user.type(within(await screen.findByRole("dialog")).getByRole("combobox"), "duplicate");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(window.location.hash).toBe("#/configs/_new/production"));
});
