import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { RUNNING } from "@/test/fake-status";
import { renderApp } from "@/test/render";
import { faultLines, openBundle } from "./bundle";
import { readHost, readOrigin } from "./ListSetting";

test("a number is saved alone, on Enter, and can be undone", async () => {
  const { backend, user } = renderApp("/settings");
  const field = await screen.findByLabelText("Largest request");
  await user.clear(field);
  await user.type(field, "64{Enter}");
  expect(await screen.findByText("Requests may have 64 MiB")).toBeVisible();
  expect(screen.getByText("Saved")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(field).toHaveValue("32"));
  expect(backend.inputs("put_settings")).toEqual([{ max_body_mib: 64 }, { max_body_mib: 32 }]);
});

test("a value that makes no sense is explained and not sent, and Esc takes it back", async () => {
  const { backend, user } = renderApp("/settings");
  const field = await screen.findByLabelText("Largest request");
  await user.clear(field);
  await user.type(field, "0");
  expect(await screen.findByText("A whole number from 1 to 1,024 MiB")).toBeVisible();
  expect(field).toBeInvalid();
  await user.keyboard("{Enter}{Escape}");
  expect(field).toHaveValue("32");
  expect(backend.inputs("put_settings")).toEqual([]);
});

test("keeping less is asked first, since what is pruned is gone", async () => {
  const { backend, user } = renderApp("/settings");
  const field = await screen.findByLabelText("Keep requests for");
  await user.clear(field);
  await user.type(field, "7{Enter}");
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/earlier than 7 days ago is removed/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Stay at 30 days" }));
  await waitFor(() => expect(field).toHaveValue("30"));
  expect(backend.inputs("put_settings")).toEqual([]);
  await user.clear(field);
  await user.type(field, "7{Enter}");
  await user.click(await screen.findByRole("button", { name: "Keep 7 days" }));
  await waitFor(() => expect(backend.inputs("put_settings")).toEqual([{ retention_days: 7 }]));
});

