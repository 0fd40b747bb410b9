// A provider is added and its key kept where the person says: this machine of tests has no keychain.
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, go, test as plain, toast } from "./rig.mjs";

const KEY = "sk-local-4f1c9a7e5b2d8063";

const BACKUP = "sk-backup-9e107d9d372bb682";

/** An OpenAI-compatible server that wants one of the keys, and remembers which it was given. */
const test = plain.extend({
  upstream: async ({}, use) => {
    const keys = [];
    const server = createServer((request, response) => {
      keys.push(request.headers.authorization);
      const known = [KEY, BACKUP].some((key) => request.headers.authorization === `Bearer ${key}`);
      const body = !known
        ? { error: { message: "wrong key", type: "invalid_request_error" } }
        : request.url.endsWith("/models")
          ? { object: "list", data: [{ id: "small-1", object: "model", created: 1, owned_by: "me" }] }
          : completion("Hello from upstream");
      response.writeHead(known ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    await use({ url: `http://127.0.0.1:${server.address().port}/v1`, keys });
    server.closeAllConnections();
    server.close();
  },
});

const completion = (content) => ({
  id: "c1", object: "chat.completion", created: 1, model: "small-1",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
});

async function fillIn(page, upstream, key) {
  await go(page, "/providers/_new/openai_compatible");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("local");
  await page.getByRole("textbox", { name: "Base URL" }).fill(upstream.url);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: /^Add .* and verify$/ }).click();
}

/** Everything the page holds: its markup, and what its fields have. */
const held = (page) =>
  page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map(({ value }) => value).join());

test.use({ complaints: /status of 409|status of 4\d\d .*credential/ });

