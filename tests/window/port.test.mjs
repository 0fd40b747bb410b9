// Another program has the port: the window says so, and settles it in one click.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { api, open, person, stage } from "./rig.mjs";

let on;
let window;
let other;

before(async () => {
  other = createServer((_, answer) => answer.end("not Modelux")).listen(0, "127.0.0.1");
  await once(other, "listening");
  on = await stage();
  on.env.MODELUX_PORT = String(other.address().port);
  window = await open(on);
});

after(async () => {
  await window?.browser.deleteSession().catch(() => {});
  await window?.close();
  await on?.strike();
  other?.close();
});

test("a taken port is said with the choice that works, and that choice works", async () => {
  const me = person(window.browser);
  const taken = other.address().port;
  await me.sees(`Port ${taken} is in use`);
  await me.photograph("port-taken-light");
  await me.command("Dark theme");
  await me.photograph("port-taken-dark");
  const use = await me.shown("//button[starts-with(normalize-space(),'Use ') and contains(.,' instead')]");
  const port = Number((await use.getText()).match(/\d+/)[0]);
  await use.click();
  const { base } = await api(on.data);
  assert.equal(base, `http://127.0.0.1:${port}`);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  await me.sees("Proxy running");
});
