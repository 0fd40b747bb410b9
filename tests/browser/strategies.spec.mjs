// Strategies and rules as a person edits them. After each change the proxy is asked what it does now.
import { expect, go, replaceWord, test, toast } from "./rig.mjs";

const RULES = `# Approved models only
if tenant == "enterprise" then use sandbox/smart
else if sensitivity == "pii" then block "PII may not leave this machine"
else use sandbox/fast
`;

const topBar = (page) => page.locator("header.topbar");
const item = (page, name) => page.getByRole("treeitem", { name });
const fields = (page) => page.getByRole("complementary", { name: "Fields" });

async function save(page, version) {
  await topBar(page).getByRole("button", { name: "Save version" }).click();
  await page.getByRole("dialog").getByRole("button", { name: `Save v${version}` }).click();
  await expect(topBar(page)).toContainText(`v${version} active`);
}

const make = (modelux, slug, document) => modelux.manage("/configs", { method: "POST", body: { slug, document } });

test("a timeout is changed in its field, stands in the text at once, is undone and saved", async ({ window, modelux }) => {
  await go(window, "/configs/production/form");
  await item(window, /Attempt 1/).click();
  await fields(window).getByRole("textbox", { name: "Timeout", exact: true }).fill("1500");
  await expect(topBar(window)).toContainText("Draft · 1 change since v1");
  await window.getByRole("tab", { name: "Source" }).click();
  await expect(window.locator(".cm-content")).toContainText('"timeout_ms": 1500');
  await window.getByRole("button", { name: "Undo" }).click();
  await expect(window.locator(".cm-content")).not.toContainText("timeout_ms");
  await window.getByRole("button", { name: "Redo" }).click();
  await expect(window.locator(".cm-content")).toContainText('"timeout_ms": 1500');
  await window.getByRole("tab", { name: "Form" }).click();
  await save(window, 2);
  const { document } = await modelux.manage("/configs/production");
  expect(document.attempts[0]).toEqual({ model: "sandbox/flaky", timeout_ms: 1500 });
});

test("a request is tried with a failure assumed, and the sentence says who takes over", async ({ window }) => {
  await go(window, "/configs/production/form");
  const tried = window.getByRole("region", { name: "Try a request" });
  await tried.getByRole("button", { name: "Assume that a model fails" }).click();
  await window.getByLabel("Assume of sandbox/flaky").click();
  await window.getByRole("option", { name: "times out" }).click();
  await window.keyboard.press("Escape");
  await expect(tried.getByRole("status")).toContainText(/sandbox\/flaky times out.*sandbox\/fast answers/);
  await expect(tried.getByRole("status")).toContainText("Cost");
});

test("a staged roll-out is made from the gallery, and its variant is named to the caller", async ({ window, modelux }) => {
  await go(window, "/configs/_new");
  await window.getByRole("textbox", { name: "Slug" }).fill("rollout");
  await window.getByRole("radio", { name: /A\/B test/ }).click();
  await topBar(window).getByRole("button", { name: "Create @rollout" }).click();
  await expect(window.getByRole("heading", { level: 1, name: "@rollout" })).toBeVisible();
  const { response } = await modelux
    .client()
    .chat.completions.create({ model: "@rollout", messages: [{ role: "user", content: "Hello" }] })
    .withResponse();
  expect(response.headers.get("x-modelux-ab-variant")).toBeTruthy();
});

test.describe("rules", () => {
  test.beforeEach(async ({ modelux, window }) => {
    await make(modelux, "router", { strategy: "custom_rules", rules: RULES });
    await go(window, "/configs/router/source");
    await expect(window.locator(".cm-content")).toContainText("Approved models only");
  });

  test("a wrong name is explained under its line, mended by one click, saved, and followed by the proxy", async ({ window, modelux }) => {
    await replaceWord(window, "fast", "fst");
    const problem = window.locator(".ed-problem", { hasText: "sandbox/fst" });
    await expect(problem).toContainText('unknown model "sandbox/fst"');
    await problem.getByRole("button", { name: /Replace/ }).click();
    await expect(problem).toHaveCount(0);
    await replaceWord(window, "enterprise", "gold");
    await save(window, 2);
    const gold = await modelux
      .client()
      .chat.completions.create(
        { model: "@router", messages: [{ role: "user", content: "Hello" }] },
        { headers: { "X-Modelux-User-Tags": "tenant=gold" } },
      )
      .withResponse();
    expect(gold.response.headers.get("x-modelux-model-used")).toBe("smart");
    const blocked = modelux
      .client()
      .chat.completions.create({ model: "@router", messages: [{ role: "user", content: "Hello" }], "mlx:tags": { sensitivity: "pii" } });
    await expect(blocked).rejects.toMatchObject({ status: 403, type: "blocked_by_rule" });
  });

  test("rules and JSON are one draft", async ({ window }) => {
    await replaceWord(window, "enterprise", "gold");
    await window.getByRole("radio", { name: "JSON" }).or(window.getByRole("button", { name: "JSON", exact: true })).first().click();
    await expect(window.locator(".cm-content")).toContainText("gold");
    await expect(window.locator(".cm-content")).toContainText('"custom_rules"');
    await replaceWord(window, "gold", "silver");
    await window.getByRole("radio", { name: "Rules" }).or(window.getByRole("button", { name: "Rules", exact: true })).first().click();
    await expect(window.locator(".cm-content")).toContainText('if tenant == "silver"');
  });

  test("the decision tree shows what recorded requests did", async ({ window, modelux }) => {
    for (const tenant of ["enterprise", "enterprise", "enterprise", "other"]) {
      await modelux
        .client()
        .chat.completions.create({ model: "@router", messages: [{ role: "user", content: "Hello" }] }, { headers: { "X-Modelux-User-Tags": `tenant=${tenant}` } });
    }
    await expect.poll(async () => (await modelux.manage("/analytics/decisions?config=router")).requests).toBe(4);
    await window.reload();
    const tree = window.getByRole("region", { name: "Decision tree" });
    await expect(tree).toContainText("75%");
    await expect(tree).toContainText("25% go on");
    await expect(window.getByText("Hits: v1, last 7 days, 4 requests")).toBeVisible();
  });

  test("completion offers what may stand there", async ({ window }) => {
    await window.locator(".cm-content").click();
    await window.keyboard.press("Control+End");
    await window.keyboard.type("else if request.inp");
    await expect(window.getByRole("option", { name: /input_tokens/ }).first()).toBeVisible();
  });
});
