// The main job through the real window: first request, edit, compare, roll back. The proxy is asked each time.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { api, eventually, open, person, stage } from "./rig.mjs";

let on;
let window;
let me;
let manage;
let client;

before(async () => {
  on = await stage();
  window = await open(on);
  me = person(window.browser);
  manage = await api(on.data);
});

after(async () => {
  await window?.browser.deleteSession().catch(() => {});
  await window?.close();
  await on?.strike();
});

async function ask() {
  const { data, response } = await client.chat.completions
    .create({ model: "@production", messages: [{ role: "user", content: "Say hello" }] })
    .withResponse();
  return { text: data.choices[0].message.content, config: response.headers.get("x-modelux-config"), id: response.headers.get("x-modelux-request-id") };
}

const active = async () => (await manage.ask("/configs/production")).active_version;

test("the first start says what to paste, with a key that works", async () => {
  await me.sees("@production");
  await me.click(me.tab("Node"));
  const snippet = await (await me.shown("//pre[@aria-label]")).getText();
  const key = snippet.match(/mlx_sk_\w+/)?.[0];
  const baseURL = snippet.match(/http:\/\/127\.0\.0\.1:\d+\/[\w/]+/)?.[0];
  assert.ok(key && baseURL, snippet);
  client = new OpenAI({ apiKey: key, baseURL, maxRetries: 0 });
  await me.photograph("start-light");
});

test("an app's first request turns the check green and stands in Traffic with its trace", async () => {
  const { text, config, id } = await ask();
  assert.ok(text.length > 0);
  assert.equal(config, "production:1");
  await me.shown("//*[contains(@class,'waiting') and contains(@class,'is-seen')]");
  await me.sees("The first request arrived");
  await me.photograph("start-answered-light");
  await me.click(me.link("Traffic"));
  await me.sees("@production");
  await me.click(me.shown("//*[@role='row'][contains(., '@production')]"));
  const { trace } = await manage.ask(`/logs/${id}`);
  assert.match(trace.decision.target, /^sandbox\//);
  await me.sees(id);
  await me.sees(`${trace.decision.target.replace("sandbox/", "")} answered after`);
  await me.photograph("traffic-light");
});

test("an edit of the source is a draft until it is saved as version 2, which is active at once", async () => {
  await me.click(me.link("@production"));
  await me.photograph("form-light");
  await me.click(me.tab("Source"));
  await replaceWord("flaky", "smart");
  await me.sees("Draft · 1 change since v1");
  assert.equal(await active(), 1);
  await me.photograph("source-draft-light");
  await me.click(me.button("Save version"));
  await (await me.shown("//*[@role='dialog']//input[@type='text' or not(@type)]")).setValue("Ask the smart one first");
  await me.photograph("save-light");
  await me.click(me.button("Save v2"));
  await eventually("version 2", async () => (await active()) === 2);
  assert.equal((await ask()).config, "production:2");
});

test("both versions stand side by side under a sentence that says what changed", async () => {
  await me.click(me.tab("Versions"));
  const compared = await me.region("Difference between v1 and v2");
  await me.sees("attempt 1: sandbox/flaky sandbox/smart", compared);
  await me.sees("Ask the smart one first", me.region("Versions"));
  await me.photograph("versions-light");
});

test("one click rolls back, the next request is decided by version 1, and Undo takes that back", async () => {
  await me.click(me.button("Roll back to v1"));
  await eventually("version 1", async () => (await active()) === 1);
  assert.equal((await ask()).config, "production:1");
  await me.sees("Rolled back @production to v1");
  await me.photograph("rolled-back-light");
  await me.click(me.button("Undo"));
  await eventually("version 2", async () => (await active()) === 2);
  assert.equal((await ask()).config, "production:2");
});

test("the setup is exported to a file, without any key", async () => {
  await me.click(me.link("Settings"));
  await me.click(me.button("Export setup"));
  await me.sees("Exported");
  const name = (await readdir(on.home)).find((name) => name.endsWith(".json"));
  const text = await readFile(join(on.home, name), "utf8");
  assert.deepEqual(JSON.parse(text).configs.map(({ slug }) => slug), ["production"]);
  assert.doesNotMatch(text, /mlx_(sk|mk)_/);
});

test("every screen is photographed in both themes", async () => {
  const screens = ["Configs", "Traffic", "Providers", "Apps", "Settings"];
  for (const [theme, command] of [["light", "Light theme"], ["dark", "Dark theme"]]) {
    await me.command(command);
    await eventually(theme, () => me.browser.execute((name) => document.documentElement.dataset.theme === name, theme));
    for (const screen of screens) {
      await me.click(me.link(screen));
      await me.shown(`//h1[contains(.,'${screen}')]`);
      await me.photograph(`${screen.toLowerCase()}-${theme}`);
    }
  }
});

test("Ctrl+Q ends the program, but not before the answer that is on its way", async () => {
  const stream = await client.chat.completions.create({
    model: "sandbox/smart", stream: true, messages: [{ role: "user", content: "Word by word" }],
  });
  let finish;
  let chunks = 0;
  for await (const chunk of stream) {
    chunks += 1;
    if (chunks === 1) await me.press("Control", "q").catch(() => {});
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  assert.ok(chunks > 2);
  assert.equal(finish, "stop");
  await eventually("the end of the program", async () => !alive(manage.pid));
  await assert.rejects(readFile(join(on.data, "runtime.json")), { code: "ENOENT" });
});

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Double-clicks a word in the editor, as one does to replace it, and types another. */
async function replaceWord(word, by) {
  const editor = await me.shown("//*[contains(@class,'cm-content')]");
  await eventually(`"${word}" in the editor`, async () => (await editor.getText()).includes(word));
  const at = await me.browser.execute((word) => {
    const walker = document.createTreeWalker(document.querySelector(".cm-content"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const start = node.data.indexOf(word);
      if (start < 0) continue;
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + word.length);
      const box = range.getBoundingClientRect();
      return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
    }
    return null;
  }, word);
  assert.ok(at, `${word} is nowhere`);
  const pointer = () => me.browser.action("pointer").move({ ...at, origin: "viewport" });
  await pointer().down().up().pause(60).down().up().perform();
  await me.browser.keys([...by]);
  await me.browser.keys(["Escape"]);
}
