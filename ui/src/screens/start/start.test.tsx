import { screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { BackendError } from "@/backend/backend";
import type { JsonValue } from "@/bindings/serde_json/JsonValue";
import type { Config, LogRow } from "@/bindings/types";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { snippets } from "@/test/fake-keys";
import { RUNNING } from "@/test/fake-status";
import { logRow } from "@/test/fake-traffic";
import { renderApp } from "@/test/render";

const FLAKY = { strategy: "fallback", attempts: ["sandbox/flaky", "sandbox/fast"] };
const FIRST_KEY = "mlx_sk_g5BQrsPEh8RXLrFfjtIGFrj4rUDnwrkm";

function firstRun(document: JsonValue = FLAKY) {
  const backend = new FakeBackend();
  let rows: LogRow[] = [];
  backend.answer("get_status", () => ({ ...RUNNING, first_request_seen: rows.length > 0 }));
  backend.answer("list_logs", ({ q }) => {
    const data = rows.filter(({ status }) => q !== "status:2xx" || status < 300);
    return { data: data.slice(0, 1), next_cursor: null, has_more: false };
  });
  backend.answer("get_config", ({ slug }) => ({ slug, document }) as unknown as Config);
  backend.answer("get_snippets", ({ key, model }) => snippets(key ?? FIRST_KEY, model));
  const arrive = (change: Partial<LogRow> = {}) => {
    const row = { ...logRow(1002), id: `req_${rows.length + 1}`, ...change };
    rows = [row, ...rows];
    backend.emit({ type: "requests_recorded", rows: [row], count: 1 });
  };
  return { backend, arrive };
}

test("the snippet carries the key of the first run and marks the two lines that change", async () => {
  renderApp("/start", firstRun().backend);
  const code = await screen.findByRole("region", { name: "Python" });
  expect(code).toHaveTextContent(FIRST_KEY);
  expect([...code.querySelectorAll("mark")].map((line) => line.textContent?.trim())).toEqual([
    'base_url="http://127.0.0.1:8642/openai/v1",',
    'model="@production",',
  ]);
  expect(screen.queryByRole("button", { name: "Make a key" })).toBeNull();
  expect(screen.getByText(/runs on the built-in sandbox models/)).toBeVisible();
});

test("each client has its tab and Copy takes the one shown", async () => {
  const { user } = renderApp("/start", firstRun().backend);
  const write = vi.spyOn(navigator.clipboard, "writeText");
  await user.click(await screen.findByRole("tab", { name: "curl" }));
  await user.click(screen.getByRole("button", { name: "Copy curl snippet" }));
  expect(write.mock.calls[0]?.[0]).toContain("curl http://127.0.0.1:8642/openai/v1");
  expect(write.mock.calls[0]?.[0]).toContain(FIRST_KEY);
});

test("clients beyond the first few are in a list, and the tabs lead back", async () => {
  const { user } = renderApp("/start", firstRun().backend);
  await screen.findByRole("region", { name: "Python" });
  await user.click(screen.getByRole("combobox", { name: "Other clients" }));
  await user.click(await screen.findByRole("option", { name: /Claude Code/ }));
  const code = await screen.findByRole("region", { name: "Coding agents: Claude Code" });
  expect(code).toHaveTextContent(`ANTHROPIC_AUTH_TOKEN=${FIRST_KEY}`);
  await user.click(screen.getByRole("tab", { name: "curl" }));
  expect(screen.getByRole("region", { name: "curl" })).toBeVisible();
});

test("where the key is a placeholder a new one is made under a free name and used", async () => {
  const backend = new FakeBackend();
  const { user } = renderApp("/start", backend);
  const name = await screen.findByLabelText("Name of the app");
  await user.clear(name);
  await user.type(name, "ide");
  expect(await screen.findByText("ide has a key already")).toBeVisible();
  await user.keyboard("{Enter}");
  expect(backend.inputs("create_key")).toEqual([]);
  await user.clear(name);
  await user.type(name, "notebook{Enter}");
  const code = await screen.findByRole("region", { name: "Python" });
  await waitFor(() => expect(code).toHaveTextContent("mlx_sk_Zm9vYmFyYmF6"));
  expect(backend.inputs("create_key")).toEqual([{ name: "notebook" }]);
  expect(screen.getByText(/The key is that of notebook/)).toBeVisible();
});

test("the wait turns green with the first request, whoever sends it", async () => {
  const { backend, arrive } = firstRun();
  renderApp("/start", backend);
  expect(await screen.findByText(/Waiting for a request on/)).toHaveTextContent("127.0.0.1:8642");
  arrive();
  expect(await screen.findByText("The first request arrived")).toBeVisible();
  const link = await screen.findByRole("link", { name: "See it in Traffic" });
  expect(link).toHaveAttribute("href", expect.stringMatching(/#\/traffic\/req_/));
  expect(screen.getByRole("link", { name: "Get started" })).toBeVisible();
});

const REFUSED: Partial<LogRow> = {
  status: 404,
  requested_model: "@nope",
  error_message: "there is no config @nope",
  provider: null,
  model: null,
  attempts: 0,
};

const step2 = () => screen.getByRole("heading", { name: "See the first request" }).closest("li");

test("a refused request does not tick the step, and says why and what to do", async () => {
  const { backend, arrive } = firstRun();
  renderApp("/start", backend);
  await screen.findByText(/Waiting for a request on/);
  arrive(REFUSED);
  expect(await screen.findByText("A request arrived, but it was refused")).toBeVisible();
  expect(step2()).toHaveTextContent("404@nope");
  expect(step2()).toHaveTextContent("there is no config @nope");
  expect(screen.getByText("Use the model of step 1, and send it again.")).toBeVisible();
  expect(step2()).not.toHaveClass("is-done");
  expect(screen.getByRole("button", { name: "Skip" })).toBeVisible();
  arrive();
  expect(await screen.findByText("The first request arrived")).toBeVisible();
  expect(step2()).toHaveClass("is-done");
});

test("the step stays ticked when a later request fails", async () => {
  const { backend, arrive } = firstRun();
  arrive();
  renderApp("/start", backend);
  await screen.findByText("The first request arrived");
  arrive(REFUSED);
  expect(await screen.findByText("there is no config @nope")).toBeVisible();
  expect(step2()).toHaveClass("is-done");
});

test.each([
  ["A request arrived, but it was refused", /API key of step 1/, { status: 401 }],
  ["A request arrived, but it was refused", /base URL of step 1/, { requested_model: "" }],
  ["A request arrived, but it failed", /what was tried/, { status: 502, attempts: 2 }],
])("%s, and the way out is: %s", async (title, way, change) => {
  const { backend, arrive } = firstRun();
  arrive({ ...REFUSED, ...change });
  renderApp("/start", backend);
  expect(await screen.findByText(title)).toBeVisible();
  expect(screen.getByText(way)).toBeVisible();
});

test("one sent from here that is refused says so once", async () => {
  const { backend, arrive } = firstRun();
  backend.answer("send_test", () => {
    arrive({ ...REFUSED, id: "req_sent" });
    return { request_id: "req_sent", status: 404, text: "there is no config @nope" };
  });
  const { user } = renderApp("/start", backend);
  await user.click(await screen.findByRole("button", { name: "Send one now" }));
  expect(await screen.findByText("A request arrived, but it was refused")).toBeVisible();
  await waitFor(() => expect(screen.getAllByText("there is no config @nope")).toHaveLength(1));
});

test("one is sent from here and its answer and its request are shown", async () => {
  const { backend, arrive } = firstRun();
  backend.answer("send_test", () => {
    arrive();
    return { request_id: "req_sent", status: 200, text: "Hello from the sandbox" };
  });
  const { user } = renderApp("/start", backend);
  await user.click(await screen.findByRole("button", { name: "Send one now" }));
  expect(await screen.findByText("Answer: Hello from the sandbox")).toBeVisible();
  expect(backend.inputs("send_test")).toEqual([{ model: "@production" }]);
  const links = await screen.findAllByRole("link", { name: "See it in Traffic" });
  expect(links.at(-1)).toHaveAttribute("href", "#/traffic/req_sent");
});

test("a request that cannot be sent says why", async () => {
  const { backend } = firstRun();
  backend.answer("send_test", () => {
    throw new BackendError("internal", "The proxy does not listen");
  });
  const { user } = renderApp("/start", backend);
  await user.click(await screen.findByRole("button", { name: "Send one now" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The proxy does not listen");
});

test("a paused proxy is resumed from the place where the request is awaited", async () => {
  const { backend } = firstRun();
  let paused = true;
  backend.answer("get_status", () => ({
    ...RUNNING,
    first_request_seen: false,
    proxy: { state: paused ? "paused" : "running" },
  }));
  backend.answer("set_paused", (input) => {
    paused = input.paused;
    return RUNNING;
  });
  const { user } = renderApp("/start", backend);
  const main = within(await screen.findByRole("main"));
  await user.click(await main.findByRole("button", { name: "Resume proxy" }));
  expect(await screen.findByText(/Waiting for a request on/)).toBeVisible();
});

async function wayOf(document: JsonValue) {
  renderApp("/start", firstRun(document).backend);
  const graph = await screen.findByRole("list", { name: "Way of a request to @production" });
  return within(graph)
    .getAllByRole("listitem")
    .map((item) => item.textContent);
}

test("the picture of a single model is one edge", async () => {
  expect(await wayOf({ strategy: "single", model: "sandbox/fast" })).toEqual([
    "Request",
    "SBsandbox/fast",
  ]);
});

test("the picture of a fallback says on what it moves on", async () => {
  const attempts = [{ model: "openai/gpt-4o", timeout_ms: 2000 }, "sandbox/fast"];
  expect(await wayOf({ strategy: "fallback", attempts, retry_on: ["429", "timeout"] })).toEqual([
    "Request",
    "1OAopenai/gpt-4o",
    "on 429 or timeout (2000 ms)2SBsandbox/fast",
  ]);
});

test("a nested config shows what it can call", async () => {
  const inner = { strategy: "fallback", attempts: ["mistral/small", "sandbox/fast"] };
  const way = await wayOf({ strategy: "fallback", attempts: ["openai/gpt-4o", inner] });
  expect(way.at(-1)).toBe(
    "on 429, 5xx, timeout or lost connection2FallbackMImistral/smallSBsandbox/fast",
  );
});

test("a chain too long to draw says how many attempts are left out", async () => {
  const attempts = Array.from({ length: 8 }, (_, n) => `sandbox/m${n}`);
  expect(await wayOf({ strategy: "fallback", attempts })).toHaveLength(6);
  expect(screen.getByText("and 3 more attempts")).toBeVisible();
});

test("each kind leads to the form that adds it", async () => {
  renderApp("/start", firstRun().backend);
  expect(await screen.findByRole("link", { name: /OpenAI/ })).toHaveAttribute(
    "href",
    "#/providers/_new/openai",
  );
  expect(screen.getByRole("link", { name: /Anthropic/ })).toHaveAttribute(
    "href",
    "#/providers/_new/anthropic",
  );
});

test("skipping leaves the palette's way back and can be undone", async () => {
  const { backend } = firstRun();
  const { user } = renderApp("/start", backend);
  await user.click(await screen.findByRole("button", { name: "Skip" }));
  await waitFor(() => expect(window.location.hash).toBe("#/configs"));
  expect(backend.inputs("put_settings")).toEqual([{ onboarding_done: true }]);
  await waitFor(() => expect(screen.queryByRole("link", { name: "Get started" })).toBeNull());
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox"), "get started{Enter}");
  await waitFor(() => expect(window.location.hash).toBe("#/start"));
});

test("axe finds nothing before and after the first request", async () => {
  const { backend, arrive } = firstRun();
  renderApp("/start", backend);
  await screen.findByRole("list", { name: "Way of a request to @production" });
  expect(await axeFaults()).toEqual([]);
  arrive();
  await screen.findByText("The first request arrived");
  expect(await axeFaults()).toEqual([]);
});
