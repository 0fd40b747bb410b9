// The real program behind the real window: one fresh instance per test, one browser page on it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "@playwright/test";
import OpenAI from "openai";

export { expect };

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
export const ARTEFACTS = resolve(here, "../artefacts/browser");
export const APP_KEY = "mlx_sk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
const MANAGEMENT_KEY = "mlx_mk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
const PROGRAM = process.env.MODELUX_BIN ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/modelux");

/** Starts `modelux serve --ui` on a data directory of its own. Without an app key it makes one, as on a person's first run. */
export async function serve({ appKey = APP_KEY } = {}) {
  const home = await mkdtemp(join(tmpdir(), "modelux-browser-"));
  const env = { PATH: process.env.PATH, HOME: home, MODELUX_MANAGEMENT_KEY: MANAGEMENT_KEY, ...(appKey && { MODELUX_APP_KEY: appKey }) };
  const args = ["serve", "--ui", "--data-dir", join(home, "data"), "--port", "0"];
  const child = spawn(PROGRAM, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const window = await Promise.race([windowOf(child), failed]);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(home, { recursive: true, force: true });
  };
  return { ...at(new URL(window).origin), window, data: join(home, "data"), stop };
}

async function windowOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/window at (\S+)/)?.[1];
    if (!address) continue;
    child.stdout.resume();
    return address;
  }
  throw new Error(`${PROGRAM} ended without saying where its window is`);
}

/** The two ways into the proxy besides the window: the management API, and the official SDK. */
export function at(origin) {
  const manage = async (path, { method = "GET", body } = {}) => {
    const headers = { authorization: `Bearer ${MANAGEMENT_KEY}`, "content-type": "application/json" };
    const answer = await fetch(`${origin}/manage/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const client = (apiKey = APP_KEY) => new OpenAI({ baseURL: `${origin}/openai/v1`, apiKey, maxRetries: 0 });
  return {
    origin,
    manage,
    client,
    /** One request of an app: the text, and what the headers say of it. */
    async ask({ model = "@production", content = "Say hello", key, ...rest } = {}) {
      const { data, response } = await client(key)
        .chat.completions.create({ model, messages: [{ role: "user", content }], ...rest })
        .withResponse();
      return {
        text: data.choices[0].message.content,
        config: response.headers.get("x-modelux-config"),
        id: response.headers.get("x-modelux-request-id"),
      };
    },
    /** The same, streamed to its end. */
    async stream({ model = "@production", content = "Say hello" } = {}) {
      const chunks = await client().chat.completions.create({ model, stream: true, messages: [{ role: "user", content }] });
      let text = "";
      for await (const chunk of chunks) text += chunk.choices[0]?.delta?.content ?? "";
      return text;
    },
    active: async (slug = "production") => (await manage(`/configs/${slug}`)).active_version,
    save: (body, slug = "production") => manage(`/configs/${slug}/versions`, { method: "POST", body }),
  };
}

/** A port that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export const test = base.extend({
  /** How the instance is started. */
  appKey: [APP_KEY, { option: true }],
  /** What this test makes the browser complain of on purpose. */
  complaints: [/^$/, { option: true }],

  modelux: async ({ appKey }, use) => {
    const modelux = await serve({ appKey });
    await use(modelux);
    await modelux.stop();
  },

  /** A second instance, where two have to meet. */
  another: async ({ page }, use) => {
    const another = await serve();
    await use(another);
    await page.close();
    await another.stop();
  },

  /** Watched: nothing may be written to the console as an error, and nothing may offend the content security policy. */
  page: async ({ page, modelux: _openedBeforeAndClosedAfter, complaints }, use) => {
    const heard = [];
    page.on("console", (message) => message.type() === "error" && heard.push(`${message.text()} ${message.location().url}`));
    page.on("pageerror", (error) => heard.push(`uncaught ${error.stack}`));
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI || event.sample} in ${event.sourceFile}`),
      ),
    );
    await use(page);
    await page.close();
    expect(heard.filter((text) => !complaints.test(text))).toEqual([]);
  },

  /** The window, opened as a person would: with the address that the program printed. */
  window: async ({ page, modelux }, use) => {
    await page.goto(modelux.window);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await use(page);
  },
});

/** Goes to an address of the window without loading it anew, as its links do. */
export async function go(page, path) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#${path}`);
}

export const toast = (page, text) => page.locator(".toast", { hasText: text });

/** Double-clicks a word in the editor, as one does to replace it, and types another. */
export async function replaceWord(page, word, by) {
  const line = page.locator(".cm-line", { hasText: word });
  await expect(line).toBeVisible();
  const at = await line.evaluate((element, word) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const start = node.data.indexOf(word);
      if (start < 0) continue;
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + word.length);
      const box = range.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
  }, word);
  await page.mouse.dblclick(at.x, at.y);
  await page.keyboard.type(by);
  await page.keyboard.press("Escape");
}
