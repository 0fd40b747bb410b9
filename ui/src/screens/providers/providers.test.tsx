import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { BackendError } from "@/backend/backend";
import { axeFaults } from "@/test/axe";
import { FakeBackend } from "@/test/fake";
import { renderApp } from "@/test/render";

const KEY = "sk-test-abcdefgh1234";

async function opened(at = "/providers", backend = new FakeBackend()) {
  const view = renderApp(at, backend);
  await screen.findByRole("heading", { level: 1 });
  return view;
}

/** Refuses keys unless a file is allowed, as on a headless Linux. */
function withoutKeychain() {
  const backend = new FakeBackend();
  const keep = new FakeBackend();
  backend.answer("put_credential", async (input) => {
    if (!input.allow_file) {
      throw new BackendError("no_keychain", "No keychain answers on this computer.");
    }
    await keep.call("create_provider", { name: input.name, kind: "openai" }).catch(() => null);
    return keep.call("put_credential", input);
  });
  return backend;
}

test("figures that were not measured are a dash, never 0", async () => {
  await opened();
  const row = await screen.findByRole("row", { name: /Groq/ });
  const cells = within(row).getAllByRole("cell");
  expect(cells.slice(2, 5).map((cell) => cell.textContent)).toEqual(["–", "–", "–"]);
  expect(row).toHaveTextContent("no key");
});

test("a provider that answered is never called uncalled", async () => {
  const backend = new FakeBackend();
  const known = await backend.call("list_providers", {});
  const data = known.data.map((each) => ({ ...each, health: "unknown", requests_24h: 1 }));
  const [answered, refused, ...rest] = data;
  if (!answered || !refused) throw new Error("the fake has too few providers");
  Object.assign(answered, { success_rate: 1 });
  Object.assign(refused, { success_rate: 0 });
  backend.answer("list_providers", () => ({ ...known, data: [answered, refused, ...rest] }));
  await opened("/providers", backend);
  const [, first, second] = await screen.findAllByRole("row");
  expect(first).toHaveTextContent("Healthy");
  expect(second).toHaveTextContent("Failing");
});

test("an edited price is sent and marked", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Edit gpt-4o" }));
  const input = await screen.findByRole("textbox", { name: "Input" });
  await user.clear(input);
  await user.type(input, "1.75");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(backend.inputs("put_model")).toEqual([
      {
        provider: "openai",
        model: "gpt-4o",
        price: { input: 1.75, cached_input: 0.25, output: 10 },
      },
    ]),
  );
  const row = await screen.findByRole("row", { name: /^gpt-4o ?edited/ });
  expect(row).toHaveTextContent("$1.75");
});

test("a price that is no number cannot be saved, and says why", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Edit gpt-4o" }));
  const output = await screen.findByRole("textbox", { name: "Output" });
  await user.type(output, "x");
  expect(output).toBeInvalid();
  expect(output).toHaveAccessibleDescription(/Prices are numbers, 0 or more/);
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(backend.inputs("put_model")).toEqual([]);
});

test("only what is changed of a model is sent, whatever the field", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Edit gpt-4o" }));
  expect(await screen.findByRole("button", { name: "Save" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  const context = screen.getByRole("textbox", { name: "Context" });
  await user.clear(context);
  await user.type(context, "64000");
  await user.type(screen.getByRole("textbox", { name: "Cache write" }), "1.5");
  await user.click(screen.getByRole("switch", { name: "documents" }));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(backend.inputs("put_model")).toHaveLength(1));
  const [said] = backend.inputs("put_model");
  expect(said).toMatchObject({ context: 64000, price: { cache_write: 1.5 } });
  expect(said).not.toHaveProperty("tier");
  expect(said).not.toHaveProperty("max_output");
  expect(said?.modalities).toContain("document");
});

test("what was said of a model is taken back", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("switch", { name: "Allow gpt-4o-mini" }));
  await screen.findByRole("row", { name: /^gpt-4o-mini ?edited/ });
  await user.click(screen.getByRole("button", { name: "Edit gpt-4o-mini" }));
  await user.click(await screen.findByRole("button", { name: "Take back" }));
  await waitFor(() =>
    expect(backend.inputs("delete_model")).toEqual([{ provider: "openai", model: "gpt-4o-mini" }]),
  );
});