test("without a keychain the key goes into a file only when the person says so, and is never shown again", async ({ window, modelux, upstream }) => {
  await fillIn(window, upstream, KEY);
  const choice = window.getByRole("alert").filter({ hasText: "No keychain can be reached" });
  await expect(choice).toBeVisible();
  const provider = async () => modelux.manage("/providers/local");
  expect((await provider()).credential.source).not.toBe("file");

  await choice.getByRole("button", { name: "Keep it in a file readable only by you" }).click();

  await expect(window).toHaveURL(/#\/providers\/local$/);
  const settings = window.getByRole("complementary", { name: /^Credential and connection of/ });
  await expect(settings).toContainText("Stored in a file that only you can read");
  expect(await provider()).toMatchObject({ base_url: upstream.url, credential: { source: "file" } });
  expect(await held(window)).not.toContain(KEY);
  for (const path of ["/providers", "/providers/local", "/status", "/settings", "/bundle"]) {
    expect(JSON.stringify(await modelux.manage(path))).not.toContain(KEY);
  }

  await settings.getByRole("button", { name: "Verify" }).click();
  await expect(settings.getByRole("status")).toHaveClass(/t-ok/);
  const { text, id } = await modelux.ask({ model: "local/small-1" });
  expect(text).toBe("Hello from upstream");
  expect(upstream.keys.at(-1)).toBe(`Bearer ${KEY}`);
  await expect.poll(async () => (await modelux.manage("/logs")).data.length).toBe(1);
  expect(JSON.stringify(await modelux.manage(`/logs/${id}`))).not.toContain(KEY);
});

test("the key can be named by an environment variable instead, and then is not kept at all", async ({ window, modelux, upstream }) => {
  await fillIn(window, upstream, KEY);
  await window.getByRole("textbox", { name: "Environment variable" }).fill("LOCAL_KEY");
  await window.getByRole("button", { name: "Use variable" }).click();
  await expect.poll(async () => (await modelux.manage("/providers/local")).credential).toMatchObject({ env: "LOCAL_KEY" });
  await expect(window.getByLabel("API key")).toHaveValue("");
  expect(await held(window)).not.toContain(KEY);
});

test("a wrong key is said to be wrong, with the way to mend it", async ({ window, modelux, upstream }) => {
  await fillIn(window, upstream, "sk-wrong");
  await window.getByRole("button", { name: "Keep it in a file readable only by you" }).click();
  await expect(window.getByText(/401|refused|wrong key/i).first()).toBeVisible();
  await window.getByLabel("API key").fill(KEY);
  await window.getByRole("button", { name: "Try again" }).click();
  await window.getByRole("button", { name: "Keep it in a file readable only by you" }).click();
  await expect(window).toHaveURL(/#\/providers\/local$/);
  expect((await modelux.ask({ model: "local/small-1" })).text).toBe("Hello from upstream");
});

test("a provider is found in the gallery, and a second credential is called by the target that names it", async ({ window, modelux, upstream }) => {
  await go(window, "/providers/_new");
  await window.getByRole("searchbox", { name: "Search kinds" }).fill("openai-comp");
  await window.keyboard.press("Enter");
  await window.getByRole("textbox", { name: "Name", exact: true }).fill("local");
  await window.getByRole("textbox", { name: "Base URL" }).fill(upstream.url);
  await window.getByLabel("API key").fill(KEY);
  await window.getByRole("button", { name: /^Add .* and verify$/ }).click();
  await window.getByRole("button", { name: "Keep it in a file readable only by you" }).click();
  await expect(window).toHaveURL(/#\/providers\/local$/);

  await window.getByRole("button", { name: "Add credential" }).click();
  await window.getByRole("textbox", { name: "Name" }).fill("backup");
  await window.getByLabel("API key").fill(BACKUP);
  await window.getByRole("button", { name: "Keep credential" }).click();
  await window.getByRole("button", { name: "Keep it in a file readable only by you" }).click();
  const further = window.getByRole("list", { name: "Further credentials" });
  await expect(further).toContainText("backup");
  await further.getByRole("button", { name: "Verify backup" }).click();
  await expect(further.getByRole("status")).toHaveClass(/t-ok/);
  expect(upstream.keys.at(-1)).toBe(`Bearer ${BACKUP}`);

  const document = { strategy: "single", model: { model: "local/small-1", credential: "backup" } };
  await modelux.manage("/configs", { method: "POST", body: { slug: "spare", document } });
  expect((await modelux.ask({ model: "@spare" })).text).toBe("Hello from upstream");
  expect(upstream.keys.at(-1)).toBe(`Bearer ${BACKUP}`);
  await modelux.ask({ model: "local/small-1" });
  expect(upstream.keys.at(-1)).toBe(`Bearer ${KEY}`);

  await go(window, "/providers/local");
  await expect(further).toContainText("Used by @spare");
  await further.getByRole("button", { name: "Remove backup" }).click();
  await expect(window.getByRole("dialog")).toContainText("@spare uses it");
  expect(await held(window)).not.toContain(BACKUP);
});

test("a provider that is off is not called, and one that is removed is gone", async ({ window, modelux, upstream }) => {
  const body = { name: "local", kind: "openai_compatible", base_url: upstream.url };
  await modelux.manage("/providers", { method: "POST", body });
  await modelux.manage("/providers/local/credential", { method: "PUT", body: { key: KEY, allow_file: true } });
  await go(window, "/providers/local");
  await window.getByRole("switch", { name: "Use this provider" }).click();
  await expect(window.getByRole("switch", { name: "Use this provider" })).not.toBeChecked();
  await expect.poll(async () => (await modelux.manage("/providers/local")).enabled).toBe(false);
  await expect(modelux.ask({ model: "local/small-1" })).rejects.toMatchObject({ status: expect.any(Number) });
  expect(upstream.keys).toEqual([]);

  await window.getByRole("button", { name: "Remove local" }).click();
  await window.getByRole("dialog").getByRole("button", { name: "Remove local" }).click();
  await expect(toast(window, "is removed")).toBeVisible();
  await expect(modelux.manage("/providers/local")).rejects.toThrow("404");
});
