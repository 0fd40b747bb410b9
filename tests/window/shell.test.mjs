// The desktop program around its window: no display, one instance, a data directory that is taken.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { api, eventually, program, stage, stop } from "./rig.mjs";

let on;
before(async () => {
  on = await stage();
});
after(() => on?.strike());

/** Starts a program; what it says is gathered. */
function start(name, args, env) {
  const child = spawn(program(name), args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.on("data", (text) => { said.out += text; });
  child.stderr.on("data", (text) => { said.err += text; });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, said, ended };
}

const inOwnDirectory = (name) => ({ ...on.env, MODELUX_DATA_DIR: `${on.home}/${name}` });

test("without a display it says so, serves all the same, and ends in order when asked to", async () => {
  const { DISPLAY: _, ...env } = inOwnDirectory("no-display");
  const { child, said, ended } = start("modelux-desktop", [], env);
  const address = await eventually("its address", () => said.out.match(/listening on (http:\S+)/)?.[1]);
  assert.match(said.err, /There is no display here/);
  assert.equal((await fetch(`${address}/healthz`)).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test("a display that cannot be reached counts as none", async () => {
  const { child, said, ended } = start("modelux-desktop", [], { ...inOwnDirectory("gone"), DISPLAY: ":9999" });
  await eventually("its address", () => said.out.includes("listening on"));
  assert.match(said.err, /There is no display here/);
  child.kill("SIGINT");
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test("start at login follows the setting, and starts it hidden on the same data", async () => {
  const env = inOwnDirectory("login");
  const { child, ended } = start("modelux-desktop", [], env);
  const { ask } = await api(env.MODELUX_DATA_DIR);
  const entries = async () => {
    const dir = join(on.home, ".config/autostart");
    const names = await readdir(dir).catch(() => []);
    return Promise.all(names.map((name) => readFile(join(dir, name), "utf8")));
  };
  await ask("/settings", { method: "PUT", body: { start_at_login: true } });
  const [entry] = await eventually("the entry", async () => ((await entries()).length === 1 ? entries() : null));
  assert.match(entry, new RegExp(`^Exec=.*modelux-desktop.* --hidden --data-dir ${env.MODELUX_DATA_DIR}`, "m"));
  await ask("/settings", { method: "PUT", body: { start_at_login: false } });
  await eventually("the entry to be gone", async () => (await entries()).length === 0);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 0, signal: null });
});

test("a second start on the same data ends at once and leaves the first alone", async () => {
  const env = inOwnDirectory("twice");
  const first = start("modelux-desktop", [], env);
  const { base } = await api(env.MODELUX_DATA_DIR);
  const second = start("modelux-desktop", [], env);
  assert.deepEqual(await second.ended, { code: 0, signal: null });
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  first.child.kill("SIGTERM");
  assert.deepEqual(await first.ended, { code: 0, signal: null });
});

test("where a headless instance works on the data, it says who, and ends with the code for that", async () => {
  const env = inOwnDirectory("taken");
  const serve = spawn(program("modelux"), ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: serve.stdout }), "line");
  const { child, said, ended } = start("modelux-desktop", [], env);
  await eventually("the sentence", () => said.err.includes("error:"));
  assert.ok(said.err.includes(String(serve.pid)), said.err);
  assert.ok(!said.err.includes("panicked"), said.err);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 4, signal: null });
  assert.equal((await fetch(`${line.split(" ").at(-1)}/healthz`)).status, 200);
  await stop(serve);
});