test("a model that the user added is removed only after it was asked", async () => {
  const backend = new FakeBackend();
  await backend.call("put_model", { provider: "openai", model: "brand-new", enabled: true });
  const { user } = await opened("/providers/openai", backend);
  await user.click(await screen.findByRole("button", { name: "Edit brand-new" }));
  expect(screen.queryByRole("button", { name: "Take back" })).toBeNull();
  await user.click(await screen.findByRole("button", { name: "Remove the model" }));
  const dialog = await screen.findByRole("dialog", { name: "Remove openai/brand-new" });
  expect(dialog).toHaveTextContent("what it costs is unknown");
  expect(backend.inputs("delete_model")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Remove the model" }));
  await waitFor(() => expect(screen.queryByRole("row", { name: /brand-new/ })).toBeNull());
});

test("a model without a price reads as unpriced, never as free", async () => {
  const backend = new FakeBackend();
  await backend.call("put_model", { provider: "openai", model: "brand-new", enabled: true });
  await opened("/providers/openai", backend);
  const row = await screen.findByRole("row", { name: /brand-new/ });
  expect(row).toHaveTextContent("unpriced");
  expect(row).not.toHaveTextContent("$0");
});

test("a model is allowed and forbidden by its switch", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("switch", { name: "Allow gpt-4o-mini" }));
  await waitFor(() =>
    expect(backend.inputs("put_model")).toEqual([
      { provider: "openai", model: "gpt-4o-mini", enabled: false },
    ]),
  );
});

test("a target that is held back can be tried again at once", async () => {
  const { user, backend } = await opened("/providers/mistral");
  await user.click(
    await screen.findByRole("button", { name: "Try mistral/mistral-large-latest again now" }),
  );
  expect(backend.inputs("reset_health")).toEqual([{ target: "mistral/mistral-large-latest" }]);
  await waitFor(() => expect(screen.queryByText(/is held back/)).toBeNull());
});

test("verifying says in a sentence what the provider said", async () => {
  const { user } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Verify" }));
  expect(await screen.findByText(/OpenAI answered and the key is good/)).toBeVisible();
});

test("switching a provider off leaves the rest of it as it is", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("switch", { name: "Use this provider" }));
  await waitFor(() =>
    expect(backend.inputs("update_provider")).toEqual([
      { name: "openai", kind: "openai", enabled: false },
    ]),
  );
});

test("removing is confirmed by name, because the key is lost", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Remove OpenAI" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog).toHaveTextContent("Its key is deleted from this computer");
  expect(backend.inputs("delete_provider")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Remove OpenAI" }));
  await waitFor(() => expect(screen.queryByRole("row", { name: /OpenAI/ })).toBeNull());
});