test("what the backend refuses stands below its field", async () => {
  const backend = new FakeBackend();
  backend.answer("put_settings", () => {
    throw new BackendError("invalid_request", "The largest body is between 1 and 1024 MiB");
  });
  const { user } = renderApp("/settings", backend);
  const field = await screen.findByLabelText("Largest request");
  await user.clear(field);
  await user.type(field, "5{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("between 1 and 1024");
  expect(field).toHaveValue("5");
});

test("another port says what it changes for apps before it is taken", async () => {
  const { backend, user } = renderApp("/settings");
  const field = await screen.findByLabelText("Port");
  await user.clear(field);
  await user.type(field, "8700");
  expect(await screen.findByText(/from then on/)).toHaveTextContent(
    "http://127.0.0.1:8700/openai/v1 from then on. 3 apps called in the last 24 h.",
  );
  await user.click(screen.getByRole("button", { name: "Use 8700" }));
  expect(await screen.findByText("The proxy listens on 8700")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Go back to 8642" }));
  await waitFor(() => expect(backend.inputs("use_port")).toEqual([{ port: 8700 }, { port: 8642 }]));
});

test("a taken port changes nothing and the free one is one click away", async () => {
  const backend = new FakeBackend();
  backend.answer("use_port", ({ port }) => {
    if (port === 8643) return RUNNING;
    throw new BackendError("port_in_use", "Port 8700 is in use by node", { port, free_port: 8643 });
  });
  const { user } = renderApp("/settings", backend);
  const field = await screen.findByLabelText("Port");
  await user.clear(field);
  await user.type(field, "8700{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Port 8700 is in use by node");
  await user.click(screen.getByRole("button", { name: "Use 8643 instead" }));
  await waitFor(() => expect(backend.inputs("use_port").at(-1)).toEqual({ port: 8643 }));
});

test("origins are checked, saved one by one, and removed", async () => {
  const { backend, user } = renderApp("/settings");
  const field = await screen.findByLabelText("Web pages that may call");
  await user.type(field, "localhost:3000{Enter}");
  expect(await screen.findByText(/is not an origin such as/)).toBeVisible();
  await user.clear(field);
  await user.type(field, "HTTP://localhost:3000/{Enter}");
  await user.click(await screen.findByRole("button", { name: "Remove http://localhost:3000" }));
  await waitFor(() =>
    expect(backend.inputs("put_settings")).toEqual([
      { allowed_origins: ["http://localhost:3000"] },
      { allowed_origins: [] },
    ]),
  );
});

test.each([
  ["http://localhost:3000/", "http://localhost:3000"],
  ["https://App.example", "https://app.example"],
  ["localhost:3000", null],
  ["http://a/b", null],
  ["*", null],
])("%s as an origin is %s", (text, read) => expect(readOrigin(text)).toBe(read));

test.each([
  ["Box.Local.", "box.local"],
  ["http://box", null],
  ["box:80", null],
  ["*.local", null],
])("%s as a host is %s", (text, read) => expect(readHost(text)).toBe(read));

test("a switch is saved at once and its toast takes it back", async () => {
  const { backend, user } = renderApp("/settings");
  await user.click(await screen.findByRole("switch", { name: "Record what is said" }));
  expect(await screen.findByText("Bodies are not recorded from now on")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() =>
    expect(backend.inputs("put_settings")).toEqual([
      { capture_content: false },
      { capture_content: true },
    ]),
  );
});

test("the theme is applied at once and kept", async () => {
  const { backend, user } = renderApp("/settings");
  await user.click(await screen.findByRole("button", { name: "Dark" }));
  expect(JSON.parse(localStorage.getItem("modelux.preferences") ?? "{}").theme).toBe("dark");
  await waitFor(() => expect(backend.inputs("put_settings")).toEqual([{ theme: "dark" }]));
});

test("starting at login is offered on a desktop only", async () => {
  const { unmount } = renderApp("/settings");
  await screen.findByText("Data directory");
  expect(screen.queryByRole("switch", { name: "Start at login" })).toBeNull();
  unmount();
  const backend = new FakeBackend();
  backend.host = "desktop";
  renderApp("/settings", backend);
  expect(await screen.findByRole("switch", { name: "Start at login" })).toBeVisible();
});

test("where keys are kept, and why not in the keychain, is said", async () => {
  const backend = new FakeBackend();
  backend.answer("get_status", () => ({
    ...RUNNING,
    secret_store: "file",
    secret_store_problem: "No secret service answers on D-Bus; start gnome-keyring",
  }));
  renderApp("/settings", backend);
  expect(await screen.findByText(/start gnome-keyring/)).toBeVisible();
  expect(screen.getByText("File")).toBeVisible();
});

test("the setup is exported as a file", async () => {
  const { backend, user } = renderApp("/settings");
  await user.click(await screen.findByRole("button", { name: "Export setup" }));
  await waitFor(() => expect(backend.saved).toHaveLength(1));
  expect(backend.saved[0]?.name).toMatch(/^modelux-setup-\d{4}-\d\d-\d\d\.json$/);
  expect(JSON.parse(backend.saved[0]?.text ?? "")).toMatchObject({ modelux: 1 });
});

/** jsdom's files cannot be read by `text`. */
function file(value: unknown) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const made = new File([text], "team.json", { type: "application/json" });
  return Object.assign(made, { text: async () => text });
}

const TEAM = {
  modelux: 1,
  providers: [{ name: "alpha", kind: "openai_compatible" }],
  configs: [
    { slug: "fast", document: {} },
    { slug: "triage", document: { strategy: "single", model: "alpha/m1" } },
  ],
};

test("an import shows what the file holds, then what it changed", async () => {
  const { backend, user } = renderApp("/settings");
  await user.upload(await screen.findByLabelText("Setup file to import"), file(TEAM));
  expect(await screen.findByRole("group", { name: "team.json" })).toHaveTextContent(
    "@fast, @triage",
  );
  expect(backend.inputs("import_bundle")).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Import this setup" }));
  expect(await screen.findByText("The setup was imported")).toBeVisible();
  expect(screen.getByRole("link", { name: "alpha" })).toBeVisible();
  expect(screen.getByText(/has v1 now/)).toHaveTextContent("@triage has v1 now, which is active");
});

test("a refused import names the config and the path of each fault", async () => {
  const backend = new FakeBackend();
  backend.answer("import_bundle", () => {
    throw new BackendError("invalid_document", "@triage is not valid", {
      diagnostics: [
        {
          severity: "error",
          path: "/configs/1/document/model",
          message: "@triage: unknown model alpha/m1",
        },
      ],
    });
  });
  const { user } = renderApp("/settings", backend);
  await user.upload(await screen.findByLabelText("Setup file to import"), file(TEAM));
  await user.click(await screen.findByRole("button", { name: "Import this setup" }));
  const fault = await screen.findByRole("alert");
  expect(fault).toHaveTextContent("Nothing was imported");
  expect(fault).toHaveTextContent("@triage /configs/1/document/model unknown model alpha/m1");
});

test("a file that is no setup is refused before it is sent", async () => {
  const { backend, user } = renderApp("/settings");
  await user.upload(await screen.findByLabelText("Setup file to import"), file("{"));
  expect(await screen.findByRole("alert")).toHaveTextContent("team.json is not JSON");
  await user.upload(screen.getByLabelText("Setup file to import"), file({ a: 1 }));
  await waitFor(() =>
    expect(screen.getByRole("alert")).toHaveTextContent('it has no field "modelux"'),
  );
  expect(backend.inputs("import_bundle")).toEqual([]);
});

test("faults outside of configs keep their path", () => {
  const { bundle } = openBundle("x", JSON.stringify(TEAM));
  const diagnostics = [{ severity: "error", path: "/providers/0", message: "m" }];
  const error = new BackendError("invalid_document", "m", { diagnostics });
  expect(faultLines(error, bundle)).toEqual([{ path: "/providers/0", message: "m", slug: null }]);
});

test("a section has an address and the keyboard lands on its heading", async () => {
  const { user } = renderApp("/settings/setup");
  const heading = await screen.findByRole("heading", { name: "Setup file" });
  await waitFor(() => expect(heading).toHaveFocus());
  await user.click(screen.getByRole("button", { name: "Recording" }));
  await waitFor(() => expect(screen.getByRole("heading", { name: "Recording" })).toHaveFocus());
  expect(window.location.hash).toBe("#/settings/recording");
});

test("axe finds nothing", async () => {
  const backend = new FakeBackend();
  backend.host = "desktop";
  const { user } = renderApp("/settings", backend);
  await screen.findByLabelText("Port");
  expect(await axeFaults()).toEqual([]);
  await user.upload(screen.getByLabelText("Setup file to import"), file(TEAM));
  await screen.findByRole("group", { name: "team.json" });
  expect(await axeFaults()).toEqual([]);
});

test("an outbound proxy is saved on Enter, and taken back", async () => {
  const { backend, user } = renderApp("/settings/network");
  const field = await screen.findByLabelText("Outbound proxy");
  await user.type(field, "http://proxy:3128{Enter}");
  expect(await screen.findByText("Calls go through http://proxy:3128")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(field).toHaveValue(""));
  expect(backend.inputs("put_settings")).toEqual([
    { outbound_proxy: "http://proxy:3128" },
    { outbound_proxy: "" },
  ]);
});

test("a file without a certificate is said below its field, and what was typed stays", async () => {
  const backend = new FakeBackend();
  backend.answer("put_settings", () => {
    throw new BackendError("invalid_request", "/tmp/key.pem holds no certificate");
  });
  const { user } = renderApp("/settings/network", backend);
  const field = await screen.findByLabelText("Certificate authorities");
  await user.type(field, "/tmp/key.pem{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("holds no certificate");
  expect(field).toHaveValue("/tmp/key.pem");
});
