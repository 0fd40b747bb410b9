// An edit as text, its versions, and the way back. After each step the proxy is asked what it does now.
import { EventEmitter, once } from "node:events";
import { expect, go, replaceWord, test, toast } from "./rig.mjs";

const V1 = { strategy: "fallback", attempts: ["sandbox/flaky", "sandbox/fast"] };
const SMART_FIRST = { strategy: "fallback", attempts: ["sandbox/smart", "sandbox/fast"] };

const topBar = (page) => page.locator("header.topbar");

test("a mistyped model is explained, mended by one click and saved as version 2, which decides the next request", async ({ window, modelux }) => {
  await go(window, "/configs/production/source");
  await replaceWord(window, "flaky", "smrt");
  const problem = window.locator(".ed-problem");
  await expect(problem).toContainText('unknown model "sandbox/smrt"');
  await expect(window.getByText("1 error", { exact: true })).toBeVisible();
  await expect(topBar(window).getByRole("button", { name: "Save version" })).toBeDisabled();

  await problem.getByRole("button", { name: "Replace with sandbox/smart" }).click();

  await expect(problem).toHaveCount(0);
  await expect(topBar(window)).toContainText("Draft · 1 change since v1");
  expect(await modelux.active()).toBe(1);

  await topBar(window).getByRole("button", { name: "Save version" }).click();
  const save = window.getByRole("dialog", { name: "Save as v2" });
  await save.getByRole("textbox", { name: "What changed" }).fill("Ask the smart one first");
  await save.getByRole("button", { name: "Save v2" }).click();

  await expect(toast(window, "Saved v2, now active")).toBeVisible();
  await expect(topBar(window)).toContainText("v2 active");
  const config = await modelux.manage("/configs/production");
  expect(config.active_version).toBe(2);
  expect(config.document).toEqual(SMART_FIRST);
  const { config: decided } = await modelux.ask();
  expect(decided).toBe("production:2");
});

test("a version can be saved without being used yet", async ({ window, modelux }) => {
  await go(window, "/configs/production/source");
  await replaceWord(window, "flaky", "smart");
  await topBar(window).getByRole("button", { name: "Save version" }).click();
  const save = window.getByRole("dialog", { name: "Save as v2" });
  await save.getByRole("radio", { name: /Keep v1 active/ }).click();
  await save.getByRole("button", { name: "Save v2" }).click();
  await expect(toast(window, "Saved v2 as a candidate")).toBeVisible();
  const { config } = await modelux.ask();
  expect(config).toBe("production:1");
  await go(window, "/configs/production/versions");
  await expect(window.getByRole("region", { name: "Versions" })).toContainText("Candidate");
});

test.describe("two versions", () => {
  test.beforeEach(async ({ modelux, window }) => {
    await modelux.save({ document: SMART_FIRST, message: "Ask the smart one first", base_version: 1 });
    await go(window, "/configs/production/versions");
  });

  test("stand side by side under the sentence that says what changed", async ({ window }) => {
    const difference = window.getByRole("region", { name: "Difference between v1 and v2" });
    await expect(difference.getByRole("listitem")).toContainText([/attempt 1: sandbox\/flaky\s*sandbox\/smart/]);
    const lines = difference.getByRole("region", { name: "Lines side by side" });
    await expect(lines.locator(".diff-line.del")).toContainText('"sandbox/flaky"');
    await expect(lines.locator(".diff-line.add")).toContainText('"sandbox/smart"');
    await expect(lines.locator(".diff-line.del del")).not.toHaveCount(0);
    await difference.getByRole("button", { name: "Inline" }).click();
    await expect(lines).toHaveClass(/is-inline/);
    await difference.getByRole("button", { name: "Swap sides" }).click();
    await expect(window.getByRole("region", { name: "Difference between v2 and v1" })).toBeVisible();
  });

  test("one click rolls back, the next request is decided by version 1, and Undo takes that back", async ({ window, modelux }) => {
    await topBar(window).getByRole("button", { name: "Roll back to v1" }).click();
    const done = toast(window, "Rolled back @production to v1");
    await expect(done).toBeVisible();
    expect(await modelux.active()).toBe(1);
    const back = await modelux.ask();
    expect(back.config).toBe("production:1");
    await expect(window.getByRole("region", { name: "Versions" })).toContainText("Rolled back");

    await done.getByRole("button", { name: "Undo" }).click();

    await expect(toast(window, "@production v2 is active again")).toBeVisible();
    expect(await modelux.active()).toBe(2);
    const forth = await modelux.ask();
    expect(forth.config).toBe("production:2");
  });

  test("the timeline says who saved what, and can roll back as well", async ({ window, modelux }) => {
    const timeline = window.getByRole("region", { name: "Versions" });
    await expect(timeline.getByRole("listitem")).toHaveCount(2);
    await expect(timeline.getByRole("listitem").first()).toContainText("Ask the smart one first");
    await timeline.getByRole("button", { name: "Roll back", exact: true }).click();
    await expect(topBar(window)).toContainText("v1 active");
    expect(await modelux.active()).toBe(1);
  });
});