test("a provider that configs still call is not removed, and it says which", async () => {
  const backend = new FakeBackend();
  backend.answer("delete_provider", () => {
    throw new BackendError("in_use", "@production still calls openai", {
      referrers: ["production"],
    });
  });
  const { user } = await opened("/providers/openai", backend);
  await user.click(await screen.findByRole("button", { name: "Remove OpenAI" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Remove OpenAI" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("@production still calls");
});

test("two providers of one kind are told apart by their own names", async () => {
  const backend = new FakeBackend();
  await backend.call("create_provider", { name: "up", kind: "openai" });
  await opened("/providers/up", backend);
  const heading = await screen.findByRole("heading", { level: 2, name: "up" });
  expect(heading.parentElement).toHaveTextContent("OpenAI");
  expect(screen.getByRole("button", { name: "Remove up" })).toBeVisible();
});

test("the sandbox cannot be removed", async () => {
  await opened("/providers/sandbox");
  await screen.findByRole("switch", { name: "Use this provider" });
  expect(screen.queryByRole("button", { name: /Remove/ })).toBeNull();
});

test("adding a provider keeps its key and verifies it", async () => {
  const { user, backend } = await opened("/providers/_new/deepseek");
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Add DeepSeek and verify" }));
  await waitFor(() => expect(window.location.hash).toBe("#/providers/deepseek"));
  expect(backend.inputs("create_provider")).toEqual([
    { name: "deepseek", kind: "deepseek", base_url: "https://api.deepseek.com/v1" },
  ]);
  expect(backend.inputs("put_credential")).toEqual([{ name: "deepseek", key: KEY }]);
  expect(backend.inputs("verify_provider")).toEqual([{ name: "deepseek" }]);
  expect(document.body.innerHTML).not.toContain(KEY);
});

test("the key field is a password and is emptied once the key is kept", async () => {
  const { user } = await opened("/providers/groq");
  const field = await screen.findByLabelText("API key");
  expect(field).toHaveAttribute("type", "password");
  await user.type(field, KEY);
  await user.click(screen.getByRole("button", { name: "Keep key" }));
  expect(await screen.findByText("••••••••1234")).toBeVisible();
  expect((field as HTMLInputElement).value).toBe("");
});

test("without a keychain the key is kept in a file only when the person says so", async () => {
  const backend = withoutKeychain();
  const { user } = await opened("/providers/groq", backend);
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Keep key" }));
  expect(await screen.findByText(/No keychain answers on this computer/)).toBeVisible();
  expect(backend.inputs("put_credential")).toEqual([{ name: "groq", key: KEY }]);
  await user.click(screen.getByRole("button", { name: "Keep it in a file readable only by you" }));
  await waitFor(() =>
    expect(backend.inputs("put_credential").at(-1)).toEqual({
      name: "groq",
      key: KEY,
      allow_file: true,
    }),
  );
});

test("without a keychain an environment variable can be named instead", async () => {
  const backend = withoutKeychain();
  const { user } = await opened("/providers/groq", backend);
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Keep key" }));
  const variable = await screen.findByRole("textbox", { name: "Environment variable" });
  expect(variable).toHaveValue("GROQ_API_KEY");
  await user.click(screen.getByRole("button", { name: "Use variable" }));
  await waitFor(() =>
    expect(backend.inputs("update_provider")).toEqual([
      { name: "groq", kind: "groq", credential: { env: "GROQ_API_KEY" } },
    ]),
  );
  expect(await screen.findByText("$GROQ_API_KEY", { selector: ".keyrow code" })).toBeVisible();
});

test("a key that the provider refuses stays on the form with its sentence", async () => {
  const backend = new FakeBackend();
  backend.answer("verify_provider", () => ({ ok: false, message: "DeepSeek refused the key." }));
  const { user } = await opened("/providers/_new/deepseek", backend);
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Add DeepSeek and verify" }));
  expect(await screen.findByText("DeepSeek refused the key.")).toBeVisible();
  expect(window.location.hash).toBe("#/providers/_new/deepseek");
  expect(screen.getByLabelText("API key")).toHaveAccessibleDescription(/A key is kept/);
  expect(screen.queryByText(/Left empty, the key is read/)).toBeNull();
  await user.type(screen.getByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(backend.inputs("put_credential")).toHaveLength(2));
  expect(backend.inputs("create_provider")).toHaveLength(1);
});

test("to cancel after a failed verification removes what the form made", async () => {
  const backend = new FakeBackend();
  backend.answer("verify_provider", () => ({ ok: false, message: "DeepSeek refused the key." }));
  const { user } = await opened("/providers/_new/deepseek", backend);
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Add DeepSeek and verify" }));
  await user.click(await screen.findByRole("button", { name: "Cancel and remove deepseek" }));
  await waitFor(() => expect(window.location.hash).toBe("#/providers"));
  expect(backend.inputs("delete_provider")).toEqual([{ name: "deepseek" }]);
});

test("a key that cannot be kept leaves no provider without one behind", async () => {
  const backend = new FakeBackend();
  backend.answer("put_credential", () => {
    throw new BackendError("invalid_request", "That is no key.");
  });
  const { user } = await opened("/providers/_new/deepseek", backend);
  await user.type(await screen.findByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Add DeepSeek and verify" }));
  expect(await screen.findByText("That is no key.")).toBeVisible();
  await waitFor(() => expect(backend.inputs("delete_provider")).toEqual([{ name: "deepseek" }]));
  expect(await screen.findByRole("button", { name: "Cancel" })).toBeVisible();
});

test("a server of one's own gets the models that it offers", async () => {
  const backend = new FakeBackend();
  backend.answer("verify_provider", () => ({ ok: true, message: "It answered.", models: ["m1"] }));
  const { user } = await opened("/providers/_new/openai_compatible", backend);
  await user.type(
    await screen.findByRole("textbox", { name: "Base URL" }),
    "http://127.0.0.1:9/v1",
  );
  await user.click(screen.getByRole("button", { name: "Add OpenAI compatible and verify" }));
  await waitFor(() => expect(window.location.hash).toBe("#/providers/custom"));
  expect(backend.inputs("put_credential")).toEqual([]);
  expect(await screen.findByRole("switch", { name: "Allow m1" })).toBeChecked();
});

test("models that a provider offers and are not listed are one click away", async () => {
  const backend = new FakeBackend();
  const models = ["gpt-4o", "gpt-9"];
  backend.answer("verify_provider", () => ({ ok: true, message: "It answered.", models }));
  const { user } = await opened("/providers/openai", backend);
  await user.click(await screen.findByRole("button", { name: "Verify" }));
  await user.click(await screen.findByRole("button", { name: "Add 1 model that it offers" }));
  expect(await screen.findByRole("switch", { name: "Allow gpt-9" })).toBeChecked();
});

test("a kind is found by a few letters, and Enter takes it", async () => {
  const { user } = await opened("/providers/_new");
  const search = await screen.findByRole("searchbox", { name: "Search kinds" });
  expect(screen.getAllByRole("radio").length).toBeGreaterThan(8);
  await user.type(search, "bedr{Enter}");
  expect(screen.getAllByRole("radio").map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining("Amazon Bedrock"),
  ]);
  expect(window.location.hash).toBe("#/providers/_new/bedrock");
  await user.clear(screen.getByRole("searchbox"));
  await user.type(screen.getByRole("searchbox"), "perplexity");
  await user.click(screen.getByRole("button", { name: "Use OpenAI-compatible" }));
  expect(window.location.hash).toBe("#/providers/_new/openai_compatible");
});

test("only the kinds that have an option are asked for it", async () => {
  const { user, backend } = await opened("/providers/_new/bedrock");
  await user.type(await screen.findByRole("textbox", { name: "Region" }), "eu-central-1");
  expect(screen.queryByRole("textbox", { name: "API version" })).toBeNull();
  expect(screen.getByText(/ACCESS_KEY_ID:SECRET_ACCESS_KEY/)).toBeVisible();
  await user.type(screen.getByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Add Amazon Bedrock and verify" }));
  await waitFor(() =>
    expect(backend.inputs("create_provider")).toEqual([
      { name: "bedrock", kind: "bedrock", options: { region: "eu-central-1" } },
    ]),
  );
});

test("an Anthropic-shaped server is asked for its address without /v1", async () => {
  await opened("/providers/_new/anthropic_compatible");
  expect(await screen.findByText(/without \/v1/)).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Region" })).toBeNull();
});

test("the page where keys are made is one click away", async () => {
  const { user, backend } = await opened("/providers/_new/openai");
  await user.click(await screen.findByRole("link", { name: /Make one at keys.example.com/ }));
  expect(backend.opened).toEqual(["https://keys.example.com/openai"]);
});

test("a further credential is kept under its name, and its key never shown", async () => {
  const { user, backend } = await opened("/providers/mistral");
  await user.click(await screen.findByRole("button", { name: "Add credential" }));
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Team A");
  await user.type(screen.getByLabelText("API key"), KEY);
  await user.click(screen.getByRole("button", { name: "Keep credential" }));
  expect(await screen.findByText(/Lower case letters/)).toBeVisible();
  expect(backend.inputs("put_named_credential")).toEqual([]);
  await user.clear(screen.getByRole("textbox", { name: "Name" }));
  await user.type(screen.getByRole("textbox", { name: "Name" }), "team-a");
  await user.click(screen.getByRole("button", { name: "Keep credential" }));
  const list = await screen.findByRole("list", { name: "Further credentials" });
  expect(list).toHaveTextContent("team-a••••1234");
  expect(backend.inputs("put_named_credential")).toEqual([
    { name: "mistral", label: "team-a", key: KEY },
  ]);
  expect(document.body.innerHTML).not.toContain(KEY);
});

test("each credential is verified by itself", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Verify backup" }));
  expect(await screen.findByText(/the key is good/)).toBeVisible();
  expect(backend.inputs("verify_provider")).toEqual([{ name: "openai", credential: "backup" }]);
});

test("a credential that a config uses cannot be removed, and it says which config", async () => {
  const { user, backend } = await opened("/providers/openai");
  await user.click(await screen.findByRole("button", { name: "Remove backup" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/@production uses it/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Remove credential backup" }));
  expect(backend.inputs("delete_named_credential")).toEqual([]);
  await user.click(dialog.getByRole("button", { name: "Cancel" }));
  await user.click(screen.getByRole("button", { name: "Remove team-a" }));
  await user.click(
    within(await screen.findByRole("dialog")).getByRole("button", {
      name: "Remove credential team-a",
    }),
  );
  await waitFor(() =>
    expect(backend.inputs("delete_named_credential")).toEqual([
      { name: "openai", label: "team-a" },
    ]),
  );
});

test("an option is saved when its field is left", async () => {
  const backend = new FakeBackend();
  await backend.call("create_provider", {
    name: "aws",
    kind: "bedrock",
    options: { region: "eu-central-1" },
  });
  const { user } = await opened("/providers/aws", backend);
  const field = await screen.findByRole("textbox", { name: "Region" });
  await user.clear(field);
  await user.type(field, "us-east-1{Enter}");
  await waitFor(() =>
    expect(backend.inputs("update_provider")).toEqual([
      { name: "aws", kind: "bedrock", options: { region: "us-east-1" } },
    ]),
  );
});

test.each(["/providers/mistral", "/providers/_new/azure"])(
  "axe finds nothing on %s",
  async (at) => {
    await opened(at);
    await screen.findByText(/Mistral/, { selector: "h2, .kind span" });
    expect(await axeFaults()).toEqual([]);
  },
);
