// The real window: a virtual display, a session bus of its own, tauri-driver and the web view's driver.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { remote } from "webdriverio";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
export const ARTEFACTS = resolve(here, "../artefacts");
const PATIENCE_MS = 30_000;
/** The web view's driver does not always come up at once on a busy machine. */
const ATTEMPTS = 3;

export const program = (name) =>
  join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), process.env.MODELUX_PROFILE ?? "debug", name);

/** Polls until `read` gives something. */
export async function eventually(what, read) {
  const until = Date.now() + PATIENCE_MS;
  for (let last; ; ) {
    try {
      const found = await read();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) throw new Error(`waited in vain for ${what}`, { cause: last });
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The address that nobody listens on now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a helper and waits for the first line that it writes on `fd`. */
async function helper(command, args, { fd = 1, env = process.env } = {}) {
  const stdio = ["ignore", "ignore", process.env.MODELUX_TEST_LOUD ? "inherit" : "ignore"];
  stdio[fd] = "pipe";
  const child = spawn(command, args, { stdio, env });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const line = once(createInterface({ input: child.stdio[fd] }), "line").then(([text]) => text);
  return { child, line: await Promise.race([line, failed]) };
}

/** Where windows can be opened and nothing of the person's own session is touched. */
export async function stage() {
  const home = await mkdtemp(join(tmpdir(), "modelux-window-"));
  const display = await helper("Xvfb", ["-displayfd", "3", "-screen", "0", "1600x1100x24", "-nolisten", "tcp"], { fd: 3 });
  const bus = await helper("dbus-daemon", ["--session", "--nofork", "--print-address"]);
  const env = {
    PATH: process.env.PATH,
    LANG: "C.UTF-8",
    HOME: home,
    XDG_RUNTIME_DIR: home,
    DISPLAY: `:${display.line}`,
    DBUS_SESSION_BUS_ADDRESS: bus.line,
    LIBGL_ALWAYS_SOFTWARE: "1",
    MODELUX_DATA_DIR: join(home, "data"),
    MODELUX_PORT: "0",
    MODELUX_TEST_SAVE_IN: home,
  };
  return {
    home,
    env,
    data: env.MODELUX_DATA_DIR,
    async strike() {
      await stop(bus.child);
      await stop(display.child);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export async function stop(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** Where the running instance listens, and the token that opens its management API. */
export async function api(data) {
  const runtime = await eventually("runtime.json", async () => JSON.parse(await readFile(join(data, "runtime.json"), "utf8")));
  const ask = async (path, { method = "GET", body } = {}) => {
    const headers = { authorization: `Bearer ${runtime.token}`, "content-type": "application/json" };
    const answer = await fetch(`${runtime.address}/manage/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return { base: runtime.address, pid: runtime.pid, ask };
}

/** Opens the window under a driver. */
export async function open(on) {
  const [port, native] = [await freePort(), await freePort()];
  const driver = spawn(
    process.env.TAURI_DRIVER ?? join(homedir(), ".cargo/bin/tauri-driver"),
    ["--port", String(port), "--native-port", String(native)],
    { env: on.env, stdio: ["ignore", "inherit", "inherit"] },
  );
  for (const each of [native, port]) {
    await eventually("the drivers", async () => (await fetch(`http://127.0.0.1:${each}/status`)).ok);
  }
  try {
    return { browser: await session(port), close: () => stop(driver) };
  } catch (error) {
    await stop(driver);
    throw error;
  }
}

async function session(port) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await remote({
        hostname: "127.0.0.1",
        port,
        logLevel: process.env.MODELUX_TEST_LOUD ? "info" : "error",
        connectionRetryCount: 0,
        capabilities: { "wdio:enforceWebDriverClassic": true, "tauri:options": { application: program("modelux-desktop") } },
      });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`# no session (${error.message}), trying again\n`);
    }
  }
}

/** What a person does in the window. Things are found by their role and name. */
export function person(browser) {
  const quoted = (text) => (text.includes("'") ? `"${text}"` : `'${text}'`);
  const named = (name) => `[normalize-space()=${quoted(name)} or @aria-label=${quoted(name)}]`;
  const shown = async (xpath) => {
    const element = await browser.$(xpath);
    await element.waitForDisplayed({ timeout: PATIENCE_MS, timeoutMsg: `nothing shows ${xpath}` });
    return element;
  };
  return {
    browser,
    shown,
    button: (name) => shown(`//button${named(name)}`),
    /** A link's name may be followed by a count. */
    link: (name) => shown(`//a${named(name)} | //a[text()=${quoted(name)}]`),
    tab: (name) => shown(`//*[@role='tab'][starts-with(normalize-space(),${quoted(name)})]`),
    region: (name) => shown(`//*[self::section or self::aside or self::nav]${named(name)}`),
    text: (part) => shown(`//*[contains(normalize-space(),${quoted(part)})][not(self::script)]`),
    async click(found) {
      await (await found).click();
    },
    /** Text is read as laid out; WebDriver's own reading leaves out what ends in an ellipsis. */
    async sees(part, within = browser.$("body")) {
      const read = async () => (await browser.execute((element) => element.innerText, await within)).replace(/\s+/g, " ");
      let text = "";
      await eventually(`"${part}" in the window`, async () => {
        text = await read();
        return text.includes(part);
      }).catch((error) => {
        throw new Error(`${error.message}, which says: ${text}`);
      });
    },
    press: (...keys) => browser.keys(keys),
    /** Through the palette, as Ctrl+K does for everything. */
    async command(name) {
      await browser.keys(["Control", "k"]);
      const field = await shown("//input[@role='combobox' or @cmdk-input]");
      await field.setValue(name);
      await (await shown(`//*[@role='option'][contains(normalize-space(),${quoted(name)})]`)).click();
    },
    /** Takes the pointer off everything that lights up, or stays, under it. */
    async rest() {
      await browser.action("pointer").move({ x: 700, y: 24, origin: "viewport" }).perform();
    },
    async photograph(name) {
      await mkdir(ARTEFACTS, { recursive: true });
      await this.rest();
      // Once what was changed is on the screen.
      await browser.execute(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await browser.saveScreenshot(join(ARTEFACTS, `${name}.png`));
    },
  };
}