test("what was read before a save and answered after it does not stay", async ({ page, modelux }) => {
  const steps = new EventEmitter();
  const [wasRead, mayAnswer] = [once(steps, "read"), once(steps, "answer")];
  const holdFirst = async (route) => {
    const response = await route.fetch();
    steps.emit("read");
    await mayAnswer;
    await route.fulfill({ response });
  };
  await page.route("**/manage/v1/configs/production", holdFirst, { times: 1 });
  await page.goto(modelux.window.replace("#", "#/configs/production/versions&"));
  await wasRead;
  const heard = page.waitForResponse(async (answer) => /production\/versions/.test(answer.url()) && (await answer.text()).includes("Meanwhile"));
  await modelux.save({ document: SMART_FIRST, message: "Meanwhile", base_version: 1 });
  await heard;
  steps.emit("answer");
  await expect(topBar(page)).toContainText("v2 active");
});

test.describe("somebody saves meanwhile", () => {
  const THEIRS = { ...V1, retry_on: ["429", "5xx", "timeout"] };

  test("the draft stays through a reload, and its change is put on theirs", async ({ window, modelux }) => {
    await go(window, "/configs/production/source");
    await replaceWord(window, "flaky", "smart");
    await expect(topBar(window)).toContainText("Draft · 1 change since v1");
    await modelux.save({ document: THEIRS, message: "Move on less often", base_version: 1 });
    await expect(window.getByText(/v2 was saved by .+, while you were editing/)).toBeVisible();

    await window.reload();

    await expect(topBar(window)).toContainText("Draft · 1 change since v1");
    await expect(window.locator(".cm-content")).toContainText("sandbox/smart");
    await expect(topBar(window).getByRole("button", { name: "Save version" })).toBeDisabled();
    await window.getByRole("button", { name: "Put my changes on v2" }).click();
    await expect(toast(window, "Your changes are on v2 now")).toBeVisible();
    await expect(topBar(window)).toContainText("Draft · 1 change since v2");
    await topBar(window).getByRole("button", { name: "Save version" }).click();
    await window.getByRole("button", { name: "Save v3" }).click();
    await expect(topBar(window)).toContainText("v3 active");
    const { document } = await modelux.manage("/configs/production");
    expect(document).toEqual({ ...THEIRS, attempts: SMART_FIRST.attempts });
  });

  test.describe("and the window has not heard of it", () => {
    test.use({ complaints: /409|events/ });
    test("the save is refused, and becomes the same choice", async ({ page, modelux }) => {
      await page.route("**/manage/v1/events", (route) => route.abort());
      await page.goto(modelux.window);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await go(page, "/configs/production/source");
      await replaceWord(page, "flaky", "smart");
      await topBar(page).getByRole("button", { name: "Save version" }).click();
      await modelux.save({ document: THEIRS, base_version: 1 });
      const refused = page.waitForResponse((answer) => answer.status() === 409);
      await page.getByRole("button", { name: "Save v2" }).click();
      await refused;
      await expect(page.getByText(/v2 was saved by .+, while you were editing/)).toBeVisible();
      expect((await modelux.manage("/configs/production")).document).toEqual(THEIRS);

      await page.getByRole("button", { name: "Save mine as v3" }).click();
      await page.getByRole("dialog", { name: "Save as v3" }).getByRole("button", { name: "Save v3" }).click();
      await expect(topBar(page)).toContainText("v3 active");
      expect((await modelux.manage("/configs/production")).document).toEqual(SMART_FIRST);
    });
  });

  test("the draft can be given up, and that be undone", async ({ window, modelux }) => {
    await go(window, "/configs/production/source");
    await replaceWord(window, "flaky", "smart");
    await expect(topBar(window)).toContainText("Draft · 1 change since v1");
    await modelux.save({ document: THEIRS, base_version: 1 });
    await window.locator(".conflict").getByRole("button", { name: "Discard draft" }).click();
    await expect(topBar(window)).not.toContainText("Draft");
    await toast(window, "Draft discarded").getByRole("button", { name: "Undo" }).click();
    await expect(window.locator(".cm-content")).toContainText("sandbox/smart");
  });
});

test("a config is made, called, archived and brought back", async ({ window, modelux }) => {
  await go(window, "/configs");
  await window.getByRole("button", { name: "New config" }).click();
  await window.getByRole("textbox", { name: "Slug" }).fill("quick");
  await window.getByRole("radio", { name: /Single model/ }).click();
  await topBar(window).getByRole("button", { name: "Create @quick" }).click();
  await expect(window.getByRole("heading", { level: 1, name: "@quick" })).toBeVisible();
  const { config } = await modelux.ask({ model: "@quick" });
  expect(config).toBe("quick:1");

  await topBar(window).getByRole("button", { name: "More for @quick" }).click();
  await window.getByRole("menuitem", { name: "Archive" }).click();
  await expect(toast(window, "Archived @quick")).toBeVisible();
  await expect(modelux.ask({ model: "@quick" })).rejects.toMatchObject({ status: 404 });
  await toast(window, "Archived @quick").getByRole("button", { name: "Undo" }).click();
  await expect(window.getByRole("table").getByRole("link", { name: "@quick" })).toBeVisible();
  const again = await modelux.ask({ model: "@quick" });
  expect(again.config).toBe("quick:1");
});
