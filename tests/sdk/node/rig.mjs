// The real binary and the scripted upstream, for tests that use the official SDKs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const debug = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");
export const APP_KEY = "mlx_sk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
const MANAGEMENT_KEY = "mlx_mk_test0123456789abcdefghijklmnopqrstuvwxyzAB";
const MODELS = Array.from({ length: 120 }, (_, n) => `m${n}`);
/** Providers and their models by the API that they speak; OpenAI's own models of that name have Responses alone. */
const SPEAKS = {
  chat: ["up", MODELS],
  messages: ["claude", MODELS.map((_, n) => `c${n}`)],
  responses: ["native", MODELS.map((_, n) => `n${n}-codex`)],
};
export const DIALECTS = Object.keys(SPEAKS);
/** Models of the configs below; tests script them by name. */
const MEMBERS = ["member-1", "member-2", "member-3", "step-1", "step-2"];

/** Starts a program and waits for the first address that it says. */
async function started(command, args, env) {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = line.match(/http:\/\/[0-9.:]+[0-9]/);
    if (found) {
      child.stdout.resume();
      return { child, base: found[0] };
    }
  }
  throw new Error(`${command} said no address`);
}

async function json(method, url, { body, key } = {}) {
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

/** Polls until `read` gives something. */
async function eventually(what, read) {
  for (let n = 0; n < 500; n += 1) {
    const found = await read();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}

/**
 * A proxy with a scripted upstream behind a provider of each API; every test gets models of its own.
 * `more` are providers besides, for a bundle.
 */
export async function start(more = []) {
  const upstream = await started(join(debug, "scripted-upstream"), [], process.env);
  const home = await mkdtemp(join(tmpdir(), "modelux-"));
  const provider = (name, kind, path, models) => ({
    name, kind, base_url: `${upstream.base}/${path}`, credential: { env: "UP_KEY" },
    models: models.map((name) => ({ name, price: { input: 1, output: 2 } })),
  });
  const providers = [
    provider("up", "openai_compatible", "up/v1", [...MODELS, ...MEMBERS]),
    provider("claude", "anthropic_compatible", "claude", SPEAKS.messages[1]),
    provider("native", "openai", "native/v1", SPEAKS.responses[1]),
    ...more,
  ];
  const configs = [
    { slug: "production", document: { strategy: "fallback", attempts: ["sandbox/fast", "sandbox/smart"] } },
    { slug: "json", document: { strategy: "single", model: "sandbox/json" } },
    {
      slug: "vote",
      document: {
        strategy: "ensemble", aggregation: "majority_vote", timeout_ms: 20_000,
        members: MEMBERS.slice(0, 3).map((name) => ({ model: `up/${name}` })),
      },
    },
    {
      slug: "climb",
      document: {
        strategy: "cascade",
        attempts: [{ model: "up/step-1", accept: "response.has_tool_calls" }, { model: "up/step-2" }],
      },
    },
    {
      slug: "guarded",
      document: { strategy: "custom_rules", rules: 'if tenant == "blocked" then block "not from here"\nelse use sandbox/fast\n' },
    },
  ];
  await writeFile(join(home, "bundle.json"), JSON.stringify({ modelux: 1, providers, configs }));
  const args = ["serve", "--data-dir", join(home, "data"), "--port", "0", "--bundle", join(home, "bundle.json")];
  const env = {
    PATH: process.env.PATH, HOME: home, UP_KEY: "up-secret",
    MODELUX_APP_KEY: APP_KEY, MODELUX_MANAGEMENT_KEY: MANAGEMENT_KEY,
  };
  const modelux = await started(process.env.MODELUX_BIN ?? join(debug, "modelux"), args, env);
  const fresh = Object.fromEntries(DIALECTS.map((dialect) => [dialect, SPEAKS[dialect][1].values()]));
  const scriptFor = async (dialect, ...replies) => {
    const model = fresh[dialect].next().value;
    if (replies.length > 0) await json("POST", `${upstream.base}/script`, { body: { model, replies } });
    return `${SPEAKS[dialect][0]}/${model}`;
  };
  return {
    base: modelux.base,
    client: (options) => new OpenAI({ baseURL: `${modelux.base}/openai/v1`, apiKey: APP_KEY, maxRetries: 0, ...options }),
    anthropic: (options) => new Anthropic({ baseURL: `${modelux.base}/anthropic`, apiKey: APP_KEY, maxRetries: 0, ...options }),
    /** Scripts a fresh model behind OpenAI's chat, or behind the API of that name, and gives its full name. */
    script: (...replies) => scriptFor("chat", ...replies),
    scriptFor,
    perform: (model, ...replies) => json("POST", `${upstream.base}/script`, { body: { model, replies } }),
    async seen(model) {
      const { body } = await json("GET", `${upstream.base}/seen`);
      const rows = body.data.filter((row) => row.model === model.split("/").at(-1));
      return rows.map((row) => ({ ...row, json: JSON.parse(Buffer.from(row.body, "base64").toString()) }));
    },
    hungUp(model) {
      return eventually("a hang-up", async () => (await this.seen(model)).some((row) => row.hung_up));
    },
    release: (gate) => json("POST", `${upstream.base}/release`, { body: { gate } }),
    log: (id) =>
      eventually(`the record of ${id}`, async () => {
        const { status, body } = await json("GET", `${modelux.base}/manage/v1/logs/${id}`, { key: MANAGEMENT_KEY });
        return status === 200 && body;
      }),
    async stop() {
      modelux.child.kill("SIGTERM");
      const [code] = modelux.child.exitCode === null ? await once(modelux.child, "exit") : [modelux.child.exitCode];
      upstream.child.kill();
      await rm(home, { recursive: true });
      return code;
    },
  };
}

export const head = (status = 200, type = "application/json", headers = {}) => ({
  do: "head", status, headers: [["content-type", type], ...Object.entries(headers)],
});
/** An answer in whatever form it is asked for; calls are [id, name, arguments]. */
export const says = (text, calls = [], thinking = "") => [
  { do: "say", text, thinking, calls: calls.map(([id, name, args]) => ({ id, name, arguments: JSON.stringify(args) })) },
];
/** An error in the form of the API that it is asked by. */
export const refuses = (status) => [{ do: "refuse", status }];
export const text = (value) => ({ do: "text", text: value });
export const end = { do: "end" };
export const reply = (status, body, headers) => [head(status, "application/json", headers), text(JSON.stringify(body)), end];
export const error = (status, headers) =>
  reply(status, { error: { message: `scripted ${status}`, type: "some_error", param: null, code: "its_code" } }, headers);
export const completion = (content) => ({
  id: "x", object: "chat.completion", created: 1, model: "m",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
export const chunk = (delta, finish_reason = null) =>
  text(`data: ${JSON.stringify({
    id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "scripted", choices: [{ index: 0, delta, finish_reason }],
  })}\n\n`);
export const stream = (...steps) => [head(200, "text/event-stream"), ...steps];
export const done = [text("data: [DONE]\n\n"), end];
